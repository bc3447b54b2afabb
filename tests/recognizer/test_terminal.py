"""What every command line prints alike."""

from __future__ import annotations

import pytest

from recognizer.terminal import percent


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [(0.9879, 1, "98.8 %"), (0.9912, 2, "99.12 %"), (0.5, 0, "50 %"), (0.0, 1, "0.0 %"), (1.0, 1, "100.0 %")],
)
def test_a_share_is_rounded(share: float, digits: int, said: str) -> None:
    assert percent(share, digits) == said


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [(0.9996, 1, "99.9 %"), (0.995, 0, "99 %"), (1 / 3000, 1, "0.1 %"), (0.99996, 2, "99.99 %"), (1e-9, 2, "0.01 %")],
)
def test_only_none_is_0_and_only_all_are_100(share: float, digits: int, said: str) -> None:
    assert percent(share, digits) == said
