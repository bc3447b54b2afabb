"""`python -m recognizer compile`: pictures of any folder in, a comparison out, one sentence for what goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer.cli import main
from recognizer.engines import Report
from recognizer.engines.compiler import Images
from recognizer.engines.graph_files import Parity, Precision
from recognizer.errors import ArtifactError
from recognizer.images.decode import MAX_BYTES
from tests.recognizer.fakes import encoded
from tests.recognizer.graphs import SIZE, make_parity, small_metadata, write_model

ROOT = Path(__file__).resolve().parents[2]


class FakeCompiler:
    """In the place of `compile_model`: keeps the pictures that it is given."""

    def __init__(self) -> None:
        self.models: list[Path] = []
        self.images: Images | None = None
        self.error: Exception | None = None

    def __call__(self, model: Path, images: Images | None = None, *, report: Report) -> dict[Precision, Parity]:
        self.models.append(model)
        self.images = images
        report("reading the model file")
        if self.error:
            raise self.error
        report("comparing [with] Keras")
        return {"int8": make_parity(accuracy=0.99, keras_accuracy=1.0), "f32": make_parity(accepted=False)}


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> FakeCompiler:
    fake = FakeCompiler()
    monkeypatch.setattr("recognizer.engines.compiler.compile_model", fake)
    return fake


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "colours-1.h5", small_metadata(class_names=("cat", "dog")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


def draw(folder: Path, number: int, *, first: int = 0) -> None:
    """Draws small pictures, each of a grey of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for grey in range(first, first + number):
        (folder / f"{grey}.png").write_bytes(encoded(Image.new("RGB", (8, 8), (grey, grey, grey))))


def greys(images: Images) -> tuple[list[int], list[int]]:
    """Which pictures calibrate, and which are compared."""
    return images.calibration[:, 0, 0, 0].tolist(), images.comparison.pixels[:, 0, 0, 0].tolist()


def compile_with(model: Path, folder: Path, compiler: FakeCompiler) -> Images:
    assert main(["compile", str(model), "--images", str(folder)]) == 0
    assert compiler.images is not None
    return compiler.images


# Pictures


def test_without_pictures_there_are_none(model: Path, compiler: FakeCompiler) -> None:
    assert main(["compile", str(model)]) == 0

    assert (compiler.models, compiler.images) == ([model], None)


def test_half_of_the_pictures_calibrate_and_the_others_are_compared(
    model: Path, folder: Path, compiler: FakeCompiler
) -> None:
    draw(folder, 30)

    calibration, comparison = greys(compile_with(model, folder, compiler))

    assert (len(calibration), len(comparison)) == (15, 15)
    assert sorted(calibration + comparison) == list(range(30))


def test_pictures_are_what_the_network_sees(model: Path, folder: Path, compiler: FakeCompiler) -> None:
    draw(folder, 20)

    images = compile_with(model, folder, compiler)

    assert (images.calibration.dtype, images.calibration.shape) == (np.uint8, (10, SIZE, SIZE, 3))
    assert not images.comparison.drawn


def test_the_same_pictures_are_taken_each_time_and_neighbours_are_parted(
    model: Path, folder: Path, compiler: FakeCompiler
) -> None:
    draw(folder, 40)

    first, second = (greys(compile_with(model, folder, compiler)) for _ in range(2))

    assert first == second
    assert max(first[0]) > 20
    assert max(first[1]) > 20


