"""Finds one answer of the history, even one that still waits to be written."""

from __future__ import annotations

import uuid

from webui import services
from webui.accounts.identity import Caller
from webui.history.models import Answer, Answers


def find(answer_id: uuid.UUID, caller: Caller, answers: Answers | None = None) -> Answer | None:
    """The answer of an id; None where there is none that the caller may see.

    Args:
        answer_id: of the answer.
        caller: who wants to see it.
        answers: where to look, such as with what is joined; default: all.
    """
    visible = (Answer.objects.all() if answers is None else answers).visible_to(caller).filter(id=answer_id)
    found = visible.first()
    if found is None:  # It is written behind the request, so whoever is quick may come first.
        services.current().recorder.flush()
        found = visible.all().first()
    return found
