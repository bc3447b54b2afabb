"""`python -m benchmarks.several_servers`: two servers behind nginx, one of them cut off under load; what fails?

Each server is in a network namespace of its own, with data folder, models and cache of its own; PostgreSQL, an object
storage (moto's, or s3rver with --s3rver COMMAND) and nginx, with docs/deploy/nginx-several.conf, are in this one.

    load -> nginx -> one (10.77.0.11) | two (10.77.0.12) -> PostgreSQL, storage (10.77.0.1)

    1. a version is put on one: seconds until the other lists it
    2. it is activated through nginx: seconds until each answers with it, then back, several times
    3. what one server was sent is shown, and deleted, by the other
    4. under load one is cut off, and comes back: what was answered, what failed, what was in flight there

It needs root, Linux, `ip`, nginx, and Debian's PostgreSQL; it makes the namespaces menagerie-1 and -2 and the bridge
menagerie-br, and removes them. Nothing outside this machine is asked.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import load, pictures
from benchmarks.load import Load
from benchmarks.servers import ROOT

_BRIDGE, _GATE = "menagerie-br", "10.77.0.1"
_ADDRESSES = {1: "10.77.0.11", 2: "10.77.0.12"}
_PORT, _FRONT, _STORAGE = 8000, 8080, 9000
_BUCKET = "menagerie"
_LAST_S = 60.0
_POLL_S = 0.05
_LINE = '{"to":"$upstream_addr","status":"$status","end":$msec,"took":$request_time,"uri":"$request_uri"}'


@dataclass(frozen=True)
class Site:
    """What the measurements ask."""

    folder: Path
    key: str
    """Of somebody of the staff."""
    reader: Path
    """nginx's log, a JSON object a line."""


def main(arguments: list[str] | None = None) -> int:
    """Measures; the exit code is 1 where something failed that was not in flight at the server that was cut off."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.several_servers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=30, help="of load (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=6, help="(default: %(default)s)")
    parser.add_argument("--switches", type=int, default=4, help="activations that are timed (default: %(default)s)")
    parser.add_argument("--s3rver", metavar="COMMAND", help="such as 'npx s3rver'; default: moto's server")
    options = parser.parse_args(arguments)
    if os.geteuid() != 0:
        parser.error("needs root, for network namespaces")
    with ExitStack() as stack:
        site = stack.enter_context(_site(options.s3rver))
        _tell_publication(site)
        _tell_activations(site, options.switches)
        _tell_sharing(site)
        return _tell_cut(site, options.seconds, options.connections)


@contextmanager
def _site(s3rver: str | None) -> Iterator[Site]:
    """Everything that has to run."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="menagerie-several-")))
        folder.chmod(0o755)  # PostgreSQL runs as another user.
        stack.enter_context(_network())
        stack.enter_context(_postgresql(folder / "postgresql"))
        stack.enter_context(_storage(folder / "storage", s3rver))
        settings = _settings(folder)
        for number in _ADDRESSES:
            stack.enter_context(_server(folder, number, settings))
        stack.enter_context(_nginx(folder))
        for address in (*_ADDRESSES.values(), _GATE):
            port = _FRONT if address == _GATE else _PORT
            _wait(lambda at=f"{address}:{port}": _version(at) is not None, 240)  # type: ignore[misc]
        yield Site(folder, _staff_key(settings), folder / "nginx/access.log")


