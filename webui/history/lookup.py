"""Finds answers of the history by their ids, even those that still wait to be written."""

from __future__ import annotations

import uuid
from collections.abc import Collection

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


def find_all(ids: Collection[uuid.UUID], answers: Answers) -> list[Answer]:
    """Those of some answers that have these ids, in the order of the ids."""
    wanted = answers.filter(id__in=ids)
    found = {answer.id: answer for answer in wanted}
    if len(found) < len(set(ids)):  # As above.
        services.current().recorder.flush()
        found = {answer.id: answer for answer in wanted.all()}
    return [found[answer_id] for answer_id in dict.fromkeys(ids) if answer_id in found]


def read_ids(text: str) -> list[uuid.UUID] | None:
    """Ids of answers that stand in an address, with commas between them; None where one is no id."""
    try:
        return [uuid.UUID(part) for part in text.split(",")]
    except ValueError:
        return None
