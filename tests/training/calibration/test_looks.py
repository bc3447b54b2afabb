"""What a head is shown of known and unknown pictures: all views, and unknown ones no larger than known ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.engines import Outputs
from recognizer.model_file.rejection_head import HeadScore
from recognizer.preprocessing import Pixels, resize_and_crop
from tests.recognizer.fakes import encoded
from tests.recognizer.rejections import make_head_score
from tests.training.calibration.scenes import (
    CELLS,
    COLOURS,
    OTHER_COLOURS,
    SIDE,
    ScenesEngine,
    backbone_head,
    make_scenes_recognizer,
    scene,
)
from training.calibration import head_rejection, looks
from training.calibration.head_rejection import Known
from training.calibration.looks import CROP_SIDE, Looks
from training.config import Augmentation, Recipe, Rejection
from training.data.unknown_images import UnknownPicture

SMALL, LARGE = (18, 15), (120, 100)


@dataclass(frozen=True)
class Pair:
    """Known pictures that are small, and unknown ones that are large."""

    known: Known
    unknown: list[UnknownPicture]


def picture(colour: tuple[int, int, int], size: tuple[int, int], *, share: float = 0.8, seed: int) -> Image.Image:
    """A scene that was taken large, and stored so large."""
    taken = scene(colour, share=share, size=LARGE, seed=seed)
    return taken if size == LARGE else taken.resize(size, Image.Resampling.BILINEAR)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    root, rng = tmp_path_factory.mktemp("sizes"), np.random.default_rng(1)

    def draw(name: str, colour: tuple[int, int, int], size: tuple[int, int], count: int) -> list[Path]:
        paths = [root / f"{name}-{number}.png" for number in range(count)]
        for number, path in enumerate(paths):
            picture(colour, size, share=rng.uniform(0.6, 1), seed=number).save(path)
        return paths

    files = [path for name, colour in COLOURS.items() for path in draw(name, colour, SMALL, 30)]
    others = [path for name, colour in OTHER_COLOURS.items() for path in draw(name, colour, LARGE, 10)]
    unknown = [UnknownPicture(path, Path(path.name), "colours", path.stem.split("-")[0]) for path in others]
    return Pair(Known(files, np.repeat([0, 1], 30), None), unknown)


def fitted(pair: Pair) -> tuple[Recognizer, HeadScore]:
    rejection, score, *_ = head_rejection.fit(
        make_scenes_recognizer(),
        backbone_head(),
        pair.known,
        pair.unknown,
        Recipe(rejection=Rejection(accepted_share=0.975)),
    )
    return make_scenes_recognizer(rejection, score), score


def known_of(recognizer: Recognizer, names: Sequence[str], size: tuple[int, int]) -> float:
    """Which share of new pictures of the classes, in this size, is accepted."""
    shown = [encoded(picture(COLOURS[name], size, seed=1000 + number)) for name in names for number in range(15)]
    return float(np.mean([recognizer.classify(data).known for data in shown]))


def from_size(score: HeadScore, size: tuple[int, int]) -> float:
    """What the detail of pictures of a size adds to the odds of being known."""
    embedding = (
        ScenesEngine()
        .run(
            np.stack(
                [resize_and_crop(picture((125, 125, 125), size, seed=number), PREPROCESSING) for number in range(10)]
            )
        )
        .embedding
    )
    weights = score.kernel[:-1, -1].mean() - score.kernel[-1, -1]
    return float(weights * (embedding[:, -1] / np.linalg.norm(embedding, axis=1)).mean())


PREPROCESSING = make_scenes_recognizer().metadata.preprocessing


def test_unknown_pictures_that_are_only_larger_do_not_teach_size(pair: Pair) -> None:
    recognizer, score = fitted(pair)

    assert known_of(recognizer, [*COLOURS], SMALL) > 0.9
    assert known_of(recognizer, [*COLOURS], LARGE) > 0.9
    assert abs(from_size(score, LARGE) - from_size(score, SMALL)) < 0.5


def test_as_they_are_they_would(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "shrunk", lambda picture, short_side: picture)

    recognizer, score = fitted(pair)

    assert known_of(recognizer, [*COLOURS], SMALL) > 0.9
    assert known_of(recognizer, [*COLOURS], LARGE) < 0.7
    assert from_size(score, LARGE) - from_size(score, SMALL) < -1


def as_they_are() -> Looks:
    return Looks(make_scenes_recognizer(), Recipe(augmentation=Augmentation.none()))


def embedded(shown: Image.Image) -> list[float]:
    pixels = resize_and_crop(shown, PREPROCESSING)
    return ScenesEngine().run(pixels[None]).embedding[0].tolist()


def test_known_pictures_are_seen_in_four_views_and_their_sizes_noted(tmp_path: Path) -> None:
    shown = [scene(COLOURS["red"], size=size, share=1, seed=1) for size in ((80, 64), (40, 90))]
    for number, one in enumerate(shown):
        one.save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    look = as_they_are()

    seen = look.known([tmp_path / "0.png", tmp_path / "broken.png", tmp_path / "1.png"])

    assert look.known_sides.tolist() == [40, 64]
    assert [path.name for path in seen.files] == ["0.png", "1.png"]
    assert seen.readable.tolist() == [True, False, True]
    assert seen.first.tolist() == seen.again.tolist() == [embedded(one) for one in shown]
    square, varied, resolution = seen.learned.views
    assert varied.tolist() == resolution.tolist() == seen.first.tolist()  # Nothing is varied here.
    assert square[0].tolist() == pytest.approx(embedded(shown[0].crop((8, 0, 72, 64))), rel=1e-2)
    assert square[0].tolist() != seen.first[0].tolist()


def test_unknown_pictures_are_judged_as_they_are_and_learned_from_shrunk(tmp_path: Path) -> None:
    large = scene(OTHER_COLOURS["blue"], size=LARGE)
    large.save(tmp_path / "large.png")
    look = as_they_are()
    look.known_sides = np.array([25])

    seen = look.unknown([tmp_path / "large.png"])

    assert seen.first.tolist() == [embedded(large)]
    assert seen.learned.served.tolist() == [embedded(large.resize((30, 25), Image.Resampling.BILINEAR))]


def test_unknown_pictures_that_are_no_larger_stay_as_they_are(tmp_path: Path) -> None:
    small = scene(OTHER_COLOURS["blue"], size=(30, 25))
    small.save(tmp_path / "small.png")
    look = as_they_are()
    look.known_sides = np.array([64, 80])

    seen = look.unknown([tmp_path / "small.png"])

    assert seen.learned.served.tolist() == seen.first.tolist() == [embedded(small)]


class Remembering(ScenesEngine):
    """Keeps what it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Pixels] = []

    def run(self, pixels: Pixels) -> Outputs:
        self.shown += [*pixels]
        return super().run(pixels)


