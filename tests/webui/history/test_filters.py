"""Which answers a filter finds, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import translation

from tests.webui.factories import make_answer, make_correction, make_user
from webui.accounts.identity import Caller
from webui.accounts.models import User
from webui.history.filters import Filter
from webui.history.models import Answer, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody() -> Caller:
    return Caller(user=User(pk=0, is_staff=True))


def named(name: str, **fields: Any) -> Answer:
    return make_answer(filename=name, picture=False, **fields)


def found(query: str, caller: Caller) -> list[str]:
    """Of everybody, unless the query says whose."""
    wanted = Filter(QueryDict(query if "who=" in query else f"who=all&{query}"), caller)
    answers = wanted.apply(Answer.objects.all()).order_by(*wanted.order)
    return [answer.filename for answer in answers]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["sure", "unsure", "dog", "cup"]),
        ("label=cat", ["sure", "unsure"]),
        ("label=cat&certainty=sure", ["sure"]),
        ("label=cat&certainty=uncertain", ["unsure"]),
        ("certainty=unknown", ["cup"]),
        ("label=cat&certainty=unknown", ["cup"]),
        ("label=zebra", []),
        ("model=animals-2", ["dog"]),
        ("sort=oldest", ["cup", "dog", "unsure", "sure"]),
        ("sort=least", ["cup", "unsure", "dog", "sure"]),
        ("sort=most", ["sure", "dog", "unsure", "cup"]),
        ("q=UNS", ["unsure"]),
        ("q=dog", ["dog"]),
        ("q=%25", []),
        ("certainty=nonsense", ["sure", "unsure", "dog", "cup"]),
    ],
)
def test_a_filter_finds(query: str, expected: list[str], nobody: Caller) -> None:
    named("sure", age_days=1)
    named("unsure", age_days=2, score=0.6)
    named("dog", age_days=3, label="dog", score=0.9, model="animals-2")
    named("cup", age_days=4, known=False, score=0.5)

    assert found(query, nobody) == expected


def test_classes_are_found_by_their_name_in_the_readers_language(nobody: Caller) -> None:
    named("a", label="cat")
    named("b", label="dog")

    with translation.override("zh-hans"):
        assert found("q=猫", nobody) == ["a"]


@pytest.mark.parametrize("state", [*State, "none"])
def test_answers_are_found_by_what_became_of_their_correction(state: str, nobody: Caller) -> None:
    for each in State:
        make_correction(named(each), state=each)
    named("none")

    assert found(f"corrected={state}", nobody) == [state]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("since=2026-03-02&until=2026-03-02", ["noon"]),
        ("since=2026-03-02", ["noon", "late"]),
        ("until=2026-03-01", []),
        ("since=2026-03-03&until=2026-03-03&zone=Asia/Shanghai", ["late"]),
        ("since=2026-03-03&until=2026-03-03&zone=../../etc/passwd", ["late"]),
        ("since=2999-12-31&until=2999-12-31&zone=Pacific/Kiritimati", []),
    ],
)
def test_days_are_those_of_the_readers_place(query: str, expected: list[str], nobody: Caller) -> None:
    named("noon", created=datetime(2026, 3, 2, 12, tzinfo=UTC))
    named("late", created=datetime(2026, 3, 3, 1, tzinfo=UTC))

    assert sorted(found(query, nobody)) == sorted(expected)


def test_staff_choose_whose_answers_they_see() -> None:
    sam, mia = make_user("sam", is_staff=True), make_user("mia")
    for name, owner in (("his", sam), ("hers", mia), ("visitor's", None)):
        named(name, user=owner, visitor="" if owner else "f" * 32)
    caller = Caller(user=sam)

    assert found("who=", caller) == found("who=mine", caller) == ["his"]
    assert len(found("who=all", caller)) == 3
    assert found(f"who={mia.pk}", caller) == ["hers"]
    assert found("who=visitors", caller) == ["visitor's"]
    assert found("who=somebody", caller) == ["his"]


def test_others_have_no_such_choice(member: User) -> None:
    assert "who" not in Filter(QueryDict("who=1"), Caller(user=member)).fields


def test_an_address_has_what_is_filtered_and_nothing_else(nobody: Caller) -> None:
    wanted = Filter(QueryDict("label=cat&page=3&sort=least&q=&since=2026-01-02&zone=UTC&evil=1"), nobody)

    assert wanted.query == "?label=cat&since=2026-01-02&zone=UTC&sort=least"


def test_names_that_are_no_filters_are_found(nobody: Caller, member: User) -> None:
    asked = QueryDict("from=2026-13-99&order=bogus&page=2&heat=true&label=cat&view=grid&who=1")

    assert Filter(asked, nobody).not_understood == ["from", "order"]
    assert Filter(asked, Caller(user=member)).not_understood == ["from", "order", "who"]


def test_the_view_is_in_the_address_and_narrows_nothing(nobody: Caller) -> None:
    wanted = Filter(QueryDict("view=grid"), nobody)

    assert (wanted.query, wanted.narrows, wanted.is_grid) == ("?view=grid", False, True)
    assert not Filter(QueryDict("view=circle"), nobody).is_grid
    assert [Filter(QueryDict(query), nobody).narrows for query in ("who=all", "who=visitors", "q=x")] == [
        *(False, True, True)
    ]


def test_a_class_that_is_gone_can_still_be_read_in_the_list_of_choices(nobody: Caller) -> None:
    wanted = Filter(QueryDict("label=zebra"), nobody)
    wanted.offer_choices()

    assert '<option value="zebra" selected>zebra</option>' in str(wanted["label"])
