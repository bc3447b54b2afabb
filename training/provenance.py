"""Records where a model comes from: code, data, versions, machine, time. No paths, no user names."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import Any

from training.config import Recipe
from training.dataset import Dataset
from training.split import Split

_PACKAGES = ("tensorflow", "keras", "numpy", "pillow", "h5py")


def record(
    *, recipe: Recipe, dataset: Dataset, split: Split, starting_weights: dict[str, Any], seconds: float
) -> dict[str, Any]:
    """Everything that one needs to know to judge, or to repeat, a training run."""
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "training_seconds": round(seconds),
        "git_commit": _git_commit(),
        "data": {
            "digest": dataset.digest(),
            "images": dataset.counts(),
            "train": len(split.train),
            "validation": len(split.validation),
        },
        "starting_weights": starting_weights,
        # A path among the options would say more about the machine than about the run.
        "recipe": {**recipe.model_dump(mode="json"), "weights": Path(recipe.weights).name},
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}, {cpu_count()} processors",
    }


def _git_commit() -> str | None:
    """Commit of this checkout; None outside of one."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # Nothing from outside.
        return done.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
