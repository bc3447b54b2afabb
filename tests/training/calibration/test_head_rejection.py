"""A rejection by a head, fitted on drawn scenes with a network by hand: what is known, unknown, and small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer import Prediction, Recognizer
from recognizer.model_file import ood_score
from recognizer.model_file.rejection_head import HeadScore
from recognizer.model_file.rejection_record import HeadRejection
from tests.recognizer.fakes import encoded
from tests.training import drawings
from tests.training.calibration.scenes import (
    COLOURS,
    OTHER_COLOURS,
    backbone_head,
    make_scenes_recognizer,
    scene,
)
from training.calibration import by_similarity, head_rejection, rejection_head
from training.calibration.folds import FOLDS
from training.calibration.head_rejection import Known
from training.calibration.looks import Looked
from training.config import Recipe, Rejection
from training.data.dataset import LabelledImage
from training.data.split import Split
from training.data.unknown_images import UnknownPicture
from training.errors import DatasetError
from training.evaluation.confidence_intervals import Share

PER_CLASS = 40


@dataclass(frozen=True)
class Drawn:
    """Pictures on the disk."""

    files: list[Path]
    labels: np.ndarray
    unknown: list[UnknownPicture]

    def known(self, sources: Sequence[str] | None = None) -> Known:
        return Known(self.files, self.labels, None if sources is None else np.array(sources))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Figures that fill most of their picture, but for a few; unknown ones in four other colours."""
    root, rng = tmp_path_factory.mktemp("scenes"), np.random.default_rng(1)
    files = []
    for name, colour in COLOURS.items():
        for number in range(PER_CLASS):
            small = number < 3
            share = 0.3 if small else rng.uniform(0.6, 1)
            at = rng.uniform(0.2, 0.8, 2) if small else (0.5, 0.5)
            files.append(root / f"{name}-{number}.png")
            scene(colour, share=share, at=tuple(at), seed=number).save(files[-1])
    others = []
    for name, colour in OTHER_COLOURS.items():
        for number in range(10):
            path = root / f"{name}-{number}.png"
            scene(colour, share=rng.uniform(0.3, 1), seed=number).save(path)
            others.append(UnknownPicture(path, Path(path.name), "colours", name))
    return Drawn(files, np.repeat([0, 1], PER_CLASS), others)


@pytest.fixture(scope="module")
def fitted(drawn: Drawn) -> tuple[HeadRejection, HeadScore]:
    return fit(drawn.known(), drawn.unknown)


@pytest.fixture(scope="module")
def fitted_without(drawn: Drawn) -> tuple[HeadRejection, HeadScore]:
    """Without a picture of other things."""
    return fit(drawn.known())


def fit(known: Known, unknown: Sequence[UnknownPicture] = (), **options: Any) -> tuple[HeadRejection, HeadScore]:
    rejection, score, _ = fit_with_sources(known, unknown, **options)
    return rejection, score


def fit_with_sources(
    known: Known, unknown: Sequence[UnknownPicture] = (), **options: Any
) -> tuple[HeadRejection, HeadScore, list[Share]]:
    recipe = Recipe(rejection=Rejection(**options))
    return head_rejection.fit(make_scenes_recognizer(), backbone_head(), known, unknown, recipe)[:3]


def looked(count: int) -> Looked:
    """At so many unknown pictures, all of which can be read."""
    nothing = np.zeros((count, 1), np.float32)
    return Looked((), np.ones(count, bool), nothing, nothing, rejection_head.Pictures(nothing, ()), nothing)


def answers(recognizer: Recognizer, colour: tuple[int, int, int], **options: Any) -> list[Prediction]:
    """Of ten pictures that nothing was fitted on."""
    return [recognizer.classify(encoded(scene(colour, seed=1000 + number, **options))) for number in range(10)]


def known_of(answered: list[Prediction]) -> int:
    return sum(answer.known for answer in answered)


FAR_AND_SMALL: dict[str, Any] = {"share": 0.4, "at": (0.25, 0.3)}


def test_a_figure_of_a_class_is_known_and_of_another_colour_not(fitted: tuple[HeadRejection, HeadScore]) -> None:
    recognizer = make_scenes_recognizer(*fitted)

    assert all(known_of(answers(recognizer, colour)) >= 9 for colour in COLOURS.values())
    assert all(known_of(answers(recognizer, colour)) == 0 for colour in OTHER_COLOURS.values())


@pytest.mark.parametrize("name", COLOURS)
def test_a_small_figure_far_from_the_centre_is_known_at_the_second_look(
    fitted: tuple[HeadRejection, HeadScore], name: str
) -> None:
    once, twice = make_scenes_recognizer(*fitted, second_look=False), make_scenes_recognizer(*fitted)

    first, both = (answers(recognizer, COLOURS[name], **FAR_AND_SMALL) for recognizer in (once, twice))

    assert known_of(first) <= 4
    assert known_of(both) >= 9
    assert all(answer.label == name for answer in both if answer.known)


