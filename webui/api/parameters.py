"""Parameters in an endpoint's address: a declaration both reads the value and describes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from webui.problems import InvalidRequest

Value = TypeVar("Value")
MOST = 999_999_999
"""The largest number that is read."""

_SHOWN = 50


@dataclass(frozen=True)
class Parameter(Generic[Value]):
    """One parameter behind the question mark of an address."""

    name: str
    about: str
    """What it does, for the documentation."""
    expected: str
    """What it can be, as the error says it: "true or false"."""
    parse: Callable[[str], Value]
    """Reads the text; a ValueError where it cannot be read."""
    schema: Mapping[str, Any]
    """Its JSON schema."""
    default: Value
    example: str

    def read(self, given: Mapping[str, str]) -> Value:
        """The value of the parameter among those that were sent; its default where it is missing.

        Raises:
            InvalidRequest: it cannot be read.
        """
        text = given.get(self.name)
        if text is None:
            return self.default
        try:
            return self.parse(text)
        except ValueError as err:
            raise InvalidRequest(f"Expected {self.expected}. Received: {self.name}={text[:_SHOWN]!r}") from err


def flag(name: str, about: str, *, default: bool) -> Parameter[bool]:
    """A parameter that is `true` or `false`; its example is what the default is not."""

    def parse(text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError(text)
        return text == "true"

    schema = {"type": "boolean", "default": default}
    return Parameter(name, about, "true or false", parse, schema, default, str(not default).lower())


def whole_number(
    name: str, about: str, *, least: int = 1, most: int | None = None, default: Value, example: int
) -> Parameter[int | Value]:
    """A parameter that is a whole number, in decimal digits."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not least <= int(text) <= (most or MOST):
            raise ValueError(text)
        return int(text)

    expected = f"a whole number from {least} to {most}" if most else f"a whole number of at least {least}"
    schema = {"type": "integer", "minimum": least, "maximum": most or MOST}
    stated = {} if default is None else {"default": default}
    return Parameter(name, about, expected, parse, schema | stated, default, str(example))
