"""Asks a server for movements of the square and for layers, beside classifications and other users.

a visitor: classifies one picture -> its answer -> movements, layers, one after the other
others: classify at an even rate, alone and while the visitor moves the square eight times a second -> their p95
"""

from __future__ import annotations

import re
import socket
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks import load, pictures, servers
from benchmarks.load import Load
from benchmarks.servers import Server

_ALONE = 60
_MOVES_PER_S = 8
_OTHERS_PER_S = 4.0
_SECONDS = 10.0
_ROUNDS = 3
_COVER, _LAYERS = "/look/{}/cover/?x={:.2f}&y=0.5&size=0.3", "/look/{}/layers/?layer={}"


def report(folder: Path) -> None:
    """Starts a server of its own and prints what it found."""
    jpegs = pictures.jpegs(pictures.SMALL, folder / "pictures")
    classify = tuple(load.http_request(jpeg, path="/api/v1/classify?keep=false") for jpeg in jpegs)
    with servers.menagerie(classify[0], folder / "explanations.log", {"MENAGERIE_RATE": "0"}) as server:
        cookie, answer_id = _visitor(server, jpegs[0])
        moves = tuple(_get(_COVER.format(answer_id, at / 40), cookie, "application/json") for at in range(40))
        before_mb = server.worker_memory().resident_mb
        same = load.http_request(jpegs[0], path="/api/v1/classify?keep=false")
        _report_moves(server, same, moves)
        _report_layers(server, answer_id, cookie)
        _report_others(server, classify, moves)
        print(f"the worker holds {server.worker_memory().resident_mb:.0f} MB afterwards, {before_mb:.0f} before")


def _visitor(server: Server, jpeg: bytes) -> tuple[str, str]:
    """The cookie of a browser, and the id of its answer to a picture."""
    head = _head(server, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    cookie = re.search(rb"menagerie_visitor=([^;]+)", head)
    if cookie is None:
        raise RuntimeError("Expected a cookie for a visitor.")
    request = load.http_request(jpeg, path="/api/v1/classify")
    extra = f"Cookie: menagerie_visitor={cookie[1].decode()}\r\nOrigin: http://127.0.0.1:{server.port}\r\n".encode()
    request = request.replace(b"Host: 127.0.0.1\r\n", f"Host: 127.0.0.1:{server.port}\r\n".encode() + extra)
    status, body = load.ask(server.port, request)
    found = re.search(rb'"id": "([0-9a-f-]{36})"', body)
    if status != 200 or found is None:
        raise RuntimeError(f"Expected an answer that is kept. Received: status={status}, {body[:200]!r}")
    time.sleep(1)  # It is written behind the answer.
    return cookie[1].decode(), found[1].decode()


def _head(server: Server, request: bytes) -> bytes:
    """An answer's head; `load.ask` gives bodies alone."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
    return received.partition(b"\r\n\r\n")[0]


def _get(path: str, cookie: str, accept: str) -> bytes:
    lines = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: menagerie_visitor={cookie}", f"Accept: {accept}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _report_moves(server: Server, same: bytes, moves: Sequence[bytes]) -> None:
    """A classification and a movement in turn, so that whatever else the machine does falls on both."""
    times_ms: dict[str, list[float]] = {"classification": [], "movement": []}
    for number in range(_ALONE):
        for name, request in (("classification", same), ("movement", moves[number % len(moves)])):
            times_ms[name].append(_ask_ms(server, request))
    medians = {name: statistics.median(found) for name, found in times_ms.items()}
    ratio = medians["movement"] / medians["classification"]
    print(
        f"a movement of the square: {medians['movement']:.1f} ms, {ratio:.2f} times a classification of the same"
        f" picture ({medians['classification']:.1f} ms), medians of {_ALONE}"
    )


def _report_layers(server: Server, answer_id: str, cookie: str) -> None:
    first, *later = (
        _ask_ms(server, _get(_LAYERS.format(answer_id, number), cookie, "text/html")) for number in (1, 1, 2, 3, 9, 18)
    )
    other = _ask_ms(server, _get("/look/samples/horse.jpg/layers/", cookie, "text/html"))
    print(
        f"layer by layer: {first:.0f} ms the first time of the process, {other:.0f} ms for another picture,"
        f" {max(later):.0f} ms at most for the next layers"
    )


def _report_others(server: Server, classify: tuple[bytes, ...], moves: Sequence[bytes]) -> None:
    """Alone and beside the visitor in turn, so that whatever else the machine does falls on both."""
    others = Load(server.port, classify, 16, _SECONDS, per_second=_OTHERS_PER_S)
    p95: dict[str, list[float]] = {"alone": [], "beside": []}
    refused, moved = 0, 0
    for _ in range(_ROUNDS):
        p95["alone"].append(_p95_ms(load.run(others)))
        with ThreadPoolExecutor(1) as aside:
            moving = aside.submit(_move, server, moves)
            beside = load.run(others)
            moved += moving.result()
        p95["beside"].append(_p95_ms(beside))
        refused += beside.failures
    alone_ms, beside_ms = (statistics.median(found) for found in p95.values())
    print(
        f"other users, {_OTHERS_PER_S:g} pictures a second: p95 {alone_ms:.0f} ms alone, {beside_ms:.0f} ms beside"
        f" {moved / _SECONDS / _ROUNDS:.1f} movements a second ({beside_ms / alone_ms:.2f} times), medians of"
        f" {_ROUNDS} rounds; {refused} not answered"
    )


def _move(server: Server, moves: Sequence[bytes]) -> int:
    """Moves the square without a pause, as often as the page asks (`look/cover.js`); returns how often that was."""
    end, count = time.monotonic() + _SECONDS, 0
    while time.monotonic() < end:
        took_s = _ask_ms(server, moves[count % len(moves)]) / 1000
        count += 1
        time.sleep(max(1 / _MOVES_PER_S - took_s, min(took_s, 1.0)))
    return count


def _p95_ms(found: load.Answers) -> float:
    return 1000 * float(np.quantile(found.latencies_s(), 0.95))


def _ask_ms(server: Server, request: bytes) -> float:
    began = time.perf_counter()
    status, body = load.ask(server.port, request)
    if status != 200:
        raise RuntimeError(f"Expected 200. Received: status={status}, {body[:200]!r}")
    return 1000 * (time.perf_counter() - began)
