"""Where a phase stands, and when it has had its best."""

from __future__ import annotations

import numpy as np
import pytest

from training.trainer.epoch_loop import PhaseState


def epoch(state: PhaseState, val_loss: float, *, min_delta: float = 0.0) -> dict[str, float]:
    state.add_batch({"loss": 1.0}, pictures=4, weight=4.0)
    return state.end_epoch({"loss": val_loss}, [np.array(val_loss)], min_delta=min_delta)


def test_the_means_of_an_epoch_are_over_pictures_not_batches() -> None:
    state = PhaseState()

    state.add_batch({"loss": 1.0}, pictures=32, weight=40.0)
    state.add_batch({"loss": 4.0}, pictures=16, weight=8.0)

    assert state.means() == {"loss": pytest.approx(2.0)}


def test_the_accuracy_of_an_epoch_is_over_the_weights_of_its_pictures_as_that_of_validation_is() -> None:
    state = PhaseState()

    state.add_batch({"accuracy": 0.0}, pictures=4, weight=20.0)  # Of a rare class, all wrong.
    state.add_batch({"accuracy": 1.0}, pictures=4, weight=2.0)

    assert state.means() == {"accuracy": pytest.approx(2 / 22)}


def test_a_new_epoch_weighs_nothing_of_the_one_before() -> None:
    state = PhaseState()

    for accuracy, weight in ((1.0, 8.0), (0.5, 2.0)):
        state.add_batch({"accuracy": accuracy}, pictures=4, weight=weight)
        state.end_epoch({"loss": 1.0}, [np.array(0.0)], min_delta=0.0)

    assert state.history["accuracy"] == [1.0, 0.5]


def test_the_best_epoch_is_kept() -> None:
    state = PhaseState()

    for loss in (0.5, 0.3, 0.4):
        epoch(state, loss)

    assert (state.best_epoch, state.best_loss, float(state.best[0])) == (1, 0.3, 0.3)
    assert state.history["val_loss"] == [0.5, 0.3, 0.4]


def test_a_little_better_is_not_better() -> None:
    state = PhaseState()

    for loss in (0.5, 0.45):
        epoch(state, loss, min_delta=0.1)

    assert state.best_epoch == 0


def test_it_is_over_after_so_many_epochs_without_a_better_one() -> None:
    state = PhaseState()
    over = []

    for loss in (0.5, 0.6, 0.7):
        epoch(state, loss)
        over.append(state.is_over(epochs=9, patience=2))

    assert over == [False, False, True]


def test_a_phase_without_epochs_is_over_at_once() -> None:
    assert PhaseState().is_over(epochs=0, patience=3)


def test_its_record_and_best_weights_make_it_again() -> None:
    state = PhaseState()
    epoch(state, 0.5)
    state.add_batch({"loss": 2.0}, pictures=4, weight=3.5)

    assert PhaseState(**state.record(), best=state.best) == state


def test_an_epoch_says_how_long_it_took_and_what_it_waited_for() -> None:
    state = PhaseState(seconds=10, waited_s=1)

    metrics = epoch(state, 0.5)

    assert (metrics["seconds"], metrics["waiting"]) == (10, 0.1)
    assert state.seconds == 0
