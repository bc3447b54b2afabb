"""Where it looked, and what all parts share."""

from __future__ import annotations

import io
import re

import pytest
from django.test import Client
from PIL import Image

from recognizer import Recognizer
from tests.recognizer.fakes import BLUE
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer
from tests.webui.fakes import ready_model, share
from webui.accounts.rate_limits import RateLimits
from webui.explain import parts
from webui.explain.subject import Subject
from webui.history import pictures
from webui.history.models import Answer
from webui.inference.admission import Admission

PARTS = ("", "cover/", "layers/", "alike/")


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def look(answer: Answer, part: str = "") -> str:
    return f"/look/{answer.id}/{part}"


@pytest.mark.usefixtures("mapping")
def test_the_map_of_the_best_class_is_shown(visitor_client: Client, answer: Answer) -> None:
    shown = page(visitor_client, look(answer))

    assert "Where it sees “cat”" in shown
    assert f'href="/look/{answer.id}/map/0.png"' in shown
    assert re.findall(r'data-label="(\w+)"', shown) == ["cat", "horse", "chicken", "dog"]


@pytest.mark.usefixtures("mapping")
def test_another_class_is_reached_by_address(visitor_client: Client, answer: Answer) -> None:
    shown = page(visitor_client, look(answer) + "?class=dog")

    assert "Where it sees “dog”" in shown
    assert f'href="/look/{answer.id}/map/2.png"' in shown


@pytest.mark.usefixtures("mapping")
@pytest.mark.parametrize("wanted", ["zebra", "", "<script>", "0", "é" * 500])
def test_a_class_that_there_is_not_is_the_best_one(visitor_client: Client, answer: Answer, wanted: str) -> None:
    response = visitor_client.get(look(answer), {"class": wanted})

    assert response.status_code == 200
    assert "Where it sees “cat”" in response.content.decode()
    assert "<script>&" not in response.content.decode()


@pytest.mark.usefixtures("mapping")
def test_every_class_has_a_map_that_fits_the_picture(visitor_client: Client, answer: Answer) -> None:
    maps = [visitor_client.get(look(answer, f"map/{label}.png")) for label in range(4)]

    assert {(found.status_code, found["Content-Type"]) for found in maps} == {(200, "image/png")}
    assert {Image.open(io.BytesIO(found.content)).size for found in maps} == {(112, 75)}
    assert maps[0].content != maps[2].content


@pytest.mark.usefixtures("mapping")
def test_there_is_no_map_of_a_class_that_there_is_not(visitor_client: Client, answer: Answer) -> None:
    for label in ("4", "999999999999"):
        assert visitor_client.get(look(answer, f"map/{label}.png")).status_code == 404
    assert visitor_client.get(look(answer, "map/-1.png")).status_code == 404


def test_a_model_without_maps_says_what_to_do(visitor_client: Client, answer: Answer) -> None:
    shown = page(visitor_client, look(answer))

    assert "This model cannot show what it looked at." in shown
    assert "Covering parts of the picture" in shown
    assert visitor_client.get(look(answer, "map/0.png")).status_code == 404


@pytest.mark.usefixtures("mapping")
@pytest.mark.django_db
def test_a_picture_of_none_of_the_classes_says_so(visitor_client: Client, visitor: str) -> None:
    blue = make_answer(visitor=visitor, picture=False)
    pictures.save(blue.id, Image.new("RGB", (60, 40), BLUE))

    assert "for none of its classes" in page(visitor_client, look(blue))


@pytest.mark.usefixtures("mapping")
@pytest.mark.parametrize("sample", ["hen.jpg", "horse.jpg", "cup.jpg"])
@pytest.mark.django_db
def test_a_sample_can_be_looked_into_by_anybody(client: Client, sample: str) -> None:
    for part in PARTS:
        assert client.get(f"/look/samples/{sample}/{part}").status_code == 200, part
    assert client.get(f"/look/samples/{sample}/map/1.png").status_code == 200


