"""Keeps what a training run has done so far, in a folder beside its output, so that it can be gone on with.

    models/x-1.training/
      run.json        what the run is: recipe, pictures, split, code
      seconds.json    how long it has taken
      <step>.npz      the weights after each step, and its result
      fine-tuning/    where the training of the backbone is, see fine_tune.py
      model/          the model file and its graph, until all of it is there

The folder is removed when the model is written.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from recognizer import files
from training.errors import CheckpointError, RunError
from training.network.feature_cache import Cache, FeatureCache
from training.progress import console
from training.trainer import checkpoint
from training.trainer.checkpoint import Checkpoint, Checkpoints
from training.trainer.run_identity import RunIdentity

if TYPE_CHECKING:
    import keras

    from training.network.features import Machines as FeatureMachines
    from training.trainer.shared_step import StepMachines

    class Machines(FeatureMachines, StepMachines, Protocol):
        """Other machines that take part in a training."""


T = TypeVar("T")

SUFFIX = ".training"
_IDENTITY = "run.json"
_SECONDS = "seconds.json"
_LOCK = "lock"
_MAX_JSON_BYTES = 64 * 2**20


@dataclass(frozen=True)
class RunOptions:
    """How a run begins, is kept and ends; by default it starts from the beginning and goes on to its end.

    None of it changes the recipe's result, but for `finish` and `finish_when`.
    """

    resume: bool = False
    """Whether to go on with a run that was not finished."""
    overwrite: bool = False
    """Whether to start anew where there is one."""
    finish: bool = False
    """Whether to train no more, and make a model of the best so far."""
    finish_when: Path | None = None
    """A file: as soon as it is there, the run trains no more, and makes a model of the best so far."""
    checkpoint_min: float = 5.0
    """Minutes between two states that are kept within an epoch."""
    tensorboard: Path | None = None
    """A folder for the course of the training."""
    cache: Cache | None = None
    """What keeps the features of the starting weights; None: the cache of whoever runs this."""
    machines: Machines | None = None
    """Other machines that compute the features, and share the steps; None: this one does all of it."""


def beside(out: Path) -> Path:
    """The folder of the run that writes the model file `out`."""
    return out.with_suffix(SUFFIX)


def is_unfinished(out: Path) -> bool:
    """Whether a run that writes `out` can be gone on with."""
    return (beside(out) / _IDENTITY).is_file()


class RunFolder:
    """The folder of a run that nobody else works on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def agree(self, identity: RunIdentity) -> None:
        """Notes what this run is, or makes sure that it is the one that was begun.

        Raises:
            RunError: it is another one.
        """
        path = self._folder / _IDENTITY
        if not path.exists():
            checkpoint.write_text(path, identity.model_dump_json(indent=1))
            return
        try:
            begun = RunIdentity.model_validate_json(files.read_whole(path, _MAX_JSON_BYTES))
        except (OSError, ValidationError) as err:
            raise RunError(f"{path} cannot be read. Start anew: add --overwrite instead of --resume.") from err
        identity.refuse_another(begun, self._folder)

    def step(self, name: str, network: keras.Model, work: Callable[[], T]) -> T:
        """Does `work`, which changes the weights of `network`, or takes over what came of it before.

        Returns:
            The result of `work`, which JSON can hold.
        """
        path = self._folder / f"{name}.npz"
        kept = _read(path, network)
        if kept is None:
            result = work()
            checkpoint.write(path, Checkpoint({"result": result}, {"weights": network.get_weights()}))
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)  # The states on the way.
            return result
        console.print(f"Done before: {name.replace('-', ' ')}")
        network.set_weights(kept.arrays["weights"])
        done: T = kept.record["result"]
        return done

    def part(self, name: str, work: Callable[[RunFolder], T]) -> T:
        """Does `work`, which keeps its own steps in a folder inside this one, or takes over what came of it before.

        Returns:
            The result of `work`, which JSON can hold.
        """
        kept, inner = self._folder / f"{name}.json", self._folder / name
        with suppress(OSError, ValueError, RecursionError):  # Not there, or damaged: it is done again.
            done: T = json.loads(files.read_whole(kept, _MAX_JSON_BYTES))
            return done
        inner.mkdir(exist_ok=True)
        result = work(RunFolder(inner))
        checkpoint.write_text(kept, json.dumps(result))
        shutil.rmtree(inner)
        return result

    def checkpoints(self, name: str) -> Checkpoints:
        """Where a step keeps its states while it is under way."""
        return Checkpoints(self._folder / name)

    def features(self) -> FeatureCache:
        """What a network of this run only makes of pictures."""
        return FeatureCache(self._folder / "features.sqlite3")

    def draft(self, name: str) -> Path:
        """Where the model file lies until it is whole; what an earlier session left there is not used."""
        folder = self._folder / "model"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder / name

    def spent_s(self) -> float:
        """Seconds that the run has taken in earlier sessions; what was lost with them is not counted."""
        with suppress(OSError, ValueError, TypeError, RecursionError, OverflowError):
            seconds = float(json.loads(files.read_whole(self._folder / _SECONDS, _MAX_JSON_BYTES)))
            return seconds if 0 <= seconds < math.inf else 0.0
        return 0.0

    def note_spent_s(self, seconds: float) -> None:
        """Notes how long the run has taken until now."""
        checkpoint.write_text(self._folder / _SECONDS, json.dumps(round(seconds, 1)))

    def remove(self) -> None:
        """When nothing of it is needed any more."""
        shutil.rmtree(self._folder)


