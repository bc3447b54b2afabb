"""What serves loads no more than it needs, and nothing tells its makers that it is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recognizer.fakes import RED, plain
from tests.recognizer.graphs import write_graph, write_model

ROOT = Path(__file__).resolve().parents[3]
REPORT = """
import json, socket, sys
names = {name.partition('.')[0] for name, module in sys.modules.items() if module is not None}
print(json.dumps({'loaded': sorted(names), 'answer': globals().get('answer')}))
"""
NO_NETWORK = """
import socket
def refuse(*args, **options):
    raise AssertionError('phones home')
socket.socket.connect = socket.getaddrinfo = refuse
"""


def run(script: str, home: Path, *arguments: Path) -> dict[str, Any]:
    """Runs a script in a process with a home of its own; returns the modules that it loaded and its `answer`."""
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(home / "cache")}
    process = subprocess.run(
        [sys.executable, "-c", NO_NETWORK + script + REPORT, *arguments],
        capture_output=True,
        check=True,
        env=environment,
        cwd=home,
    )
    assert process.stderr == b""
    answer: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return answer


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.mark.slow
def test_serving_loads_openvino_and_no_library_for_training(tmp_path: Path, home: Path) -> None:
    model = write_model(tmp_path / "colours-1.h5")
    write_graph(model)
    (tmp_path / "red.png").write_bytes(plain(RED))
    script = """
import sys
from pathlib import Path
from recognizer import Recognizer
recognizer = Recognizer.open(sys.argv[1])
answer = recognizer.classify(Path(sys.argv[2]).read_bytes()).label
"""

    said = run(script, home, model, tmp_path / "red.png")

    assert said["answer"] == "cat"
    assert "openvino" in said["loaded"]
    assert not {"tensorflow", "keras", "nncf", "scipy", "sklearn", "torch", "django"} & set(said["loaded"])
    assert list(home.iterdir()) == []


@pytest.mark.slow
def test_compiling_tells_nobody(home: Path) -> None:
    script = """
import numpy as np
from recognizer.engines import compiler
from tests.recognizer.graphs import colour_graph
from pathlib import Path
import tempfile
graph = compiler._quantised(colour_graph(), np.zeros((3, 32, 32, 3), np.uint8))
with tempfile.TemporaryDirectory() as folder:
    compiler._save(graph, Path(folder, 'int8.xml'))
"""

    said = run(script, home)

    assert {"openvino", "nncf"} <= set(said["loaded"])
    assert "openvino_telemetry" not in said["loaded"]
    assert list(home.iterdir()) == []
