"""The shipped model, behind a real server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from benchmarks.servers import free_port
from recognizer import Recognizer
from recognizer.registry import versions

ROOT = Path(__file__).resolve().parent.parent.parent
_START_TIMEOUT_S = 120


@pytest.fixture(autouse=True)
def _nothing_is_kept(settings: Settings, tmp_path: Path) -> None:
    """Whoever runs the tests finds nothing of them in his own history."""
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(
        update={"data": tmp_path, "keep_days": 0, "allowed_hosts": ("testserver",)}
    )


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return Recognizer.open(versions.active())


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a gunicorn that serves the shipped model, ready."""
    port = free_port()
    folder = tmp_path_factory.mktemp("server")
    log = folder / "log"
    command = [sys.executable, "-m", "gunicorn", "-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"]
    environment = clean_environment() | {"PORT": str(port), "MENAGERIE_DATA": str(folder / "data")}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=60)


def clean_environment() -> dict[str, str]:
    """Ours, without the settings of Menagerie, and without a worker beside each server.

    Where a test wants one, its jobs do not give way: other tests keep the machine busy.
    """
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MENAGERIE_") and name != "DATABASE_URL"
    }
    return ours | {"MENAGERIE_WORKER": "0", "MENAGERIE_JOB_NICE": "0"}


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The server did not get ready:\n{log.read_text(encoding='utf-8', errors='replace')}")


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    """Soft random blobs, 500 x 375: a picture that no class is sure about."""
    noise = np.random.default_rng(7).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise, "RGB").resize((500, 375), Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def jpeg(picture: Image.Image) -> bytes:
    return encoded(picture)


def encoded(picture: Image.Image, orientation: int | None = None) -> bytes:
    """The picture as JPEG, with an EXIF orientation if one is given."""
    buffer = BytesIO()
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    picture.save(buffer, "JPEG", quality=95, exif=exif)
    return buffer.getvalue()
