"""The nearest pictures of somebody's own history, by the embeddings of the model that answers now.

newest answers -> embeddings that this process knows already | as many more as one request may compute -> nearest

Nothing of this is stored: embeddings of one model say nothing to the next, and classifying stays as fast as it is.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np

from recognizer import ImageError
from recognizer.explain.neighbours import Packed, nearest, packed
from webui.accounts.identity import Caller
from webui.explain.subject import Subject
from webui.explain.workbench import Bench
from webui.history import pictures
from webui.history.models import Answer, Answers

MOST = 1000
"""Pictures that are looked through: the newest."""
PER_REQUEST = 48
"""Pictures that go through the network for one request; others are for the next."""
_TOGETHER = 4


@dataclass(frozen=True)
class Near:
    """One of the nearest pictures."""

    answer: Answer
    distance: float


@dataclass(frozen=True)
class Nearest:
    """The nearest of those that have been looked through."""

    found: list[Near]
    looked_through: int
    count: int
    """How many there are to look through."""
    computed: int
    """How many went through the network for this."""

    @property
    def is_done(self) -> bool:
        """Whether all have been looked through."""
        return self.looked_through >= self.count


def others(subject: Subject, caller: Caller) -> Answers:
    """The answers to a caller's own pictures but for this one, where they are kept, the newest first."""
    own = Answer.objects.belonging_to(caller).filter(picture_bytes__gt=0).order_by("-created", "-id")
    return own if subject.answer is None else own.exclude(id=subject.answer.id)


def nearest_own(bench: Bench, caller: Caller) -> Nearest:
    """The nearest pictures of the caller's own history, but for this one itself."""
    ids = list(others(bench.subject, caller).values_list("id", flat=True)[:MOST])
    known = {answer_id: bench.embedding_known(answer_id) for answer_id in ids}
    missing = [answer_id for answer_id in ids if known[answer_id] is None]
    gone, computed = set[uuid.UUID](), dict[uuid.UUID, Packed]()
    for start in range(0, min(len(missing), PER_REQUEST), _TOGETHER):
        some = missing[start : min(start + _TOGETHER, PER_REQUEST)]
        bench.give_way()
        computed |= _embeddings(bench, some)
        gone.update(set(some) - set(computed))
    known.update(computed)
    there = [(answer_id, vector) for answer_id, vector in known.items() if vector is not None]
    matrix = np.stack([vector for _, vector in there]) if there else np.zeros((0, 1), np.float16)
    found = nearest(bench.looks().outputs.embedding[0], matrix) if there else ()
    answers = Answer.objects.in_bulk([there[one.index][0] for one in found])
    return Nearest(
        [
            Near(answers[there[one.index][0]], one.distance)
            for one in found
            if there[one.index][0] in answers  # It may have been deleted a moment ago.
        ],
        len(there),
        len(ids) - len(gone),
        len(computed),
    )


def _embeddings(bench: Bench, answer_ids: list[uuid.UUID]) -> dict[uuid.UUID, Packed]:
    """Those of some pictures, without what cannot be read any more."""
    decoded = {}
    for answer_id in answer_ids:
        data = pictures.read(answer_id)
        try:
            if data is not None:
                decoded[answer_id] = bench.recognizer.decode(data)
        except ImageError:  # Damaged on the disk.
            continue
    if not decoded:
        return {}
    vectors = packed(bench.recognizer.run(list(decoded.values())).embedding)
    return {
        answer_id: bench.keep_embedding(answer_id, vector) for answer_id, vector in zip(decoded, vectors, strict=True)
    }
