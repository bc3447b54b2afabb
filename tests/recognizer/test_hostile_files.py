"""Whatever is done to a model file, it is read or refused, in time; what libhdf5 does not survive hurts nobody else."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest

from recognizer.engines import choice
from recognizer.engines.on_demand import compile_once
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.recognizer import Recognizer
from tests.recognizer.fakes import make_metadata
from tests.recognizer.small_model import NETWORK, FakeModel

ROOT = Path(__file__).resolve().parents[2]
READER = Path(__file__).with_name("hostile_reader.py")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

PARTS = (
    "superblock",
    "object headers",
    "attributes",
    "heaps of names",
    "heap of strings",
    "trees of groups",
    "tree of chunks",
    "lists of names",
    "packed numbers",
    "metadata",
    "description",
    "anywhere",
)
OF_EACH = 40
# Counts, sizes, addresses and their ends.
NUMBERS = (0, 1, 2, 0xFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**60, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1)


# Mutations


def places(path: Path) -> dict[str, list[int]]:
    """Where the parts of a model file lie, byte by byte."""
    data = path.read_bytes()
    found: dict[str, list[int]] = defaultdict(list)

    def add(part: str, start: int, length: int) -> None:
        found[part] += range(start, min(start + length, len(data)))

    signatures = {b"GCOL": "heap of strings", b"HEAP": "heaps of names", b"SNOD": "lists of names"}
    for start in range(0, len(data), 8):
        signature = data[start : start + 4]
        if signature in signatures:
            add(signatures[signature], start, 64)
        if signature == b"TREE":
            add("tree of chunks" if data[start + 4] else "trees of groups", start, 64)
    add("superblock", 0, 96)
    for name in (b"model_config\0", b"weight_names\0"):
        add("attributes", data.index(name) - 16, 96)
    add("description", data.index(json.dumps(NETWORK).encode()), len(json.dumps(NETWORK)))
    text = make_metadata().to_json().encode()
    add("metadata", data.index(text), len(text))
    with h5py.File(path) as file:
        kernel = file["model_weights/logits/logits/kernel"]
        chunk = kernel.id.get_chunk_info(0)
        add("packed numbers", chunk.byte_offset, chunk.size)
        for item in (file, file["model_weights"], kernel, file[artifact.METADATA_PATH]):
            add("object headers", h5py.h5o.get_info(item.id).addr, 256)
    add("anywhere", 0, len(data))
    return found


def mutated(data: bytes, where: list[int], seed: int) -> bytes:
    """Damages one to three places of a file, each in one of five ways."""
    chance, changed = np.random.default_rng(seed), bytearray(data)
    for _ in range(int(chance.integers(1, 4))):
        place = where[int(chance.integers(len(where)))]
        way = seed % 5
        if way == 0:
            changed[place] ^= 1 << int(chance.integers(8))
        elif way == 1:
            changed[place] = int(chance.integers(256))
        elif way == 2:
            width = int(chance.choice([2, 4, 8]))
            number = NUMBERS[int(chance.integers(len(NUMBERS)))] % 2 ** (8 * width)
            start = place // width * width
            changed[start : start + width] = number.to_bytes(width, "little")
        elif way == 3:
            length = int(chance.integers(2, 64))
            changed[place : place + length] = chance.bytes(length)
        else:  # An address of something else.
            start = place // 8 * 8
            changed[start : start + 8] = (int(chance.integers(len(data))) // 8 * 8).to_bytes(8, "little")
    return bytes(changed[: len(data)])


def read_all(folder: Path) -> dict[str, str]:
    """What becomes of each file in a folder; a reader that dies is started again behind the file that it died of."""
    outcomes: dict[str, str] = {}
    first = ""
    while True:
        process = subprocess.run(
            [sys.executable, READER, folder, first], check=False, stdout=subprocess.PIPE, env=ENVIRONMENT, timeout=600
        )
        said = [json.loads(line) for line in process.stdout.splitlines()]
        outcomes |= {line["file"]: line["outcome"] for line in said if "outcome" in line}
        if process.returncode == 0:
            return outcomes
        assert said, "the reader does not start"
        outcomes[said[-1]["file"]] = f"died: {process.returncode}"
        first = f"{said[-1]['file']}x"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small, good model file."""
    path = tmp_path_factory.mktemp("sound") / "small-1.h5"
    artifact.write(path, FakeModel(), make_metadata())
    return path


