"""Cover and see."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from tests.recognizer.fakes import GREEN, RED
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer
from tests.webui.fakes import ready_model, share
from webui.accounts.rate_limits import RateLimits
from webui.history import pictures
from webui.history.models import Answer

pytestmark = pytest.mark.usefixtures("mapping")
JSON = {"Accept": "application/json"}


@pytest.fixture
def answer(visitor: str, db: None) -> Answer:
    """A green picture that is red in its left third: a chicken with a cat beside it."""
    found = make_answer(visitor=visitor, picture=False)
    picture = Image.new("RGB", (90, 60), GREEN)
    picture.paste(RED, (0, 0, 30, 60))
    pictures.save(found.id, picture)
    return found


def cover(client: Client, answer: Answer, **query: Any) -> Any:
    return client.get(f"/look/{answer.id}/cover/", query, headers=JSON)


def scores(client: Client, answer: Answer, **query: Any) -> dict[str, float]:
    found: dict[str, float] = cover(client, answer, **query).json()["scores"]
    return found


def test_the_bars_are_the_answer_for_the_covered_picture(visitor_client: Client, answer: Answer) -> None:
    on_the_cat = scores(visitor_client, answer, x=0.16, y=0.5, size=0.5)
    on_the_chicken = scores(visitor_client, answer, x=0.7, y=0.5, size=0.5)

    assert on_the_cat["cat"] < on_the_chicken["cat"]
    assert on_the_cat.keys() == {"cat", "chicken", "dog", "horse"}


def test_how_like_what_it_learned_moves_too_where_the_model_has_a_scale(visitor_client: Client, answer: Answer) -> None:
    assert cover(visitor_client, answer).json()["likeness"] is None
    share(model=ready_model(make_rejecting_recognizer(spread=0.1)))

    assert 0 <= cover(visitor_client, answer).json()["likeness"] <= 1
    assert "Like what it learned" in visitor_client.get(f"/look/{answer.id}/cover/").content.decode()


def test_where_the_square_is_outside_the_answer_is_that_of_the_whole_picture(
    visitor_client: Client, answer: Answer
) -> None:
    nearly_outside = scores(visitor_client, answer, x=0, y=0, size=0.05)
    shown = visitor_client.get(f"/look/{answer.id}/").content.decode()

    [best] = re.findall(r'data-label="chicken".*?look-bar-score">([\d.]+)%', shown, re.DOTALL)
    assert 100 * nearly_outside["chicken"] == pytest.approx(float(best), abs=0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", "-0.1"),
        ("x", "1.1"),
        ("y", "nan"),
        ("y", "inf"),
        ("size", "0"),
        ("size", "0.81"),
        ("size", "1e400"),
        ("x", "left"),
        ("x", ""),
        ("y", "0x1"),
        ("size", "9" * 5000),
    ],
)
def test_a_square_that_is_none_is_refused_with_the_reason(
    visitor_client: Client, answer: Answer, name: str, value: str
) -> None:
    response = cover(visitor_client, answer, **{name: value})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert f"{name}=" in response.json()["detail"]
    assert "Expected a number from" in response.json()["detail"]
    assert visitor_client.get(f"/look/{answer.id}/cover/", {name: value}).status_code == 400


def test_without_a_script_the_page_shows_the_square_and_the_bars(visitor_client: Client, answer: Answer) -> None:
    shown = visitor_client.get(f"/look/{answer.id}/cover/?x=0.5&y=0.5&size=0.5").content.decode()

    assert re.search(r'id="square" fill="#7c7568" x="30" y="15" width="30" height="30"', shown)
    assert shown.count('class="look-bar"') == 4
    assert 'name="x"' in shown
    assert 'value="0.50"' in shown


def test_the_map_of_what_covering_costs_is_hot_on_the_thing(visitor_client: Client, answer: Answer) -> None:
    response = visitor_client.get(f"/look/{answer.id}/occlusion/0.png?size=0.4")

    alpha = np.asarray(Image.open(io.BytesIO(response.content)).convert("RGBA"))[..., 3].astype(float)
    third = alpha.shape[1] // 3
    assert response["Content-Type"] == "image/png"
    assert alpha[:, :third].mean() > 3 * alpha[:, 2 * third :].mean()


def test_without_a_script_the_map_is_part_of_the_page(visitor_client: Client, answer: Answer) -> None:
    shown = visitor_client.get(f"/look/{answer.id}/cover/?size=0.40&map=true&class=cat").content.decode()

    assert f'href="/look/{answer.id}/occlusion/0.png?size=0.40"' in shown


def test_a_map_counts_as_many_pictures_as_it_classifies(
    visitor_client: Client, answer: Answer, settings_of: SettingsOf
) -> None:
    settings_of(pictures_per_minute=50, keep_days=30)
    share(rate_limits=RateLimits())
    address = f"/look/{answer.id}/occlusion/0.png"

    assert visitor_client.get(address).status_code == 200
    response = visitor_client.get(address)

    assert response.status_code == 429


def test_a_map_of_a_class_or_a_size_that_there_is_not(visitor_client: Client, answer: Answer) -> None:
    assert visitor_client.get(f"/look/{answer.id}/occlusion/4.png").status_code == 404
    assert visitor_client.get(f"/look/{answer.id}/occlusion/0.png?size=2").status_code == 400


def test_the_script_gets_what_it_needs(visitor_client: Client, answer: Answer) -> None:
    shown = visitor_client.get(f"/look/{answer.id}/cover/").content.decode()

    [data] = re.findall(r'<script id="script-data" type="application/json">(.*?)</script>', shown)
    assert json.loads(data)["url"] == f"/look/{answer.id}/cover/"
    assert json.loads(data)["mostPerS"] == 8
