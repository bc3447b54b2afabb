from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.recognizer.registry.test_versions import model_file
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction, make_user
from webui.accounts.models import User
from webui.history.models import Answer, Correction, CorrectionKind, State
from webui.review import decisions
from webui.review.judgements import Judgement

pytestmark = pytest.mark.django_db

PAGES = ["/review/", "/review/uncertain/", "/review/turned-away/", "/review/reviewed/"]


@pytest.fixture
def correction() -> Correction:
    return make_correction()


def decide(client: Client, correction: Correction, kind: str, **fields: Any) -> str:
    """Sends what the page's form would, and returns the page that follows."""
    form = {"queue": "corrections", "n": 1, "seen_kind": correction.kind, "seen_label": correction.label}
    response = client.post(f"/review/{correction.answer_id}/", {**form, "kind": kind, **fields}, follow=True)
    return response.content.decode()


def state(correction: Correction) -> tuple[str, str, str]:
    correction.refresh_from_db()
    return correction.state, correction.kind, correction.label


def position(client: Client, address: str) -> str:
    return re.findall(r'id="review-position">([^<]+)<', client.get(address).content.decode())[0]


def file_names(page: str) -> list[str]:
    return re.findall(r'review-about soft">(\S+) ', page)


@pytest.mark.parametrize("address", PAGES)
def test_the_review_is_for_staff(client: Client, member_client: Client, staff_client: Client, address: str) -> None:
    assert client.get(address)["Location"] == f"/account/login/?next={address}"
    assert member_client.get(address).status_code == 403
    assert staff_client.get(address).status_code == 200


@pytest.mark.parametrize(
    "address", ["/review/undo/", "/review/export/", f"/review/{uuid.UUID(int=7)}/", "/review/1/reopen/"]
)
def test_its_actions_are_for_staff_and_by_post(
    client: Client, member_client: Client, staff_client: Client, address: str
) -> None:
    assert client.post(address).status_code == 302
    assert member_client.post(address).status_code == 403
    assert staff_client.get(address).status_code == 405


def test_the_page_shows_picture_answer_and_what_was_said(staff_client: Client, correction: Correction) -> None:
    page = staff_client.get("/review/").content.decode()

    assert file_names(page) == ["felix.jpg"]
    assert f'src="/history/{correction.answer_id}.jpg"' in page
    assert re.findall(r'review-label capitalised"[^>]*>(\w+)', page) == ["cat", "dog"]


def test_a_name_that_is_written_right_to_left_is_kept_apart_from_what_follows(staff_client: Client) -> None:
    make_correction(make_answer(filename="כלב.jpg"))

    assert file_names(staff_client.get("/review/").content.decode()) == ["\u2068כלב.jpg\u2069"]


def test_a_queue_without_anything_says_so(staff_client: Client) -> None:
    assert "No corrections are waiting for review." in staff_client.get("/review/").content.decode()


def test_there_is_no_other_queue(staff_client: Client) -> None:
    assert staff_client.get("/review/everything/").status_code == 404


@pytest.mark.parametrize(
    ("n", "expected"), [("", "1 of 3"), ("2", "2 of 3"), ("9", "3 of 3"), ("0", "1 of 3"), ("x", "1 of 3")]
)
def test_the_position_is_said(staff_client: Client, n: str, expected: str) -> None:
    for _ in range(3):
        make_correction()

    assert position(staff_client, f"/review/?n={n}") == expected


def test_accepting_brings_the_next_one(staff_client: Client, staff: User) -> None:
    first = make_correction(make_answer(filename="a.jpg"), label="chicken")
    make_correction(make_answer(filename="b.jpg"))

    page = decide(staff_client, first, "accept")

    assert state(first) == ("accepted", "class", "chicken")
    assert "Accepted: chicken." in page
    assert file_names(page) == ["b.jpg"]


@pytest.mark.parametrize(
    ("kind", "label", "expected"),
    [
        ("reject", "", ("rejected", "class", "dog")),
        ("class", "horse", ("accepted", "class", "horse")),
        ("class", "cat", ("accepted", "right", "cat")),
        ("none", "", ("accepted", "none", "")),
        ("new_class", " Fox", ("accepted", "new_class", "Fox")),
    ],
)
def test_staff_reject_or_change(
    staff_client: Client, correction: Correction, kind: str, label: str, expected: tuple[str, str, str]
) -> None:
    decide(staff_client, correction, kind, label=label)

    assert state(correction) == expected


def test_a_wrong_class_name_is_said_and_nothing_written(staff_client: Client, correction: Correction) -> None:
    page = decide(staff_client, correction, "new_class", label="../x")

    assert "begins with a letter or a digit" in page
    assert state(correction)[0] == "pending"


def test_what_another_reviewer_decided_meanwhile_is_said(staff_client: Client, correction: Correction) -> None:
    tom, dog = make_user("tom", is_staff=True), Judgement(CorrectionKind.CLASS, "dog")
    decisions.review(correction.answer, State.ACCEPTED, seen=dog, verdict=dog, by=tom)

    page = decide(staff_client, correction, "reject")

    assert "tom has reviewed this meanwhile: dog (accepted). Nothing was overwritten." in page
    assert state(correction) == ("accepted", "class", "dog")


