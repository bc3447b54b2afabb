from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from pathlib import Path
from webui.server import memory

if {called}:
    memory.give_back()

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

before = resident_mb()
for _ in range(3):  # The first one raises the C library's own threshold.
    large = [bytearray(b"x" * 3_000_000) for _ in range(40)]
    kept = bytes(2000)  # Lies above them.
    del large[:-1]
print(resident_mb() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_large_pieces_are_given_back() -> None:
    output = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(called=True)], capture_output=True, check=True, text=True
    ).stdout

    assert float(output) < 20


def test_where_there_is_no_such_setting_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    from webui.server import memory

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())

    memory.give_back()
