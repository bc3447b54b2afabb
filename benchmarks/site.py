"""Two servers behind nginx that share a database and a storage, each in a network namespace of its own.

    nginx, with docs/deploy/nginx-several.conf -> one (10.77.0.11) | two (10.77.0.12) -> PostgreSQL, storage (10.77.0.1)

Data folder, models and cache are each server's own. It needs root, Linux, `ip`, nginx, and Debian's PostgreSQL; the
storage is moto's, or s3rver's. The namespaces menagerie-1 and -2 and the bridge menagerie-br are removed in the end.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import ROOT

FRONT_PORT = 8080
FRONT = f"10.77.0.1:{FRONT_PORT}"
"""nginx."""
SERVERS = {1: "10.77.0.11:8000", 2: "10.77.0.12:8000"}
POLL_S = 0.05

_BRIDGE, _GATE = "menagerie-br", "10.77.0.1"
_STORAGE_PORT = 9000
_STORAGE = f"http://{_GATE}:{_STORAGE_PORT}"
_BUCKET = "menagerie"
_LOG_LINE = '{"to":"$upstream_addr","status":"$status","end":$msec,"took":$request_time,"uri":"$request_uri"}'


@dataclass(frozen=True)
class Site:
    """The servers as somebody of the staff asks them, and what nginx has written down."""

    folder: Path
    key: str
    """Of somebody of the staff."""

    def models(self, number: int) -> Path:
        """A server's folder of models."""
        return self.folder / f"models-{number}"

    def requests(self) -> list[dict[str, Any]]:
        """What nginx has answered: to which server it went, its status, when it ended, and how long it took."""
        lines = (self.folder / "nginx/access.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def ask(self, at: str, path: str, **options: Any) -> str:
        """What is answered at an address."""
        with urllib.request.urlopen(self._request(at, path, **options), timeout=30) as answer:
            return str(answer.read().decode())

    def status(self, at: str, path: str, **options: Any) -> int:
        """The status of the answer at an address."""
        try:
            with urllib.request.urlopen(self._request(at, path, **options), timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as err:
            return err.code

    def _request(
        self,
        at: str,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> urllib.request.Request:
        given = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return urllib.request.Request(f"http://{at}{path}", data=body, method=method, headers=given)


@contextmanager
def open_site(s3rver: str | None) -> Iterator[Site]:
    """Everything that has to run; `s3rver` is its command, in place of moto's server."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="menagerie-several-")))
        folder.chmod(0o755)  # PostgreSQL runs as another user.
        stack.enter_context(_network())
        stack.enter_context(_postgresql(folder / "postgresql"))
        stack.enter_context(_storage(folder / "storage", s3rver))
        settings = _settings(folder)
        for number in SERVERS:
            stack.enter_context(_server(folder, number, settings))
        stack.enter_context(_nginx(folder))
        for address in (*SERVERS.values(), FRONT):
            wait(lambda at=address: version_at(at) is not None, 240)  # type: ignore[misc]
        yield Site(folder, _staff_key(settings))


def version_at(at: str) -> str | None:
    """The version that a server answers with; None where it is not ready."""
    text = _get(f"http://{at}/readyz")
    return None if text is None else str(json.loads(text)["model"]["version"])


def set_link(number: int, state: str) -> None:
    """Connects a server, `up`, or cuts it off, `down`."""
    _ip("link", "set", f"mng{number}", state)


def wait(is_so: Callable[[], bool], most_s: float) -> None:
    """Waits until something is so.

    Raises:
        SystemExit: it does not come to pass in that time.
    """
    deadline = time.monotonic() + most_s
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"It did not come to pass within {most_s:.0f} s.")
        time.sleep(POLL_S)


@contextmanager
def _network() -> Iterator[None]:
    """A bridge with an address of ours, and two namespaces at it."""
    names = [f"menagerie-{number}" for number in SERVERS]
    if Path(f"/sys/class/net/{_BRIDGE}").exists():
        raise SystemExit(
            f"There is a {_BRIDGE} already: another run is under way, or left it (ip link delete {_BRIDGE})."
        )
    try:
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("address", "add", f"{_GATE}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        for number, name in zip(SERVERS, names, strict=True):
            _ip("netns", "add", name)
            _ip("link", "add", f"mng{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", f"mng{number}", "master", _BRIDGE, "up")
            _ip("-n", name, "address", "add", f"{_host(number)}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for number in SERVERS:  # With its other end, which a process that ends late would keep.
            subprocess.run(["ip", "link", "delete", f"mng{number}"], check=False, capture_output=True)
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", _BRIDGE], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def _postgresql(folder: Path) -> Iterator[None]:
    """A database `menagerie` that listens at the bridge, without a password, for as long as this runs."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        raise SystemExit("There is no PostgreSQL: apt-get install postgresql")
    at, data = binaries[-1].parent, folder / "data"
    folder.mkdir()
    shutil.chown(folder, "postgres")

    def run(*words: str | Path) -> None:
        subprocess.run(["runuser", "-u", "postgres", "--", *words], check=True, cwd="/", stdout=subprocess.DEVNULL)

    run(at / "initdb", "-D", data, "-U", "menagerie", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    with (data / "pg_hba.conf").open("a", encoding="ascii") as rules:
        rules.write("host all all 10.77.0.0/24 trust\n")
    options = f"-k {folder} -c listen_addresses={_GATE} -c fsync=off"
    run(at / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "start", "-o", options)
    try:
        run(at / "createdb", "-h", folder, "-U", "menagerie", "menagerie")
        yield
    finally:
        run(at / "pg_ctl", "-D", data, "-m", "immediate", "stop")


@contextmanager
def _storage(folder: Path, s3rver: str | None) -> Iterator[None]:
    folder.mkdir()
    if s3rver:
        command = [*shlex.split(s3rver), "--directory", str(folder), "--address", _GATE, "--port", str(_STORAGE_PORT)]
        command += ["--configure-bucket", _BUCKET, "--silent"]
    else:
        command = [f"{Path(sys.executable).parent}/moto_server", "--host", _GATE, "--port", str(_STORAGE_PORT)]
    with _process(command, folder / "log", {}):
        wait(lambda: _get(f"{_STORAGE}/") is not None, 30)
        if not s3rver:
            put = urllib.request.Request(f"{_STORAGE}/{_BUCKET}", method="PUT")
            urllib.request.urlopen(put, timeout=10).close()
        yield


def _settings(folder: Path) -> dict[str, str]:
    """What both servers are told."""
    key = secrets.token_urlsafe(60)
    os.environ["MENAGERIE_SECRET_KEY"] = key  # The graph of the version that is made here is signed with it.
    return {
        "MENAGERIE_SECRET_KEY": key,
        "DATABASE_URL": f"postgres://menagerie@{_GATE}:5432/menagerie",
        "MENAGERIE_STORAGE": f"s3://{_BUCKET}/site?endpoint_url={_STORAGE}",
        "AWS_ACCESS_KEY_ID": "S3RVER",
        "AWS_SECRET_ACCESS_KEY": "S3RVER",
        "MENAGERIE_HOST": "0.0.0.0",  # noqa: S104 - inside its namespace.
        "PORT": SERVERS[1].partition(":")[2],
        "MENAGERIE_PUBLIC_URL": f"http://{FRONT}/",
        "MENAGERIE_ALLOWED_HOSTS": ",".join(map(_host, SERVERS)),
        "MENAGERIE_RATE": "100000",
        "MENAGERIE_DATA": str(folder / "data-1"),
    }


@contextmanager
def _server(folder: Path, number: int, settings: dict[str, str]) -> Iterator[None]:
    """One server: the active model, and folders of its own."""
    models = folder / f"models-{number}"
    models.mkdir()
    _copy_model(models)
    own = {
        "MENAGERIE_DATA": str(folder / f"data-{number}"),
        "MENAGERIE_MODELS": str(models),
        "XDG_CACHE_HOME": str(folder / f"cache-{number}"),
        "MENAGERIE_WORKER": "1" if number == 1 else "0",
    }
    command = ["ip", "netns", "exec", f"menagerie-{number}", sys.executable, "-m", "gunicorn"]
    command += ["-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"]
    with _process(command, folder / f"server-{number}.log", settings | own):
        yield


def _copy_model(models: Path) -> None:
    from recognizer.registry import versions

    stem = versions.active().stem
    for path in versions.active().parent.glob(f"{stem}.*"):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, models / path.name)
    (models / "ACTIVE").write_text(f"{stem}\n", encoding="utf-8")


@contextmanager
def _nginx(folder: Path) -> Iterator[None]:
    """An nginx with the file of the documentation, without TLS."""
    at = folder / "nginx"
    at.mkdir()
    text = (ROOT / "docs/deploy/nginx-several.conf").read_text(encoding="utf-8")
    text = text[: text.index("server {\n")] + text[text.index("server {\n    listen 443") :]
    text = re.sub(r"^ *(ssl_|listen \[).*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ssl", f"listen {FRONT_PORT}").replace("server_name example.org;", "")
    text = text.replace("proxy_read_timeout 60s", "proxy_read_timeout 10s")
    for name, number in (("one", 1), ("two", 2)):
        text = text.replace(f"server {name}:8000", f"server {SERVERS[number]}")
    temporary = "".join(f"{kind}_temp_path {at}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (at / "nginx.conf").write_text(
        f"daemon off; pid {at}/pid; error_log {at}/error.log; events {{ worker_connections 512; }}"
        f" http {{ client_body_temp_path {at}/body; {temporary}"
        f" log_format lines escape=json '{_LOG_LINE}'; access_log {at}/access.log lines;\n{text} }}",
        encoding="utf-8",
    )
    with _process(["nginx", "-p", str(at), "-e", f"{at}/error.log", "-c", f"{at}/nginx.conf"], at / "log", {}):
        yield


@contextmanager
def _process(command: list[str], log: Path, settings: dict[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=_ours() | settings, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
        except BaseException:
            print(f"{log.name}:\n{log.read_text(encoding='utf-8', errors='replace')[-1500:]}", file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(60)


def _ours() -> dict[str, str]:
    path = {"PATH": f"{os.environ['PATH']}:/usr/sbin"}
    return {name: value for name, value in os.environ.items() if not name.startswith("MENAGERIE_")} | path


def _staff_key(settings: dict[str, str]) -> str:
    """An API key of somebody of the staff, who is made here."""
    code = (
        "from webui.accounts.models import *; u = User.objects.create_user('sam', is_staff=True);"
        "print('KEY', ApiKey.make(u, 'benchmark', [s.value for s in Scope])[1])"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=ROOT,
        env=_ours() | settings,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split("KEY ")[1].split()[0]


def _host(number: int) -> str:
    return SERVERS[number].partition(":")[0]


def _get(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as err:
        return "" if err.code in {400, 403, 404} else None
    except OSError:
        return None
