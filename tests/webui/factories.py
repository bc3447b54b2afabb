"""People, answers and corrections for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.recognizer.fakes import RED
from webui.accounts.identity import identify
from webui.accounts.models import User
from webui.history import pictures
from webui.history.loss import loss
from webui.history.models import Answer, Correction, CorrectionKind

PASSWORD = "a long enough password"


def make_user(name: str = "mia", **fields: Any) -> User:
    return User.objects.create_user(name, password=PASSWORD, **fields)


def visitor_of(client: Client) -> str:
    """By which a browser without an account is known."""
    return identify(client.get("/").wsgi_request).visitor


def make_answer(*, age_days: float = 0, picture: bool = True, **fields: Any) -> Answer:
    """An answer as the recorder writes it: a certain cat of nobody, with a red picture."""
    values: dict[str, Any] = {
        "filename": "felix.jpg",
        "width": 60,
        "height": 40,
        "model": "animals-1",
        "model_digest": "sha256:0",
        "label": "cat",
        "known": True,
        "score": 0.98,
        "top": [["cat", 0.98], ["dog", 0.01], ["horse", 0.006], ["chicken", 0.004]],
        "created": timezone.now() - timedelta(days=age_days),
    }
    answer = Answer(**{**values, **fields})
    if picture:
        answer.picture_bytes = pictures.save(answer.id, Image.new("RGB", (60, 40), RED))
    answer.save(force_insert=True)
    return answer


def make_correction(
    answer: Answer | None = None, kind: str = CorrectionKind.CLASS, label: str = "dog", **fields: Any
) -> Correction:
    """What somebody says about an answer, waiting for review."""
    answer = answer or make_answer()
    return Correction.objects.create(
        answer=answer, kind=kind, label=label, **{"surprise": loss(answer, kind, label), **fields}
    )
