"""Says what is wrong with a recipe in the words of its options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from training.config.option_names import KINDS, fields_of, option_names

# Where pydantic says which of several types it tried, as in `fine_tune.interpolation.literal['auto']`.
_TRIED_TYPE = re.compile(r"constrained-|literal\[")


def explain(err: ValidationError) -> str:
    """All that is wrong, each with the option that it is about."""
    errors: dict[str, list[Mapping[str, Any]]] = {}
    for error in err.errors():
        place = tuple(str(part) for part in error["loc"] if not _TRIED_TYPE.match(str(part)))
        errors.setdefault(".".join(place), []).append(error)
    return "; ".join(_explain(place.split("."), found) for place, found in errors.items())


def _explain(place: list[str], errors: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with one option: one error, or one for each type that it could have had."""
    group, error = place[0], errors[0]
    kind = place.pop(1) if group in KINDS and len(place) > 1 else ""  # The record that pydantic chose.
    where = ".".join(place)
    if error["type"] == "extra_forbidden":
        return _explain_unknown(where, group, kind)
    if error["type"].startswith("union_tag"):
        received = error.get("ctx", {}).get("tag", error["input"])
        return f"{where}.name: Expected one of: {', '.join(KINDS[group])}. Received: {received!r}"
    if error["type"] == "value_error":
        return (f"{where}: " if where else "") + str(error["msg"]).removeprefix("Value error, ")
    expected = ", or ".join(_expected(error) for error in errors)
    return f"{where}: Expected {expected}. Received: {error['input']!r}"


def _expected(error: Mapping[str, Any]) -> str:
    known = {"tuple_type": "a list, such as [1] or [1, 2]", "model_type": "a group of options"}
    return known.get(error["type"]) or str(error["msg"]).removeprefix("Input should be ")


def _explain_unknown(where: str, group: str, kind: str) -> str:
    if kind and where in option_names():
        known = ", ".join(fields_of(KINDS[group][kind]))
        return f"The {group} {kind!r} has no option {where!r}. Expected some of: {known}."
    near = _near(where)
    return f"There is no option {where!r}." + (f" Did you mean {near!r}?" if near else "")


def _near(wrong: str) -> str | None:
    """The option that was meant, if there is one: in another group, or spelled otherwise."""
    last = wrong.rpartition(".")[2]
    moved = [name for name in option_names() if "." in wrong and name.rpartition(".")[2] == last]
    return next(iter(moved or get_close_matches(wrong, option_names(), n=1, cutoff=0.5)), None)