@contextmanager
def _network() -> Iterator[None]:
    """A bridge with an address of ours, and two namespaces at it."""
    names = [f"menagerie-{number}" for number in _ADDRESSES]
    if Path(f"/sys/class/net/{_BRIDGE}").exists():
        raise SystemExit(
            f"There is a {_BRIDGE} already: another run is under way, or left it (ip link delete {_BRIDGE})."
        )
    try:
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("address", "add", f"{_GATE}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        for number, name in zip(_ADDRESSES, names, strict=True):
            _ip("netns", "add", name)
            _ip("link", "add", f"mng{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", f"mng{number}", "master", _BRIDGE, "up")
            _ip("-n", name, "address", "add", f"{_ADDRESSES[number]}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for number in _ADDRESSES:  # With its other end, which a process that ends late would keep.
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
        words = (
            f"{s3rver} --directory {folder} --address {_GATE} --port {_STORAGE} --configure-bucket {_BUCKET} --silent"
        )
    else:
        words = f"{Path(sys.executable).parent}/moto_server --host {_GATE} --port {_STORAGE}"
    with _process(shlex.split(words), folder / "log", {}):
        _wait(lambda: _get(f"http://{_GATE}:{_STORAGE}/") is not None, 30)
        if not s3rver:
            put = urllib.request.Request(f"http://{_GATE}:{_STORAGE}/{_BUCKET}", method="PUT")
            urllib.request.urlopen(put, timeout=10).close()
        yield


def _settings(folder: Path) -> dict[str, str]:
    """What both servers are told."""
    key = secrets.token_urlsafe(60)
    os.environ["MENAGERIE_SECRET_KEY"] = key  # The graph of the version that is made here is signed with it.
    return {
        "MENAGERIE_SECRET_KEY": key,
        "DATABASE_URL": f"postgres://menagerie@{_GATE}:5432/menagerie",
        "MENAGERIE_STORAGE": f"s3://{_BUCKET}/site?endpoint_url=http://{_GATE}:{_STORAGE}",
        "AWS_ACCESS_KEY_ID": "S3RVER",
        "AWS_SECRET_ACCESS_KEY": "S3RVER",
        "MENAGERIE_HOST": "0.0.0.0",  # noqa: S104 - inside its namespace.
        "PORT": str(_PORT),
        "MENAGERIE_PUBLIC_URL": f"http://{_GATE}:{_FRONT}/",
        "MENAGERIE_ALLOWED_HOSTS": ",".join(_ADDRESSES.values()),
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
    text = text.replace("listen 443 ssl", f"listen {_FRONT}").replace("server_name example.org;", "")
    text = text.replace("proxy_read_timeout 60s", "proxy_read_timeout 10s")
    for name, number in (("one", 1), ("two", 2)):
        text = text.replace(f"server {name}:8000", f"server {_ADDRESSES[number]}:{_PORT}")
    temporary = "".join(f"{kind}_temp_path {at}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (at / "nginx.conf").write_text(
        f"daemon off; pid {at}/pid; error_log {at}/error.log; events {{ worker_connections 512; }}"
        f" http {{ client_body_temp_path {at}/body; {temporary}"
        f" log_format lines escape=json '{_LINE}'; access_log {at}/access.log lines;\n{text} }}",
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


def _tell_publication(site: Site) -> None:
    """Puts a second version into the folder of the first server."""
    from recognizer.engines import graph_files
    from recognizer.model_file import artifact
    from recognizer.registry import versions

    source = versions.active()
    graphs = graph_files.find(source)
    if graphs is None:
        raise SystemExit(f"There is no compiled graph of {source}: serve it once.")
    metadata = graphs.source.metadata.model_copy(update={"name": "swapped", "version": "2"})
    path = site.folder / "swapped-2.h5"
    artifact.copy_with_metadata(source, path, metadata)
    made = artifact.Artifact(path, metadata, artifact.digest(path), graphs.source.ood_score)
    graph_files.copy_graphs(graphs, path, made)
    target = site.folder / "models-1"
    shutil.copytree(path.with_suffix(".compiled"), target / "swapped-2.compiled")
    shutil.copy(path, target / ".swapped-2.part")
    (target / ".swapped-2.part").rename(target / "swapped-2.h5")
    started = time.monotonic()
    megabytes = sum(each.stat().st_size for each in target.glob("swapped-2.*/*")) + path.stat().st_size
    _wait(lambda: "swapped-2" in _ask(site, _ADDRESSES[2], "/api/v1/models"), _LAST_S)
    print(
        f"a version of {megabytes / 2**20:.0f} MB, put on one: listed by two after {time.monotonic() - started:.1f} s"
    )


def _tell_activations(site: Site, count: int) -> None:
    first = _version(f"{_ADDRESSES[1]}:{_PORT}") or ""
    for number in range(count):
        wanted, name = ("swapped-2", "2") if number % 2 == 0 else (_active_stem(), first)
        started = time.monotonic()
        asked = json.loads(_ask(site, f"{_GATE}:{_FRONT}", f"/api/v1/models/{wanted}/activate", method="POST"))
        outcome = f"/api/v1/activations/{asked['id']}"
        _wait(lambda at=outcome: '"running"' not in _ask(site, _ADDRESSES[1], at), _LAST_S)  # type: ignore[misc]
        tried = time.monotonic() - started
        found: dict[int, float] = {}
        while len(found) < len(_ADDRESSES) and time.monotonic() - started < _LAST_S:
            for at, address in _ADDRESSES.items():
                if at not in found and _version(f"{address}:{_PORT}") == name:
                    found[at] = time.monotonic() - started
            time.sleep(_POLL_S)
        seconds = ", ".join(f"{found[at]:.1f} s" if at in found else "never" for at in _ADDRESSES)
        print(f"activation of {wanted}: tried after {tried:.1f} s; one and two answer with it after {seconds}")


def _active_stem() -> str:
    from recognizer.registry import versions

    return versions.active().stem


def _tell_sharing(site: Site) -> None:
    """A picture is sent to one, shown by two, deleted by two, and gone from one."""
    jpeg = pictures.jpegs(pictures.SMALL, Path("var/bench/pictures"))[0]
    one, two = (f"{address}:{_PORT}" for address in _ADDRESSES.values())
    sent = load.http_request(jpeg, path="/api/v1/classify", key=site.key)
    body = sent.partition(b"\r\n\r\n")[2]
    kind = re.search(rb"Content-Type: (.*)\r\n", sent)
    headers = {"Content-Type": kind[1].decode() if kind else ""}
    answer = json.loads(_ask(site, one, "/api/v1/classify", method="POST", body=body, headers=headers))
    found = f"/api/v1/history/{answer['predictions'][0]['id']}"
    _wait(lambda: _status(site, two, f"{found}.jpg") == 200, 10)
    deleted = _status(site, two, found, method="DELETE")
    gone = _status(site, one, f"{found}.jpg")
    studio = [_status(site, at, "/api/v1/projects") for at in (one, two)]
    print(f"a picture sent to one: shown by two 200, deleted by two {deleted}, then on one {gone}")
    print(f"Studio at one {studio[0]}, at two, where it does not lie, {studio[1]}")


def _tell_cut(site: Site, seconds: float, connections: int) -> int:
    """Cuts server two off in the middle of the load, and lets it come back."""
    jpegs = pictures.jpegs(pictures.SMALL, Path("var/bench/pictures"))
    requests = tuple(load.http_request(jpeg, path="/api/v1/classify") for jpeg in jpegs)
    cut: list[float] = []

    def cut_off() -> None:
        _ip("link", "set", "mng2", "down")
        cut.append(time.time())

    timers = [
        threading.Timer(1 + seconds / 3, cut_off),
        threading.Timer(1 + seconds * 2 / 3, lambda: _ip("link", "set", "mng2", "up")),
    ]
    for timer in timers:
        timer.start()
    answers = load.run(Load(_FRONT, requests, connections, seconds, timeout_s=30))
    for timer in timers:
        timer.join()
    time.sleep(1)  # nginx writes a line when the answer has gone.
    lines = [json.loads(line) for line in site.reader.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line["uri"] == "/api/v1/classify" and line["end"] > cut[0] - seconds / 3 - 2]
    begun = [line for line in lines if line["end"] - line["took"] < cut[0] < line["end"]]
    at_two = [line for line in begun if line["to"].startswith(f"{_ADDRESSES[2]}:")]
    failed = [line for line in lines if line["status"] != "200"]
    elsewhere = [line for line in failed if line not in at_two]
    slowest = max((answer.latency_s for answer in answers.accepted()), default=0.0)
    again = sum(
        1 for line in lines if line["to"].startswith(f"{_ADDRESSES[2]}:") and line["end"] > cut[0] + seconds / 3
    )
    print(f"{seconds:.0f} s of load on {connections} connections, two cut off after {seconds / 3:.0f} s for as long:")
    print(f"  answered {len(answers.accepted())}, not answered {answers.failures}: {dict(answers.statuses())}")
    lost = sum(line["status"] != "200" for line in at_two)
    print(f"  in flight at two when it was cut off {len(at_two)}; of these failed {lost}")
    print(f"  failed that were not in flight there: {len(elsewhere)}")
    print(f"  slowest answer {slowest:.1f} s; answered by two after it came back: {again}")
    return 1 if elsewhere or answers.failures != len(failed) else 0


def _version(at: str) -> str | None:
    """The version that a server answers with; None where it is not ready."""
    text = _get(f"http://{at}/readyz")
    return None if text is None else str(json.loads(text)["model"]["version"])


def _ask(site: Site, at: str, path: str, **options: Any) -> str:
    at = at if ":" in at else f"{at}:{_PORT}"
    with urllib.request.urlopen(_request(site, at, path, **options), timeout=30) as answer:
        return str(answer.read().decode())


def _status(site: Site, at: str, path: str, **options: Any) -> int:
    try:
        with urllib.request.urlopen(_request(site, at, path, **options), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as err:
        return err.code


def _request(
    site: Site,
    at: str,
    path: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> urllib.request.Request:
    given = {"Authorization": f"Bearer {site.key}", **(headers or {})}
    return urllib.request.Request(f"http://{at}{path}", data=body, method=method, headers=given)


def _get(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as err:
        return "" if err.code in {400, 403, 404} else None
    except OSError:
        return None


def _wait(is_so: Callable[[], bool], most_s: float) -> None:
    deadline = time.monotonic() + most_s
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"It did not come to pass within {most_s:.0f} s.")
        time.sleep(_POLL_S)


if __name__ == "__main__":
    sys.exit(main())