def test_of_many_pictures_some_are_enough(
    model: Path, folder: Path, compiler: FakeCompiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizer.commands.compile_graph._CALIBRATION", 12)
    monkeypatch.setattr("recognizer.commands.compile_graph._COMPARISON", 20)
    draw(folder, 100)

    calibration, comparison = greys(compile_with(model, folder, compiler))

    assert (len(calibration), len(comparison)) == (12, 20)


def test_folders_named_after_the_classes_are_labels(model: Path, folder: Path, compiler: FakeCompiler) -> None:
    draw(folder / "cat", 12)
    draw(folder / "dog" / "deeper" / "cat", 12, first=100)

    images = compile_with(model, folder, compiler)

    assert images.comparison.labels == [int(grey >= 100) for grey in greys(images)[1]]


@pytest.mark.parametrize("stray", ["bird", "."])
def test_pictures_of_something_else_are_compared_without_labels(
    model: Path, folder: Path, compiler: FakeCompiler, stray: str
) -> None:
    draw(folder / "cat", 12)
    draw(folder / stray, 12, first=100)

    assert compile_with(model, folder, compiler).comparison.labels is None


def test_what_is_no_picture_is_passed_over(model: Path, folder: Path, compiler: FakeCompiler) -> None:
    draw(folder, 20)
    draw(folder / ".thumbnails", 9, first=100)
    (folder / "notes.txt").write_text("notes")
    (folder / "broken.png").write_bytes(b"\x89PNG")
    (folder / "empty.jpg").touch()
    (folder / "folder.jpg").mkdir()
    (folder / ".hidden.png").write_bytes((folder / "1.png").read_bytes())
    (folder / "gone.png").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.png")
    with (folder / "endless.png").open("wb") as file:
        file.truncate(MAX_BYTES * 1000)  # A hole: it takes no room on the disk.

    calibration, comparison = greys(compile_with(model, folder, compiler))

    assert sorted(calibration + comparison) == list(range(20))


@pytest.mark.parametrize("number", [0, 1, 19])
def test_too_few_pictures_are_the_callers_fault(
    model: Path, folder: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    draw(folder, number)
    (folder / "broken.png").write_bytes(b"\x89PNG")

    assert main(["compile", str(model), "--images", str(folder)]) == 2

    assert f"Expected at least 20 readable pictures in {folder}. Received: {number}" in capsys.readouterr().err
    assert compiler.models == []


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_what_is_no_folder_is_the_callers_fault(
    model: Path, tmp_path: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "file").touch()

    assert main(["compile", str(model), "--images", str(tmp_path / name)]) == 2

    assert f"There is no folder {tmp_path / name}." in capsys.readouterr().err


# Words


def test_steps_and_comparison_are_for_people(
    model: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")

    assert main(["compile", str(model)]) == 0

    printed = capsys.readouterr()
    assert printed.err == "reading the model file ...\ncomparing [with] Keras ...\n"
    for part in ("int8", "20 drawn", "100.00%", "99.00% (100.00%)", "0.005, at most 0.010", "yes", "no"):
        assert part in printed.out


def test_as_json_every_line_is_for_programs(
    model: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", str(model), "--json"]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[:2] == [{"step": "reading the model file"}, {"step": "comparing [with] Keras"}]
    assert {name: Parity(**result).accepted for name, result in lines[2]["parity"].items()} == {
        "int8": True,
        "f32": False,
    }


def test_a_failure_is_a_sentence(model: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str]) -> None:
    compiler.error = ArtifactError("No graph answers as Keras does.")

    assert main(["compile", str(model)]) == 1

    assert capsys.readouterr().err.endswith("The model file cannot be used: No graph answers as Keras does.\n")


def test_as_json_a_failure_is_a_line(model: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str]) -> None:
    compiler.error = ArtifactError("No graph answers as Keras does.")

    assert main(["compile", str(model), "--json"]) == 1

    printed = capsys.readouterr()
    assert json.loads(printed.out.splitlines()[-1]) == {"error": "No graph answers as Keras does."}
    assert printed.err == ""


def test_as_json_the_callers_fault_is_a_line_too(
    model: Path, folder: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", str(model), "--images", str(folder), "--json"]) == 2

    assert "at least 20 readable pictures" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize(
    ("name", "reason"), [("nowhere.h5", "no model file"), (".", "It is a folder"), ("text.h5", "no H5 file")]
)
def test_what_is_no_model_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, reason: str
) -> None:
    (tmp_path / "text.h5").write_text("words")

    assert main(["compile", str(tmp_path / name)]) == 1

    assert reason in capsys.readouterr().err


# Time


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e12", "soon", ""])
def test_a_limit_that_is_no_time_is_the_callers_fault(
    model: Path, compiler: FakeCompiler, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["compile", str(model), "--step-limit", text])

    assert stopped.value.code == 2
    assert "Expected a number of seconds." in capsys.readouterr().err


def test_the_limit_ends_with_the_command(model: Path, compiler: FakeCompiler) -> None:
    assert main(["compile", str(model), "--step-limit", "60"]) == 0

    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


HANGING = """
import sys
from recognizer import cli
from recognizer.engines import compiler

def hang(model, images=None, *, report):
    report("reading")
    sum(range(10**10))  # As in a library: no Python runs until it is done.

compiler.compile_model = hang
cli.main(sys.argv[1:])
"""


@pytest.mark.slow
def test_a_step_that_hangs_ends_the_process_whoever_waits_for_it(model: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", HANGING, "compile", model, "--json", "--step-limit", "0.5"],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )

    assert process.stdout == b'{"step": "reading"}\n'
    assert process.returncode == -signal.SIGALRM
