"""A training that is killed again and again ends as one that was left alone."""

from __future__ import annotations

import os
import signal
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from recognizer.model_file import artifact
from recognizer.registry import versions
from tests.training import processes
from tests.training.conftest import draw_class_folders

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

RECIPE = """
architecture = "simple_cnn"
weights = "none"
batch_size = 8
validation_fraction = 0.25
head.views = 2
fine_tune.unfreeze = ["conv2", "conv1"]
fine_tune.epochs = [2, 2]
fine_tune.learning_rate = [0.02, 0.02]
"""
# In their order; what is there when the process is killed.
MOMENTS = (
    "run.json",
    "probe.npz",
    "fine-tuning/000003.npz",
    "fine-tuning/000010.npz",
    "fine-tuning.npz",
    "last-layer.npz",
    "model/cut-1.h5",
    "model/cut-1.compiled/float.json",
)


def command(folder: Path, out: Path, *more: str) -> list[str]:
    (folder / "recipe.toml").write_text(RECIPE)
    options = ["--data", str(folder / "colours"), "--recipe", str(folder / "recipe.toml"), "--out", str(out)]
    return ["fit", *options, "--checkpoint-min", "0", "--no-photographs", *more]


def environment(folder: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(folder / "cache"), "CUDA_VISIBLE_DEVICES": ""}


def interrupted_when_there_is(moment: Path, process: ForkServerProcess, signal_number: int) -> int | None:
    """Sends a signal as soon as a file is there; returns the exit code."""
    while process.is_alive() and not moment.exists():
        process.join(timeout=0.02)
    if process.is_alive():
        assert process.pid
        os.kill(process.pid, signal_number)
    process.join()
    return process.exitcode


def contents(model: Path) -> tuple[dict[str, np.ndarray], Any]:
    weights: dict[str, np.ndarray] = {}

    def add(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            weights[name] = item[()]

    with h5py.File(model) as file:
        file["model_weights"].visititems(add)
    return weights, artifact.read(model).metadata


def test_killed_at_every_step_it_goes_on_to_the_same_model(tmp_path: Path) -> None:
    draw_class_folders(tmp_path / "colours")
    whole, cut, log = tmp_path / "whole-1.h5", tmp_path / "cut-1.h5", tmp_path / "log"
    environ = environment(tmp_path)
    processes.run(command(tmp_path, whole), log, environ)

    ends = [
        interrupted_when_there_is(
            tmp_path / "cut-1.training" / moment,
            processes.start(command(tmp_path, cut, "--resume"), log, environ),
            signal.SIGKILL,
        )
        for moment in MOMENTS
    ]
    unfinished = versions.model_files(tmp_path)
    processes.run(command(tmp_path, cut, "--resume"), log, environ)

    assert ends == [-signal.SIGKILL] * len(MOMENTS)
    assert unfinished == [whole]
    assert not (tmp_path / "cut-1.training").exists()
    (expected, before), (received, after) = contents(whole), contents(cut)
    for name, weight in expected.items():
        np.testing.assert_allclose(received[name], weight, atol=1e-5)
    assert before.results["validation"] == after.results["validation"]


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    draw_class_folders(tmp_path / "colours")
    out, log = tmp_path / "x-1.h5", tmp_path / "log"
    moment = tmp_path / "x-1.training" / "fine-tuning" / "000002.npz"

    process = processes.start(command(tmp_path, out), log, environment(tmp_path))
    exit_code = interrupted_when_there_is(moment, process, signal.SIGINT)

    said = log.read_text(encoding="utf-8")
    assert exit_code == 1
    assert f"What is done is kept in {out.with_suffix('.training')}" in said
    assert "--resume" in said
    assert "Traceback" not in said