@pytest.mark.slow
def test_a_file_that_is_damaged_anywhere_is_read_or_refused(sound: Path, tmp_path: Path) -> None:
    data, where = sound.read_bytes(), places(sound)
    for part in PARTS:
        for number in range(OF_EACH * (5 if part == "anywhere" else 1)):
            (tmp_path / f"{part}-{number:03}.h5").write_bytes(mutated(data, where[part], number))

    outcomes = read_all(tmp_path)

    assert len(outcomes) == OF_EACH * (len(PARTS) + 4)
    assert {name: outcome for name, outcome in outcomes.items() if outcome not in ("reads", "refused")} == {}
    assert 0.3 < list(outcomes.values()).count("refused") / len(outcomes) < 0.95, "Damage was done."


# What libhdf5 does not survive. Our checks keep these files from it; here they are switched off.

UNPROTECTED = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from recognizer.model_file import artifact, hdf5_heaps
hdf5_heaps.check = lambda path: None
artifact.text_attribute = lambda item, name: item.attrs[name]
"""
STEP_LIMIT_S = 8.0


def endless(data: bytes) -> bytes:
    """The first string of the heap becomes free space that has no size."""
    start = data.index(b"GCOL") + 16
    return data[:start] + bytes(16) + data[start + 16 :]


STRING_TYPE = b"\x19\x01\x01\x00\x10\x00\x00\x00"


def crashing(data: bytes) -> bytes:
    """The description of the network becomes neither a string nor a list."""
    start = data.index(STRING_TYPE, data.index(b"model_config\0"))
    return data[:start] + b"\x19\x27" + data[start + 2 :]


def crashing_later(data: bytes) -> bytes:
    """The metadata, which are written last, become neither a string nor a list."""
    start = data.rindex(STRING_TYPE)
    return data[:start] + b"\x19\x03" + data[start + 2 :]


@pytest.fixture
def without_protection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the compiling process hand everything to libhdf5."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(UNPROTECTED)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(choice, "compile_once", partial(compile_once, step_limit_s=STEP_LIMIT_S))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "hostile-1.h5"


@pytest.mark.slow
def test_a_file_that_hangs_libhdf5_is_a_sentence_for_who_asked(
    sound: Path, model: Path, without_protection: None
) -> None:
    model.write_bytes(endless(sound.read_bytes()))

    with pytest.raises(ArtifactError, match=r"a step took longer than 8 s\. The file may be damaged"):
        Recognizer.open(model)


@pytest.mark.slow
def test_a_file_that_crashes_libhdf5_is_a_sentence_for_who_asked(
    sound: Path, model: Path, without_protection: None
) -> None:
    model.write_bytes(crashing(sound.read_bytes()))

    with pytest.raises(ArtifactError, match=r"the process ended with signal 11\. The file may be damaged"):
        Recognizer.open(model)


@pytest.mark.parametrize("damage", [endless, crashing, crashing_later])
def test_our_checks_keep_such_files_from_libhdf5(sound: Path, model: Path, damage: Callable[[bytes], bytes]) -> None:
    model.write_bytes(damage(sound.read_bytes()))

    with pytest.raises(ArtifactError, match=r"has no end|holds no network of Keras|Expected one JSON string"):
        artifact.read(model)


ASK = """
import sys
from pathlib import Path
from recognizer.engines.on_demand import compile_once
model, limit_s = Path(sys.argv[1]), float(sys.argv[2])
compile_once(model, report=lambda step: print(step, flush=True), is_done=lambda: False, step_limit_s=limit_s)
"""


def state(process: str) -> str:
    """One letter for what a process does: R, S, Z ...; empty when it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def wait_until(condition: Callable[[], object], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_when_who_asked_is_killed_the_compiling_process_ends_by_itself(
    sound: Path, model: Path, without_protection: None
) -> None:
    model.write_bytes(endless(sound.read_bytes()))
    environment = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{ROOT}"}
    command = [sys.executable, "-c", ASK, model, str(STEP_LIMIT_S)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        assert any("reading the model file" in line for line in asking.stdout)
        compiling = Path(f"/proc/{asking.pid}/task/{asking.pid}/children").read_text().split()[0]
        asking.send_signal(signal.SIGKILL)

    assert state(compiling) == "R"
    with (model.parent / ".hostile-1.compiled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # Nobody has to wait for it.
    wait_until(lambda: state(compiling) in ("", "Z"))
