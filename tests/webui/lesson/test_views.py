from __future__ import annotations

import io
import json
import re
import uuid
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from recognizer import Recognizer
from recognizer.images.decode import decode
from recognizer.preprocessing import resize_and_crop
from tests.recognizer.fakes import RED
from tests.webui.factories import make_answer
from tests.webui.fakes import new_services
from webui import services
from webui.accounts.models import User
from webui.classify import samples
from webui.history import pictures
from webui.lesson.chapters import CHAPTERS, MINUTES
from webui.lesson.questions import QUESTIONS

DOCUMENTATION = Path(__file__).resolve().parents[3] / "docs" / "learn.md"
HOSTILE = ("nobody.jpg", "../../../models/animals-2.h5", "hen.jpg\x00", "HEN.JPG", "static/webui/samples/hen.jpg")


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_the_path_through_all_chapters_takes_half_an_hour(client: Client) -> None:
    overview = page(client, "/learn/")

    addresses = re.findall(r'<li><a href="(/learn/[\w-]+/)"', overview)
    assert addresses == [f"/learn/{chapter.slug}/" for chapter in CHAPTERS]
    assert MINUTES == 30


def test_each_chapter_leads_to_the_next_and_the_last_one_to_the_questions(client: Client) -> None:
    found = ["/learn/convolution/"]
    while onward := re.search(r'rel="next" href="([^"]+)"', page(client, found[-1])):
        found.append(onward[1])

    assert found == [f"/learn/{chapter.slug}/" for chapter in CHAPTERS]
    assert 'href="/learn/#questions"' in page(client, found[-1])


def test_the_lesson_is_in_the_navigation(client: Client) -> None:
    assert '<a href="/learn/">Learn</a>' in page(client, "/")


def test_each_of_the_five_questions_leads_to_the_part_that_answers_it(learner: Client) -> None:
    overview = page(learner, "/learn/")

    assert len(QUESTIONS) == 5
    for question in QUESTIONS:
        assert f'href="{question.url}"' in overview
        address, section = question.url.split("#")
        assert f'<section class="part" id="{section}"' in page(learner, address)


def test_the_questions_stand_in_the_documentation_with_their_places() -> None:
    written = DOCUMENTATION.read_text(encoding="utf-8")

    for question in QUESTIONS:
        assert f"{question.text}\n   `{question.url}`" in written


def test_without_javascript_each_chapter_shows_a_worked_example(learner: Client) -> None:
    expected = {
        "convolution": ("9·1 + 0·(−1)", "= 27", "⌊(11 + 2·0 − 3) / 1⌋ + 1 = 9"),
        "sharing": ("224 × 224 × 3 × 1000 =", "150,528,000", "1,728"),
        "kinds": ("4672", "115.6"),
        "first-layer": ('id="mean-before">2.6', 'id="variance-before">353'),
        "scores": ("60.9%", "−ln 0.609 = 0.495"),
        "descent": ("(0.2, −1.6)", "(0.4, −0.4)"),
    }
    assert expected.keys() == {chapter.slug for chapter in CHAPTERS}
    for slug, texts in expected.items():
        found = page(learner, f"/learn/{slug}/").replace(",672", "672")
        assert [text for text in texts if text not in found] == [], slug


def test_there_is_no_other_chapter(client: Client) -> None:
    assert client.get("/learn/magic/").status_code == 404


def test_a_chapter_is_there_while_no_model_answers(client: Client) -> None:
    services.use(new_services())

    for chapter in CHAPTERS:
        page(client, f"/learn/{chapter.slug}/")


def test_a_first_layer_that_cannot_be_read_is_said_to_be_so(client: Client) -> None:
    assert "cannot be shown" in page(client, "/learn/first-layer/")
    assert 'value="network"' not in page(client, "/learn/convolution/")
    assert client.get("/learn/filter/0.json").status_code == 404


def test_the_picture_comes_pixel_for_pixel_as_the_network_sees_it(client: Client, served: Recognizer) -> None:
    response = client.get("/learn/picture.png?sample=horse.jpg")

    upload = samples.upload("horse.jpg")
    assert upload is not None
    expected = resize_and_crop(decode(upload.content()).rgb, served.metadata.preprocessing)
    assert response["Content-Type"] == "image/png"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(response.content))), expected)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_but_a_sample_can_be_asked_for(learner: Client, name: str) -> None:
    for address in ("/learn/picture.png", "/learn/convolution/", "/learn/filter/0.json"):
        assert learner.get(address, {"sample": name}).status_code == 404, address


@pytest.mark.parametrize("answer_id", ["x", "0", "../", str(uuid.UUID(int=1)), "1" * 5000])
def test_an_answer_that_is_not_there_is_not_found(learner: Client, db: None, answer_id: str) -> None:
    assert learner.get("/learn/picture.png", {"answer": answer_id}).status_code == 404


def test_a_picture_of_the_history_can_be_looked_at(member_client: Client, member: User, kept: None) -> None:
    answer = make_answer(user=member, filename="felix.jpg")
    pictures.save(answer.pk, Image.new("RGB", (40, 30), RED))

    picture = member_client.get("/learn/picture.png", {"answer": answer.pk})
    chapter = page(member_client, f"/learn/convolution/?answer={answer.pk}")

    assert Image.open(io.BytesIO(picture.content)).size == (224, 224)
    assert f'value="{answer.pk}" aria-current="true"' in chapter


def test_a_kept_picture_that_is_damaged_is_not_found(member_client: Client, member: User, kept: None) -> None:
    answer = make_answer(user=member)
    path = pictures.path_of(answer.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"This is no picture.")

    assert member_client.get("/learn/picture.png", {"answer": answer.pk}).status_code == 404


def test_a_filter_comes_with_what_the_server_makes_of_the_picture(learner: Client) -> None:
    found = json.loads(learner.get("/learn/filter/5.json?sample=hen.jpg").content)

    assert np.shape(found["kernel"]) == (7, 7, 3)
    assert (found["stride"], found["margin"], found["channelOrder"]) == (2, [3, 3], "bgr")
    assert (found["expected"]["height"], found["expected"]["width"]) == (112, 112)
    assert found["batchNorm"].keys() == {"gamma", "beta", "mean", "variance", "epsilon"}


@pytest.mark.parametrize("index", ["64", "999999999999", "-1", "x"])
def test_a_filter_that_is_not_there_is_not_found(learner: Client, index: str) -> None:
    assert learner.get(f"/learn/filter/{index}.json").status_code == 404


def test_nothing_here_takes_a_form(client: Client) -> None:
    for address in ("/learn/", "/learn/convolution/", "/learn/picture.png", "/learn/filter/0.json"):
        assert client.post(address).status_code == 405, address
