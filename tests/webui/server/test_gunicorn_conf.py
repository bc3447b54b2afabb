from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webui.server import gunicorn_conf
from webui.server.worker import BufferingWorker

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    """Runs gunicorn until it stops by itself, which it does at once where the start is refused."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MENAGERIE_")}
    command = [sys.executable, "-m", "gunicorn", "--config", "webui/server/gunicorn_conf.py", "webui.server.wsgi"]
    return subprocess.run(
        command, cwd=ROOT, env=clean | variables, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize(("content", "sentence"), [(b"no model", "copy it again"), (None, "There is no model file at")])
def test_a_model_file_that_cannot_be_used_stops_the_start(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "broken-1.h5"
    if content is not None:
        path.write_bytes(content)

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    figures = {"MENAGERIE_METRICS_TOKEN": "0123456789abcdef", "MENAGERIE_WORKERS": "2", "TMPDIR": str(scratch)}

    done = start(MENAGERIE_MODEL=str(path), PORT="1", **figures)

    assert not list(scratch.glob("menagerie-*"))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_stops_the_start() -> None:
    done = start(MENAGERIE_WORKERS="0")

    assert done.returncode == 2
    assert "MENAGERIE_WORKERS: Expected a whole number from 1 to 64." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_storage_that_cannot_be_reached_stops_the_start(tmp_path: Path) -> None:
    nowhere = "s3://menagerie/site?endpoint_url=http://127.0.0.1:1"
    keys = {"AWS_ACCESS_KEY_ID": "hidden", "AWS_SECRET_ACCESS_KEY": "hidden"}

    done = start(MENAGERIE_STORAGE=nowhere, MENAGERIE_DATA=str(tmp_path), PORT="1", **keys)

    assert done.returncode == 1
    assert "MENAGERIE_STORAGE (bucket menagerie at http://127.0.0.1:1): The storage cannot be reached." in done.stderr
    assert "See that its server runs" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


def test_the_master_never_loads_tensorflow() -> None:
    heavy = "('tensorflow', 'keras', 'django.apps')"
    code = f"import sys, webui.server.gunicorn_conf; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def run(code: str, **variables: str) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/api/v1/batches", True),
        ("POST", "/animals/batches/", True),
        ("GET", "/api/v1/batches", False),
        ("POST", "/api/v1/classify", False),
        ("POST", "/batches/3fa1/delete/", False),
    ],
)
def test_batches_alone_are_read_as_they_arrive(method: str, path: str, expected: bool) -> None:
    assert gunicorn_conf.Worker.is_streamed(method, path) is expected


def test_a_slow_client_waits_outside_the_threads() -> None:
    assert issubclass(gunicorn_conf.worker_class, BufferingWorker)
    assert gunicorn_conf.worker_class.limits.idle_timeout_s == gunicorn_conf.keepalive


def test_there_are_more_connections_than_threads() -> None:
    assert gunicorn_conf.worker_connections > gunicorn_conf.threads


def test_every_connection_has_a_descriptor_where_the_system_allows_it() -> None:
    code = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, hard), hard))
from webui.server import gunicorn_conf
gunicorn_conf._allow_descriptors(hard + 1)
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
"""
    assert run(code) == "True"


def test_no_header_says_where_a_request_leads_or_how_it_came() -> None:
    assert (gunicorn_conf.forwarder_headers, gunicorn_conf.secure_scheme_headers) == ("", {})


@pytest.mark.parametrize(("variables", "made"), [({}, 0), ({"MENAGERIE_METRICS_TOKEN": "0123456789abcdef"}, 1)])
def test_the_folder_of_another_programs_figures_stays(tmp_path: Path, variables: dict[str, str], made: int) -> None:
    others = tmp_path / "others"
    others.mkdir()
    code = """
import glob, tempfile
from webui.server import gunicorn_conf
print(len(glob.glob(tempfile.gettempdir() + "/menagerie-metrics-*")))
gunicorn_conf.on_exit(object())
"""
    settings = {"MENAGERIE_WORKERS": "2", "TMPDIR": str(tmp_path), "PROMETHEUS_MULTIPROC_DIR": str(others)}

    assert run(code, **variables, **settings) == str(made)

    assert list(tmp_path.iterdir()) == [others]
