from __future__ import annotations

import subprocess
import sys

import pytest


def loaded_by(statement: str) -> set[str]:
    script = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout.split()
    )


@pytest.mark.slow
def test_importing_recognizer_and_its_command_line_is_light() -> None:
    heavy = {"tensorflow", "keras", "openvino", "django", "training", "webui", "torch"}

    loaded = loaded_by("import recognizer, recognizer.cli, recognizer.registry, recognizer.architectures")

    assert not heavy & loaded
