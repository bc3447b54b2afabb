"""Work in the background, and the end of the process that has begun it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("seconds", "printed"), [(0.5, "done\n"), (600, "")])
def test_the_end_of_a_process_waits_for_it_but_not_for_long(tmp_path: Path, seconds: float, printed: str) -> None:
    code = (
        "import time, django; django.setup(); from webui import background\n"
        f"background.run(lambda: (time.sleep({seconds}), print('done')), name='work')"
    )
    ours = {"DJANGO_SETTINGS_MODULE": "webui.config.settings", "MENAGERIE_DATA": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | ours, capture_output=True, text=True, check=False, timeout=300
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")
