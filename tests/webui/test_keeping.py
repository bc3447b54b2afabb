from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client

from tests.webui.factories import visitor_of
from tests.webui.fakes import image_file, other_file
from webui.classify import samples
from webui.history import pictures
from webui.history.models import Answer

CLASSIFY = "/api/v1/classify"
ORIGIN = "http://testserver"


@pytest.fixture(autouse=True)
def _kept(kept: None) -> None:
    """Answers are kept."""


def test_an_answer_of_the_api_names_where_it_is_kept(client: Client) -> None:
    [entry] = client.post(CLASSIFY, {"image": image_file("felix.jpg")}).json()["predictions"]

    answer = Answer.objects.get(id=entry["id"])
    assert (answer.filename, answer.label, answer.model) == ("felix.jpg", "cat", "animals-1")
    assert answer.score == entry["score"]
    assert pictures.path_of(answer.id).is_file()


def test_a_program_without_a_key_is_nobody(client: Client) -> None:
    client.post(CLASSIFY, {"image": image_file()})

    answer = Answer.objects.get()
    assert (answer.user, answer.visitor) == (None, "")


def test_what_a_page_of_ours_sends_belongs_to_its_reader(visitor_client: Client) -> None:
    visitor_client.post(CLASSIFY, {"image": image_file()}, headers={"Origin": ORIGIN})

    assert Answer.objects.get().visitor == visitor_of(visitor_client)


def test_what_a_foreign_page_sends_does_not(visitor_client: Client) -> None:
    visitor_client.post(CLASSIFY, {"image": image_file()}, headers={"Origin": "https://evil.example"})

    assert Answer.objects.get().visitor == ""


def test_a_members_pictures_are_his(member_client: Client) -> None:
    member_client.post("/", {"image": image_file()})

    assert Answer.objects.get().user.username == "mia"


def test_one_bad_picture_among_several_leaves_no_answer(client: Client) -> None:
    sent = [image_file("a.jpg"), other_file(), image_file("c.jpg")]

    entries = client.post(CLASSIFY, {"image": sent}).json()["predictions"]

    assert ["id" in entry for entry in entries] == [True, False, True]
    assert set(Answer.objects.values_list("filename", flat=True)) == {"a.jpg", "c.jpg"}
    assert str(Answer.objects.get(filename="c.jpg").id) == entries[2]["id"]


def test_what_shall_not_be_kept_is_not(client: Client) -> None:
    [entry] = client.post(f"{CLASSIFY}?keep=false", {"image": image_file()}).json()["predictions"]

    assert "id" not in entry
    assert not Answer.objects.exists()


def test_the_page_without_a_script_leads_to_the_answer_in_the_history(visitor_client: Client) -> None:
    page = visitor_client.post("/", {samples.FIELD: "hen.jpg"}, follow=True)

    answer = Answer.objects.get()
    assert f'href="/history/{answer.id}/"' in page.content.decode()
    assert visitor_client.get(f"/history/{answer.id}/").status_code == 200


def test_ids_cannot_be_guessed_from_one_another(client: Client) -> None:
    body = client.post(CLASSIFY, {"image": [image_file(), image_file()]}).json()

    assert [uuid.UUID(entry["id"]).version for entry in body["predictions"]] == [4, 4]
    assert json.dumps(body).count("visitor") == 0
