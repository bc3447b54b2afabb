"""The one way from a protocol's request to predictions: that of the API, but all pictures are answered or none.

POST, scope, model -> classify.answer: rate limit, slot, read, decode, network, history -> Predicted
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

from recognizer import Prediction, Recognizer
from webui.accounts import identity
from webui.accounts.models import Scope
from webui.classify import options
from webui.classify.answer import answer
from webui.inference.classify import Asked
from webui.inference.uploads import Upload
from webui.problems import MethodNotAllowed
from webui.protocols import served

Said = TypeVar("Said")
"""What a protocol's requests say beside their pictures."""


@dataclass(frozen=True)
class Predicted(Generic[Said]):
    """The answers of a request."""

    recognizer: Recognizer
    predictions: Sequence[Prediction]
    """In the order of the pictures."""
    said: Said


def predict(
    request: HttpRequest,
    read: Callable[[HttpRequest], tuple[Sequence[Upload], Said]],
    *,
    model: str | None = None,
    version: str | None = None,
) -> Predicted[Said]:
    """Answers the pictures of a request; `?keep=false` leaves them out of the history.

    Args:
        request: nothing of its body has been read.
        read: takes the pictures out of it, and what else it says; called once the request has its slot.
        model: the model that it asks for; None: whichever answers.
        version: its version; None: whichever answers.

    Raises:
        MenagerieError: see `classify.answer`; the method is not POST, the key lacks the scope, it is another model.
    """
    if request.method != "POST":
        raise MethodNotAllowed(request.method, "POST")
    identity.require_scope(request, Scope.CLASSIFY)
    keep = options.KEEP.read(request.GET.dict())
    if model is not None:
        served.named(model, version)  # Before anything is read.
    said: list[Said] = []

    def asked(request: HttpRequest) -> Asked:
        pictures, rest = read(request)
        said.append(rest)
        return Asked(pictures, keep=keep, all_or_none=True)

    answered, _ = answer(request, asked)
    if model is not None:
        served.refuse_another(answered.recognizer, model, version)  # It may have been exchanged.
    predictions = [item.outcome for item in answered.classified if isinstance(item.outcome, Prediction)]
    return Predicted(answered.recognizer, predictions, said[0])


def scores(prediction: Prediction, class_names: Sequence[str]) -> list[float]:
    """The probabilities of a prediction in the order of the classes."""
    by_label = {entry.label: entry.score for entry in prediction.top}
    return [by_label[name] for name in class_names]


def require_reader(request: HttpRequest) -> None:
    """Refuses whoever may not ask for a model's description: who classifies may.

    Raises:
        MethodNotAllowed: the method is neither GET nor HEAD.
        Forbidden: the key does not have the scope.
    """
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET")
    identity.require_scope(request, Scope.CLASSIFY)
