"""Near duplicates: copies of one picture are found however they were made, and nothing else is."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageEnhance

from tests.training.drawings import encoded, scene
from training.audit import thumbnail
from training.audit.duplicates import Pair, find_pairs
from training.audit.thumbnail import Thumbnail

Change = Callable[[Image.Image], Image.Image]


def reduced(picture: Image.Image) -> Thumbnail:
    made = thumbnail.make(picture, picture.convert("L"))
    assert made is not None
    return made


def reencoded(picture: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(encoded(picture, quality=quality))).convert("RGB")


def cropped(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """Without these shares of its sides."""
    width, height = picture.size
    return picture.crop(
        (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    )


CHANGES: dict[str, Change] = {
    "re-encoded": lambda picture: reencoded(picture, 30),
    "a third of the size": lambda picture: picture.resize((picture.width // 3, picture.height // 3)),
    "other proportions": lambda picture: picture.resize((200, 200)),
    "cropped around": lambda picture: cropped(picture, 0.05, 0.05, 0.05, 0.05),
    "cropped in a corner": lambda picture: cropped(picture, 0.12, 0, 0, 0.12),
    "cropped on one side": lambda picture: cropped(picture, 0, 0.15, 0, 0),
    "cropped, resized and re-encoded": lambda picture: reencoded(
        cropped(picture, 0.1, 0, 0, 0.05).resize((220, 180)), 60
    ),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "less contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(0.7),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_picture_is_a_copy_of_the_original(change: Change) -> None:
    pictures = [scene(seed) for seed in range(20)]

    [pair] = find_pairs([reduced(picture) for picture in (*pictures, change(pictures[7]))])

    assert (pair.first, pair.second, pair.is_copy, pair.mirrored) == (7, 20, True, False)


def test_a_mirrored_picture_is_a_copy_of_the_original() -> None:
    pictures = [scene(seed) for seed in range(20)]
    mirrored = pictures[3].transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    [pair] = find_pairs([reduced(picture) for picture in (*pictures, mirrored)])

    assert (pair.first, pair.second, pair.is_copy, pair.mirrored) == (3, 20, True, True)


def test_different_pictures_are_no_pairs() -> None:
    assert find_pairs([reduced(scene(seed)) for seed in range(150)]) == []


def test_what_is_left_of_a_picture_after_a_deep_crop_is_similar_but_no_copy() -> None:
    pictures = [scene(seed) for seed in range(5)]

    found = find_pairs([reduced(picture) for picture in (*pictures, cropped(pictures[0], 0.2, 0.1, 0, 0.1))])

    assert [(pair.first, pair.second, pair.is_copy) for pair in found] in ([], [(0, 5, False)])


def test_the_same_shapes_in_another_colour_are_no_copy() -> None:
    shade = scene(1).convert("L")
    dark = shade.point(lambda value: value // 3)

    found = find_pairs([reduced(Image.merge("RGB", bands)) for bands in ((shade, shade, dark), (dark, shade, shade))])

    assert found == []


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_pictures_have_no_pairs(count: int) -> None:
    assert find_pairs([reduced(scene(seed)) for seed in range(count)]) == []


def test_a_heap_of_copies_stays_connected_by_few_pairs() -> None:
    picture = scene(1)
    copies = [reduced(reencoded(picture, quality)) for quality in range(40, 90)]

    found = find_pairs(copies)

    assert len(found) < 50 * 49 / 2
    assert {index for pair in found for index in (pair.first, pair.second)} == set(range(50))
    assert all(isinstance(pair, Pair) and pair.is_copy for pair in found)


@pytest.mark.parametrize(
    "picture",
    [Image.new("RGB", (300, 200), (90, 90, 90)), scene(1, size=(47, 300))],
    ids=["of one colour", "47 pixels wide"],
)
def test_a_picture_with_too_little_in_it_has_no_thumbnail(picture: Image.Image) -> None:
    assert thumbnail.make(picture, picture.convert("L")) is None
