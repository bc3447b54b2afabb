"""What the shipped model makes of the samples: a first impression that is good, and honest."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from webui.classify import samples
from webui.inference.uploads import Upload

MODEL = Path(__file__).resolve().parents[3] / "models" / "animals-3.h5"


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.open(MODEL)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("filename", "label"),
    [
        ("hen.jpg", "chicken"),
        ("horse.jpg", "horse"),
        ("cup.jpg", None),
        ("teacup.jpg", "cat"),
        ("dreamt-cat.jpg", "cat"),
        ("dreamt-dog.jpg", "dog"),
    ],
)
def test_the_shipped_model_knows_the_animals_refuses_the_cup_and_is_fooled_by_the_other(
    shipped: Recognizer, filename: str, label: str | None
) -> None:
    upload = samples.upload(filename)
    assert upload is not None

    assert shipped.classify(upload.content()).label == label


def test_the_cup_that_fools_it_is_nearly_the_other_one() -> None:
    cup, other = (np.asarray(Image.open(io.BytesIO(found.content())), np.int16) for found in both_cups())

    assert np.abs(cup - other).mean() < 5


def both_cups() -> list[Upload]:
    found = [samples.upload(name) for name in ("cup.jpg", "teacup.jpg")]
    return [upload for upload in found if upload is not None]


def test_what_is_no_sample_is_not_read() -> None:
    assert [samples.upload(name) for name in (None, "", "../home.css", "tiger.jpg")] == [None] * 4
