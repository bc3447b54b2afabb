from __future__ import annotations

import pytest

from recognizer.bulk.spreadsheets import harmless


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(1)", "＝1+1", "＋1", "－1", "＠SUM(1)", "\t=1", "\r=1", " =1"]
)
def test_what_would_be_computed_is_not(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "cat", "1=1", "a+b", "'=1", "猫"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
