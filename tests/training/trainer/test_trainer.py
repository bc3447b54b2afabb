"""The steps from starting weights to the last layer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recognizer import architectures
from training.config import FineTune, Head, Recipe, Sampling
from training.data import split
from training.data.dataset import scan
from training.job import Job
from training.trainer.run import RunOptions, open_run
from training.trainer.stop import Deadline

if TYPE_CHECKING:
    from training.trainer.trainer import Trained

pytestmark = pytest.mark.tensorflow


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def trained(architecture: str, folder: Path, *, epochs: int = 1, **changes: object) -> Trained:
    from training.trainer.trainer import train

    options = {"interpolation": 1.0, **{name: value for name, value in changes.items() if name == "interpolation"}}
    recipe = Recipe(
        architecture=architecture,
        weights="none",
        batch_size=8,
        head=changes.get("head", Head(views=2)),
        sampling=changes.get("sampling", Sampling()),
        fine_tune=FineTune(unfreeze=("conv1",), epochs=(epochs,), learning_rate=(0.02,), **options),
    )
    pictures = scan(folder)
    parts = split.by_content(pictures, validation_fraction=0.25, seed=1)
    named = changes.get("sources")
    sources = {image: named(image.path) for image in pictures.images} if callable(named) else None
    job = Job(pictures, parts, recipe, architectures.get(architecture).preprocessing, sources)
    with open_run(folder.parent / "x-1.h5", overwrite=True) as run:
        return train(job, run=run, deadline=Deadline(), options=RunOptions())


def test_the_share_of_the_tuned_weights_is_chosen_where_the_recipe_leaves_it_open(
    tiny_architecture: str, class_folders: Path
) -> None:
    from training.trainer.trainer import SHARES

    result = trained(tiny_architecture, class_folders, interpolation="auto")

    assert result.provenance() == {"interpolation": result.interpolation, "training_cut": False}
    assert result.interpolation in SHARES


def test_a_last_layer_that_is_trained_with_the_rest_needs_no_features(
    tiny_architecture: str, class_folders: Path, tmp_path: Path
) -> None:
    result = trained(tiny_architecture, class_folders, head=Head(training="together"))

    assert len(result.history[0]["loss"]) == 1
    assert not list((tmp_path / "cache").rglob("*.sqlite3"))


def test_without_epochs_no_features_are_computed_twice(
    tiny_architecture: str, class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(tiny_architecture, class_folders, epochs=0)

    assert capsys.readouterr().err.count("Computing features") == 2  # Of pictures to train on, and of those held back.


def test_pictures_of_a_large_source_count_for_less_unless_the_recipe_says_no(
    tiny_architecture: str, class_folders: Path
) -> None:
    import keras

    def last_layer(**changes: object) -> list[list[float]]:
        keras.utils.set_random_seed(1)
        result = trained(tiny_architecture, class_folders, epochs=0, head=Head(views=1), **changes)
        return result.weights[-2].tolist()

    def source(path: Path) -> str:
        return "a large one" if int(path.stem) < 9 else path.stem

    plain, weighed = last_layer(), last_layer(sources=source)

    assert weighed != plain
    assert last_layer(sources=source, sampling=Sampling(sources="none")) == plain
    assert last_layer(sources=lambda path: path.stem) == plain  # Each is one of its own.


def test_the_share_that_loses_least_is_chosen() -> None:
    from training.trainer.trainer import lowest

    assert lowest(lambda share: (share - 0.7) ** 2) == 0.75


def test_of_shares_that_lose_the_same_the_probe_is_kept() -> None:
    from training.trainer.trainer import lowest

    assert lowest(lambda share: 0.3) == 0


def test_a_share_whose_loss_is_no_number_is_never_chosen() -> None:
    from training.trainer.trainer import lowest

    assert lowest(lambda share: math.nan if share < 1 else 5.0) == 1
