"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from recognizer import cli
from recognizer.commands import inspect
from recognizer.model_file.rejection_record import Rejection
from recognizer.recognizer import Recognizer
from recognizer.registry import versions
from tests.recognizer.fakes import BLUE, GREEN, RED, make_metadata, make_recognizer, plain
from tests.recognizer.rejections import make_head_rejection, make_rejecting_recognizer, make_rejection


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model file that is called fake.h5 is the fake model; others are opened for real."""
    really_open = Recognizer.open

    def open_fake(path: str | Path, **options: object) -> Recognizer:
        return make_recognizer() if Path(path).name == "fake.h5" else really_open(path, **options)

    monkeypatch.setattr(Recognizer, "open", open_fake)


def classify(*paths: Path | str, json_too: bool = False) -> int:
    return cli.main(["classify", *map(str, paths), "--model", "fake.h5", *(["--json"] if json_too else [])])


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with pictures at three depths, and other things."""
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "b.png").write_bytes(plain(RED))
    (tmp_path / "deep" / "a.JPG").write_bytes(plain(GREEN, "JPEG"))
    (tmp_path / "deep" / "deeper" / "c.webp").write_bytes(plain(BLUE, "WEBP"))
    (tmp_path / "deep" / "notes.txt").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    return tmp_path


# classify


