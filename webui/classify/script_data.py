"""What the scripts of the pages that ask about pictures need to know."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from recognizer.images.decode import MAX_BYTES
from recognizer.model_file.metadata import ModelMetadata
from webui import wording
from webui.accounts.identity import identify
from webui.classify.script_messages import script_messages
from webui.history import api as history_api
from webui.history import selection_views
from webui.inference.uploads import FIELD


def script_data(request: HttpRequest, metadata: ModelMetadata | None) -> dict[str, Any]:
    """Addresses, limits and texts, so that nothing is written a second time in a script; and whose page it is."""
    user = identify(request).user
    return {
        "classifyUrl": reverse("classify"),
        "historyUrl": reverse("api_history"),
        "whoUrl": reverse("who"),
        "correctManyUrl": reverse("correct_many"),
        "who": user.get_username() if user else "",
        "isOpen": settings.ENVIRONMENT.access == "open",
        "mostIds": history_api.MAX_LIMIT,
        "mostAnswers": selection_views.MAX_ANSWERS,
        "field": FIELD,
        "maxBytes": MAX_BYTES,
        # Smaller copies keep twice what the model needs, so that resizing them again costs no sharpness.
        "leastShortSide": 2 * metadata.preprocessing.resized_short_side if metadata else None,
        "classNames": wording.class_names(),
        "countedClasses": wording.counted_classes(),
        "countedClass": wording.counted_other_class(),
        "certainties": wording.certainties(),
        "likenesses": wording.likenesses(),
        "perhaps": wording.script_perhaps(),
        "heatPlaces": wording.heat_places(),
        "errors": wording.error_sentences(),
        "messages": script_messages(),
    }
