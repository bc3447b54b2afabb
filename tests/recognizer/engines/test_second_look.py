"""An unsure answer is looked at again, where the first look saw most."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.engines.second_look import combined_scores, margin, peak_box, unsure
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.rejection_record import SecondLook
from recognizer.preprocessing import Preprocessing
from tests.recognizer.fakes import RED, encoded, make_metadata
from tests.recognizer.mapping_engine import MappingEngine
from tests.recognizer.rejections import make_head_rejection, make_head_score

OPTIONS = SecondLook(lowest=0.0, highest=2.0, logit_margin=1.0, side=0.5)
STRETCH = make_metadata().preprocessing


def test_a_score_in_between_or_two_close_names_are_unsure() -> None:
    scores = np.array([-0.1, 0.0, 1.9, 2.0, 9.0], np.float32)
    clear, close = [5, 0, 0], [5, 4.5, 0]

    assert unsure(scores, np.array([clear] * 5, np.float32), OPTIONS).tolist() == [False, True, True, False, False]
    assert unsure(scores, np.array([close] * 5, np.float32), OPTIONS).all()


def test_the_margin_is_from_the_best_to_the_second() -> None:
    assert margin(np.array([[1, 5, 3], [2, 2, 0]], np.float32)).tolist() == [2, 0]


def test_the_greater_score_counts_where_the_first_was_in_between_only() -> None:
    first, again = np.array([-1, 1, 1, 3], np.float32), np.array([9, 9, 0.5, 9], np.float32)

    assert combined_scores(first, again, OPTIONS).tolist() == [-1, 9, 1, 3]


@pytest.mark.parametrize(
    ("peak", "expected"),
    [
        ((3, 3), (25, 25, 75, 75)),  # Of 7 x 7 cells, the one in the middle.
        ((0, 0), (0, 0, 50, 50)),  # Its centre is at 7, 7: the box is moved into the picture.
        ((5, 3), (25, 50, 75, 100)),
    ],
)
def test_the_box_is_around_the_peak_and_inside_the_picture(
    peak: tuple[int, int], expected: tuple[float, float, float, float]
) -> None:
    distance = np.square(np.indices((7, 7)) - np.reshape(peak, (2, 1, 1))).sum(axis=0)  # (7, 7)

    assert peak_box(np.exp(-distance).astype(np.float32), (100, 100), 0.5, STRETCH) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("size", [(400, 100), (100, 400), (1, 300), (1, 1)])
def test_a_long_picture_gives_a_box_inside_of_it(size: tuple[int, int]) -> None:
    left, top, right, bottom = peak_box(np.eye(7, dtype=np.float32), size, 0.55, STRETCH)

    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert (right - left) * (bottom - top) <= 0.31 * size[0] * size[1] or min(size) == 1


def test_of_a_cropped_picture_the_map_is_of_what_the_network_saw() -> None:
    cropped = Preprocessing(**{**STRETCH.model_dump(), "fit": "crop"})
    evidence = np.zeros((3, 3), np.float32)
    evidence[:, 0] = 1

    # Of 300 x 100 the network saw the middle, from 100 to 200.
    left, _, right, _ = peak_box(evidence, (300, 100), 0.2, cropped)

    assert 100 <= (left + right) / 2 <= 134


def recognizer(*, second_look: bool = True, highest: float = 3.0) -> Recognizer:
    options = SecondLook(lowest=-50.0, highest=highest, logit_margin=0.0, side=0.5)
    metadata = make_metadata(rejection=make_head_rejection(threshold=2.0, second_look=options))
    source = Artifact(Path("animals-1.h5"), metadata, "sha256:0", make_head_score())
    return Recognizer(source, MappingEngine(), second_look=second_look)


def small() -> bytes:
    """A small red thing in the upper left of something blue."""
    picture = Image.new("RGB", (448, 448), (30, 30, 220))
    picture.paste(RED, (0, 0, 224, 224))
    return encoded(picture)


def test_a_small_thing_is_known_at_the_second_look() -> None:
    once, twice = recognizer(second_look=False).classify(small()), recognizer().classify(small())

    assert (once.passes, twice.passes) == (1, 2)
    assert once.ood_score is not None
    assert twice.ood_score is not None
    assert twice.ood_score > once.ood_score
    assert (once.top[0].label, once.known) == ("dog", False)
    assert (twice.label, twice.known) == ("cat", True)


def test_a_sure_answer_takes_one_look() -> None:
    engine = recognizer(highest=-40.0)

    assert engine.classify(small()).passes == 1


def test_only_the_unsure_pictures_of_a_batch_run_again() -> None:
    engine = recognizer()
    plain_red = encoded(Image.new("RGB", (64, 64), RED))

    alone = [engine.classify(data) for data in (plain_red, small(), plain_red)]
    together = engine.classify_batch([plain_red, small(), plain_red])

    assert together == alone
    assert [answer.passes for answer in alone] == [1, 2, 1]
