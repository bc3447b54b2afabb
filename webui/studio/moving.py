"""Moves pictures from class to class, and remembers in the session of whoever did so how to take it back.

pictures, class -> rows, signs that this settles -> Step -> undo: those that are still there go back
"""

from __future__ import annotations

import dataclasses
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from webui.studio.models import Picture, PictureClass, Pictures, Sign, SignKind

_KEY = "studio_steps"
_MOST_STEPS, _MOST_PICTURES = 20, 1000
"""That are remembered: the steps of a session, and the pictures of one."""


class Move(NamedTuple):
    """Pictures that went from one class to another."""

    source: int
    target: int
    pictures: list[int]


@dataclass
class Step:
    """What somebody has done to pictures of a project, so that it can be undone."""

    project: uuid.UUID
    moves: list[Move] = field(default_factory=list)
    fine: list[int] = field(default_factory=list)
    """The signs that somebody said were fine."""
    settled: list[int] = field(default_factory=list)
    """The signs that moving has settled."""
    reopened: list[int] = field(default_factory=list)
    """Those that somebody had said were fine, and that moving has asked about again."""

    def size(self) -> int:
        """How many pictures or signs it was about."""
        return len(self.fine) + sum(len(move.pictures) for move in self.moves)


def move(pictures: Pictures, target: PictureClass) -> Step:
    """Moves pictures of one project to a class; those that are in it already stay.

    What they looked like is settled by that, and what was fine between two copies may not be any more.
    """
    by_source: dict[int, list[int]] = defaultdict(list)
    with transaction.atomic():
        for pk, source in pictures.exclude(picture_class=target).values_list("id", "picture_class"):
            by_source[source].append(pk)
        moved = Picture.objects.filter(id__in=[pk for some in by_source.values() for pk in some])
        likeness = Sign.objects.filter(picture__in=moved, kind=SignKind.LIKENESS, is_fine=False)
        settled = _set_fine(likeness, is_fine=True)
        copies = Sign.objects.filter(_of(moved), kind=SignKind.COPY, is_fine=True)
        reopened = _set_fine(copies, is_fine=False)
        moved.update(picture_class=target)
    moves = [Move(source, target.pk, some) for source, some in by_source.items()]
    return Step(target.project_id, moves, settled=settled, reopened=reopened)


def _of(pictures: QuerySet[Picture]) -> Q:
    """Signs of a picture, or of one that it is nearly the same as."""
    return Q(picture__in=pictures) | Q(other__in=pictures)


def _set_fine(signs: QuerySet[Sign], *, is_fine: bool) -> list[int]:
    """The signs, by their numbers, after they are all fine, or not."""
    numbers = list(signs.values_list("id", flat=True))
    Sign.objects.filter(id__in=numbers).update(is_fine=is_fine)
    return numbers


def say_fine(signs: QuerySet[Sign], project: uuid.UUID) -> Step:
    """Remembers of signs of a project that nothing is wrong."""
    return Step(project, fine=_set_fine(signs, is_fine=True))


def undo(step: Step) -> int:
    """Takes a step back, as far as nobody has changed the same since; returns how many pictures or signs it was."""
    with transaction.atomic():
        count = Sign.objects.filter(id__in=step.fine, picture__project=step.project).update(is_fine=False)
        there = set(PictureClass.every.filter(project=step.project).values_list("id", flat=True))
        return count + sum(_moved_back(move, step) for move in step.moves if move.source in there)


def _moved_back(move: Move, step: Step) -> int:
    still = Picture.objects.filter(id__in=move.pictures, project=step.project, picture_class=move.target)
    Sign.objects.filter(_of(still), id__in=step.settled).update(is_fine=False)
    Sign.objects.filter(_of(still), id__in=step.reopened).update(is_fine=True)
    return still.update(picture_class=move.source)


def remember(request: HttpRequest, step: Step) -> None:
    """Keeps a step for `take_last`; one of more than 1000 pictures cannot be taken back, nor any before it."""
    if step.size() > _MOST_PICTURES:
        request.session[_KEY] = [each for each in _steps(request) if each["project"] != str(step.project)]
    elif step.size():
        kept = {**dataclasses.asdict(step), "project": str(step.project)}
        request.session[_KEY] = [*_steps(request), kept][-_MOST_STEPS:]


def can_undo(request: HttpRequest, project: uuid.UUID) -> bool:
    """Whether there is a step in a project to take back."""
    return any(each["project"] == str(project) for each in _steps(request))


def take_last(request: HttpRequest, project: uuid.UUID) -> Step | None:
    """The last step in a project, which is forgotten; None where there is none."""
    steps = _steps(request)
    last = next((each for each in reversed(steps) if each["project"] == str(project)), None)
    if last is None:
        return None
    request.session[_KEY] = [each for each in steps if each is not last]
    settled, reopened = last.get("settled", []), last.get("reopened", [])  # An earlier version kept neither.
    return Step(project, [Move(*move) for move in last["moves"]], last["fine"], settled, reopened)


def _steps(request: HttpRequest) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = request.session.get(_KEY, [])
    return steps
