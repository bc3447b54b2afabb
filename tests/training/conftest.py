"""Class folders to train on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from training.config import FineTune, Head, Recipe

if TYPE_CHECKING:
    from training.pipeline import Fit

COLOURS = {"blue": (30, 40, 200), "green": (20, 180, 30), "red": (210, 30, 40)}


def draw(colour: tuple[int, int, int], seed: int, size: tuple[int, int] = (48, 40)) -> Image.Image:
    """A noisy picture of one colour; each seed gives another."""
    noise = np.random.default_rng(seed).normal(0, 25, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8), "RGB")


def draw_class_folders(root: Path) -> Path:
    """Three folders, blue, green and red, with 12 PNG pictures each."""
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True)
        for number in range(12):
            draw(colour, seed=number).save(root / name / f"{number:02}.png")
    return root


def make_recipe(architecture: str, **changes: Any) -> Recipe:
    """A training of a few seconds that starts from nothing."""
    options: dict[str, Any] = {
        "architecture": architecture,
        "weights": "none",
        "batch_size": 8,
        "validation_fraction": 0.25,
        "head": Head(views=2),
        "fine_tune": FineTune(unfreeze=("conv1",), epochs=(2,), learning_rate=(0.02,)),
    }
    return Recipe.model_validate({**options, **changes})


def fit(*arguments: Any, **options: Any) -> Fit:
    """A whole training; TensorFlow is loaded when it begins."""
    from training import pipeline

    return pipeline.fit(*arguments, **options)


@pytest.fixture(autouse=True, scope="session")
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What training keeps for its user goes elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for all, read only."""
    return draw_class_folders(tmp_path_factory.mktemp("data") / "colours")


@pytest.fixture
def class_folders(drawn: Path, tmp_path: Path) -> Path:
    """Class folders that a test may change."""
    return Path(shutil.copytree(drawn, tmp_path / "colours"))
