"""Reads a recipe from a TOML file, one of ours by name or any by path, and applies `--set key=value` to it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recognizer import files
from training.config.augmentation import Augmentation
from training.config.explanation import explain
from training.config.option_names import CHOICES
from training.config.recipe import Recipe
from training.errors import RecipeError

RECIPES_DIR = Path(__file__).parents[1] / "recipes"

# What `tomllib` raises for text that is no TOML, for a number of 5,000 digits and for as many nested brackets.
_NO_TOML = (ValueError, RecursionError)
_MAX_BYTES = 2**20


def load(name_or_path: str, overrides: Iterable[str] = (), *, values: Iterable[tuple[str, Any]] = ()) -> Recipe:
    """Reads a recipe, ours by name or any TOML file by path, and applies `key=value` overrides.

    Args:
        name_or_path: `animals`, or `my/recipe.toml`.
        overrides: such as `fine_tune.patience=2` or `weights=imagenet`; the value is TOML, or else a string. One that
            chooses another optimizer or schedule leaves behind what the recipe says for its own and that one has not.
        values: options with their values, such as `("fine_tune.patience", 2)`, after the overrides.

    Raises:
        RecipeError: no such recipe, no TOML, an unknown option or a value out of range.
    """
    path = _path(name_or_path)
    try:
        options = tomllib.loads(files.read_whole(path, _MAX_BYTES).decode("utf-8-sig"))
    except OSError as err:
        raise RecipeError(f"The recipe {path} cannot be read: {err.strerror}.") from err
    except RecursionError as err:
        raise RecipeError(f"The recipe {path} cannot be read: it is nested too deep.") from err
    except _NO_TOML as err:
        raise RecipeError(f"The recipe {path} cannot be read: {err}.") from err
    changes = [*map(_change, overrides), *deepcopy(list(values))]  # A later one may change a group of options.
    for key, value in changes:
        _leave_behind(options, key, value)
    for key, value in changes:
        _apply(options, key, value)
    try:
        return Recipe.model_validate(options)
    except ValidationError as err:
        raise RecipeError(_explained(err, path)) from err


def names() -> list[str]:
    """The names of the recipes that come with the project."""
    return sorted(path.stem for path in RECIPES_DIR.glob("*.toml"))


def _path(name_or_path: str) -> Path:
    if name_or_path in names():
        return RECIPES_DIR / f"{name_or_path}.toml"
    if os.path.lexists(name_or_path):
        return Path(name_or_path)
    raise RecipeError(f"Expected a recipe out of: {', '.join(names())}, or a TOML file. Received: {name_or_path!r}")


def _explained(err: ValidationError, path: Path) -> str:
    try:
        return explain(err)
    except RecursionError:  # It would quote what it received.
        return f"The recipe {path} cannot be read: it is nested too deep."


def _change(override: str) -> tuple[str, Any]:
    if not files.is_text(override):
        raise RecipeError(f"Expected --set in UTF-8: what is kept of a training is text. Received: {override!r}")
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"Expected --set key=value, such as fine_tune.patience=2. Received: {override!r}")
    value = toml_value(text.strip())
    return key.strip(), text.strip() if value is None else value


def toml_value(text: str) -> Any:
    """The value that a text of the command line is in TOML; None where it is no TOML, which has nothing for that.

    Raises:
        RecipeError: it goes on after the value, in other lines.
    """
    try:
        found = tomllib.loads(f"value = {text}")
    except _NO_TOML:
        return None
    if len(found) > 1:
        raise RecipeError(f"Expected one value for each --set or --vary. Received: {text!r}")
    return found["value"]


def _leave_behind(options: dict[str, Any], key: str, value: Any) -> None:
    """Where `key` chooses another optimizer or schedule, drops what the recipe file says and that one does not know."""
    group, _, option = key.partition(".")
    chosen = CHOICES.get(group, {}).get(value) if option == "name" and isinstance(value, str) else None
    said = options.get(group)
    if chosen is not None and isinstance(said, dict):
        options[group] = {name: said[name] for name in said if name in chosen.model_fields}


def _apply(options: dict[str, Any], key: str, value: Any) -> None:
    *tables, last = key.split(".")
    target = options
    for table in tables:
        if table == "augmentation" and target.get(table) == "none":
            target[table] = Augmentation.none().model_dump()
        target = target.setdefault(table, {})
        if not isinstance(target, dict):
            raise RecipeError(f"{table!r} in {key!r} is no group of options.")
    target[last] = value
