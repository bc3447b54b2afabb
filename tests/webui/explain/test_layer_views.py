"""Layer by layer."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from PIL import Image

from tests.recognizer.fakes import make_recognizer, quadrants
from tests.webui.factories import make_answer, make_user
from tests.webui.fakes import ready_model, share
from webui import services
from webui.history import pictures
from webui.history.models import Answer

pytestmark = pytest.mark.usefixtures("layered")


@pytest.fixture
def answer(visitor: str, db: None) -> Answer:
    return with_picture(visitor, quadrants(60, 40))


def with_picture(visitor: str, picture: Image.Image) -> Answer:
    found = make_answer(visitor=visitor)
    pictures.save(found.id, picture)
    return found


def layers(client: Client, answer: Answer, query: str = "") -> str:
    response = client.get(f"/look/{answer.id}/layers/{query}")
    assert response.status_code == 200
    return response.content.decode()


def strongest(shown: str) -> list[str]:
    return re.findall(r"unit=(\d+)", shown)


def test_the_first_layer_is_shown_with_its_numbers(visitor_client: Client, answer: Answer) -> None:
    shown = layers(visitor_client, answer)

    assert "Layer 1 of 3" in shown
    assert "conv1_relu" in shown
    assert "16 × 16 × 4" in shown
    assert "3 × 3 of 32 × 32 pixels" in shown
    assert "⌊(32 + 2 · 1 − 3) / 2⌋ + 1 = <strong>16</strong>" in shown
    assert len(strongest(shown)) == 4
    assert shown.count('class="slab"') == 3


def test_a_layer_is_reached_by_address(visitor_client: Client, answer: Answer) -> None:
    shown = layers(visitor_client, answer, "?layer=3")

    assert "Layer 3 of 3" in shown
    assert "conv2_out" in shown
    assert "a residual connection" in shown


@pytest.mark.parametrize("number", ["0", "4", "-1", "x", "", "1.5", "9" * 400, "²"])
def test_a_layer_that_there_is_not_is_the_first(visitor_client: Client, answer: Answer, number: str) -> None:
    response = visitor_client.get(f"/look/{answer.id}/layers/", {"layer": number})

    assert "Layer 1 of 3" in response.content.decode()


def test_a_map_that_is_chosen_lies_over_the_photograph_with_what_it_sees(
    visitor_client: Client, answer: Answer
) -> None:
    unit = strongest(layers(visitor_client, answer))[1]

    shown = layers(visitor_client, answer, f"?layer=1&unit={unit}")

    assert "stage-laid" in shown
    assert re.search(r'class="stage-map" href="data:image/png', shown)
    assert f"Feature {unit}, beside your other pictures" in shown
    assert "no other pictures in your history" in shown


@pytest.mark.parametrize("unit", ["999", "-1", "x", ""])
def test_a_map_that_is_not_shown_cannot_be_chosen(visitor_client: Client, answer: Answer, unit: str) -> None:
    assert "stage-laid" not in layers(visitor_client, answer, f"?unit={unit}")


def test_a_unit_is_ranked_among_the_callers_own_pictures_alone(
    visitor_client: Client, visitor: str, answer: Answer
) -> None:
    black = with_picture(visitor, Image.new("RGB", (60, 40)))
    with_picture(visitor, quadrants(60, 40))
    elsewhere = make_answer(user=make_user("max"))
    unit = strongest(layers(visitor_client, answer))[0]

    shown = layers(visitor_client, answer, f"?layer=1&unit={unit}")

    assert "Of your newest 3 pictures, this one is number 1" in shown
    assert f"/history/{black.id}/thumbnail.jpg" in shown
    assert str(elsewhere.id) not in shown


def test_a_picture_that_is_gone_takes_no_part(visitor_client: Client, visitor: str, answer: Answer) -> None:
    gone = with_picture(visitor, Image.new("RGB", (60, 40)))
    damaged = with_picture(visitor, Image.new("RGB", (60, 40)))
    pictures.remove([gone.id])
    pictures.path_of(damaged.id).write_bytes(b"This is no picture.")
    unit = strongest(layers(visitor_client, answer))[0]

    assert "no other pictures in your history" in layers(visitor_client, answer, f"?unit={unit}")


def test_only_what_changes_is_sent_to_the_script(visitor_client: Client, answer: Answer) -> None:
    bare = layers(visitor_client, answer, "?layer=2&bare=true")

    assert "Layer 2 of 3" in bare
    assert "<html" not in bare
    assert 'class="slab"' not in bare


def test_the_layers_are_computed_once_for_all_steps(visitor_client: Client, answer: Answer) -> None:
    layers(visitor_client, answer)
    workbench = services.current().workbench
    before = {key: id(workbench.layered.get(key)) for key in workbench.layered._values}

    layers(visitor_client, answer, "?layer=2")

    assert {key: id(workbench.layered.get(key)) for key in workbench.layered._values} == before


def test_a_model_that_cannot_be_looked_into_says_so(visitor_client: Client, answer: Answer) -> None:
    share(model=ready_model(make_recognizer()))

    assert "cannot be shown" in layers(visitor_client, answer)
