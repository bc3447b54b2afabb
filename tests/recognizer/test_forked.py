"""A `Recognizer` that was opened before a fork answers in the child as in the parent, and neither waits for ever.

Celery's prefork pool, `gunicorn --preload`, `multiprocessing` on Linux and PyTorch's data loaders all fork.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = """
import multiprocessing, os, signal, sys, threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from recognizer import Recognizer
from recognizer.bulk.classify_files import classify_files
from recognizer.registry import versions

PICTURES = [str(path) for path in sorted(Path("webui/static/webui/samples").glob("*.jpg"))]
DATA = [Path(path).read_bytes() for path in PICTURES]
recognizer = Recognizer.open(versions.active())

def ask(number):
    return recognizer.classify(DATA[number % len(DATA)], heatmap=True).label

def labels():
    return [ask(number) for number in range(len(DATA))]

if "warm" in sys.argv:
    labels()
"""
WAYS = {
    "os.fork": """
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(0 if len(labels()) == len(DATA) else 3)
assert os.waitpid(child, 0)[1] == 0
""",
    "a pool": """
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map_async(ask, range(len(DATA))).get(60) == labels()
""",
    "a pool of executors": """
with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
    assert list(pool.map(ask, range(len(DATA)), timeout=60)) == labels()
""",
    "threads of the child": """
def many(connection):
    connection.send([answer.label for _, answer in classify_files(recognizer, PICTURES)])

ours, theirs = multiprocessing.Pipe()
child = multiprocessing.get_context("fork").Process(target=many, args=(theirs,))
child.start()
assert ours.poll(60)
assert ours.recv() == labels()
child.join()
""",
    "a fork while the parent answers": """
going = threading.Event()
busy = threading.Thread(target=lambda: [going.set() or ask(number) for number in range(8)])
busy.start()
going.wait()
with multiprocessing.get_context("fork").Pool(2) as pool:
    found = pool.map_async(ask, range(len(DATA))).get(60)
busy.join()
assert found == labels()
""",
    "a fork of a fork": """
child = os.fork()
if child == 0:
    signal.alarm(60)
    labels()
    grandchild = os.fork()
    if grandchild == 0:
        signal.alarm(60)
        labels()
        os._exit(0)
    os._exit(os.waitpid(grandchild, 0)[1])
assert os.waitpid(child, 0)[1] == 0
""",
}
END = """
assert len(labels()) == len(DATA)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("way", "parent"), [("os.fork", "cold"), *((way, "warm") for way in WAYS)])
def test_a_forked_process_answers_and_so_does_its_parent(way: str, parent: str) -> None:
    code = START + WAYS[way] + END

    done = subprocess.run(
        [sys.executable, "-c", code, parent], cwd=ROOT, timeout=120, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]


INSIDE = """
import os
from recognizer import Recognizer
from recognizer.engines.inner import InnerGraph
from recognizer.registry import versions

recognizer = Recognizer.open(versions.active())
inside = InnerGraph(recognizer.engine.graph, threads=1)
child = os.fork()
if child == 0:
    for act in (lambda: inside.compile([]), lambda: inside.run(None)):
        try:
            act()
        except RuntimeError as err:
            assert "forked off" in str(err) and "'spawn'" in str(err)
        else:
            os._exit(3)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.slow
def test_what_is_inside_a_network_is_refused_with_the_cure() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INSIDE], cwd=ROOT, timeout=60, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]
