from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MENAGERIE_", "DJANGO_"))}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "address",
    [
        {"MENAGERIE_HTTPS": "1", "MENAGERIE_ALLOWED_HOSTS": "example.org"},
        {"MENAGERIE_PUBLIC_URL": "https://example.org:8443/animals/"},
    ],
)
def test_the_deployment_check_is_clean(address: dict[str, str]) -> None:
    done = manage(
        "check",
        "--deploy",
        "--fail-level",
        "DEBUG",
        MENAGERIE_SECRET_KEY="0123456789abcdefghij" * 3,
        **address,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")


def test_a_wrong_setting_stops_the_start_with_a_sentence() -> None:
    done = manage("check", MENAGERIE_THREADS="many")

    assert done.returncode == 2
    assert "MENAGERIE_THREADS: Expected a whole number from 1 to 64. Received: 'many'." in done.stderr
    assert "Traceback" not in done.stderr
