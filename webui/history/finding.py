"""Finds one answer that a caller may see, even when it was given a moment ago and is still being written."""

from __future__ import annotations

import uuid

from webui.history import recorder
from webui.history.models import Answer, Answers
from webui.identity import Caller


def find(answer_id: uuid.UUID, caller: Caller, answers: Answers | None = None) -> Answer | None:
    """The answer; None where there is none, or it is another's.

    Args:
        answer_id: of the answer.
        caller: who wants to see it.
        answers: where to look, such as with what is joined; default: all.
    """
    visible = (Answer.objects.all() if answers is None else answers).visible_to(caller).filter(id=answer_id)
    found = visible.first()
    if found is None:  # It is written behind the request, so whoever is quick may come first.
        recorder.flush()
        found = visible.all().first()
    return found
