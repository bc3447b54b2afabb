"""Deletion and insertion: a true map is told from a false one, and the shipped model's from random ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import explanation_truth, explanations
from recognizer import Recognizer
from recognizer.images.decode import Picture
from tests.recognizer.fakes import GREEN, RED
from tests.recognizer.mapping_engine import make_mapping_recognizer

CAT = 0


@pytest.fixture
def recognizer(tmp_path: Path) -> Recognizer:
    """Red is a cat."""
    return make_mapping_recognizer(tmp_path)


def cat_in_the_corner() -> Picture:
    rgb = Image.new("RGB", (120, 80), GREEN)
    rgb.paste(RED, (0, 0, 60, 40))
    return Picture(rgb, 120, 80)


def heat(*, is_true: bool) -> np.ndarray:
    """Of the corner with the cat, or of all the rest."""
    found = np.zeros((80, 120), np.float32)
    found[:40, :60] = 1
    return found if is_true else 1 - found


def test_a_true_map_deletes_sooner_and_inserts_sooner_than_a_false_one(recognizer: Recognizer) -> None:
    right, wrong = (
        explanation_truth.areas(recognizer, cat_in_the_corner(), CAT, heat(is_true=is_true))
        for is_true in (True, False)
    )

    assert right.deletion < wrong.deletion
    assert right.insertion > wrong.insertion


def test_the_first_step_is_the_picture_and_the_last_is_all_covered() -> None:
    before, after = Image.new("RGB", (12, 8), RED), Image.new("RGB", (12, 8), GREEN)

    steps = explanation_truth._mixed(before, after, np.random.default_rng(1).random((8, 12), np.float32))

    assert len(steps) == explanation_truth.STEPS + 1
    assert steps[0].tobytes() == before.tobytes()
    assert steps[-1].tobytes() == after.tobytes()


@pytest.mark.slow
def test_maps_of_the_shipped_model_beat_random_ones_on_the_drawings() -> None:
    recognizer = Recognizer.open(Path(__file__).resolve().parents[2] / "models" / "animals-3.h5")
    animals = list(explanations._photographs(recognizer, None, 3))[1:]  # Without the cup.

    pairs = [explanation_truth.beside_random(recognizer, picture, seed) for picture in animals for seed in range(2)]

    assert np.mean([one.insertion for one, _ in pairs]) > np.mean([other.insertion for _, other in pairs])


@pytest.mark.slow
def test_maps_of_the_shipped_model_beat_random_ones_on_the_hold_out(shared: Path) -> None:
    recognizer = Recognizer.open(Path(__file__).resolve().parents[2] / "models" / "animals-3.h5")
    shown = list(explanations._photographs(recognizer, shared / "data" / "animals" / "test", 4))

    pairs = [explanation_truth.beside_random(recognizer, picture, seed) for seed, picture in enumerate(shown)]

    ours, random = ([pair[at] for pair in pairs] for at in (0, 1))
    assert np.mean([one.deletion for one in ours]) < np.mean([one.deletion for one in random])
    assert np.mean([one.insertion for one in ours]) > np.mean([one.insertion for one in random])
