"""Recipes: what can be said in one, and what happens to the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from training import config
from training.config import Recipe
from training.errors import RecipeError


@pytest.mark.parametrize("name", config.names())
def test_every_recipe_that_comes_with_the_project_is_valid(name: str) -> None:
    assert isinstance(config.load(name), Recipe)


def test_a_recipe_can_be_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("seed = 7\n[fine_tune]\npatience = 9\n", encoding="utf-8")

    recipe = config.load(str(path))

    assert (recipe.seed, recipe.fine_tune.patience) == (7, 9)


def test_what_a_recipe_does_not_say_has_a_default(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("", encoding="utf-8")

    assert config.load(str(path)) == Recipe()


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("fine_tune.patience=4", lambda recipe: recipe.fine_tune.patience == 4),
        ("fine_tune.learning_rate=[1e-4, 1e-5]", lambda recipe: recipe.fine_tune.learning_rate == (1e-4, 1e-5)),
        ("weights=imagenet", lambda recipe: recipe.weights == "imagenet"),
        ("weights='a folder/x.h5'", lambda recipe: recipe.weights == "a folder/x.h5"),
        (" head.views = 2 ", lambda recipe: recipe.head.views == 2),
    ],
)
def test_set_changes_one_option(override: str, read: object) -> None:
    assert callable(read)
    assert read(config.load("animals", [override]))


def test_a_wrong_option_says_which_one_is_near() -> None:
    with pytest.raises(RecipeError, match=r"'fine_tune.pacience'.*'fine_tune.patience'"):
        config.load("animals", ["fine_tune.pacience=2"])


@pytest.mark.parametrize(
    "override",
    [
        "seed=-1",
        "seed=many",
        "batch_size=0",
        "validation_fraction=1.0",
        "validation_fraction=nan",
        "fine_tune.interpolation=1.5",
        "fine_tune.epochs=[1]",
        "fine_tune.learning_rate=[0, 0]",
        "fine_tune=3",
        "seed.deeper=3",
        "augmentation.smallest_crop=0",
        "precision=float8",
        "nonsense",
        "=3",
        "head.views=perhaps",
    ],
)
def test_a_value_out_of_range_is_refused_by_name(override: str) -> None:
    with pytest.raises(RecipeError) as refusal:
        config.load("animals", [override])

    assert override.split("=", maxsplit=1)[0].split(".", maxsplit=1)[0] in str(refusal.value)


@pytest.mark.parametrize("override", ["seed=" + "9" * 5000, "seed=" + "[" * 5000], ids=["digits", "brackets"])
def test_a_hostile_value_is_refused_like_any_other(override: str) -> None:
    with pytest.raises(RecipeError, match="seed"):
        config.load("animals", [override])


@pytest.mark.parametrize(
    "content",
    [
        b"seed = ",
        b"\xff\xfe",
        b"seed = 1\nseed = 2",
        b"[head]\nviews = 'x'",
        b"seed = " + b"9" * 5000,
        b"seed = " + b"[" * 5000,
    ],
    ids=range(6),
)
def test_a_broken_recipe_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)

    with pytest.raises(RecipeError):
        config.load(str(path))


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(RecipeError, match="animals"):
        config.load("no-such-recipe")
