"""Writes down the conditions that figures depend on: processor, versions, date, commit."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from recognizer import machine

# What int8 and bf16 need to be fast.
_FLAGS = (
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "avx512_bf16",
    "amx_int8",
    "amx_bf16",
    "asimddp",
    "bf16",
    "i8mm",
)
_PACKAGES = (
    "openvino",
    "tensorflow",
    "keras",
    "onnxruntime",
    "ai-edge-litert",
    "django",
    "gunicorn",
    "pillow",
    "numpy",
)


def describe() -> dict[str, Any]:
    """Everything about this machine and this checkout."""
    info = _read("/proc/cpuinfo")
    present = set(re.findall(r"\S+", "".join(re.findall(r"^(?:flags|Features)\s*:(.*)$", info, re.MULTILINE)[:1])))
    model = re.search(r"^model name\s*:\s*(.*)$", info, re.MULTILINE)
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "processor": model[1] if model else platform.machine(),
        "flags": [flag for flag in _FLAGS if flag in present],
        "cores": machine.cores(),
        "memory_gb": round(machine.memory_bytes() / 10**9, 1),
        "system": platform.platform(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "versions": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str:
    """The commit, with `-dirty` where files were changed."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    result = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"
