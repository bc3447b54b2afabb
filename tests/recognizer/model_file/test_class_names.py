"""Which names of classes a person can tell apart."""

from __future__ import annotations

import pytest

from recognizer.model_file.class_names import looks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cat", "\u0441at"),  # A Cyrillic letter.
        ("A", "\u0391"),  # Alpha.
        ("\u043a\u043e\u0442", "KOT"),
        ("T-shirt", "T\u2013shirt"),
        ("-1", "\u22121"),
        ("t_shirt", "t shirt"),
        ("bird's", "bird\u2019s"),
        ("\u2764", "\u2764\ufe0f"),
        ("cat", "cat."),
        ("cat", "c\u00adat"),
        ("stra\u00dfe", "Strasse"),
        ("\u0130zmir", "izmir"),
    ],
    ids=ascii,
)
def test_these_look_the_same(one: str, other: str) -> None:
    assert looks(one) == looks(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-1", "1"),
        ("cafe", "caf\u00e9"),
        ("C", "C++"),
        ("C", "C#"),
        ("1.5", "15"),
        ("\u732b", "\u8c93"),
        ("cat", "cats"),
    ],
    ids=ascii,
)
def test_these_can_be_told_apart(one: str, other: str) -> None:
    assert looks(one) != looks(other)
