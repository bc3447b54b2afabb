"""Cuts the history into pages that cost the same at 100 answers and at 100,000.

The ids of a page come from an index alone; the rows are fetched for these ids only. Nothing is counted where the page
itself shows how many there are.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Q

from webui.history.models import Answer, Answers

PER_PAGE = 50

Order = tuple[str, str]
"""As `order_by` takes it: what counts, and then the id."""


@dataclass(frozen=True)
class Page:
    """One page of a list of answers."""

    answers: list[Answer]
    number: int
    """From 1 on."""
    total: int
    """Of all pages together."""

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // PER_PAGE))

    @property
    def first(self) -> int:
        """The position of the page's first answer in the list, from 1 on; 0 where there is none."""
        return (self.number - 1) * PER_PAGE + 1 if self.answers else 0

    @property
    def last(self) -> int:
        """The position of the page's last answer in the list."""
        return self.first + len(self.answers) - 1 if self.answers else 0

    @property
    def before(self) -> int:
        """The number of the page before."""
        return self.number - 1

    @property
    def after(self) -> int:
        """The number of the page after."""
        return self.number + 1

    def numbers(self) -> Iterator[int | str]:
        """The page numbers to choose from; … where some are left out."""
        return Paginator(range(self.total), PER_PAGE).get_elided_page_range(self.number, on_each_side=2, on_ends=1)


def page_of(answers: Answers, order: Order, number: str | None) -> Page:
    """One page of answers.

    Args:
        answers: those that are wanted.
        order: in which order.
        number: from the address; what is no number is the first page, what is too large is the last one.
    """
    wanted = int(number) if number and re.fullmatch(r"0{0,9}[1-9][0-9]{0,8}", number) else 1
    if wanted == 1:
        ids = _ids(answers, order, 0, PER_PAGE + 1)
        total = answers.count() if len(ids) > PER_PAGE else len(ids)
        return Page(_rows(ids[:PER_PAGE]), 1, total)
    total = answers.count()
    last = max(1, -(-total // PER_PAGE))
    start = (min(wanted, last) - 1) * PER_PAGE
    return Page(_rows(_part(answers, order, start, total)), min(wanted, last), total)


def neighbours(answers: Answers, order: Order, answer: Answer) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The answers before and after one in a list; None at its ends."""
    return _next_id(answers, _turned(order), answer), _next_id(answers, order, answer)


def beyond(order: Order, answer: Answer) -> Q:
    """A condition for the answers that come after one in an order."""
    name, relation = order[0].lstrip("-"), "lt" if order[0].startswith("-") else "gt"
    value = getattr(answer, name)
    further = Q(**{f"{name}__{relation}": value}) | Q(**{f"id__{relation}": answer.id})
    return Q(**{f"{name}__{relation}e": value}) & further  # The first part alone lets the database use its index.


def _part(answers: Answers, order: Order, start: int, total: int) -> list[uuid.UUID]:
    """The ids of the page that begins there, read from the nearer end: what comes before it has to be passed over."""
    end = min(start + PER_PAGE, total)
    if start < total - end:
        return _ids(answers, order, start, end)
    return _ids(answers, _turned(order), total - end, total - start)[::-1]


def _ids(answers: Answers, order: Order, start: int, end: int) -> list[uuid.UUID]:
    return list(answers.order_by(*order).values_list("id", flat=True)[start:end])


def _rows(ids: list[uuid.UUID]) -> list[Answer]:
    rows = Answer.objects.select_related("user", "correction", "share").in_bulk(ids)
    return [rows[answer_id] for answer_id in ids if answer_id in rows]  # One may have been deleted meanwhile.


def _next_id(answers: Answers, order: Order, answer: Answer) -> uuid.UUID | None:
    return answers.filter(beyond(order, answer)).order_by(*order).values_list("id", flat=True).first()


def _turned(order: Order) -> Order:
    first, second = (name[1:] if name.startswith("-") else f"-{name}" for name in order)
    return first, second
