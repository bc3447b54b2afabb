"""Pages of the history, and the answers before and after one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.webui.factories import make_answer
from webui.history import filters, paging
from webui.history.filters import ORDERS, Sort
from webui.history.models import Answer

pytestmark = pytest.mark.django_db

NEWEST = ORDERS[Sort.NEWEST]
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def few_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PER_PAGE", 2)


def answers(count: int) -> list[Answer]:
    """The newest first; all of one moment and one score, so that only their ids tell them apart."""
    made = [make_answer(picture=False, created=MOMENT, score=0.5) for _ in range(count)]
    return sorted(made, key=lambda answer: answer.id, reverse=True)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1", 1),
        ("2", 2),
        ("3", 3),
        ("4", 3),
        ("999999999", 3),
        ("9" * 5000, 1),
        ("0", 1),
        ("-1", 1),
        ("abc", 1),
        (None, 1),
    ],
)
def test_any_number_leads_to_a_page(few_a_page: None, number: str | None, expected: int) -> None:
    answers(5)

    page = paging.page_of(Answer.objects.all(), NEWEST, number)

    assert (page.number, page.pages, page.total) == (expected, 3, 5)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_the_total_is_right_on_every_page(few_a_page: None, count: int) -> None:
    answers(count)

    for number in ("1", "2", "3"):
        page = paging.page_of(Answer.objects.all(), NEWEST, number)
        assert page.total == count
        assert len(page.answers) == page.last - page.first + 1 if count else page.last == 0


def test_no_answer_is_on_two_pages(few_a_page: None) -> None:
    made = answers(5)

    pages = [paging.page_of(Answer.objects.all(), NEWEST, number) for number in "123"]

    assert [answer for page in pages for answer in page.answers] == made


@pytest.mark.parametrize("sort", Sort)
def test_one_leads_to_the_next_in_any_order(sort: Sort) -> None:
    answers(4)
    make_answer(picture=False, score=0.1, age_days=3)
    ordered = list(Answer.objects.order_by(*ORDERS[sort]))

    for i, answer in enumerate(ordered):
        before, after = paging.neighbours(Answer.objects.all(), ORDERS[sort], answer)
        assert before == (ordered[i - 1].id if i else None)
        assert after == (ordered[i + 1].id if i + 1 < len(ordered) else None)


def test_what_there_is_to_choose_from_is_found() -> None:
    for label, model in (("dog", "animals-2"), ("cat", "animals-1"), ("dog", "animals-1")):
        make_answer(picture=False, label=label, model=model)

    assert (filters.values_of("label"), filters.values_of("model")) == (["cat", "dog"], ["animals-1", "animals-2"])


def test_of_an_empty_history_there_is_nothing_to_choose_from() -> None:
    assert filters.values_of("label") == []
