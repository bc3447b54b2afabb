"""How long a training will take."""

from __future__ import annotations

import pytest

from training.trainer.time_estimate import Pace, minutes


def pace() -> Pace:
    return Pace(forward=10, phases=(20, 30), pictures=(1000, 2000), validated=(100, 200), looks_after=500)


def test_it_is_estimated_from_the_steps_after_the_first_two() -> None:
    measured = pace()

    told = [measured.step(0, 10, seconds) for seconds in (50, 50, 2, 2, 2)]

    assert told == [False, False, False, False, True]
    assert measured.training_s(0, 0) == pytest.approx((1000 * 20 + 100 * 10 + 2000 * 30 + 200 * 10) / 100)


def test_what_is_done_is_not_left() -> None:
    measured = pace()
    for _ in range(5):
        measured.step(0, 10, 2)

    assert measured.training_s(1, 0.5) == pytest.approx((2000 * 30 + 200 * 10) / 100 / 2)


def test_the_rest_of_the_run_is_passes_forward_and_a_minute_and_a_half() -> None:
    measured = pace()
    for _ in range(5):
        measured.step(0, 10, 2)

    assert measured.after_training_s() == pytest.approx(90 + 500 * 10 / 100)


def test_before_any_step_nothing_is_known() -> None:
    assert pace().training_s(0, 0) == 0


@pytest.mark.parametrize(("seconds", "said"), [(61, "61 s"), (600, "10 min"), (7200, "2.0 h")])
def test_times_are_told_as_people_say_them(seconds: float, said: str) -> None:
    assert minutes(seconds) == said


@pytest.mark.tensorflow
def test_multiplications_are_those_of_the_kernels(tiny_architecture: str) -> None:
    from recognizer import architectures
    from training.trainer.time_estimate import multiplications

    model = architectures.build(tiny_architecture, 3)
    model.get_layer("conv1_conv").trainable = False

    first, second, last = 15 * 15 * 3 * 3 * 3 * 8, 7 * 7 * 3 * 3 * 8 * 16, 16 * 3
    assert multiplications(model) == first + second + last
    assert multiplications(model, trained_only=True) == second + last
