"""What the scripts of the pages that ask about pictures need to know."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from recognizer.images.decode import MAX_BYTES
from recognizer.model_file.metadata import ModelMetadata
from webui import wording
from webui.history import api as history_api
from webui.inference.uploads import FIELD


def script_data(metadata: ModelMetadata | None) -> dict[str, Any]:
    """Addresses, limits and texts, so that nothing is written a second time in a script."""
    return {
        "classifyUrl": reverse("classify"),
        "historyUrl": reverse("api_history"),
        "mostAnswers": history_api.MAX_LIMIT,
        "field": FIELD,
        "maxBytes": MAX_BYTES,
        # Smaller copies keep twice what the model needs, so that resizing them again costs no sharpness.
        "leastShortSide": 2 * metadata.preprocessing.resized_short_side if metadata else None,
        "classNames": wording.class_names(),
        "certainties": wording.certainties(),
        "likenesses": wording.likenesses(),
        "perhaps": wording.script_perhaps(),
        "errors": wording.error_sentences(),
        "messages": wording.script_messages(),
    }
