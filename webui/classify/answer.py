"""Answers the pictures of an HTTP request: joins inference with the rate limits and with the history.

rate limit -> inference: slot, read, classify -> history -> the view writes the response
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.history import recorder
from webui.inference import classify, client_watch, uploads
from webui.inference.classify import Answered, Asked
from webui.metrics.views import note_answer


def answer(request: HttpRequest, read: Callable[[HttpRequest], Asked]) -> tuple[Answered, list[str | None]]:
    """Answers the pictures of a request, and keeps the answers in the history.

    Args:
        request: nothing of its body has been read yet.
        read: takes the pictures out of the request; called once it has its slot.

    Returns:
        The answers, and for each picture the id of its answer in the history; None where it is not kept.

    Raises:
        MenagerieError: see `inference.classify.answer`; or the caller has had too many.
        ImageError: one picture cannot be used, and they are to be answered all or none.
    """

    def read_counted() -> Asked:
        asked = read(request)
        rate_limits.count_others(request, len(asked.uploads))
        return asked

    rate_limits.admit(request)
    answered = classify.answer(read_counted, gone=client_watch.gone(request.META), weight=uploads.weight_of(request))
    model, timing = answered.recognizer.model_info(), answered.timing
    outcomes = [item.outcome for item in answered.classified]
    stages = {"wait": answered.waited_s, "decode": timing.decode_ms / 1000, "network": timing.network_ms / 1000}
    note_answer(model, outcomes, **stages)
    if answered.asked.all_or_none:
        classify.refuse_if_any_failed(answered.classified)
    if not answered.asked.keep:
        return answered, [None] * len(answered.classified)
    return answered, recorder.keep(identify(request), model, answered.classified)
