"""A fine-tuning that is cut off goes on to the same result."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognizer import architectures
from recognizer.commands.events import Events
from tests.training.conftest import draw_class_folders
from training import progress
from training.config import Augmentation, FineTune, Recipe, Regularization
from training.config.schedule import Plateau
from training.data.dataset import scan
from training.errors import CheckpointError
from training.trainer.checkpoint import Checkpoint, Checkpoints
from training.trainer.epoch_loop import PhaseState, TrainerState
from training.trainer.stop import Deadline

if TYPE_CHECKING:
    from training.data.batches import Batches, Variation
    from training.trainer.fine_tune import History

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


class Cut(Exception):
    """What a power cut is to a process."""


class CutAfter(Checkpoints):
    """Keeps every state, and cuts off after some of them."""

    def __init__(self, folder: Path, states: int) -> None:
        super().__init__(folder)
        self.left = states

    def save(self, checkpoint: Checkpoint) -> None:
        super().save(checkpoint)
        self.left -= 1
        if self.left == 0:
            raise Cut


class Copied(Checkpoints):
    """Keeps every state, and a copy of the folder as it is after each: what is there when the power fails."""

    def __init__(self, folder: Path, copies: Path) -> None:
        super().__init__(folder)
        self.folder, self.copies, self.states = folder, copies, 0

    def save(self, checkpoint: Checkpoint) -> None:
        super().save(checkpoint)
        self.states += 1
        shutil.copytree(self.folder, self.copies / str(self.states))


def recipe(architecture: str, **changes: object) -> Recipe:
    options = FineTune(
        unfreeze=("conv2", "conv1"), epochs=(3, 2), learning_rate=(0.02, 0.02), weight_averaging=0.9, patience=3
    )
    return Recipe(architecture=architecture, fine_tune=options, batch_size=8).model_copy(update=changes)


def train(folder: Path, options: Recipe, trainer: TrainerState | None) -> tuple[History, list[np.ndarray]]:
    import keras

    from training.data.batches import Batches, Variation
    from training.trainer.fine_tune import fine_tune

    keras.utils.set_random_seed(7)
    model = architectures.build(options.architecture, 3)

    def batches(variation: Variation | None) -> Batches:
        return Batches(
            scan(folder).images,
            class_weights=np.ones(3, np.float32),
            batch_size=8,
            preprocessing=architectures.get(options.architecture).preprocessing,
            variation=variation,
        )

    history = fine_tune(model, options, batches(Variation(Augmentation(), seed=1)), batches(None), trainer)
    return history, model.get_weights()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_class_folders(tmp_path_factory.mktemp("data") / "colours")


@pytest.fixture(scope="module")
def whole(tiny_architecture: str, pictures: Path) -> tuple[History, list[np.ndarray]]:
    """A training that nothing interrupts."""
    return train(pictures, recipe(tiny_architecture), None)


@pytest.fixture(scope="module")
def copies(tiny_architecture: str, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of states as it was after each, of the same training: `1`, `2` ..."""
    root = tmp_path_factory.mktemp("states")
    trainer = TrainerState(Copied(root / "newest", root / "copies"), every_s=0)
    train(pictures, recipe(tiny_architecture), trainer)
    return root / "copies"


@pytest.fixture
def cut_after(copies: Path, tmp_path: Path) -> Callable[[int], Path]:
    """The folder that a training leaves that is cut off after so many states."""
    return lambda states: Path(shutil.copytree(copies / str(states), tmp_path / "states"))


def assert_same(
    one: tuple[History, list[np.ndarray]], other: tuple[History, list[np.ndarray]], *, atol: float = 1e-6
) -> None:
    for expected, received in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(received, expected, atol=atol)
    assert losses(other[0]) == pytest.approx(losses(one[0]), abs=atol)


def losses(history: History) -> list[float]:
    return [loss for phase in history for name in ("loss", "val_loss", "rate") for loss in phase[name]]


# Within the first epoch, at its end, within the second, at the end of the first phase, within the second phase.
@pytest.mark.parametrize("states", [2, 5, 7, 16, 19])
def test_a_training_cut_off_at_any_step_goes_on_to_the_same_weights(
    whole: tuple[History, list[np.ndarray]],
    tiny_architecture: str,
    pictures: Path,
    cut_after: Callable[[int], Path],
    states: int,
) -> None:
    resumed = train(pictures, recipe(tiny_architecture), TrainerState(Checkpoints(cut_after(states))))

    assert_same(whole, resumed)


def test_what_the_plateau_and_random_layers_remember_is_gone_on_with(
    tiny_architecture: str, pictures: Path, tmp_path: Path
) -> None:
    options = recipe(
        tiny_architecture,
        schedule=Plateau(factor=0.5, patience=1, min_delta=10),
        regularization=Regularization(dropout=0.3),
    )
    whole = train(pictures, options, None)
    with pytest.raises(Cut):
        train(pictures, options, TrainerState(CutAfter(tmp_path, 12), every_s=0))

    resumed = train(pictures, options, TrainerState(Checkpoints(tmp_path)))

    assert_same(whole, resumed)


