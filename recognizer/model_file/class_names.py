"""Class names as people see them: which names of folders mean the same class, and which cannot be told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_SPACES = re.compile(r"\s+")


def class_name(folder_name: str) -> str:
    """The class that a folder is named after: in NFC, without spaces and invisible characters at its ends.

    macOS decomposes names ("a" and two dots), Linux and Windows compose them ("ä"): it is the same word.
    """
    composed = unicodedata.normalize("NFC", folder_name)
    first = next((index for index, letter in enumerate(composed) if not _is_blank(letter)), len(composed))
    last = next((index for index, letter in enumerate(reversed(composed)) if not _is_blank(letter)), 0)
    return composed[first : len(composed) - last]


def looks(name: str) -> str:
    """The same text for names that a person cannot tell apart: but for case, widths of letters and kinds of space."""
    wide = unicodedata.normalize("NFKC", name)
    visible = "".join(letter for letter in wide if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", _SPACES.sub(" ", visible).strip().casefold())


def known_as(name: str, class_names: Iterable[str]) -> str | None:
    """The one of a model's classes that a name means, however its file spells it; None: it is none of them."""
    return next((known for known in class_names if class_name(known) == class_name(name)), None)


def alike(names: Iterable[str], class_names: Sequence[str]) -> str:
    """Which of some names look like a model's classes and are others: sentences, or nothing."""
    pairs = ((name, known) for name in names for known in class_names if looks(name) == looks(known))
    return "".join(
        f" {name!a} and {known!a} differ in capital letters or spaces: rename the folder {name!a} to {known!a}."
        for name, known in pairs
        if class_name(name) != class_name(known)
    )


def _is_blank(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) == "Cf"
