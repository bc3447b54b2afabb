"""Schedules: the learning rate at each step."""

from __future__ import annotations

import pytest

from training.config.schedule import Constant, Cosine, Cyclic, Exponential, Plateau

pytestmark = pytest.mark.tensorflow


def rates(options: object, *, epochs: int = 10, steps_per_epoch: int = 10) -> list[float]:
    """At each step of a phase whose peak is 2."""
    from training.optim.schedules import Rate

    rate = Rate(options, peak=2.0, epochs=epochs, steps_per_epoch=steps_per_epoch)  # type: ignore[arg-type]
    return [float(rate(step)) for step in range(epochs * steps_per_epoch + 1)]


@pytest.mark.parametrize("options", [Constant(), Exponential(factor=1), Plateau(), Cyclic(lowest=1), Cosine(end=1)])
def test_a_warm_up_rises_in_a_straight_line_to_the_peak(options: object) -> None:
    seen = rates(options)

    assert seen[:11] == pytest.approx([2 * step / 11 for step in range(1, 12)])


@pytest.mark.parametrize(("warm_up", "epochs"), [(0.1, 6), (0.1, 14), (1.0, 1)])
def test_the_first_step_of_a_warm_up_trains_already(warm_up: float, epochs: int) -> None:
    seen = rates(Constant(warm_up=warm_up), epochs=epochs, steps_per_epoch=1)

    assert seen[:2] == pytest.approx([1, 2])


@pytest.mark.parametrize("kind", [Constant, Exponential, Plateau, Cyclic, Cosine])
def test_without_warm_up_it_starts_at_the_peak(kind: type) -> None:
    assert rates(kind(warm_up=0))[0] == pytest.approx(2)


def test_constant_stays() -> None:
    assert rates(Constant(warm_up=0)) == pytest.approx([2] * 101)


def test_exponential_loses_the_same_share_in_each_epoch() -> None:
    seen = rates(Exponential(warm_up=0, factor=0.5))

    assert seen[::10][:4] == pytest.approx([2, 1, 0.5, 0.25])


def test_cosine_ends_where_it_is_told() -> None:
    seen = rates(Cosine(end=0.25))

    assert seen[-1] == pytest.approx(0.5)
    assert seen[55] == pytest.approx((2 + 0.5) / 2)  # Halfway between the warm-up and the end.


def test_cyclic_goes_down_and_up_again() -> None:
    seen = rates(Cyclic(warm_up=0, cycle_epochs=4, lowest=0.1))

    assert [seen[step] for step in (0, 10, 20, 30, 40)] == pytest.approx([2, 1.1, 0.2, 1.1, 2])


def test_a_phase_that_is_all_warm_up_never_falls() -> None:
    seen = rates(Cosine(warm_up=1))

    assert seen == sorted(seen)


@pytest.mark.parametrize("kind", [Constant, Exponential, Plateau, Cyclic, Cosine])
@pytest.mark.parametrize(("epochs", "steps"), [(0, 0), (1, 1), (1000, 1)])
def test_phases_of_any_length_have_rates(kind: type, epochs: int, steps: int) -> None:
    assert all(0 <= rate <= 2 for rate in rates(kind(), epochs=epochs, steps_per_epoch=steps)[:5])


def plateau(losses: list[float], **options: float) -> tuple[list[float], object]:
    """What is left of the rate after each epoch, and what turned it down."""
    from training.optim.schedules import PlateauRate, Rate

    rate = Rate(Plateau(warm_up=0, factor=0.5, **options), peak=1.0, epochs=10, steps_per_epoch=1)
    turned = PlateauRate(rate, rate.options)
    seen = []
    for epoch, loss in enumerate(losses):
        turned.end_epoch(loss)
        seen.append(float(rate(epoch)))
    return seen, turned


def test_a_plateau_turns_the_rate_down() -> None:
    assert plateau([3, 2, 2, 2, 2, 2], patience=2)[0] == [1, 1, 1, 0.5, 0.5, 0.25]


def test_a_falling_loss_leaves_it() -> None:
    assert plateau([3, 2, 2.5, 1, 1.5, 0.5], patience=2)[0] == [1] * 6


def test_a_loss_must_fall_by_min_delta_to_count() -> None:
    assert plateau([3, 2.95, 2.9], patience=2, min_delta=0.2)[0] == [1, 1, 0.5]


def test_a_loss_that_is_no_number_counts_as_no_better() -> None:
    assert plateau([3, float("nan"), float("nan")], patience=2)[0] == [1, 1, 0.5]


def test_a_plateau_goes_on_where_it_was_cut_off() -> None:
    _, cut_off = plateau([3, 2, 2, 2, 2], patience=2)

    from training.optim.schedules import PlateauRate, Rate

    rate = Rate(Plateau(warm_up=0, factor=0.5), peak=1.0, epochs=10, steps_per_epoch=1)
    resumed = PlateauRate(rate, rate.options)
    resumed.restore(cut_off.state())  # type: ignore[attr-defined]
    resumed.end_epoch(2)
    assert float(rate(0)) == 0.25
