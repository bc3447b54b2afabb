"""No command hangs at a pipe, a socket or an endless device, wherever a person, or somebody's archive, has put one.

Each case puts one in a place that a command reads or writes, and runs the command; an alarm ends what waits.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import recognizer.cli
import training.cli
from recognizer.engines.quiet import load_tensorflow
from tests.recognizer.fakes import BLUE, GREEN, RED, plain
from training.data import dataset
from training.data.sources import find_sources
from training.network.feature_cache import FeatureCache
from training.trainer import run

TOO_LONG_S = 20

Odd = Callable[[Path], None]
Arguments = list[object]


def make_socket(path: Path) -> None:
    """Of the file system, which has room for 107 bytes of path only."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


ODD: dict[str, Odd] = {
    "pipe": os.mkfifo,
    "socket": make_socket,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
}


class Hangs(Exception):
    """A command did not come to an end."""


@contextmanager
def alarm() -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise Hangs(f"It took more than {TOO_LONG_S} s.")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(TOO_LONG_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a data set, a test set, pictures of other things and a folder of models."""
    for at, (folder, count) in enumerate(
        {"data/cat": 3, "data/dog": 3, "test/cat": 1, "test/dog": 1, "others": 3}.items()
    ):
        (tmp_path / folder).mkdir(parents=True)
        for number in range(count):
            colour = ((RED, GREEN, BLUE)[number][0], 40 * at, 20 * number)
            (tmp_path / folder / f"{at}{number}.png").write_bytes(plain(colour))
    (tmp_path / "models").mkdir()
    return tmp_path


# Where it lies, and the command; `{}` is the place.
RECOGNIZER = {
    "picture": ("data/cat/x.jpg", ["classify", "{}/data/cat/x.jpg", "--model", "{}/none-1.h5"]),
    "among pictures": ("data/cat/x.jpg", ["classify", "{}/data", "--passed-over"]),
    "without a suffix": ("data/cat/x", ["classify", "{}/data", "--passed-over"]),
    "folder given": ("data/pipes", ["classify", "{}/data/pipes", "--passed-over"]),
    "model": ("m-1.h5", ["classify", "{}/data/cat", "--model", "{}/m-1.h5"]),
    "inspected": ("m-1.h5", ["inspect", "{}/m-1.h5"]),
    "compiled": ("m-1.h5", ["compile", "{}/m-1.h5"]),
    "imported": ("m.h5", ["import", "{}/m.h5", "--classes", "a,b"]),
    "imported archive": ("m.keras", ["import", "{}/m.keras", "--classes", "a,b"]),
    "among models": ("models/m-1.h5", ["versions", "--models", "{}/models"]),
    "activated": ("models/m-1.h5", ["activate", "m-1", "--models", "{}/models"]),
    "name of the active model": ("models/active", ["versions", "--models", "{}/models"]),
    "folder of models": ("m", ["versions", "--models", "{}/m"]),
}
AUDIT = ["audit", "--data", "{}/data"]
FIT = ["fit", "--data", "{}/data", "--out", "{}/out-1.h5"]
TRAINING = {
    "among pictures, with a page": ("data/cat/x.jpg", [*AUDIT, "--html", "{}/audit.html"]),
    "without a suffix, with a page": ("data/cat/x", [*AUDIT, "--html", "{}/audit.html"]),
    "among pictures of a test": ("test/cat/x.jpg", [*AUDIT, "--against", "{}/test"]),
    "among other things": ("others/x.jpg", [*AUDIT, "--unknown", "{}/others"]),
    "page": ("audit.html", [*AUDIT, "--html", "{}/audit.html"]),
    "data folder": ("d", ["audit", "--data", "{}/d"]),
    "folder of other things": ("o", [*AUDIT, "--unknown", "{}/o"]),
    "folder of a test": ("t", [*AUDIT, "--against", "{}/t"]),
    "quarantine": ("aside", [*AUDIT, "--quarantine", "{}/aside"]),
    "log of a quarantine": ("aside/quarantine.jsonl", [*AUDIT, "--quarantine", "{}/aside"]),
    "log of an undo": ("aside/quarantine.jsonl", [*AUDIT, "--quarantine", "{}/aside", "--undo"]),
    "class folder": ("data/eel", AUDIT),
    "table of groups": ("g.csv", [*FIT, "--groups", "{}/g.csv"]),
    "recipe": ("r.toml", [*FIT, "--recipe", "{}/r.toml"]),
    "weights": ("w.h5", [*FIT, "--set", "weights={}/w.h5"]),
    "backbone's head": ("h.npz", [*FIT, "--set", "rejection.backbone_head={}/h.npz"]),
    "folder of other things to learn from": ("o", [*FIT, "--unknown", "{}/o"]),
    "model that is written": ("out-1.h5", [*FIT, "--recipe", "none"]),
    "evaluated": ("m-1.h5", ["evaluate", "{}/m-1.h5", "--data", "{}/data"]),
    "calibrated": ("m-1.h5", ["calibrate", "{}/m-1.h5", "--data", "{}/data"]),
    "reported": ("m-1.h5", ["report", "{}/m-1.h5", "--data", "{}/data"]),
}
WITH_TENSORFLOW = ("backbone's head",)


def carry_out(main: Callable[[list[str]], int], place: Path, arguments: Arguments) -> int:
    with alarm():
        try:
            return main([str(argument).replace("{}", str(place)) for argument in arguments])
        except SystemExit as ended:
            return int(ended.code or 0)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("case", RECOGNIZER)
def test_no_command_of_recognizer_hangs(case: str, odd: str, place: Path) -> None:
    where, arguments = RECOGNIZER[case]
    ODD[odd](place / where)

    assert carry_out(recognizer.cli.main, place, list(arguments)) in {0, 1, 2}


@pytest.mark.tensorflow
@pytest.mark.parametrize("odd", ODD)
def test_a_training_whose_folder_of_states_is_none_is_refused(odd: str, place: Path) -> None:
    load_tensorflow()  # Here, whatever that takes on a busy machine; the alarm is for what hangs.
    ODD[odd](place / f"out-1{run.SUFFIX}")

    assert carry_out(training.cli.main, place, [*FIT, "--resume"]) in {1, 2}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["MANIFEST.tsv", "data/MANIFEST.tsv"])
def test_a_manifest_that_is_none_is_passed_over(name: str, odd: str, place: Path) -> None:
    ODD[odd](place / name)

    with alarm():
        assert find_sources(dataset.scan(place / "data")) is None


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.tensorflow if case in WITH_TENSORFLOW else ()) for case in TRAINING]
)
def test_no_command_of_training_hangs(case: str, odd: str, place: Path) -> None:
    where, arguments = TRAINING[case]
    if case in WITH_TENSORFLOW:
        load_tensorflow()
    (place / where).parent.mkdir(exist_ok=True)
    ODD[odd](place / where)
    shutil.copy(place / "data/cat/00.png", place / "data/cat/copy.png")  # Something for a quarantine.

    assert carry_out(training.cli.main, place, list(arguments)) in {0, 1, 2}


@pytest.mark.parametrize("odd", ODD)
def test_a_cache_of_features_that_is_none_is_done_without(odd: str, place: Path) -> None:
    ODD[odd](place / "features.sqlite3")

    with alarm():
        assert FeatureCache(place / "features.sqlite3").get([b"a"]) == {}
