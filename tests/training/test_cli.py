"""`python -m training`: what a person types, and what the person is told."""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from recognizer import Recognizer
from recognizer.registry import versions
from recognizer.registry.file_names import name_and_version
from tests.recognizer.graphs import small_metadata, write_graph, write_model
from tests.training.answers import make_answered, make_evaluation
from tests.training.conftest import COLOURS, draw
from training.cli import main
from training.commands import evaluate as evaluate_command
from training.commands import fit as fit_command
from training.errors import CheckpointError
from training.evaluation.evaluate import Evaluation


@pytest.mark.slow
def test_the_command_line_asks_for_help_without_tensorflow() -> None:
    code = "import sys, training.cli; print([name for name in ('tensorflow', 'keras') if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "fit" in capsys.readouterr().out


def test_the_help_of_fit_names_every_option_of_a_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])

    assert "fine_tune.interpolation" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fit", "--data", "{missing}"], "There is no folder"),
        (["fit", "--data", "{data}/red"], "looks like the folder of one class"),
        (["fit", "--data", "{data}", "--unknown", "{missing}"], "There is no folder"),
        (["fit", "--data", "{data}", "--unknown", "{data}"], "are the same folder"),
        (["fit", "--data", "{data}", "--unknown", "{data}/red"], "keep other things apart"),
        (["fit", "--data", "{data}", "--set", "rejection.unknown={data}/red"], "keep other things apart"),
        (["fit", "--data", "{data}", "--set", "rejection.unknown="], "Expected a text that is not empty"),
        (["evaluate", "{existing}", "--data", "{data}", "--unknown", "{data}/.."], "keep other things apart"),
        (["calibrate", "{existing}", "--data", "{data}", "--unknown", "{data}/red"], "keep other things apart"),
        (["audit", "--data", "{data}", "--unknown", "{data}/red"], "keep other things apart"),
        (["fit", "--data", "{data}", "--groups", "("], "Expected --groups"),
        (["fit", "--data", "{data}", "--set", "weights={missing}.h5"], "Expected weights: model, imagenet, none"),
        (["fit", "--data", "{data}", "--groups", "{missing}.csv"], "cannot be read"),
        (["evaluate", "{existing}", "--data", "{data}", "--unknown", "{missing}"], "There is no folder"),
        (["report", "{existing}", "--data", "{data}", "--unknown", "{missing}"], "There is no folder"),
        (["calibrate", "{existing}", "--data", "{data}", "--unknown", "{missing}"], "There is no folder"),
        (["calibrate", "{existing}", "--data", "{data}", "--groups", "no parentheses"], "with parentheses"),
        (["calibrate", "{existing}", "--data", "{data}", "--out", "model.keras"], "Expected a file name"),
        (["calibrate", "{other}", "--data", "{data}", "--out", "{existing}"], "exists already"),
        (["report", "{other}", "--data", "{data}", "--out", "{existing}"], "Expected a file name such as"),
        (["audit", "--data", "{data}", "--unknown", "{missing}"], "There is no folder"),
        (["fit", "--data", "{data}", "--unknown", "{missing}-\udcfc/x"], "is not UTF-8"),
        (["calibrate", "{existing}", "--data", "{data}", "--unknown", "{missing}-\udcfc"], "is not UTF-8"),
        (["fit", "--data", "{data}", "--recipe", "nothing"], "Expected a recipe out of"),
        (["fit", "--data", "{data}", "--set", "sede=3"], "Did you mean 'seed'"),
        (["fit", "--data", "{data}", "--out", "model.keras"], "Expected a file name"),
        (["fit", "--data", "{data}", "--out", "{existing}"], "exists already"),
        (["evaluate", "{existing}", "--data", "{missing}"], "There is no folder"),
        (["fit", "--data", "{data}", "--out", "{data}/model-1.h5"], "would lie among the pictures"),
        (["fit", "--data", "{data}", "--out", "a" * 101 + "-1.h5"], "Expected a file name"),
    ],
)
def test_a_wrong_input_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    said: str,
    class_folders: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fit_command, "load_tensorflow", lambda: pytest.fail("That takes seconds."))
    (tmp_path / "existing-1.h5").write_bytes(b"mine")
    places = {"missing": tmp_path / "nowhere", "data": class_folders, "existing": tmp_path / "existing-1.h5"}
    places["other"] = tmp_path / "other-1.h5"

    code = main([argument.format(**places) for argument in arguments])

    assert code == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "existing-1.h5").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "--data", ""],
        ["fit", "--data", "{data}", "--unknown", ""],
        ["evaluate", "x-1.h5", "--data", "{data}", "--unknown", ""],
        ["audit", "--data", "{data}", "--unknown", ""],
        ["audit", "--data", "{data}", "--against", ""],
        ["audit", "--data", "{data}", "--quarantine", ""],
    ],
)
def test_an_empty_text_is_not_the_current_folder(
    arguments: list[str], class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([argument.format(data=class_folders) for argument in arguments])

    assert ended.value.code == 2
    assert "Expected a folder. Received: ''" in capsys.readouterr().err


def test_a_broken_model_file_is_exit_code_1(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken-1.h5").write_bytes(b"no model")

    assert main(["evaluate", str(tmp_path / "broken-1.h5"), "--data", str(class_folders)]) == 1
    assert "broken-1.h5" in capsys.readouterr().err


@pytest.mark.tensorflow
def test_fit_then_evaluate(
    tiny_architecture: str,
    class_folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(versions, "MODELS_DIR", tmp_path / "models")
    options = ["architecture=tiny", "weights=none", "fine_tune.unfreeze=['conv2']", "fine_tune.epochs=[1]"]
    options += ["fine_tune.learning_rate=[0.01]", "head.views=1", "fine_tune.interpolation=1"]

    trained = main(
        ["fit", "--data", str(class_folders), "--events", str(tmp_path / "events.jsonl")]
        + [word for option in options for word in ("--set", option)]
    )
    shown = capsys.readouterr().out
    written = tmp_path / "models" / "colours-1.h5"
    evaluated = main(["evaluate", str(written), "--data", str(class_folders), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (trained, evaluated) == (0, 0)
    assert "colours-1.h5" in shown
    assert answer["n"] == 36
    assert {"accuracy", "per_class", "confusion_matrix"} <= answer.keys()
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["seconds"] for event in events] == sorted(event["seconds"] for event in events)
    stages = {event["stage"]: event for event in events if event["event"] == "progress"}
    assert next(iter(stages)) == "Reading"
    assert {"Training conv2 and up", "Compiling"} < stages.keys()
    assert (stages["Reading"]["done"], stages["Reading"]["total"]) == (36, 36)
    [pictures] = [event for event in events if event["event"] == "pictures"]
    assert pictures["training"] + pictures["held_back"] == 36
    [epoch] = [event for event in events if event["event"] == "epoch"]
    assert epoch["epoch"] == epoch["epochs"] == 1
    after_the_epoch, at_the_end = (event for event in events if event["event"] == "wrong")
    assert after_the_epoch["of"] == at_the_end["of"] == pictures["held_back"]
    assert after_the_epoch["wrong"] == round(pictures["held_back"] * (1 - epoch["val_accuracy"]))
    assert at_the_end["wrong"] == pictures["held_back"] - events[-1]["right"]
    assert events[0]["event"] == "started"
    assert (events[-1]["event"], events[-1]["model"]) == ("done", str(written))
    assert events[-1]["of"] == pictures["held_back"]


def test_why_a_training_failed_is_told(tmp_path: Path, class_folders: Path) -> None:
    events = tmp_path / "events.jsonl"

    code = main(["fit", "--data", str(class_folders / "red"), "--events", str(events)])

    assert code == 2
    started, failed = map(json.loads, events.read_text().splitlines())
    assert started["event"] == "started"
    assert (failed["event"], failed["code"]) == ("failed", "invalid_dataset")
    assert failed["message"]


def test_a_full_disk_is_told_as_such_whatever_could_not_be_written(
    tmp_path: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = tmp_path / "events.jsonl"

    def full(options: argparse.Namespace) -> None:
        raise CheckpointError("The training cannot be kept.") from OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fit_command, "_fitted", full)

    main(["fit", "--data", str(class_folders), "--events", str(events)])

    assert json.loads(events.read_text().splitlines()[-1])["code"] == "storage_full"


@pytest.mark.tensorflow
def test_a_path_that_may_not_be_looked_at_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--data", "a" * 300]) == 1
    assert "File name too long" in capsys.readouterr().err


def test_names_are_printed_as_they_are_on_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    answered = make_answered("[/]", {"[/]": 0.5, "[red]": 0.5001}, file=f"{'long' * 40}\udcff.png")
    evaluation = Evaluation(("[/]", "[red]"), (answered,), ())

    evaluate_command.print_evaluation(evaluation, Console(width=40))

    lines = capsys.readouterr().out.splitlines()
    assert f"  [/]/{'long' * 40}\\udcff.png: taken for [red] (0.50)" in lines


def test_a_matrix_wider_than_a_terminal_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    names = tuple(f"class {number}" for number in range(40))

    evaluate_command.print_evaluation(make_evaluation(names, np.eye(40, dtype=int).tolist()), Console(width=80))

    assert "predicted" not in capsys.readouterr().out


def test_the_name_of_a_folder_becomes_the_name_of_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(versions, "MODELS_DIR", tmp_path)

    assert fit_command._free_name(Path("My farm")).name == "My_farm-1.h5"
    assert name_and_version(fit_command._free_name(Path("x" * 255)))


@pytest.fixture
def colour_model(tmp_path: Path) -> Path:
    """A compiled model without Keras: red is a cat, green a chicken, blue a dog."""
    model = write_model(tmp_path / "models" / "colours-1.h5", small_metadata(name="colours"))
    write_graph(model, metadata=small_metadata(name="colours"))
    return model


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """Four pictures each of cat, chicken and dog, for the model above; one chicken lies among the dogs."""
    root = tmp_path / "animals"
    for name, colour in (("cat", "red"), ("chicken", "green"), ("dog", "blue")):
        (root / name).mkdir(parents=True)
        for number in range(4):
            draw(COLOURS[colour], seed=number).save(root / name / f"{name}-{number}.png")
    (root / "chicken" / "chicken-3.png").rename(root / "dog" / "lost.png")
    return root


@pytest.fixture
def foxes(tmp_path: Path) -> Path:
    """Four pictures of something that the model does not know, which look like its cats."""
    (tmp_path / "fox").mkdir()
    for number in range(4):
        draw(COLOURS["red"], seed=10 + number).save(tmp_path / "fox" / f"fox-{number}.png")
    return tmp_path / "fox"


def test_evaluate_counts_what_is_accepted_and_compares_two_models(
    colour_model: Path, animals: Path, foxes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(animals), "--unknown", str(foxes), "--compare", str(colour_model)]

    code = main(["evaluate", str(colour_model), *options, "--json"])

    record = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (record["accuracy"], record["n"]) == (pytest.approx(11 / 12), 12)
    assert record["unknown"]["by_kind"]["fox"] == {"n": 4, "folder": "fox", "accepted": 1.0, **kept(record)}
    assert record["comparison"]["p_value"] == 1
    assert record["model"]["name"] == "colours"


def kept(record: dict[str, Any]) -> dict[str, Any]:
    return {"accepted_interval": record["unknown"]["by_kind"]["fox"]["accepted_interval"]}


def test_evaluate_as_json_may_name_files_that_are_not_utf_8(
    colour_model: Path, animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = animals / "dog" / "lost.png"
    lost.rename(lost.with_name(os.fsdecode(b"l\xf6st.png")))

    main(["evaluate", str(colour_model), "--data", str(animals), "--json"])

    shown = capsys.readouterr().out
    assert "dog/l\\udcf6st.png" in shown
    assert shown.isascii()


@pytest.mark.parametrize("more", [[], ["--reference"]])
@pytest.mark.parametrize(("option", "twice"), [([], True), (["--no-second-look"], False)])
def test_the_second_look_can_be_left_out_of_a_measurement(
    monkeypatch: pytest.MonkeyPatch, option: list[str], more: list[str], *, twice: bool
) -> None:
    parser = argparse.ArgumentParser()
    evaluate_command.add_pictures_options(parser)
    options = parser.parse_args(["animals-1.h5", "--data", "held-back", *option, *more])
    for name in ("open", "open_reference"):
        monkeypatch.setattr(Recognizer, name, lambda path, *, second_look: (path, second_look))

    assert evaluate_command.open_model(options) == (Path("animals-1.h5"), twice)


def test_evaluate_prints_all_of_it_for_people(
    colour_model: Path, animals: Path, foxes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(animals), "--unknown", str(foxes), "--compare", str(colour_model)]

    main(["evaluate", str(colour_model), *options])

    shown = capsys.readouterr().out
    assert "dog/lost.png: taken for chicken" in shown
    assert "AUROC" in shown
    assert "No difference" in shown
    assert "Accuracy 91.67 % [64.61-98.51] of 12 pictures." in shown


def test_evaluate_has_figures_by_source(colour_model: Path, animals: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--data", str(animals), "--groups", r"(lost|\w+)(?:-\d)?\.png"]

    main(["evaluate", str(colour_model), *options, "--json"])
    record = json.loads(capsys.readouterr().out)["by_source"]
    main(["evaluate", str(colour_model), *options])

    assert record["n"] == 4
    assert (record["rows"][0]["sources"], record["rows"][0]["n"]) == (4, 12)
    assert "4 sources are too few to say what to expect of others." in capsys.readouterr().out


def test_evaluate_finds_sources_in_folders_inside_the_classes(
    colour_model: Path, animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"cat": ("farm", "town"), "chicken": ("farm", "hill"), "dog": ("hill", "town")}
    for path in sorted(animals.rglob("*.png")):
        place = path.parent / places[path.parent.name][path.stem.endswith("0")]
        place.mkdir(exist_ok=True)
        path.rename(place / path.name)

    main(["evaluate", str(colour_model), "--data", str(animals)])

    shown = capsys.readouterr()
    assert "3 sources of pictures, by folders inside the class folders: each has its own figures." in shown.err
    assert "The worst first, by the lower of the two shares." in " ".join(shown.out.split())


def test_evaluate_takes_several_folders(
    colour_model: Path, animals: Path, tmp_path: Path, foxes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corrections" / "chicken").mkdir(parents=True)
    shutil.copy(animals / "dog" / "lost.png", tmp_path / "corrections" / "chicken" / "found.png")
    folders = ["--data", str(animals), "--data", str(tmp_path / "corrections")]

    main(["evaluate", str(colour_model), *folders, "--unknown", str(foxes), "--json"])

    record = json.loads(capsys.readouterr().out)
    assert (record["accuracy"], record["n"]) == (1, 12)


def test_report_writes_a_page_beside_the_model(
    colour_model: Path, animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["report", str(colour_model), "--data", str(animals), "--no-photographs"])

    page = (colour_model.parent / "colours-1.report.html").read_text(encoding="utf-8")
    assert code == 0
    assert "colours-1.report.html" in capsys.readouterr().out
    assert "about 92 are named rightly" in page
    assert "lost.png" not in page


def test_report_refuses_a_place_that_cannot_be_written_to_at_once(
    colour_model: Path, animals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(colour_model), "--data", str(animals), "--out", "/nowhere/x.html"]) == 1
    assert "/nowhere is no folder" in capsys.readouterr().err