def test_a_damaged_state_is_passed_over_for_the_one_before_it(
    whole: tuple[History, list[np.ndarray]], tiny_architecture: str, pictures: Path, cut_after: Callable[[int], Path]
) -> None:
    folder = cut_after(7)
    newest = max(folder.glob("*.npz"))
    newest.write_bytes(newest.read_bytes()[:-1000])

    resumed = train(pictures, recipe(tiny_architecture), TrainerState(Checkpoints(folder)))

    assert_same(whole, resumed)


def test_a_state_of_before_that_did_not_weigh_its_pictures_is_gone_on_with(
    whole: tuple[History, list[np.ndarray]], tiny_architecture: str, pictures: Path, cut_after: Callable[[int], Path]
) -> None:
    states = Checkpoints(cut_after(2))
    kept = states.newest()
    assert kept is not None
    del kept.record["state"]["weight"]
    states.save(kept)

    resumed = train(pictures, recipe(tiny_architecture), TrainerState(states))

    assert_same(whole, resumed)
    assert resumed[0][0]["accuracy"] == pytest.approx(whole[0][0]["accuracy"])


def test_a_wish_to_stop_is_obeyed_after_the_step_and_keeps_what_is_done(
    whole: tuple[History, list[np.ndarray]], tiny_architecture: str, pictures: Path, tmp_path: Path
) -> None:
    stopped = TrainerState(Checkpoints(tmp_path))
    stopped.stopping.ask()
    with pytest.raises(KeyboardInterrupt):
        train(pictures, recipe(tiny_architecture), stopped)

    kept = Checkpoints(tmp_path).newest()
    resumed = train(pictures, recipe(tiny_architecture), TrainerState(Checkpoints(tmp_path)))

    assert kept is not None
    assert kept.record["state"]["batch"] == 1
    assert_same(whole, resumed)


def test_whoever_listens_to_a_session_hears_of_the_epochs_before(
    tiny_architecture: str, pictures: Path, cut_after: Callable[[int], Path], tmp_path: Path
) -> None:
    states, events = Checkpoints(cut_after(7)), Events(tmp_path / "events.jsonl")

    with progress.telling(events):
        train(pictures, recipe(tiny_architecture), TrainerState(states))
    events.close()

    told = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    epochs = [(event["phase"], event["epoch"]) for event in told if event["event"] == "epoch"]
    assert epochs[:4] == [("Training conv2 and up", n) for n in (1, 2, 3)] + [("Training conv1 and up", 1)]


def test_finishing_takes_what_there_is_and_trains_no_more(
    tiny_architecture: str, pictures: Path, cut_after: Callable[[int], Path]
) -> None:
    states = Checkpoints(cut_after(7))
    kept = states.newest()

    history, _ = train(pictures, recipe(tiny_architecture), TrainerState(states, deadline=Deadline(finish=True)))

    assert kept is not None
    begun = PhaseState(**kept.record["state"])
    assert (begun.epoch, begun.batch) == (1, 2)
    assert history[0]["loss"][-1] == pytest.approx(begun.means()["loss"])
    assert [len(phase.get("loss", [])) for phase in history] == [2, 0]


@pytest.mark.parametrize(
    "change",
    [
        lambda record, arrays: arrays.update(network=arrays["network"][:-1]),
        lambda record, arrays: arrays.update(network=[np.zeros(7)] * len(arrays["network"])),
        lambda record, arrays: arrays.pop("optimizer"),
        lambda record, arrays: arrays.update(best=[np.zeros(3)]),
        lambda record, arrays: record.pop("history"),
        lambda record, arrays: record.update(history=7),
        lambda record, arrays: record["state"].update(epoch="one"),
        lambda record, arrays: record["state"].update(unknown=1),
    ],
)
def test_a_state_that_does_not_fit_is_refused_with_the_cure(
    tiny_architecture: str,
    pictures: Path,
    cut_after: Callable[[int], Path],
    change: Callable[[dict[str, Any], dict[str, Any]], object],
) -> None:
    states = Checkpoints(cut_after(2))
    kept = states.newest()
    assert kept is not None
    record, arrays = dict(kept.record), dict(kept.arrays)
    change(record, arrays)
    states.save(Checkpoint(record, arrays))

    with pytest.raises(CheckpointError, match="--overwrite"):
        train(pictures, recipe(tiny_architecture), TrainerState(states))


def test_when_its_time_is_up_training_ends_with_what_it_has(tiny_architecture: str, pictures: Path) -> None:
    ticks = itertools.count(step=20)
    deadline = Deadline(5, clock=lambda: float(next(ticks)))

    history, _ = train(pictures, recipe(tiny_architecture), TrainerState(deadline=deadline))

    assert deadline.cut
    assert len(history[0]["val_loss"]) == 2  # The second epoch was cut short, and validated.
    assert "val_loss" not in history[1]


def test_the_history_has_rates_and_seconds(whole: tuple[History, list[np.ndarray]]) -> None:
    first = whole[0][0]

    assert len(first["rate"]) == len(first["seconds"]) == len(first["waiting"]) == len(first["val_loss"])
    assert all(0 <= share <= 1 for share in first["waiting"])
