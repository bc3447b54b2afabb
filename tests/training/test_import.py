"""What is loaded when."""

from __future__ import annotations

import subprocess
import sys


def test_the_command_line_asks_for_help_without_tensorflow() -> None:
    code = "import sys, training.cli; print([name for name in ('tensorflow', 'keras') if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
