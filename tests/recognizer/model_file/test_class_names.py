"""Which names of classes a person can tell apart."""

from __future__ import annotations

import pytest

from recognizer.model_file.class_names import is_seen, looks


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


@pytest.mark.parametrize("name", ["cat", "猫", "_", ".", "\u200bcat", "\u2764\ufe0f", "\U0001fae8"], ids=ascii)
def test_these_are_seen(name: str) -> None:
    assert is_seen(name)


@pytest.mark.parametrize(
    "name", ["", " \t", "\u200b", "\u2060\ufeff", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\u034f", "\x07"], ids=ascii
)
def test_of_these_nothing_is_seen(name: str) -> None:
    assert not is_seen(name)
