"""What to expect of a source that was not met: from how the others did, and from how many there were."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.confidence_intervals import Share
from training.evaluation.new_source import FEWEST, expected, in_words, sentence


def interval(*shares: Share) -> tuple[float, float]:
    found = expected(shares)
    assert found is not None
    return found


def test_it_finds_the_worst_quarter_and_the_mean_of_sources_that_were_drawn() -> None:
    random = np.random.default_rng(1)
    a, b = 9.5, 0.5
    truth = np.sort(random.beta(a, b, 100_000))

    shares = [Share(int(random.binomial(20, share)), 20) for share in random.beta(a, b, 200)]

    worst, mean = interval(*shares)
    assert worst == pytest.approx(truth[: len(truth) // 4].mean(), abs=0.03)
    assert mean == pytest.approx(0.95, abs=0.01)


def test_sources_that_are_alike_promise_more_than_sources_that_differ() -> None:
    alike = interval(*[Share(18, 20)] * 20)
    differing = interval(*[Share(20, 20)] * 18, *[Share(0, 20)] * 2)

    assert alike[0] > 0.8 > differing[0]
    assert alike[1] == pytest.approx(differing[1], abs=0.05)


def test_a_source_of_one_picture_is_no_zero_percent() -> None:
    with_one = interval(*[Share(20, 20)] * 10, Share(0, 1))

    assert with_one[0] > 0.8


def test_few_sources_that_were_all_right_promise_less_than_many() -> None:
    few, many = interval(*[Share(20, 20)] * 5), interval(*[Share(20, 20)] * 50)

    assert few[1] < many[1] < 1


def test_of_too_few_sources_nothing_is_said() -> None:
    assert expected([Share(9, 10)] * (FEWEST - 1)) is None
    assert expected([*[Share(9, 10)] * (FEWEST - 1), Share(0, 0)]) is None


def test_the_sentence_has_what_is_known() -> None:
    assert "expect 92 to 96 of 100 to be named rightly (the" in sentence((0.921, 0.969), None)
    assert "rightly, and about 90 of 100 to be accepted" in sentence((0.921, 0.969), (0.901, 0.909))
    assert sentence(None, None) == ""


def test_all_is_never_promised() -> None:
    assert in_words((0.97, 0.9999)) == "97 to 99 of 100"