@pytest.mark.usefixtures("mapping")
@pytest.mark.parametrize("name", ["cat.jpg", "../samples/hen.jpg", "hen.jpg%00", "..%2F..%2Fsettings.py"])
def test_there_are_no_other_samples(client: Client, name: str) -> None:
    assert client.get(f"/look/samples/{name}/").status_code == 404


@pytest.mark.usefixtures("mapping")
def test_a_picture_that_is_gone_is_said_to_be(visitor_client: Client, answer: Answer) -> None:
    pictures.remove([answer.id])

    for part in PARTS:
        assert "The picture is no longer there." in page(visitor_client, look(answer, part), 404)


@pytest.mark.usefixtures("mapping")
def test_a_damaged_picture_is_said_to_be(visitor_client: Client, answer: Answer) -> None:
    pictures.path_of(answer.id).write_bytes(b"This is no picture.")

    assert "cannot be read" in page(visitor_client, look(answer), 422)


def test_each_part_waits_as_everything_else_does(visitor_client: Client, answer: Answer, busy: Admission) -> None:
    for part in (*PARTS, "map/0.png", "occlusion/0.png"):
        response = visitor_client.get(look(answer, part))
        assert (response.status_code, "Retry-After" in response) == (503, True), part


@pytest.mark.usefixtures("mapping")
def test_each_part_counts_against_the_rate_limit(
    visitor_client: Client, answer: Answer, settings_of: SettingsOf
) -> None:
    settings_of(pictures_per_minute=2, keep_days=30)
    share(rate_limits=RateLimits())

    statuses = [visitor_client.get(look(answer, "cover/")).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


@pytest.mark.usefixtures("mapping")
def test_the_tabs_lead_from_part_to_part(visitor_client: Client, answer: Answer) -> None:
    shown = page(visitor_client, look(answer, "cover/"))
    tabs = re.search(r'<nav class="tabs.*?</nav>', shown, re.DOTALL)

    assert tabs is not None
    filters = f"/look/filters/?picture={answer.id}"
    assert [*(look(answer, part) for part in PARTS), filters] == re.findall(r'href="(/look/[^"]+)"', tabs[0])
    assert f"/dreams/new/{answer.id}/" in tabs[0]
    assert re.findall(r'aria-current="page">([^<]+)', tabs[0]) == ["Cover and see"]


@pytest.mark.usefixtures("mapping")
def test_staff_are_shown_no_part_that_is_for_the_owner_alone(staff_client: Client, answer: Answer) -> None:
    assert "/dreams/new/" not in page(staff_client, look(answer))


def test_a_part_without_an_address_is_no_tab(answer: Answer) -> None:
    subject = Subject("key", "a.jpg", "a picture", "/a.jpg", answer)

    assert parts.Part("nowhere", parts.PARTS[0].title).url(subject) is None
    assert parts.Part("models", parts.PARTS[0].title, takes_picture=False).url(subject) == (
        f"/models/?picture={answer.id}"
    )


@pytest.mark.usefixtures("mapping")
def test_looking_again_does_not_run_the_network_again(visitor_client: Client, answer: Answer) -> None:
    from tests.recognizer.mapping_engine import MappingEngine

    runs: list[int] = []

    class Counting(MappingEngine):
        def run(self, pixels):  # type: ignore[no-untyped-def]
            runs.append(len(pixels))
            return super().run(pixels)

    from webui import services

    source = services.current().model.recognizer().artifact
    share(model=ready_model(Recognizer(source, Counting())))

    for address in (look(answer), look(answer, "map/1.png"), look(answer, "map/2.png"), look(answer)):
        assert visitor_client.get(address).status_code == 200

    assert runs == [1]


@pytest.mark.usefixtures("mapping")
def test_an_answer_leads_to_look_inside(visitor_client: Client, answer: Answer) -> None:
    assert f'href="/look/{answer.id}/"' in page(visitor_client, f"/history/{answer.id}/")


def test_a_sample_leads_to_look_inside(client: Client) -> None:
    assert 'href="/look/samples/hen.jpg/"' in page(client, "/")
