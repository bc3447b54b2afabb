"""The loop from corrections to the next version: a model is trained, corrected, and trained from again."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest

from recognizer import Recognizer
from tests.training.conftest import COLOURS, draw, draw_class_folders
from training.cli import main
from training.data.dataset import scan

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

YELLOW = (220, 210, 20)


class Loop(NamedTuple):
    """Where everything is, and what the second training said."""

    original: Path
    corrections: Path
    first: Path
    second: Path
    said: str


@pytest.fixture(scope="module")
def loop(tiny_architecture: str, tmp_path_factory: pytest.TempPathFactory) -> Loop:
    """blue/00.png is corrected to red, red/01.png confirmed, yellow is new, and green is given up."""
    root = tmp_path_factory.mktemp("loop")
    original, export = draw_class_folders(root / "colours"), root / "export"
    first, second = root / "models" / "colours-1.h5", root / "models" / "colours-2.h5"
    network = [f"architecture={tiny_architecture}", "validation_fraction=0.25", "batch_size=8"]
    fit([original], first, *network, "weights=none", "fine_tune.epochs=[0, 0]")

    shutil.rmtree(original / "green")
    for name in ("red", "yellow"):
        (export / "classes" / name).mkdir(parents=True)
    shutil.copy(original / "blue" / "00.png", export / "classes" / "red" / "corrected.png")
    shutil.copy(original / "red" / "01.png", export / "classes" / "red" / "confirmed.png")
    for number in range(8):
        draw(YELLOW, seed=number).save(export / "classes" / "yellow" / f"{number}.png")
    classes = export / "classes"
    said = fit([original, classes], second, *network, f"weights={first}", "fine_tune.epochs=[1, 0]")
    return Loop(original, classes, first, second, said)


def fit(folders: list[Path], out: Path, *options: str) -> str:
    """Runs the command, and gives what it says while it works."""
    from training import progress

    arguments = [argument for folder in folders for argument in ("--data", str(folder))]
    settings = ["fine_tune.unfreeze=['conv2', 'conv1']", *options]
    with progress.console.capture() as captured:
        code = main(["fit", *arguments, "--out", str(out), *(f"--set={option}" for option in settings)])
    assert code == 0
    return captured.get()


def test_a_new_class_is_learned_and_another_given_up(loop: Loop) -> None:
    recognizer = Recognizer.open(loop.second)
    wanted = {"blue": COLOURS["blue"], "red": COLOURS["red"], "yellow": YELLOW}

    answers = [recognizer.classify_pictures([recognizer.decode(png(colour))])[0] for colour in wanted.values()]

    assert recognizer.metadata.class_names == ("blue", "red", "yellow")
    assert [answer.top[0].label for answer in answers] == list(wanted)


def png(colour: tuple[int, int, int]) -> bytes:
    buffer = BytesIO()
    draw(colour, seed=999).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_correction_outranks_the_original(loop: Loop) -> None:
    data = Recognizer.open(loop.second).metadata.provenance["data"]

    assert data["images"] == {"blue": 11, "red": 13, "yellow": 8}
    assert data["digest"] == scan(loop.original, loop.corrections).digest()


def test_the_plan_says_what_came_from_where(loop: Loop) -> None:
    assert f"{loop.original}: 23\n" in loop.said
    assert f"{loop.corrections}: 9, new classes: yellow\n" in loop.said
    assert "1 picture is in another class in a later folder, and that counts" in loop.said


def test_it_starts_from_the_version_before(loop: Loop) -> None:
    start = Recognizer.open(loop.second).metadata.provenance["starting_weights"]

    assert (start["name"], start["version"]) == ("colours", "1")


def test_both_versions_are_compared_on_classes_that_both_know(loop: Loop, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["evaluate", str(loop.second), "--data", str(loop.original), "--compare", str(loop.first)])

    assert code == 0
    assert "of 24 pictures" in capsys.readouterr().out