def test_a_correction_that_was_changed_meanwhile_is_shown_again(staff_client: Client, correction: Correction) -> None:
    Correction.objects.update(label="horse")

    page = decide(staff_client, correction, "accept")

    assert "Somebody has changed the correction meanwhile" in page
    assert "Horse" not in page
    assert 'name="seen_label" value="horse"' in page


def test_a_correction_that_was_withdrawn_meanwhile_is_said(staff_client: Client, correction: Correction) -> None:
    Correction.objects.all().delete()

    assert "has been withdrawn meanwhile" in decide(staff_client, correction, "accept")


def test_an_answer_that_was_deleted_meanwhile_is_said(staff_client: Client, correction: Correction) -> None:
    Answer.objects.all().delete()

    assert "has been deleted meanwhile" in decide(staff_client, correction, "accept")


def test_decisions_can_be_undone_step_by_step(staff_client: Client) -> None:
    first, second = make_correction(make_answer(filename="a.jpg"), label="chicken"), make_correction()
    decide(staff_client, first, "class", label="horse")
    decide(staff_client, second, "reject")

    staff_client.post("/review/undo/")
    page = staff_client.post("/review/undo/", follow=True).content.decode()

    assert [state(first), state(second)] == [("pending", "class", "chicken"), ("pending", "class", "dog")]
    assert file_names(page) == ["a.jpg"]
    assert "Undone" in page


def test_with_nothing_to_undo_it_says_so(staff_client: Client) -> None:
    assert "nothing to undo" in staff_client.post("/review/undo/", follow=True).content.decode()


def test_an_uncertain_answer_is_judged_and_accepted_at_once(staff_client: Client, staff: User) -> None:
    answer = make_answer(score=0.4)

    form = {"queue": "uncertain", "n": "1", "kind": "right"}
    response = staff_client.post(f"/review/{answer.id}/", form)

    assert response["Location"] == "/review/uncertain/"
    assert state(answer.correction) == ("accepted", "right", "cat")
    assert answer.correction.user == staff


def test_a_reviewed_correction_can_be_reopened(staff_client: Client, correction: Correction) -> None:
    decide(staff_client, correction, "accept")
    assert f'action="/review/{correction.pk}/reopen/"' in staff_client.get("/review/reviewed/").content.decode()

    staff_client.post(f"/review/{correction.pk}/reopen/")

    assert state(correction) == ("pending", "class", "dog")


def test_the_page_says_how_many_were_accepted_and_agreed_with(staff_client: Client) -> None:
    make_correction(kind=CorrectionKind.RIGHT, label="cat", state=State.ACCEPTED)
    make_correction(kind=CorrectionKind.NONE, label="", state=State.ACCEPTED)

    page = staff_client.get("/review/").content.decode()

    assert re.findall(r'capitalised">([\w ]+)</td><td class="number">(\d+)', page) == [
        ("none of these", "1"),
        ("cat", "1"),
    ]
    assert "1 of 2" in page


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_few_queries(
    staff_client: Client, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        make_answer(score=0.5)
        make_answer(known=False)
        make_correction()
        make_correction(state=State.ACCEPTED, reviewed_by=make_user(f"tom{number}"))

    with django_assert_max_num_queries(8):
        staff_client.get(address)


@pytest.mark.parametrize("label", ["a\0b", "x" * 1000])
def test_what_nobody_can_have_seen_is_refused(staff_client: Client, label: str) -> None:
    address = f"/review/{make_correction().answer_id}/"
    form = {"queue": "corrections", "n": 1, "kind": "accept", "seen_kind": "class", "seen_label": label}

    assert staff_client.post(address, form).status_code == 400


def test_a_picture_in_doubt_is_called_what_every_page_calls_it(staff_client: Client) -> None:
    answer = make_answer(known=False, likeness=0.4, score=0.9)

    turned_away = staff_client.get("/review/turned-away/").content.decode()
    make_correction(answer, state=State.REJECTED)
    reviewed = staff_client.get("/review/reviewed/").content.decode()

    for page in (turned_away, reviewed):
        assert "Perhaps a cat" in page
        assert "Nearest" not in page
    assert "It looks unlike the cats it learned from." in turned_away


def test_what_somebody_says_already_is_not_offered_as_something_else(staff_client: Client) -> None:
    make_correction(label="dog")

    page = staff_client.get("/review/").content.decode()

    assert re.findall(r'name="label" value="(\w+)"', page) == ["horse", "chicken"]


def test_the_way_to_the_next_version_says_what_each_step_needs(
    staff_client: Client, settings_of: SettingsOf, tmp_path: Path
) -> None:
    settings_of(models=model_file(tmp_path / "animals-1.h5").parent)
    (tmp_path / "ACTIVE").write_text("animals-1\n")

    before = staff_client.get("/review/").content.decode()
    make_correction(state=State.ACCEPTED)
    model_file(tmp_path / "animals-2.h5", version="2")
    after = staff_client.get("/review/reviewed/").content.decode()

    assert "Needs an accepted picture first." in before
    assert before.count("Needs a newer version: training makes it.") == 2
    assert "export_dataset corrections</code>" in after
    assert "animals-3.h5</code>" in after
    assert 'href="/models/compare/?a=animals-1&amp;b=animals-2"' in after
    assert 'href="/models/animals-2/activate/"' in after
