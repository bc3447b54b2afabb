from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.webui.factories import make_answer, make_correction, make_user
from webui.history import pictures
from webui.history.models import Correction, CorrectionKind, State
from webui.review import dataset
from webui.review.dataset import COLUMNS, Item, Missing, Selection

pytestmark = pytest.mark.django_db


def accepted(
    kind: CorrectionKind = CorrectionKind.CLASS, label: str = "dog", *, days_ago: int = 0, **fields: object
) -> Correction:
    reviewed = timezone.now() - timedelta(days=days_ago)
    return make_correction(make_answer(**fields), kind, label, state=State.ACCEPTED, reviewed=reviewed)


def places(**selection: object) -> list[str]:
    """Folder of each picture that is selected."""
    found = dataset.items(Selection(**selection))  # type: ignore[arg-type]  # As a test names them.
    return [item.place.rpartition("/")[0] for item in found if isinstance(item, Item)]


def test_each_picture_lies_in_the_folder_of_what_it_is() -> None:
    accepted(CorrectionKind.CLASS, "dog", days_ago=4)
    accepted(CorrectionKind.RIGHT, "cat", days_ago=3)
    accepted(CorrectionKind.NEW_CLASS, "fox", days_ago=2)
    accepted(CorrectionKind.NONE, "", days_ago=1)

    assert places() == ["classes/dog", "classes/cat", "classes/fox", "unknown"]


@pytest.mark.parametrize("state", [State.PENDING, State.REJECTED])
def test_only_what_staff_accepted_is_taken(state: State) -> None:
    make_correction(state=state)

    assert places() == []


def test_right_answers_can_be_left_out() -> None:
    accepted(CorrectionKind.RIGHT, "cat")
    accepted(CorrectionKind.CLASS, "dog")

    assert places(include_right=False) == ["classes/dog"]


def test_since_looks_at_the_day_of_the_review() -> None:
    accepted(label="dog", days_ago=3)
    accepted(label="horse", days_ago=1)

    assert places(since=(timezone.now() - timedelta(days=2)).date()) == ["classes/horse"]


def test_one_models_answers_can_be_taken() -> None:
    accepted(label="dog")
    accepted(label="horse", model="animals-2")

    assert places(model="animals-2") == ["classes/horse"]


def test_a_picture_that_is_gone_is_named_and_passed_over() -> None:
    gone = accepted()
    pictures.remove([gone.answer_id])

    [found] = dataset.items(Selection())

    assert found == Missing(gone.answer_id, "its picture is not kept any longer.")


@pytest.mark.parametrize(
    "label",
    [
        "..",
        "../../etc",
        "/etc",
        "a/b",
        "a\\b",
        ".git",
        "a\nb",
        "\u202egnp",
        "unknown",
        "x" * 200,
        "猫" * 100,
    ],
)
def test_no_label_leads_out_of_the_folder(label: str) -> None:
    accepted(label=label)

    [found] = dataset.items(Selection())

    if isinstance(found, Item):
        assert found.place.split("/")[:2] == ["classes", label]
        assert label == "x" * 200
    else:
        assert "no folder can be called" in found.reason


@pytest.mark.parametrize(("user", "role"), [(None, "visitor"), ("mia", "member"), ("sam", "staff")])
def test_the_table_names_roles_and_no_people(user: str | None, role: str) -> None:
    by = make_user(user, is_staff=user == "sam") if user else None
    Correction.objects.filter(pk=accepted().pk).update(user=by)

    [item] = dataset.items(Selection())

    assert isinstance(item, Item)
    assert tuple(item.row) == COLUMNS
    assert item.row["by"] == role
    assert {"mia", "sam"} & set(item.row.values()) == set()


def test_the_table_has_what_the_model_said() -> None:
    accepted(CorrectionKind.CLASS, "dog", known=False, score=0.4321)

    [item] = dataset.items(Selection())

    assert isinstance(item, Item)
    row = item.row
    assert (row["label"], row["kind"], row["model"]) == ("dog", "class", "animals-1")
    assert (row["score"], row["original_answer"]) == ("0.432100", "")


def test_no_class_is_a_formula() -> None:
    accepted(label="=HYPERLINK(1)")

    [item] = dataset.items(Selection())

    assert isinstance(item, Item)
    assert item.row["label"] == "'=HYPERLINK(1)"