def test_a_small_figure_of_another_colour_stays_unknown(fitted: tuple[HeadRejection, HeadScore]) -> None:
    recognizer = make_scenes_recognizer(*fitted)

    assert sum(known_of(answers(recognizer, colour, **FAR_AND_SMALL)) for colour in OTHER_COLOURS.values()) <= 4


def test_by_similarity_a_small_figure_is_turned_away(drawn: Drawn) -> None:
    images = [LabelledImage(path, label, str(path)) for path, label in zip(drawn.files, drawn.labels, strict=True)]
    parts = Split(tuple(images[::2]), tuple(images[1::2]))
    rejection, score, _ = by_similarity.fit(make_scenes_recognizer(), parts, (), drawn.unknown, Recipe())

    found = answers(make_scenes_recognizer(rejection, score), COLOURS["red"], **FAR_AND_SMALL)

    assert known_of(found) <= 2


def test_without_a_single_unknown_picture_it_tells_most_of_them(
    fitted_without: tuple[HeadRejection, HeadScore],
) -> None:
    recognizer = make_scenes_recognizer(*fitted_without)

    assert all(known_of(answers(recognizer, colour)) >= 9 for colour in COLOURS.values())
    assert sum(known_of(answers(recognizer, colour)) for colour in OTHER_COLOURS.values()) <= 8


def test_the_record_says_how_it_was_fitted(fitted: tuple[HeadRejection, HeadScore]) -> None:
    rejection, score = fitted

    assert (rejection.accepted_share, rejection.left_out) == (0.95, False)
    assert rejection.shape == score.to_array().shape
    assert (rejection.unknown_pictures, rejection.unknown_kinds, rejection.trials) == (40, 4, FOLDS)
    [compared] = rejection.comparison
    assert compared.unknown["colours"].lowest <= compared.unknown["colours"].mean <= compared.unknown["colours"].highest
    assert rejection.second_look is not None
    assert rejection.second_look.lowest < rejection.threshold <= rejection.second_look.highest


def test_what_is_taken_for_a_class_is_counted_on_kinds_that_were_not_shown(
    fitted: tuple[HeadRejection, HeadScore], drawn: Drawn
) -> None:
    recognizer = make_scenes_recognizer(*fitted)

    shown = np.mean([recognizer.classify(picture.path.read_bytes()).known for picture in drawn.unknown])

    assert fitted[0].comparison[0].unknown["colours"].mean > shown + 0.1


def test_other_things_are_counted_picture_by_picture_whatever_folders_they_are_in(drawn: Drawn) -> None:
    """A folder of ten counts for ten, beside one of thirty."""
    of_two = [replace(picture, folder="a" if index < 10 else "b") for index, picture in enumerate(drawn.unknown)]

    rejection, _, _, counted = head_rejection.fit(
        make_scenes_recognizer(), backbone_head(), drawn.known(), of_two, Recipe()
    )

    shares = rejection.comparison[0].unknown
    assert counted is not None
    assert counted.whole == 40
    assert counted.part == round(10 * shares["a"].mean + 30 * shares["b"].mean)


def test_a_recipe_may_have_another_share_and_no_second_look(
    drawn: Drawn, fitted_without: tuple[HeadRejection, HeadScore]
) -> None:
    usual, _ = fitted_without
    rejection, _ = fit(drawn.known(), accepted_share=0.8, second_look=False)

    assert (rejection.accepted_share, rejection.second_look) == (0.8, None)
    assert rejection.threshold > usual.threshold
    assert (rejection.comparison, rejection.unknown_pictures, rejection.unknown_kinds) == ((), 0, 0)


def bursts(root: Path, scenes: int, frames: int) -> list[UnknownPicture]:
    """Pictures of other things in one folder without kinds, the frames of a scene after each other."""
    found = []
    for number in range(scenes * frames):
        path = root / f"{number:08}.jpg"
        drawings.scene(number // frames).save(path, quality=95 - 5 * (number % frames))
        found.append(UnknownPicture(path, Path(path.name), "other", "other"))
    return found


def test_of_one_kind_the_frames_of_a_burst_are_in_one_fold(tmp_path: Path) -> None:
    unknown = bursts(tmp_path, scenes=9, frames=2)

    fold = head_rejection._Kinds.of(unknown, looked(len(unknown))).fold

    assert (fold[::2] == fold[1::2]).all()
    assert np.bincount(fold).tolist() == [6, 6, 6]


def test_of_one_burst_all_are_judged_by_a_head_that_was_shown_none_of_them(tmp_path: Path, drawn: Drawn) -> None:
    unknown = bursts(tmp_path, scenes=1, frames=10)

    rejection, _ = fit(drawn.known(), unknown)

    assert rejection.unknown_pictures == 10
    assert set(rejection.comparison[0].unknown) == {"other"}


# Folds


@pytest.fixture(scope="module")
def tinted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Drawn, list[str]]:
    """Twelve sources of both classes, each of which has light and a framing of its own."""
    root = tmp_path_factory.mktemp("sources")
    files, labels, sources = [], [], []
    for source in range(12):
        for label in (0, 1):
            for number in range(8):
                files.append(of_source(root / f"{source}-{label}-{number}.png", source, label, number))
                labels.append(label)
                sources.append(f"source {source}")
    return Drawn(files, np.array(labels), []), sources


