"""Occlusion: the square, where it is put, and what is made of the answers."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.explain import occlusion
from recognizer.explain.occlusion import Square
from recognizer.explain.occlusion_map import occlusion_map
from recognizer.images.decode import Picture
from tests.recognizer.explain.test_heat_maps import rgba_of
from tests.recognizer.fakes import GREEN, RED, make_recognizer
from tests.recognizer.test_preprocessing import changed


def picture(size: tuple[int, int] = (120, 80)) -> Picture:
    """Green with a red corner at the upper right."""
    rgb = Image.new("RGB", size, GREEN)
    rgb.paste(RED, (size[0] * 2 // 3, 0, size[0], size[1] // 3))
    return Picture(rgb, *size)


@pytest.fixture
def recognizer() -> Recognizer:
    return make_recognizer()


def test_a_square_lies_around_its_centre_and_is_a_square_in_any_picture() -> None:
    assert Square(0.5, 0.5, 0.5).box((120, 80)) == (40, 20, 80, 60)


def test_what_is_outside_of_the_picture_is_cut_off() -> None:
    assert Square(0.0, 1.0, 0.5).box((120, 80)) == (0, 60, 20, 80)


def test_only_the_square_is_covered_and_the_picture_stays_as_it_is() -> None:
    whole = picture()
    before = whole.rgb.tobytes()

    found = occlusion.covered(whole, Square(0.5, 0.5, 0.5), (9, 8, 7))

    pixels = np.asarray(found.rgb)
    assert (pixels[20:60, 40:80] == (9, 8, 7)).all()
    assert (pixels[:20] == np.asarray(whole.rgb)[:20]).all()
    assert whole.rgb.tobytes() == before


def test_the_square_has_the_colour_that_the_network_gets_as_nothing() -> None:
    assert occlusion.grey(changed(channel_order="bgr", mean=(103.9, 116.8, 123.7))) == (124, 117, 104)
    assert occlusion.grey(changed(channel_order="grey", mean=(33.3,), std=(1.0,))) == (33, 33, 33)


def test_the_places_cover_the_picture_evenly() -> None:
    places = list(occlusion.squares((120, 80), 0.3))

    assert occlusion.grid((120, 80)) == (6, 9)
    assert len(places) == 54
    assert {round(np.mean([one.x for one in places]), 6), round(np.mean([one.y for one in places]), 6)} == {0.5}


def test_a_long_thin_picture_has_places_too() -> None:
    assert occlusion.grid((1000, 10)) == (2, 9)


def test_drops_are_what_covering_costs() -> None:
    scores = np.full(54, 0.8, np.float32)
    scores[8] = 0.1  # The last of the first row.

    found = occlusion.drops(0.8, scores, (120, 80))

    assert found.shape == (6, 9)
    assert found[0, 8] == pytest.approx(0.7)
    assert found.sum() == pytest.approx(0.7, abs=1e-5)


def test_a_large_picture_is_made_smaller_first() -> None:
    assert occlusion.shrunk(picture((900, 600)), 300).rgb.size == (300, 200)
    assert occlusion.shrunk(picture(), 300).rgb.size == (120, 80)


def test_the_map_is_hot_where_covering_costs_the_class(recognizer: Recognizer) -> None:
    """For the fake network red is a cat, wherever it is."""
    turns: list[int] = []

    found = occlusion_map(recognizer, picture(), 0, 0.3, between=lambda: turns.append(1))

    alpha = rgba_of(found.picture)[..., 3].astype(float)
    height, width = alpha.shape
    assert found.label == "cat"
    assert alpha[: height // 4, -width // 4 :].mean() > 5 * alpha[height // 2 :, : width // 2].mean()
    assert len(turns) == 7, "55 classifications, nine at a time"
