"""Bytes in, prediction out: alone, in batches, among bad ones, from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recognizer import ArtifactError, Prediction, Recognizer
from recognizer.errors import EmptyFile, ImageError, ImageTooLarge, InvalidImage, UnsupportedFormat
from tests.recognizer.fakes import (
    BLUE,
    CLASS_NAMES,
    GREEN,
    RED,
    FakeEngine,
    encoded,
    make_recognizer,
    orientation_exif,
    plain,
    png,
    quadrants,
    turned_away,
)
from tests.recognizer.rejections import make_rejecting_recognizer


def scores(prediction: Prediction) -> dict[str, float]:
    return {entry.label: entry.score for entry in prediction.top}


@pytest.mark.parametrize(("colour", "label"), [(RED, "cat"), (GREEN, "chicken"), (BLUE, "dog"), ((0, 0, 0), "horse")])
def test_a_picture_gets_its_label(colour: tuple[int, int, int], label: str) -> None:
    prediction = make_recognizer().classify(plain(colour))

    assert (prediction.label, prediction.known) == (label, True)
    assert (prediction.width, prediction.height) == (32, 32)


def test_every_class_has_a_score_and_they_add_up_to_one() -> None:
    answer = scores(make_recognizer().classify(encoded(quadrants())))

    assert set(answer) == set(CLASS_NAMES)
    assert sum(answer.values()) == pytest.approx(1, abs=1e-5)


def test_the_temperature_of_the_model_is_applied() -> None:
    picture = plain(RED)

    assert make_recognizer(temperature=5.0).classify(picture).score < make_recognizer().classify(picture).score


@pytest.mark.parametrize(("colour", "known"), [(RED, True), (GREEN, True), (BLUE, False)])
def test_a_picture_unlike_the_references_is_none_of_the_classes(colour: tuple[int, int, int], known: bool) -> None:
    answer = make_rejecting_recognizer().classify(plain(colour))

    assert answer.known == known
    assert (answer.label is None) == (not known)
    assert len(answer.top) == len(CLASS_NAMES)


def test_in_a_batch_each_picture_is_known_or_not() -> None:
    answers = make_rejecting_recognizer().classify_batch([plain(RED), plain(BLUE), b"", plain(GREEN)])

    assert [a.known for a in answers if isinstance(a, Prediction)] == [True, False, True]


def test_at_the_threshold_a_picture_is_known() -> None:
    ood_score = make_rejecting_recognizer().classify(plain(BLUE)).ood_score
    assert ood_score is not None

    assert make_rejecting_recognizer(threshold=ood_score).classify(plain(BLUE)).known
    assert not make_rejecting_recognizer(threshold=ood_score + 1e-6).classify(plain(BLUE)).known


def test_a_model_without_a_rejection_knows_everything() -> None:
    answer = make_recognizer().classify(plain(BLUE))

    assert (answer.known, answer.ood_score) == (True, None)


def test_a_rejection_for_another_network_is_noticed_while_warming_up() -> None:
    with pytest.raises(ArtifactError, match="not that of its network"):
        make_rejecting_recognizer(embedding_size=5).warm_up()


def test_a_bad_picture_raises_its_error() -> None:
    with pytest.raises(InvalidImage):
        make_recognizer().classify(b"no picture")


def test_in_a_batch_bad_pictures_are_answered_with_their_errors_and_order_is_kept() -> None:
    files = [b"", plain(RED), b"%PDF-1.7", plain(GREEN), png(100_000, 100_000, b""), plain(BLUE)]

    answers = make_recognizer().classify_batch(files)

    assert [type(a) for a in answers[::2]] == [EmptyFile, UnsupportedFormat, ImageTooLarge]
    assert [a.label for a in answers[1::2] if isinstance(a, Prediction)] == ["cat", "chicken", "dog"]


def test_the_errors_of_a_batch_hold_no_pictures() -> None:
    [error] = make_recognizer().classify_batch([plain(RED)[:-40]])

    assert isinstance(error, InvalidImage)
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


def test_a_batch_runs_the_network_once() -> None:
    recognizer = make_recognizer()

    recognizer.classify_batch([plain(RED), b"", plain(BLUE)])

    assert isinstance(recognizer.engine, FakeEngine)
    assert recognizer.engine.batches == [(2, 224, 224, 3)]


@pytest.mark.parametrize("files", [[], [b""], [b"", b"x"]])
def test_a_batch_without_pictures_does_not_run_the_network(files: list[bytes]) -> None:
    recognizer = make_recognizer()

    answers = recognizer.classify_batch(files)

    assert isinstance(recognizer.engine, FakeEngine)
    assert recognizer.engine.batches == []
    assert all(isinstance(answer, ImageError) for answer in answers)


def test_a_batch_may_come_from_a_generator() -> None:
    answers = make_recognizer().classify_batch(plain(colour) for colour in (BLUE, RED))

    assert [a.label for a in answers if isinstance(a, Prediction)] == ["dog", "cat"]


def test_warming_up_runs_one_picture() -> None:
    recognizer = make_recognizer()

    recognizer.warm_up()

    assert isinstance(recognizer.engine, FakeEngine)
    assert recognizer.engine.batches == [(1, 224, 224, 3)]


def test_model_info_is_that_of_the_contract() -> None:
    assert make_recognizer().model_info() == {"name": "animals", "version": "1", "digest": "sha256:0"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_turned_by_exif_is_answered_like_the_upright_one(orientation: int) -> None:
    upright = quadrants(400, 300)
    turned = encoded(turned_away(upright, orientation), exif=orientation_exif(orientation))

    assert make_recognizer().classify(turned) == make_recognizer().classify(encoded(upright))


def test_threads_get_the_answers_to_their_own_pictures() -> None:
    recognizer = make_recognizer()
    colours = [RED, GREEN, BLUE] * 20

    with ThreadPoolExecutor(8) as pool:
        labels = [prediction.label for prediction in pool.map(recognizer.classify, map(plain, colours))]

    assert labels == ["cat", "chicken", "dog"] * 20


def test_a_missing_model_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no model file"):
        Recognizer.open(tmp_path / "animals-1.h5")
