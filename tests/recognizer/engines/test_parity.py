"""A graph is accepted that answers as Keras does, measured on whatever pictures there are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from recognizer.engines import Outputs
from recognizer.engines.graph_files import Parity
from recognizer.engines.parity import Logits, Pictures, compare, drawn_pictures, logits_of
from recognizer.preprocessing import Pixels

CLASSES = 4
SURE = 9.0


def answers(classes: npt.NDArray[np.int64], margin: float = SURE) -> Logits:
    """Logits of a network that is so sure of these classes."""
    return np.eye(CLASSES, dtype=np.float32)[classes] * np.float32(margin)


def pictures(number: int, labels: npt.NDArray[np.int64] | None = None) -> Pictures:
    return Pictures(np.zeros((number, 8, 8, 3), np.uint8), None if labels is None else labels.tolist())


def compared(keras: Logits, graph: Logits, labels: npt.NDArray[np.int64] | None = None) -> Parity:
    return compare(keras, graph, pictures(len(keras), labels), temperature=1.0)


def another(classes: npt.NDArray[np.int64], number: int) -> npt.NDArray[np.int64]:
    """The same classes but for the first few."""
    changed = classes.copy()
    changed[:number] = (changed[:number] + 1) % CLASSES
    return changed


ANY = np.arange(1000) % CLASSES


def test_the_same_answers_agree_in_all() -> None:
    assert compared(answers(ANY), answers(ANY), ANY) == Parity(
        pictures=1000,
        drawn=False,
        agreement=1.0,
        largest_difference=0.0,
        usual_difference=0.0,
        accuracy=1.0,
        keras_accuracy=1.0,
        accepted=True,
    )


def test_what_was_drawn_is_said_to_be() -> None:
    drawn = drawn_pictures(8)
    logits = answers(ANY[: len(drawn.pixels)])

    assert compare(logits, logits, drawn, temperature=1.0).drawn


@pytest.mark.parametrize(("lost", "accepted"), [(0, True), (3, True), (4, False)])
def test_with_labels_three_in_a_thousand_may_be_lost(lost: int, accepted: bool) -> None:
    parity = compared(answers(ANY), answers(another(ANY, lost)), ANY)

    assert (parity.accuracy, parity.keras_accuracy, parity.accepted) == (1 - lost / 1000, 1.0, accepted)


@pytest.mark.parametrize(("lost", "accepted"), [(0, True), (10, True), (11, False)])
def test_without_labels_one_in_a_hundred_may_change(lost: int, accepted: bool) -> None:
    parity = compared(answers(ANY), answers(another(ANY, lost)))

    assert (parity.agreement, parity.accepted) == (1 - lost / 1000, accepted)
    assert (parity.accuracy, parity.keras_accuracy) == (None, None)


def test_pictures_that_change_for_the_better_are_not_lost() -> None:
    parity = compared(answers(another(ANY, 40)), answers(ANY), ANY)

    assert (parity.agreement, parity.accepted) == (0.96, True)


@pytest.mark.parametrize(
    ("number", "lost", "accepted"), [(20, 1, True), (20, 2, False), (24, 1, True), (100, 2, False)]
)
def test_of_few_pictures_one_may_go_either_way(number: int, lost: int, accepted: bool) -> None:
    few = ANY[:number]
    keras, graph = answers(few, 0.02), answers(another(few, lost), 0.02)

    assert compared(keras, graph).accepted is accepted
    assert compared(keras, graph, few).accepted is accepted


def test_a_single_picture_that_becomes_another_is_not_accepted() -> None:
    assert not compared(answers(ANY[:1]), answers(another(ANY[:1], 1))).accepted


@pytest.mark.parametrize(("share", "accepted"), [(0.04, True), (0.06, False)])
def test_scores_may_move_in_five_percent_of_the_pictures(share: float, accepted: bool) -> None:
    margin = np.where(np.arange(1000) < share * 1000, 0.5, SURE).astype(np.float32)

    parity = compared(answers(ANY), answers(ANY) / np.float32(SURE) * margin[:, None], ANY)

    assert (parity.agreement, parity.accepted) == (1.0, accepted)
    assert parity.largest_difference > 0.5


def test_the_temperature_of_the_model_counts() -> None:
    keras, graph = answers(ANY, 4.0), answers(ANY, 2.0)

    sharp = compare(keras, graph, pictures(1000), temperature=1.0)
    soft = compare(keras, graph, pictures(1000), temperature=100.0)

    assert (sharp.accepted, soft.accepted) == (False, True)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_graph_that_overflows_is_not_accepted(number: float) -> None:
    parity = compared(answers(ANY), np.full_like(answers(ANY), number), ANY)

    assert not parity.accepted
    assert parity.largest_difference == 1.0


# Drawn pictures


@pytest.mark.parametrize("size", [8, 32, 224])
def test_drawn_pictures_fit_the_network(size: int) -> None:
    drawn = drawn_pictures(size)

    assert (drawn.pixels.dtype, drawn.pixels.shape[1:]) == (np.uint8, (size, size, 3))
    assert drawn.labels is None


def test_drawn_pictures_are_always_the_same_ones() -> None:
    assert (drawn_pictures(64).pixels == drawn_pictures(64).pixels).all()


def test_no_two_drawn_pictures_are_alike() -> None:
    drawn = drawn_pictures(64).pixels

    assert len({picture.tobytes() for picture in drawn}) == len(drawn)


# Logits


class Counting:
    """An engine that answers with the number of each picture, which is its first pixel."""

    name = "counting"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, pixels: Pixels) -> Outputs:
        self.batches.append(len(pixels))
        logits = pixels[:, 0, 0].astype(np.float32)
        return Outputs(logits=logits, embedding=logits, feature_map=logits[:, None, None])


@pytest.mark.parametrize("number", [1, 16, 17, 40])
def test_all_pictures_are_run_in_order(number: int) -> None:
    pixels = np.broadcast_to(np.arange(number, dtype=np.uint8)[:, None, None, None], (number, 8, 8, 3))
    engine = Counting()

    logits = logits_of(engine, Pictures(pixels))

    assert logits[:, 0].tolist() == list(range(number))
    assert max(engine.batches) <= 16