def test_a_classified_picture_is_a_row_and_exit_code_0(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = classify(pictures / "b.png")

    output = capsys.readouterr()
    assert code == 0
    assert "cat" in output.out
    assert output.err == ""


def test_the_table_has_the_likeness_where_the_model_has_a_scale_for_it(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    classify(pictures / "b.png")
    without = capsys.readouterr().out
    monkeypatch.setattr(Recognizer, "open", lambda *_, **__: make_rejecting_recognizer(spread=0.1))
    classify(pictures / "b.png", pictures / "deep" / "a.JPG")
    with_it = capsys.readouterr().out

    assert "likeness" not in without
    assert re.search(r"likeness +[│┃] looks", with_it)
    assert re.search(r"cat +│ [01]\.\d+ +│ 0\.\d\d +│ 1 ", with_it)


@pytest.mark.parametrize(("option", "twice"), [([], True), (["--no-second-look"], False)])
def test_the_second_look_can_be_left_out(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, option: list[str], *, twice: bool
) -> None:
    given: dict[str, object] = {}

    def open_noting(path: str | Path, **options: object) -> Recognizer:
        given.update(options)
        return make_recognizer()

    monkeypatch.setattr(Recognizer, "open", open_noting)
    cli.main(["classify", str(pictures / "b.png"), *option])

    assert given["second_look"] is twice


def test_json_is_the_answer_of_the_api_with_paths(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = classify(pictures / "b.png", json_too=True)

    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(answer) == {"model", "predictions"}
    assert answer["model"] == {"name": "animals", "version": "1", "digest": "sha256:0"}
    [prediction] = answer["predictions"]
    assert set(prediction) == {
        "path",
        "filename",
        "width",
        "height",
        "known",
        "label",
        "score",
        "likeness",
        "passes",
        "top",
        "heatmap",
    }
    assert (prediction["path"], prediction["filename"]) == (str(pictures / "b.png"), "b.png")
    assert (prediction["label"], prediction["known"], prediction["heatmap"]) == ("cat", True, None)
    assert [set(entry) for entry in prediction["top"]] == [{"label", "score"}] * 4


def test_folders_are_searched_at_any_depth_in_order(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classify(pictures, json_too=True)

    predictions = json.loads(capsys.readouterr().out)["predictions"]
    assert [(p["filename"], p["label"]) for p in predictions] == [
        ("b.png", "cat"),
        ("a.JPG", "chicken"),
        ("c.webp", "dog"),
    ]


def test_files_and_folders_are_answered_in_the_order_given(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classify(pictures / "deep", pictures / "b.png", json_too=True)

    predictions = json.loads(capsys.readouterr().out)["predictions"]
    assert [p["filename"] for p in predictions] == ["a.JPG", "c.webp", "b.png"]


def test_more_pictures_than_a_batch_are_all_answered_and_progress_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.png").write_bytes(plain(RED))

    classify(tmp_path, json_too=True)

    output = capsys.readouterr()
    assert [p["filename"] for p in json.loads(output.out)["predictions"]] == [f"{n:02}.png" for n in range(40)]
    assert "Classifying" in output.err


def test_one_bad_picture_among_good_ones_carries_its_error(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = classify(pictures / "deep" / "notes.txt", pictures / "b.png", json_too=True)

    bad, good = json.loads(capsys.readouterr().out)["predictions"]
    assert code == 0
    assert set(bad) == {"path", "filename", "error"}
    assert set(bad["error"]) == {"code", "title", "detail", "reason"}
    assert (bad["error"]["code"], bad["error"]["reason"]) == ("invalid_image", "not_an_image")
    assert good["label"] == "cat"


def test_one_bad_picture_among_good_ones_is_marked_in_the_table(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classify(pictures / "deep" / "notes.txt", pictures / "b.png")

    output = capsys.readouterr().out
    assert "not read" in output
    assert "cat" in output


@pytest.mark.parametrize("json_too", [True, False])
def test_only_bad_pictures_are_exit_code_2(
    pictures: Path, capsys: pytest.CaptureFixture[str], *, json_too: bool
) -> None:
    assert classify(pictures / "deep" / "notes.txt", json_too=json_too) == 2
    assert capsys.readouterr().out


def test_a_missing_path_is_exit_code_2_and_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = classify(tmp_path / "nowhere.jpg")

    output = capsys.readouterr()
    assert code == 2
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert "nowhere.jpg" in output.err


def test_a_folder_without_pictures_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classify(tmp_path) == 2
    assert "no pictures in the folder" in capsys.readouterr().err


def test_a_path_longer_than_the_terminal_is_wide_is_printed_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ("long-" * 40 + "end.png")
    path.write_bytes(plain(RED))

    classify(path)

    printed = "".join(line.split("│")[1].strip() for line in capsys.readouterr().out.splitlines() if "│" in line)
    assert printed.endswith("long-" * 40 + "end.png")


@pytest.mark.parametrize("name", ["[red].png", "[/].png", "[link=x]y.png", ":cat:.png", "a [bold]b[/bold].png"])
def test_names_that_look_like_markup_are_printed_as_they_are(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name.replace("/", "-")).write_bytes(plain(RED))

    classify(name.replace("/", "-"))

    assert name.replace("/", "-") in capsys.readouterr().out


@pytest.mark.parametrize("name", ["\x1b]0;title\x07.png", "\x1b[2J.png", "a\rb.png", "a\nb.png", "\u202egnp.png"])
@pytest.mark.parametrize("known", [True, False])
def test_names_that_steer_a_terminal_are_spelled_out(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, known: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    if known:
        (tmp_path / name).write_bytes(plain(RED))

    classify(name)

    output = capsys.readouterr()
    assert not set("\x1b\x07\r\u202e") & set(output.out + output.err)
    assert repr(name)[1:-1] in output.out + output.err


@pytest.mark.parametrize("options", [["--json"], []])
def test_names_that_are_not_utf_8_are_no_problem(
    tmp_path: Path, options: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Path(os.fsdecode(path)).write_bytes(plain(RED))

    code = cli.main(["classify", os.fsdecode(path), "--model", "fake.h5", *options])

    output = capfdbinary.readouterr().out.decode()
    assert code == 0
    assert "caf\\udce9.png" in output
    if options:
        assert os.fsencode(json.loads(output)["predictions"][0]["path"]) == path


def test_a_chinese_name_comes_back_from_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "猫.png").write_bytes(plain(RED))

    classify(tmp_path, json_too=True)

    assert json.loads(capsys.readouterr().out)["predictions"][0]["filename"] == "猫.png"


def test_without_a_model_the_active_one_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(versions, "active", lambda: tmp_path / "fake.h5")
    (tmp_path / "a.png").write_bytes(plain(RED))

    assert cli.main(["classify", str(tmp_path / "a.png")]) == 0


# Wrong calls, broken models


@pytest.mark.parametrize("arguments", [["--help"], ["classify", "--help"], ["inspect", "--help"]])
def test_help_is_exit_code_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)

    assert stopped.value.code == 0
    assert "usage: python -m recognizer" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["dance"], ["classify"], ["inspect"], ["classify", "a", "--speed"]])
def test_a_wrong_call_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)

    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["inspect", "classify"])
@pytest.mark.parametrize("content", [None, b"", b"no h5"])
def test_a_broken_model_is_exit_code_1_and_one_line(
    tmp_path: Path, command: str, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    model, picture = tmp_path / "broken.h5", tmp_path / "a.png"
    picture.write_bytes(plain(RED))
    if content is not None:
        model.write_bytes(content)

    code = cli.main(
        ["inspect", str(model)] if command == "inspect" else ["classify", str(picture), "--model", str(model)]
    )

    output = capsys.readouterr()
    assert code == 1
    assert output.out == ""
    assert output.err.startswith("The model file cannot be used: ")
    assert output.err.count("\n") == 1


@pytest.mark.slow
def test_the_module_runs_and_shows_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recognizer", "inspect", str(tmp_path / "nowhere.h5")]

    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("The model file cannot be used: There is no model file")
    assert result.stderr.count("\n") == 1


# inspect


def model_file(path: Path, **changes: object) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{}"
        file["recognizer/metadata"] = make_metadata(**changes).to_json()
    return path


def test_inspecting_prints_what_the_model_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, data = (
        {"validation": {"accuracy": 0.9912, "n": 500}},
        {"finished": "2026-11-20T08:00:00+00:00", "data": {"train": 3876}},
    )
    path = model_file(tmp_path / "a.h5", results=results, provenance=data)

    code = cli.main(["inspect", str(path)])

    output = capsys.readouterr().out
    assert code == 0
    for fact in (
        "animals",
        "resnet50v1.5",
        "cat, chicken, dog, horse",
        "224 x 224",
        "99.12 % of 500",
        "2026-11-20T08:00:00+00:00 on 3876",
    ):
        assert fact in output


@pytest.mark.parametrize(
    ("rejection", "said"),
    [
        (make_rejection(accepted_share=0.995), "accepts 99.5 % of validation pictures"),
        (make_head_rejection(accepted_share=0.95), "accepts 95 % of the training's pictures, left out in turn"),
        (make_head_rejection(accepted_share=0.975, left_out=True), "accepts 97.5 % of pictures of sources left out"),
    ],
)
def test_inspecting_says_which_pictures_the_threshold_accepts(rejection: Rejection, said: str) -> None:
    assert inspect._summary(make_metadata(rejection=rejection))["none of these"].endswith(said)


def test_inspecting_as_json_prints_the_whole_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["inspect", "--json", str(model_file(tmp_path / "a.h5"))])

    answer = json.loads(capsys.readouterr().out)
    assert answer.pop("digest").startswith("sha256:")
    assert answer.pop("compiled") == {}
    assert answer == json.loads(make_metadata().to_json())


def test_inspecting_a_model_with_other_records_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = model_file(tmp_path / "a.h5", results={"validation": 7}, provenance={"data": {"train": "many"}})

    assert cli.main(["inspect", str(path)]) == 0
    assert "not measured" in capsys.readouterr().out


def test_class_names_that_look_like_markup_or_steer_a_terminal_are_spelled_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["inspect", str(model_file(tmp_path / "a.h5", class_names=("[red]", "\x1b[2J")))])

    output = capsys.readouterr().out
    assert "[red]" in output
    assert "\x1b" not in output
