"""Records where a model comes from: code, data, versions, machine, time. No paths, no user names."""

from __future__ import annotations

import platform
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from recognizer import folders, machine
from recognizer.model_file import results
from recognizer.model_file.results import Data, Provenance, StartingWeights
from training.config import Recipe
from training.job import Job

_PACKAGES = ("tensorflow", "keras", "scikit-learn", "openvino", "nncf", "numpy", "pillow", "h5py")
# What makes a model. Pictures and models that lie about in the checkout do not change what it does.
_CODE = ("recognizer", "training", "requirements.txt")
_CPU_INFO = Path("/proc/cpuinfo")


def record(job: Job, *, starting_weights: dict[str, Any], seconds: float) -> Provenance:
    """The provenance of a model: what one needs to know to judge, or to repeat, its training run."""
    return Provenance(
        finished=datetime.now(UTC).replace(microsecond=0),
        training_seconds=round(seconds),
        git_commit=_git("rev-parse", "HEAD"),
        git_dirty=is_dirty(),
        data=Data(
            digest=job.dataset.digest(),
            images=job.dataset.counts(),
            train=len(job.parts.train),
            validation=len(job.parts.validation),
            validation_digest=job.held_back.digest(),
        ),
        starting_weights=StartingWeights(**starting_weights),
        recipe=results.Recipe(**_options(job.recipe)),
        python=platform.python_version(),
        packages=_versions(),
        machine=machine_summary(),
    )


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):  # Not every platform has OpenVINO.
            found[name] = version(name)
    return found


def _options(recipe: Recipe) -> dict[str, Any]:
    """Without paths: they would say more about the machine than about the run."""
    options = recipe.model_dump(mode="json")
    options["weights"] = Path(recipe.weights).name
    head = recipe.rejection.backbone_head
    options["rejection"]["backbone_head"] = head and Path(head).name
    options["rejection"]["unknown"] = recipe.rejection.unknown and [Path(f).name for f in recipe.rejection.unknown]
    return options


def is_dirty() -> bool | None:
    """Whether the code differs from the commit, new files included; None outside of a checkout."""
    changes = _git("status", "--porcelain", "--", *_CODE)
    return None if changes is None else bool(changes)


def machine_summary(cpu_info: Path = _CPU_INFO) -> str:
    """System, processor, and how much of it this process may use; nothing that tells one such machine from another."""
    system = f"{platform.system()} {platform.machine()}"
    memory_gb = machine.memory_bytes() / 10**9
    return f"{system}, {_processor(cpu_info)}, {machine.cores()} cores, {memory_gb:.0f} GB"


def _processor(cpu_info: Path) -> str:
    with suppress(OSError):  # Linux has this file; elsewhere the platform may know.
        for line in cpu_info.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown processor"


def _git(*arguments: str) -> str | None:
    """What git says of this checkout; None outside of one."""
    if folders.CHECKOUT is None:  # Where it is installed may lie in a repository of somebody else's.
        return None
    command = ["git", "-C", str(folders.CHECKOUT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # Nothing from outside.
        return done.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
