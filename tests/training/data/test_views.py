"""Views of a picture: their sizes, what they show, and that the same seed gives the same."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from recognizer.preprocessing import Pixels, Preprocessing, resize_and_crop
from tests.recognizer.fakes import make_metadata, quadrants
from training.config import Augmentation
from training.data.augmentation import augment
from training.data.views import View, numbered, show, shrunk

STRETCH = make_metadata().preprocessing.changed(input_size=64)
WORSE, AS_THEY_ARE = Augmentation(degradation=1.0), Augmentation(degradation=0.0)


def view(
    kind: View,
    picture: Image.Image | None = None,
    *,
    preprocessing: Preprocessing = STRETCH,
    augmentation: Augmentation = WORSE,
    seed: int = 1,
) -> Pixels:
    rng = np.random.default_rng(seed)
    return show(quadrants(90, 60) if picture is None else picture, kind, preprocessing, augmentation, rng)


def noise(width: int = 256, height: int = 192) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8), "RGB")


def detail(pixels: Pixels) -> float:
    return float(np.abs(np.diff(pixels.astype(float), axis=1)).mean())


@pytest.mark.parametrize("kind", View)
@pytest.mark.parametrize("side", [8, 50, 224, 299])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2), (37, 41)])
def test_every_view_of_any_picture_has_the_size_of_the_input(kind: View, side: int, size: tuple[int, int]) -> None:
    pixels = view(kind, noise(*size), preprocessing=STRETCH.changed(input_size=side))

    assert (pixels.shape, pixels.dtype) == ((side, side, 3), np.uint8)


@pytest.mark.parametrize("kind", View)
def test_the_same_seed_gives_the_same_view(kind: View) -> None:
    assert np.array_equal(view(kind, seed=3), view(kind, seed=3))


@pytest.mark.parametrize("kind", [View.VARIED, View.RESOLUTION])
def test_another_seed_gives_another_view(kind: View) -> None:
    assert not np.array_equal(view(kind, noise(), seed=3), view(kind, noise(), seed=4))


@pytest.mark.parametrize("fit", ["stretch", "crop"])
def test_as_served_is_what_serving_shows(fit: str) -> None:
    preprocessing = Preprocessing(**{**STRETCH.model_dump(), "fit": fit, "crop_fraction": 0.9})

    shown = view(View.SERVED, preprocessing=preprocessing)

    assert np.array_equal(shown, resize_and_crop(quadrants(90, 60), preprocessing))


@pytest.mark.parametrize("size", [(90, 60), (60, 90), (61, 60)])
def test_the_central_square_has_proportions_of_its_own(size: tuple[int, int]) -> None:
    picture = noise(*size)
    left, top = (size[0] - 60) // 2, (size[1] - 60) // 2

    shown = view(View.SQUARE, picture, preprocessing=STRETCH.changed(input_size=60))

    if (size[0] - size[1]) % 2 == 0:  # Else the square lies between two pixels.
        assert np.array_equal(shown, np.asarray(picture.crop((left, top, left + 60, top + 60))))
    assert not np.array_equal(shown, view(View.SERVED, picture, preprocessing=STRETCH.changed(input_size=60)))


def test_without_degradation_varied_is_what_augmentation_makes_of_it() -> None:
    for seed in range(5):
        shown = view(View.VARIED, augmentation=AS_THEY_ARE, seed=seed)

        expected = augment(quadrants(90, 60), STRETCH, AS_THEY_ARE, np.random.default_rng(seed))
        assert np.array_equal(shown, expected)


@pytest.mark.parametrize("kind", [View.VARIED, View.RESOLUTION])
def test_without_any_augmentation_pictures_stay_as_they_are(kind: View) -> None:
    for seed in range(5):
        shown = view(kind, augmentation=Augmentation.none(), seed=seed)

        assert np.array_equal(shown, view(View.SERVED))


def test_another_resolution_without_degradation_is_as_served() -> None:
    assert np.array_equal(view(View.RESOLUTION, augmentation=AS_THEY_ARE), view(View.SERVED))


@pytest.mark.parametrize("kind", [View.VARIED, View.RESOLUTION])
def test_degraded_views_have_less_detail_mostly(kind: View) -> None:
    only_worse = Augmentation.none().model_copy(update={"degradation": 1.0})
    served = detail(view(View.SERVED, noise()))

    shares = [detail(view(kind, noise(), augmentation=only_worse, seed=seed)) / served for seed in range(60)]

    assert np.mean(np.array(shares) < 0.9) > 0.4
    assert np.median(shares) <= 1


def test_degradation_happens_as_often_as_it_says() -> None:
    now_and_then = Augmentation.none().model_copy(update={"degradation": 0.25})
    served = view(View.SERVED, noise())

    changed = [
        not np.array_equal(view(View.RESOLUTION, noise(), augmentation=now_and_then, seed=seed), served)
        for seed in range(200)
    ]

    assert 0.15 < np.mean(changed) < 0.3  # Some of it leaves a picture as it is.


def test_a_mirror_image_comes_as_often_as_augmentation_says() -> None:
    left_is_dark = Image.fromarray(np.repeat([[[0] * 3, [255] * 3]], 2, axis=0).astype(np.uint8), "RGB")

    def mirrored(share: float) -> float:
        options = WORSE.model_copy(update={"mirror": share})
        shown = [view(View.RESOLUTION, left_is_dark, augmentation=options, seed=seed) for seed in range(40)]
        return float(np.mean([pixels[:, 0].mean() > pixels[:, -1].mean() for pixels in shown]))

    assert (mirrored(0.0), mirrored(1.0)) == (0.0, 1.0)
    assert 0.2 < mirrored(0.5) < 0.8


def test_views_are_numbered_from_the_picture_as_it_is_served() -> None:
    assert [numbered(view) for view in range(6)] == [*View, View.VARIED, View.VARIED]
    assert numbered(0) is View.SERVED


@pytest.mark.parametrize(
    ("size", "short_side", "expected"),
    [((400, 200), 50, (100, 50)), ((200, 400), 50, (50, 100)), ((40, 30), 50, (40, 30)), ((1000, 3), 1, (333, 1))],
)
def test_a_picture_is_shrunk_to_a_short_side_and_never_enlarged(
    size: tuple[int, int], short_side: int, expected: tuple[int, int]
) -> None:
    assert shrunk(Image.new("RGB", size), short_side).size == expected


@pytest.mark.parametrize(("smallest_crop", "whole"), [(1.0, True), (0.35, False)])
def test_another_resolution_shows_all_of_the_picture_where_augmentation_crops_nothing(
    smallest_crop: float, whole: bool
) -> None:
    framed = Image.new("RGB", (100, 80), (255, 255, 255))
    framed.paste((0, 0, 0), (12, 10, 88, 70))
    options = WORSE.model_copy(update={"smallest_crop": smallest_crop})

    shown = [view(View.RESOLUTION, framed, augmentation=options, seed=seed) for seed in range(40)]

    assert all((edges(pixels) > 150).all() for pixels in shown) is whole


def edges(pixels: Pixels) -> np.ndarray:
    """The mean brightness of the four edges."""
    return np.array([side.mean() for side in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])])
