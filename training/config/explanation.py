"""Error messages for wrong recipes, in the words of their options rather than pydantic's."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from training.config.option_names import CHOICES, fields_of, option_names

# Where pydantic says which of several types it tried, as in `fine_tune.interpolation.literal['auto']`.
_TRIED_TYPE = re.compile(r"constrained-|literal\[")


def explain(err: ValidationError) -> str:
    """The error message for a recipe: everything that is wrong, each with the option that it is about."""
    errors: dict[str, list[Mapping[str, Any]]] = {}
    for error in err.errors():
        path = tuple(str(part) for part in error["loc"] if not _TRIED_TYPE.match(str(part)))
        errors.setdefault(".".join(path), []).append(error)
    return "; ".join(_explain(path.split("."), found) for path, found in errors.items())


def _explain(path: list[str], errors: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with one option: one error, or one for each type that it could have had."""
    group, error = path[0], errors[0]
    chosen = path.pop(1) if group in CHOICES and len(path) > 1 else ""  # The record that pydantic chose.
    option = ".".join(path)
    if error["type"] == "extra_forbidden":
        return _explain_unknown(option, group, chosen)
    if error["type"].startswith("union_tag"):
        return _explain_choice(option, CHOICES[group], error)
    if error["type"] == "value_error":
        return (f"{option}: " if option else "") + str(error["msg"]).removeprefix("Value error, ")
    expected = ", or ".join(_expected(error) for error in errors)
    return f"{option}: Expected {expected}. Received: {error['input']!r}"


def _explain_choice(group: str, names: Collection[str], error: Mapping[str, Any]) -> str:
    received = error["input"]
    if isinstance(received, Mapping):
        return f"{group}.name: Expected one of: {', '.join(names)}. Received: {error['ctx']['tag']!r}"
    name = received if isinstance(received, str) and received in names else next(iter(names))
    return f"{group}: Expected a group of options, such as {group}.name={name}. Received: {received!r}"


def _expected(error: Mapping[str, Any]) -> str:
    known = {
        "tuple_type": "a list, such as [1] or [1, 2]",
        "model_type": "a group of options",
        "string_too_short": "a text that is not empty",
    }
    return known.get(error["type"]) or str(error["msg"]).removeprefix("Input should be ")


def _explain_unknown(option: str, group: str, chosen: str) -> str:
    if chosen and option in option_names():
        known = ", ".join(fields_of(CHOICES[group][chosen]))
        return f"The {group} {chosen!r} has no option {option!r}. Expected some of: {known}."
    near = _near(option)
    return f"There is no option {option!r}." + (f" Did you mean {near!r}?" if near else "")


def _near(wrong: str) -> str | None:
    """The option that was probably meant: in another group, or spelled otherwise; None without any."""
    last = wrong.rpartition(".")[2]
    moved = [name for name in option_names() if "." in wrong and name.rpartition(".")[2] == last]
    return next(iter(moved or get_close_matches(wrong, option_names(), n=1, cutoff=0.5)), None)