@pytest.fixture(scope="module")
def fitted_by_source(tinted: tuple[Drawn, list[str]]) -> tuple[HeadRejection, HeadScore, list[Share]]:
    drawn, sources = tinted
    return fit_with_sources(drawn.known(sources), second_look=False)


def of_source(path: Path, source: int, label: int, number: int) -> Path:
    rng = np.random.default_rng((source, label))
    light, share = rng.normal(0, 35, 3), rng.uniform(0.45, 1)
    colour = tuple(np.clip(np.array([*COLOURS.values()][label]) + light, 0, 255))
    scene(colour, share=share, seed=hash((source, label, number)) % 2**32).save(path)
    return path


def test_the_threshold_accepts_of_other_sources_about_what_it_says(
    fitted_by_source: tuple[HeadRejection, HeadScore, list[Share]], tmp_path: Path
) -> None:
    rejection, score, of_sources = fitted_by_source

    recognizer = make_scenes_recognizer(rejection, score)
    elsewhere = [
        of_source(tmp_path / f"{source}-{label}.png", source, label, 0)
        for source in range(100, 140)
        for label in (0, 1)
    ]
    accepted = np.mean([recognizer.classify(path.read_bytes()).known for path in elsewhere])
    assert rejection.left_out
    assert accepted >= 0.9
    assert [share.whole for share in of_sources] == [16] * 12
    assert sum(share.part for share in of_sources) == np.ceil(0.975 * 12 * 16)


def test_sources_left_out_are_harder_than_pictures_left_out(
    tinted: tuple[Drawn, list[str]], fitted_by_source: tuple[HeadRejection, HeadScore, list[Share]]
) -> None:
    drawn, sources = tinted
    shuffled = np.random.default_rng(1).permutation(sources)

    by_source, (by_picture, _) = fitted_by_source[0], fit(drawn.known(shuffled), second_look=False)

    assert by_source.left_out
    assert by_picture.left_out  # So it is told.
    assert by_source.threshold < by_picture.threshold


def test_of_few_sources_pictures_are_left_out_at_random(tinted: tuple[Drawn, list[str]]) -> None:
    drawn, sources = tinted
    few = [f"source {int(name.split()[1]) % 9}" for name in sources]

    rejection, _, of_sources = fit_with_sources(drawn.known(few))

    assert (rejection.left_out, of_sources) == (False, [])


def test_a_class_of_one_source_is_left_out_picture_by_picture_and_the_others_by_source(
    tinted: tuple[Drawn, list[str]],
) -> None:
    drawn, sources = tinted
    one_of_green = np.where(drawn.labels == 1, "the only one of green", sources)

    rejection, score, of_sources = fit_with_sources(drawn.known(one_of_green.tolist()))

    assert rejection.left_out
    assert [share.whole for share in of_sources] == [8] * 12  # Of red alone.
    assert np.isfinite(score.to_array()).all()


def chosen_of(drawn: Drawn, sources: Sequence[str], red: int, green: int) -> Known:
    """The first pictures of red and of green, the latter all of one source."""
    chosen = [*np.flatnonzero(drawn.labels == 0)[:red], *np.flatnonzero(drawn.labels == 1)[:green]]
    names = [*np.take(sources, chosen)[:red], *["the only one of green"] * green]
    return Known([drawn.files[index] for index in chosen], drawn.labels[chosen], np.array(names))


