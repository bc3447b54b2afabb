"""Makes text from outside, such as the name of a file, safe to print on a terminal."""

from __future__ import annotations

from rich.text import Text


def cell(text: str) -> Text:
    """Text for rich: without it, a file called `[red].jpg` would lose its name to rich's markup."""
    return Text(printable(text))


def printable(text: str) -> str:
    """Spells out what could steer a terminal, and the bytes of file names that are not UTF-8."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
