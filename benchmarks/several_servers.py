"""`python -m benchmarks.several_servers`: two servers behind nginx, one of them cut off under load; what fails?

Each server is in a network namespace of its own, see `site.py`; the load comes from this one.

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
import shutil
import sys
import threading
import time
from pathlib import Path

from benchmarks import load, pictures
from benchmarks.load import Load
from benchmarks.site import FRONT, FRONT_PORT, POLL_S, SERVERS, Site, open_site, set_link, version_at, wait

_ONE, _TWO = SERVERS.values()
_LAST_S = 60.0


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
    with open_site(options.s3rver) as site:
        _tell_publication(site)
        _tell_activations(site, options.switches)
        _tell_sharing(site)
        return _tell_cut(site, options.seconds, options.connections)


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
    target = site.models(1)
    shutil.copytree(path.with_suffix(".compiled"), target / "swapped-2.compiled")
    shutil.copy(path, target / ".swapped-2.part")
    (target / ".swapped-2.part").rename(target / "swapped-2.h5")
    started = time.monotonic()
    megabytes = sum(each.stat().st_size for each in target.glob("swapped-2.*/*")) + path.stat().st_size
    wait(lambda: "swapped-2" in site.ask(_TWO, "/api/v1/models"), _LAST_S)
    print(
        f"a version of {megabytes / 2**20:.0f} MB, put on one: listed by two after {time.monotonic() - started:.1f} s"
    )


def _tell_activations(site: Site, count: int) -> None:
    first = version_at(_ONE) or ""
    for number in range(count):
        wanted, name = ("swapped-2", "2") if number % 2 == 0 else (_active_stem(), first)
        started = time.monotonic()
        asked = json.loads(site.ask(FRONT, f"/api/v1/models/{wanted}/activate", method="POST"))
        outcome = f"/api/v1/activations/{asked['id']}"
        wait(lambda at=outcome: '"running"' not in site.ask(_ONE, at), _LAST_S)  # type: ignore[misc]
        tried = time.monotonic() - started
        found: dict[int, float] = {}
        while len(found) < len(SERVERS) and time.monotonic() - started < _LAST_S:
            for at, address in SERVERS.items():
                if at not in found and version_at(address) == name:
                    found[at] = time.monotonic() - started
            time.sleep(POLL_S)
        seconds = ", ".join(f"{found[at]:.1f} s" if at in found else "never" for at in SERVERS)
        print(f"activation of {wanted}: tried after {tried:.1f} s; one and two answer with it after {seconds}")


def _active_stem() -> str:
    from recognizer.registry import versions

    return versions.active().stem


def _tell_sharing(site: Site) -> None:
    """A picture is sent to one, shown by two, deleted by two, and gone from one."""
    jpeg = pictures.jpegs(pictures.SMALL, Path("var/bench/pictures"))[0]
    sent = load.http_request(jpeg, path="/api/v1/classify", key=site.key)
    body = sent.partition(b"\r\n\r\n")[2]
    kind = re.search(rb"Content-Type: (.*)\r\n", sent)
    headers = {"Content-Type": kind[1].decode() if kind else ""}
    answer = json.loads(site.ask(_ONE, "/api/v1/classify", method="POST", body=body, headers=headers))
    found = f"/api/v1/history/{answer['predictions'][0]['id']}"
    wait(lambda: site.status(_TWO, f"{found}.jpg") == 200, 10)
    deleted = site.status(_TWO, found, method="DELETE")
    gone = site.status(_ONE, f"{found}.jpg")
    studio = [site.status(at, "/api/v1/projects") for at in (_ONE, _TWO)]
    print(f"a picture sent to one: shown by two 200, deleted by two {deleted}, then on one {gone}")
    print(f"Studio at one {studio[0]}, at two, where it does not lie, {studio[1]}")


def _tell_cut(site: Site, seconds: float, connections: int) -> int:
    """Cuts server two off in the middle of the load, and lets it come back."""
    jpegs = pictures.jpegs(pictures.SMALL, Path("var/bench/pictures"))
    requests = tuple(load.http_request(jpeg, path="/api/v1/classify") for jpeg in jpegs)
    cut: list[float] = []

    def cut_off() -> None:
        set_link(2, "down")
        cut.append(time.time())

    timers = [
        threading.Timer(1 + seconds / 3, cut_off),
        threading.Timer(1 + seconds * 2 / 3, lambda: set_link(2, "up")),
    ]
    for timer in timers:
        timer.start()
    answers = load.run(Load(FRONT_PORT, requests, connections, seconds, timeout_s=30))
    for timer in timers:
        timer.join()
    time.sleep(1)  # nginx writes a line when the answer has gone.
    lines = [
        line for line in site.requests() if line["uri"] == "/api/v1/classify" and line["end"] > cut[0] - seconds / 3 - 2
    ]
    begun = [line for line in lines if line["end"] - line["took"] < cut[0] < line["end"]]
    at_two = [line for line in begun if line["to"].startswith(_TWO)]
    failed = [line for line in lines if line["status"] != "200"]
    elsewhere = [line for line in failed if line not in at_two]
    slowest = max((answer.latency_s for answer in answers.accepted()), default=0.0)
    again = sum(1 for line in lines if line["to"].startswith(_TWO) and line["end"] > cut[0] + seconds / 3)
    print(f"{seconds:.0f} s of load on {connections} connections, two cut off after {seconds / 3:.0f} s for as long:")
    print(f"  answered {len(answers.accepted())}, not answered {answers.failures}: {dict(answers.statuses())}")
    lost = sum(line["status"] != "200" for line in at_two)
    print(f"  in flight at two when it was cut off {len(at_two)}; of these failed {lost}")
    print(f"  failed that were not in flight there: {len(elsewhere)}")
    print(f"  slowest answer {slowest:.1f} s; answered by two after it came back: {again}")
    return 1 if elsewhere or answers.failures != len(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
