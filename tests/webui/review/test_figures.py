from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.webui.factories import make_answer, make_correction
from webui.history.models import CorrectionKind, State
from webui.review.figures import agreement_by_model, figures
from webui.review.judgements import Judgement

pytestmark = pytest.mark.django_db


def accepted(kind: CorrectionKind, label: str = "", **answer: object) -> None:
    make_correction(make_answer(picture=False, **answer), kind, label, state=State.ACCEPTED)


def test_agreement_is_counted_by_model_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    accepted(CorrectionKind.RIGHT, "cat")
    accepted(CorrectionKind.CLASS, "dog")
    accepted(CorrectionKind.NONE, known=False)
    accepted(CorrectionKind.CLASS, "cat", model="animals-2")

    with django_assert_num_queries(1):
        assert agreement_by_model() == {"animals-1": (2, 3), "animals-2": (0, 1)}


@pytest.mark.parametrize("state", [State.PENDING, State.REJECTED])
def test_only_what_staff_accepted_counts(state: State) -> None:
    make_correction(make_answer(picture=False), CorrectionKind.RIGHT, "cat", state=state)

    assert agreement_by_model() == {}


def test_accepted_pictures_are_counted_by_class() -> None:
    accepted(CorrectionKind.RIGHT, "cat")
    accepted(CorrectionKind.CLASS, "cat")
    accepted(CorrectionKind.NONE)
    accepted(CorrectionKind.NEW_CLASS, "fox")

    found = figures()

    assert found.accepted[0] == (Judgement(CorrectionKind.CLASS, "cat"), 2)
    assert sorted(str(what) for what, _number in found.accepted) == ["cat", "fox", "none of these"]
    assert found.total == 4
