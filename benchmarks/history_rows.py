"""Fills the database with a long history: several people, visitors, classes and models, corrections, some pictures."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.db import connection
from django.utils import timezone
from PIL import Image

from webui.accounts.models import User
from webui.history import pictures
from webui.history.models import Answer, Correction, CorrectionKind, State

MODELS = 6
_CLASSES = ("cat", "dog", "horse", "chicken", "zebra")
_SHARES = (40, 40, 15, 4, 1)
"""How often each class is seen, in a hundred."""
_MEMBERS, _VISITORS = 4, 200
_BATCH = 1000
_PERIOD = timedelta(days=30)
_PICTURES = 50
"""The newest answers have one: a page of them."""
_CORRECTED_EVERY = 20


def fill(rows: int) -> None:
    """Writes so many answers: half of them of `user0`, a tenth of `staff`, the others of visitors and three members."""
    answers = _answers(rows)
    while batch := list(islice(answers, _BATCH)):
        Answer.objects.bulk_create(batch)
        Correction.objects.bulk_create([_correction(answer) for answer in batch[::_CORRECTED_EVERY]])
    if connection.vendor == "postgresql":  # As its autovacuum does within a minute, whenever a fifth is new.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _answers(rows: int) -> Iterator[Answer]:
    """The newest first."""
    chance = random.Random(20)  # noqa: S311 - the same rows each time, nothing secret.
    staff = User.objects.create_user("staff", is_staff=True)
    members = [User.objects.create_user(f"user{i}") for i in range(_MEMBERS)]
    visitors = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(_VISITORS)]
    owners = [*[members[0]] * 10, *[staff] * 2, *members[1:], *[None] * 5]
    now = timezone.now()
    for number in range(rows):
        owner = chance.choice(owners)
        answer = Answer(
            id=uuid.UUID(int=chance.getrandbits(128), version=4),
            created=now - number * (_PERIOD / rows),
            user=owner,
            visitor="" if owner else chance.choice(visitors),
            model=f"animals-{MODELS - number * MODELS // rows}",
            model_digest=f"sha256:{'0' * 64}",
            filename=f"IMG_{chance.randrange(10**6):06}.jpg",
            width=4000,
            height=3000,
            known=chance.random() > 0.05,
            familiarity=-0.3,
            **_scores(chance),
        )
        if number < _PICTURES:
            answer.picture_bytes = pictures.save(answer.id, Image.new("RGB", (512, 384), (90, 140, number)))
        yield answer


def _scores(chance: random.Random) -> dict[str, object]:
    """Best class, its score, and what the others get; a quarter of the answers is not sure."""
    label = chance.choices(_CLASSES, _SHARES)[0]
    score = chance.uniform(0.3, 0.8) if chance.random() < 0.25 else chance.uniform(0.8, 1.0)
    rest = [[name, round((1 - score) / 4, 6)] for name in _CLASSES if name != label]
    return {"label": label, "score": score, "top": [[label, score], *rest]}


def _correction(answer: Answer) -> Correction:
    """Of four, two are accepted, one rejected, one waits."""
    states = (State.PENDING, State.ACCEPTED, State.REJECTED, State.ACCEPTED)
    surprise = -answer.score  # Any order will do.
    return Correction(
        answer=answer,
        kind=CorrectionKind.CLASS,
        label="dog",
        surprise=surprise,
        state=states[answer.id.int % len(states)],
    )