def test_where_most_pictures_are_of_such_a_class_all_are_left_out_at_random(tinted: tuple[Drawn, list[str]]) -> None:
    drawn, sources = tinted
    every_other = np.repeat([f"source {number}" for number in range(len(sources) // 2)], 2)

    rejection, _, of_sources = fit_with_sources(chosen_of(drawn, every_other.tolist(), red=40, green=96))

    assert (rejection.left_out, of_sources) == (False, [])


def test_a_class_of_one_picture_keeps_the_others_from_being_left_out_by_source_no_more(
    tinted: tuple[Drawn, list[str]],
) -> None:
    drawn, sources = tinted

    rejection, score, of_sources = fit_with_sources(chosen_of(drawn, sources, red=96, green=1))

    assert rejection.left_out
    assert sum(share.whole for share in of_sources) == 96
    assert np.isfinite(score.to_array()).all()


# Many pictures of other things


@pytest.mark.tensorflow
def test_many_pictures_of_other_things_give_a_hidden_layer_to_the_head_and_to_its_judges(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judges, too, though each learns from fewer than that many: a threshold holds for the head it was set with."""
    asked: list[bool] = []
    real = rejection_head.fit

    def noted(*arguments: Any, hidden: bool = False, **options: Any) -> HeadScore:
        asked.append(hidden)
        return real(*arguments, hidden=hidden, **options)

    monkeypatch.setattr(rejection_head, "fit", noted)
    monkeypatch.setattr(head_rejection, "MANY_UNKNOWN", len(drawn.unknown))
    rejection, score = fit(drawn.known(), drawn.unknown)

    assert asked == [False, True, True, True, True]  # The first one only says where.
    assert score.hidden is not None
    assert rejection.hidden_units == len(score.hidden.bias)
    assert score.to_array().shape == rejection.shape
    again = ood_score.from_stored(ood_score.to_stored(score), rejection)
    assert isinstance(again, HeadScore)
    recognizer = make_scenes_recognizer(rejection, again)
    assert all(known_of(answers(recognizer, colour)) >= 9 for colour in COLOURS.values())
    assert sum(known_of(answers(recognizer, colour)) for colour in OTHER_COLOURS.values()) <= 2


def test_one_picture_fewer_gives_none(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_rejection, "MANY_UNKNOWN", len(drawn.unknown) + 1)

    rejection, score = fit(drawn.known(), drawn.unknown)

    assert (rejection.hidden_units, score.hidden) == (0, None)


# Few pictures, and bad ones


@pytest.mark.parametrize(("red", "green"), [(20, 1), (2, 2), (1, 1)])
@pytest.mark.parametrize("with_unknown", [False, True])
def test_classes_of_hardly_a_picture_have_a_threshold(drawn: Drawn, red: int, green: int, with_unknown: bool) -> None:
    chosen = [*range(3, 3 + red), *range(PER_CLASS + 3, PER_CLASS + 3 + green)]
    few = Known([drawn.files[index] for index in chosen], drawn.labels[chosen], None)

    rejection, score = fit(few, drawn.unknown if with_unknown else ())

    assert np.isfinite(rejection.threshold)
    assert np.isfinite(score.to_array()).all()
    assert known_of(answers(make_scenes_recognizer(rejection, score), OTHER_COLOURS["blue"])) == 0


@pytest.mark.parametrize("kinds", [["blue"], ["blue", "cyan"]])
def test_hardly_a_kind_of_unknown_pictures_is_left_out_picture_by_picture(drawn: Drawn, kinds: list[str]) -> None:
    few = [picture for picture in drawn.unknown if picture.kind in kinds]

    rejection, score = fit(drawn.known(), few)

    assert rejection.unknown_kinds == len(kinds)
    assert np.isfinite(score.to_array()).all()
    assert rejection.comparison[0].unknown["colours"].mean < 0.3


def test_pictures_that_cannot_be_read_are_passed_over(
    drawn: Drawn, fitted: tuple[HeadRejection, HeadScore], tmp_path: Path
) -> None:
    expected, same = fitted
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    known = Known([broken, *drawn.files], np.array([1, *drawn.labels]), None)
    unknown = [*drawn.unknown, UnknownPicture(tmp_path / "gone.png", Path("gone.png"), "colours", "gone")]

    rejection, score = fit(known, unknown)

    assert score.to_array().tolist() == same.to_array().tolist()
    assert rejection.unknown_kinds == expected.unknown_kinds == 4


def test_a_class_of_which_nothing_can_be_read_is_a_sentence(drawn: Drawn, tmp_path: Path) -> None:
    missing = Known([*drawn.files[:PER_CLASS], tmp_path / "gone.png"], np.array([0] * PER_CLASS + [1]), None)

    with pytest.raises(DatasetError, match="Not one of the pictures of green can be read"):
        fit(missing)


def test_unknown_pictures_that_cannot_be_read_are_a_sentence(drawn: Drawn, tmp_path: Path) -> None:
    gone = [UnknownPicture(tmp_path / f"{n}.png", Path(f"{n}.png"), "colours", "gone") for n in range(30)]

    with pytest.raises(DatasetError, match=r"at least 10 readable .* Received: 0"):
        fit(drawn.known(), gone)
