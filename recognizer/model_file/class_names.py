"""Class names as people see them: which names of folders mean the same class, and which cannot be told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

# Letters, marks and signs that show nothing: a joiner, fillers of Hangul, vowels of Khmer, selectors of Mongolian, and
# Braille without dots. All but the last are in Unicode's list of what may be ignored, Default_Ignorable_Code_Point.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_SPACES = re.compile(r"[\s_]+")
# What looks the same in most typefaces, in small letters, as in Unicode's list of confusables (UTS 39).
_LOOK_ALIKE = str.maketrans("авекмнорстухѕіјαβεζηικμνορτυχ‘’ʼ´`′“”−", "abekmhopctyxsijabezhikmvoptyx''''''\"\"-")


def class_name(folder_name: str) -> str:
    """The class that a folder is named after: in NFC, without spaces and invisible characters at its ends.

    macOS decomposes names ("a" and two dots), Linux and Windows compose them ("ä"): it is the same word.
    """
    composed = unicodedata.normalize("NFC", folder_name)
    first = next((index for index, letter in enumerate(composed) if not _is_blank(letter)), len(composed))
    last = next((index for index, letter in enumerate(reversed(composed)) if not _is_blank(letter)), 0)
    return composed[first : len(composed) - last]


def looks(name: str) -> str:
    """The same text for names that a person cannot tell apart.

    Such names differ in case, in widths of letters, in kinds of space, dash or quotation mark, in characters that are
    not seen, in a last full stop, or in letters of another alphabet.
    """
    wide = unicodedata.normalize("NFKC", name.translate(_LOOK_ALIKE))
    visible = "".join(_as_seen(letter) for letter in wide)
    small = unicodedata.normalize("NFKC", _SPACES.sub(" ", visible).strip(" .").casefold().replace("i\u0307", "i"))
    return small.translate(_LOOK_ALIKE)


def compared(name: str) -> str:
    """What a name looks like, to compare it with others; the name itself where nothing is left of it, as of _."""
    return looks(name) or name


def is_seen(name: str) -> bool:
    """Whether a name has a character that leaves something on a screen: more than spaces, controls and fillers."""
    return any(_leaves_ink(letter) for letter in name)


def known_as(name: str, class_names: Iterable[str]) -> str | None:
    """The one of a model's classes that a name means, however its file spells it; None: it is none of them."""
    return next((known for known in class_names if class_name(known) == class_name(name)), None)


def alike(names: Iterable[str], class_names: Sequence[str]) -> str:
    """Which of some names look like a model's classes and are others: sentences, or nothing."""
    pairs = ((name, known) for name in names for known in class_names if looks(name) == looks(known))
    return "".join(
        f" {name!a} and {known!a} look the same and are spelled differently: rename the folder {name!a} to {known!a}."
        for name, known in pairs
        if class_name(name) != class_name(known)
    )


def _as_seen(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf" or unicodedata.name(letter, "").startswith("VARIATION SELECTOR"):
        return ""
    return "-" if category == "Pd" else letter


def _leaves_ink(letter: str) -> bool:
    return bool(_as_seen(letter)) and unicodedata.category(letter) not in _UNSEEN and letter not in _BLANK_LETTERS


def _is_blank(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) == "Cf"