def test_the_second_look_is_at_the_crop_where_the_head_sees_most(tmp_path: Path) -> None:
    """In the upper left of a picture of 7 x 7 cells is something red; the head knows the first feature, red."""
    drawn = scene(COLOURS["red"], share=0.25, at=(0.2, 0.2), size=(8 * SIDE, 8 * SIDE))
    drawn.save(tmp_path / "0.png")
    engine = Remembering()
    recognizer = Recognizer(make_scenes_recognizer().artifact, engine)
    look = Looks(recognizer, Recipe(augmentation=Augmentation.none()))
    score = make_head_score(kernel=np.array([[2, -2, -2, 0, 0], [0] * 5, [0] * 5], np.float32))
    seen = look.known([tmp_path / "0.png"])

    again = look.known_again(seen, score)

    crop = engine.shown[-1]
    red = (crop[..., 0] > 150) & (crop[..., 1] < 100)
    assert red.mean() == pytest.approx((0.25 / CROP_SIDE) ** 2, abs=0.06)
    assert again.first.tolist() == seen.first.tolist()
    assert again.again.tolist() == again.learned.views[-1].tolist() != seen.again.tolist()
    assert len(again.learned.views) == len(seen.learned.views) + 1


def test_an_unknown_picture_is_cropped_whole_to_be_judged_and_shrunk_to_be_learned_from(tmp_path: Path) -> None:
    scene(OTHER_COLOURS["blue"], size=LARGE).save(tmp_path / "0.png")
    look = as_they_are()
    look.known_sides = np.array([12])
    score = make_head_score(kernel=np.ones((3, 5), np.float32))
    seen = look.unknown([tmp_path / "0.png"])

    again = look.unknown_again(seen, score)

    assert again.again[0, -1] > 2 * again.learned.views[-1][0, -1]  # Detail.
    assert len(again.learned.views) == len(seen.learned.views) + 1


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("side", [2 * CELLS, 4 * SIDE])
def test_networks_of_other_sizes_and_of_greys_are_shown_what_they_are_served(
    tmp_path: Path, side: int, grey: bool
) -> None:
    scene(COLOURS["red"]).save(tmp_path / "0.png")
    engine, source = Remembering(), make_scenes_recognizer().artifact
    preprocessing = PREPROCESSING.changed(input_size=side, grey=grey)
    metadata = source.metadata.model_copy(update={"preprocessing": preprocessing})
    look = Looks(Recognizer(replace(source, metadata=metadata), engine), Recipe())

    seen = look.known([tmp_path / "0.png"])
    look.known_again(seen, make_head_score(kernel=np.ones((3, 5), np.float32)))

    assert [pixels.shape for pixels in engine.shown] == [(side, side, 3)] * 6


def test_of_a_picture_that_cannot_be_read_again_the_first_look_counts(tmp_path: Path) -> None:
    for number in (0, 1):
        scene(COLOURS["red"], size=(80, 64), share=0.3, seed=number).save(tmp_path / f"{number}.png")
    files = [tmp_path / "0.png", tmp_path / "1.png"]
    look = as_they_are()
    score = make_head_score(kernel=np.array([[2, -2, -2, 0, 0], [0] * 5, [0] * 5], np.float32))
    known, unknown = look.known(files), look.unknown(files)
    files[0].unlink()

    known_again, unknown_again = look.known_again(known, score), look.unknown_again(unknown, score)

    for before, after in ((known, known_again), (unknown, unknown_again)):
        assert after.again[0].tolist() == before.first[0].tolist()
        assert after.again[1].tolist() != before.first[1].tolist()
