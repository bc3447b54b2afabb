"""What the shipped model makes of the samples: a first impression that is good, and honest."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer import Recognizer
from webui.classify import samples

MODEL = Path(__file__).resolve().parents[3] / "models" / "animals-2.h5"


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.open(MODEL)


@pytest.mark.slow
@pytest.mark.parametrize(("filename", "label"), [("hen.jpg", "chicken"), ("horse.jpg", "horse"), ("cup.jpg", None)])
def test_the_shipped_model_knows_the_animals_and_refuses_the_cup(
    shipped: Recognizer, filename: str, label: str | None
) -> None:
    upload = samples.upload(filename)
    assert upload is not None

    assert shipped.classify(upload.content()).label == label


def test_what_is_no_sample_is_not_read() -> None:
    assert [samples.upload(name) for name in (None, "", "../home.css", "tiger.jpg")] == [None] * 4
