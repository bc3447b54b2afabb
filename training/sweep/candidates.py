"""The recipes that are compared: those that were named, each with every combination of the options that vary."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from recognizer import files
from training import config
from training.config import Recipe
from training.errors import RecipeError

MAX_CANDIDATES = 200


class _Value(NamedTuple):
    """A value of an option that varies."""

    key: str
    value: Any

    def __str__(self) -> str:
        return f"{self.key}={json.dumps(self.value, ensure_ascii=False)}"


@dataclass(frozen=True)
class Candidate:
    """A recipe under the name that it has in the comparison."""

    name: str
    recipe: Recipe


def candidates(recipes: Sequence[str], varied: Sequence[str], overrides: Sequence[str]) -> tuple[Candidate, ...]:
    """The recipes to compare.

    Args:
        recipes: names, or paths of TOML files.
        varied: `key=[value, value]`, in TOML: each of them has each of these values.
        overrides: `key=value`, for all of them.

    Raises:
        RecipeError: one of them is wrong, two have the same name, they are too many, or their time is limited.
    """
    options = [_values(text) for text in varied]
    combinations = list(itertools.islice(itertools.product(*options), MAX_CANDIDATES + 1))
    if len(recipes) * len(combinations) > MAX_CANDIDATES:
        raise RecipeError(f"Expected at most {MAX_CANDIDATES} recipes to compare. Take fewer values for --vary.")
    found = tuple(_candidate(recipe, overrides, chosen) for recipe in recipes for chosen in combinations)
    names = [candidate.name for candidate in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise RecipeError(f"Expected each recipe once. Received: {', '.join(sorted(twice))}")
    return found


def _candidate(recipe: str, overrides: Sequence[str], chosen: Sequence[_Value]) -> Candidate:
    loaded = config.load(recipe, overrides, values=chosen)
    if loaded.time_budget_min:
        raise RecipeError(f"{recipe} limits its time: recipes are compared by all that they do, so without that.")
    title = Path(recipe).stem if recipe.endswith(".toml") else recipe
    return Candidate(" ".join([title, *map(str, chosen)]), loaded)


def _values(text: str) -> list[_Value]:
    if not files.is_text(text):
        raise RecipeError(f"Expected --vary in UTF-8: what is kept of a training is text. Received: {text!r}")
    key, equals, array = text.partition("=")
    values = config.toml_value(array.strip()) if equals and key.strip() else None
    if not isinstance(values, list) or not values:
        raise RecipeError(f"Expected --vary 'key=[value, value]', such as 'head.l2=[0.1, 0.4]'. Received: {text!r}")
    found = [_Value(key.strip(), value) for value in values]
    try:
        list(map(str, found))
    except TypeError as err:  # TOML has dates.
        raise RecipeError(f"Expected numbers, texts, groups or lists of them in --vary. Received: {text!r}") from err
    return found
