"""What scores and likenesses are called."""

from __future__ import annotations

import pytest
from django.utils import translation

from webui import wording


@pytest.mark.parametrize(
    ("likeness", "words"),
    [
        (1.0, "Much like what it learned"),
        (0.8, "Much like what it learned"),
        (0.5, "Somewhat like what it learned"),
        (0.499, "Not much like what it learned"),
        (0.0, "Quite unlike what it learned"),
    ],
)
def test_a_likeness_has_words(likeness: float, words: str) -> None:
    assert wording.likeness(likeness) == words


def test_every_likeness_has_words_in_chinese() -> None:
    with translation.override("zh-hans"):
        words = [str(entry["words"]) for entry in wording.likenesses()]

    assert len(set(words)) == 4
    assert all(text.startswith("与它学过的图片") for text in words)
