"""The findings of a training: what it was begun with, and what became of the pictures, as its page needs them.

outcome.json of `training fit --outcome`, see training/outcome.py -> Findings, bounded -> the database
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

HELD_BACK, TRAINED_ON = "held_back", "training"
_MOST_FAILURES, _MOST_PAIRS = 200, 20
"""That are kept; a page shows fewer."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Rival(_Record):
    """Another model that a training is to be compared with."""

    model: str
    is_active: bool
    """Whether it was the version in use when the training began; else it is the one that was trained before."""
    knows_seen: bool = False
    """Whether it is known which of the pictures it was trained on."""
    missing: tuple[str, ...] = ()
    """Classes that it does not know, for which it cannot be compared."""


class Changes(_Record):
    """How the pictures differ from those of the training before."""

    since: str
    """The model that came of that one."""
    added: int
    removed: int
    moved: int
    """To another class."""


class Begun(_Record):
    """What a training was begun with, beside its pictures."""

    weights: str = ""
    """The model whose network it starts from; empty: that of the version in use, then."""
    keeps_split: bool = False
    """Whether it holds back what the training before held back, and new pictures before any that one was trained on."""
    rivals: tuple[Rival, ...] = ()
    changes: Changes | None = None
    """None of a first training."""
    classes: tuple[str, ...] = ()
    """That it learns."""
    others: int = 0
    """Pictures of other things."""


class OfClass(_Record):
    """The figures of one class."""

    name: str
    trained_on: int
    copies: int
    """Of its pictures, how many are copies or near copies of another one that counts."""
    pictures: int
    held_back: int
    right: int


class Failure(_Record):
    """A picture held back that the model names wrongly, or turns away."""

    picture: int = Field(ge=0, lt=2**63)
    """Its number."""
    actual: str
    said: str
    score: float = Field(ge=0, le=1)
    known: bool = True
    """Whether the model took it for one of its classes."""


class Pair(_Record):
    """How many pictures of one class are taken for another."""

    actual: str
    said: str
    count: int


class Sign(_Record):
    """How many of the pictures that the model fails on, and of the others, are dark, grey or blurred."""

    sign: str
    failures: int
    of_failures: int
    others: int
    of_others: int
    p_value: float


class Others(_Record):
    """How many pictures of other things, that it had not learned from, a model takes for one of its classes."""

    pictures: int
    accepted: int


class Versus(_Record):
    """How another model does on the same pictures."""

    model: str
    n: int = 0
    """Pictures that both have answered; 0: they cannot be compared."""
    right: int = 0
    right_before: int = 0
    p_value: float = 1.0
    seen: int = 0
    """Pictures held back that do not count, for it was trained on them or on copies of them."""


class OfGroups(_Record):
    """How many whole folders or days a model was measured on."""

    kinds: tuple[str, ...]
    """Of `groups.Kind`: `folder`, `day`."""
    groups: int
    held_back: int
    """Of these, how many it was measured on, without having learned from any of their pictures."""
    divided: int
    """How many it has learned from and was measured on; 0 where the training could be divided by them."""


class Findings(_Record):
    """What became of the pictures."""

    right: int
    held_back: int
    turned_away: int
    """Of those named rightly, how many it would not take for one of its classes all the same."""
    classes: tuple[OfClass, ...]
    failures: tuple[Failure, ...]
    """Those named wrongly first, the surest first."""
    pairs: tuple[Pair, ...]
    """The most frequent first."""
    signs: tuple[Sign, ...] = ()
    others: Others | None = None
    """None where there were none to learn from."""
    versus: tuple[Versus, ...] = ()
    held_back_before: int | None = Field(default=None)
    """Of the pictures held back, how many the training before held back too; None of a first one."""

    groups: OfGroups | None = None
    """None where the pictures were in none."""

    @property
    def mistakes(self) -> int:
        """How many pictures held back it names wrongly."""
        return self.held_back - self.right


def number_of(file: str) -> int:
    """A picture's number, from the name of its file in the job's folder.

    Raises:
        ValueError: it is none of ours.
    """
    return int(file.rpartition("/")[2])


def summarized(document: Mapping[str, Any], *, held_back_before: int | None) -> Findings:
    """The findings in an outcome, bounded.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is none.
    """
    answers = [failure(answer) for answer in document["answers"]]
    wrong = [answer for answer in answers if answer.said != answer.actual]
    turned_away = [answer for answer in answers if answer.said == answer.actual and not answer.known]
    pairs = Counter((answer.actual, answer.said) for answer in wrong)
    return Findings(
        right=len(answers) - len(wrong),
        held_back=len(answers),
        turned_away=len(turned_away),
        classes=tuple(_classes(document["pictures"], answers)),
        failures=tuple(_surest_first(wrong) + _surest_first(turned_away))[:_MOST_FAILURES],
        pairs=tuple(Pair(actual=a, said=s, count=n) for (a, s), n in pairs.most_common(_MOST_PAIRS)),
        others=Others.model_validate(document["others"]) if document.get("others") else None,
        signs=tuple(Sign.model_validate(sign) for sign in document["signs"]),
        versus=tuple(Versus.model_validate(each) for each in document["compared"]),
        held_back_before=held_back_before,
    )


def of_groups(parts: Iterable[tuple[str, str]]) -> OfGroups | None:
    """How the groups of pictures were divided; None where there are none.

    Args:
        parts: the group of each picture, and what it was for.
    """
    parts_of = defaultdict[str, set[str]](set)
    for group, part in parts:
        if group:
            parts_of[group].add(part)
    if not parts_of:
        return None
    measured = [found for found in parts_of.values() if HELD_BACK in found]
    divided = sum(TRAINED_ON in found for found in measured)
    kinds = tuple(sorted({group.partition(" ")[0] for group in parts_of}))
    return OfGroups(kinds=kinds, groups=len(parts_of), held_back=len(measured) - divided, divided=divided)


def failure(answer: Mapping[str, Any]) -> Failure:
    """What is said of a picture, as the command line tells it.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it tells nothing of the kind.
    """
    return Failure.model_validate({**answer, "picture": number_of(answer["file"])})


def _surest_first(answers: Sequence[Failure]) -> list[Failure]:
    return sorted(answers, key=lambda answer: -answer.score)


def _classes(pictures: Iterable[Mapping[str, Any]], answers: Sequence[Failure]) -> Iterable[OfClass]:
    held_back = Counter(answer.actual for answer in answers)
    right = Counter(answer.actual for answer in answers if answer.said == answer.actual)
    count, trained_on, groups = Counter[str](), Counter[str](), defaultdict[str, set[int]](set)
    for picture in pictures:
        name = picture["class"]
        count[name] += 1
        trained_on[name] += picture["part"] == TRAINED_ON
        groups[name].add(picture["group"])
    for name, pictures_of in count.items():
        yield OfClass(
            name=name,
            trained_on=trained_on[name],
            copies=pictures_of - len(groups[name]),
            pictures=pictures_of,
            held_back=held_back[name],
            right=right[name],
        )