@contextmanager
def open_run(out: Path, *, resume: bool = False, overwrite: bool = False) -> Iterator[RunFolder]:
    """Gives the folder of the run that writes `out`, to this process alone.

    Args:
        out: the model file.
        resume: whether to go on with a run that was not finished.
        overwrite: whether to start anew where there is one.

    Raises:
        RunError: there is an unfinished run and neither was asked for, or another process works on it.
        CheckpointError: the folder cannot be made.
    """
    folder = beside(out)
    if is_unfinished(out) and not resume and not overwrite:
        raise RunError(
            f"{folder} holds a training that was not finished. Go on with it: add --resume. Or start anew: add"
            " --overwrite."
        )
    if resume and not is_unfinished(out):
        console.print(f"There is no {folder} to go on with: starting from the beginning.", soft_wrap=True, markup=False)
    lock = _locked(folder)
    try:
        if not resume:
            _clear(folder)
        yield RunFolder(folder)
    except OSError as err:
        if err.filename is None or not Path(os.fsdecode(err.filename)).is_relative_to(folder):
            raise
        raise CheckpointError(
            f"The training cannot be kept: {err.filename}: {err.strerror}. Remove it, or start anew: add --overwrite"
            " instead of --resume."
        ) from err
    finally:
        _remove_where_nothing_began(folder)
        lock.release()


def _locked(folder: Path) -> FileLock:
    lock = FileLock(folder / _LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as err:
        raise RunError(f"Another training works in {folder}. Wait for it, or choose another --out.") from err
    except OSError as err:
        raise CheckpointError(f"The training cannot be kept in {folder}: {err.strerror or err}.") from err
    return lock


def _read(path: Path, network: keras.Model) -> Checkpoint | None:
    """The state after a step; None where there is none that can be used."""
    if not os.path.lexists(path):
        return None
    try:
        kept = checkpoint.read(path)
    except CheckpointError as err:
        console.print(f"{err} That step is done again.", soft_wrap=True, markup=False)
        return None
    # Looked at before the first of them is taken over: the step begins with the weights that the network has.
    if "result" in kept.record and checkpoint.fits(kept.arrays.get("weights", ()), network.get_weights()):
        return kept
    console.print(f"{path} is that of another network. That step is done again.", soft_wrap=True, markup=False)
    return None


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()


def _remove_where_nothing_began(folder: Path) -> None:
    """So that a run that was refused leaves no trace."""
    if folder.is_dir() and {entry.name for entry in folder.iterdir()} <= {_LOCK}:
        shutil.rmtree(folder, ignore_errors=True)
