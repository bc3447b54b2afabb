from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.webui.factories import make_answer, make_correction
from webui.history import pictures
from webui.history.models import Correction, CorrectionKind, State
from webui.review import dataset, dataset_folder
from webui.review.dataset import Selection
from webui.review.dataset_folder import NotAnExport, Written

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "export"


def accepted(kind: CorrectionKind = CorrectionKind.CLASS, label: str = "dog") -> Correction:
    return make_correction(make_answer(), kind, label, state=State.ACCEPTED)


def write(folder: Path, **selection: object) -> Written:
    return dataset_folder.write(folder, dataset.items(Selection(**selection)))  # type: ignore[arg-type]  # As a test names them.


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "corrections.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_layout_is_what_training_takes(folder: Path) -> None:
    dog, none = accepted(), accepted(CorrectionKind.NONE, "")

    written = write(folder)

    assert files(folder) == sorted(
        [f"classes/dog/{dog.answer_id}.jpg", f"unknown/{none.answer_id}.jpg", "README.txt", "corrections.csv"]
    )
    assert [row["file"] for row in table(folder)] == [
        f"classes/dog/{dog.answer_id}.jpg",
        f"unknown/{none.answer_id}.jpg",
    ]
    assert (written.new, written.same, written.missing) == (2, 0, [])


def test_the_pictures_are_those_that_were_kept(folder: Path) -> None:
    dog = accepted()

    write(folder)

    assert (folder / f"classes/dog/{dog.answer_id}.jpg").read_bytes() == pictures.path_of(dog.answer_id).read_bytes()


def test_both_folders_are_there_even_if_empty(folder: Path) -> None:
    write(folder)

    assert [(folder / name).is_dir() for name in ("classes", "unknown")] == [True, True]
    assert "fit --data ORIGINAL --data DIR/classes" in (folder / "README.txt").read_text(encoding="utf-8")


def test_an_earlier_export_gets_what_is_new(folder: Path) -> None:
    accepted()
    write(folder)
    accepted(label="horse")

    written = write(folder)

    assert (written.new, written.same, written.stale) == (1, 1, [])
    assert [row["label"] for row in table(folder)] == ["dog", "horse"]


def test_what_is_not_selected_this_time_stays(folder: Path) -> None:
    accepted(CorrectionKind.RIGHT, "cat")
    write(folder)
    accepted()

    write(folder, include_right=False)

    assert [row["label"] for row in table(folder)] == ["cat", "dog"]


def test_a_picture_whose_class_has_changed_moves(folder: Path) -> None:
    dog = accepted()
    write(folder)
    Correction.objects.update(label="horse")

    written = write(folder)

    assert (written.new, written.moved) == (0, 1)
    assert [name for name in files(folder) if name.endswith(".jpg")] == [f"classes/horse/{dog.answer_id}.jpg"]
    assert not (folder / "classes/dog").exists()
    assert [row["label"] for row in table(folder)] == ["horse"]


@pytest.mark.parametrize("how", ["rejected", "deleted"])
def test_what_is_not_accepted_any_more_stays_and_is_named(folder: Path, how: str) -> None:
    dog = accepted()
    write(folder)
    if how == "rejected":
        Correction.objects.update(state=State.REJECTED)
    else:
        Correction.objects.all().delete()

    written = write(folder)

    assert written.stale == [f"classes/dog/{dog.answer_id}.jpg"]
    assert (folder / written.stale[0]).is_file()


@pytest.mark.parametrize("content", ["notes.txt", "README.txt", "classes/dog/a.jpg"])
def test_a_folder_of_something_else_is_refused(folder: Path, content: str) -> None:
    (folder / content).parent.mkdir(parents=True)
    (folder / content).write_text("mine", encoding="utf-8")

    with pytest.raises(NotAnExport, match="neither empty nor an earlier export"):
        write(folder)

    assert files(folder) == [content]


def test_a_file_in_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.write_text("", encoding="utf-8")

    with pytest.raises(NotAnExport):
        write(folder)


def test_a_run_that_was_cut_off_can_be_repeated(folder: Path) -> None:
    accepted()
    write(folder)
    (folder / "corrections.csv").unlink()

    written = write(folder)

    assert (written.same, len(table(folder))) == (1, 1)


def test_a_table_of_something_else_is_refused(folder: Path) -> None:
    write(folder)
    (folder / "corrections.csv").write_text("a,b\n", encoding="utf-8")

    with pytest.raises(NotAnExport, match="other columns"):
        write(folder)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_that_a_spreadsheet_has_saved_is_read(folder: Path, encoding: str) -> None:
    accepted(CorrectionKind.NEW_CLASS, "Käfer")
    write(folder)
    text = (folder / "corrections.csv").read_text(encoding="utf-8")
    (folder / "corrections.csv").write_text(text, encoding=encoding)

    written = write(folder)

    assert (written.same, [row["label"] for row in table(folder)]) == (1, ["Käfer"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.encode("cp1252"), "Save it as CSV in UTF-8"),
        (lambda text: text.encode() + b"\0", "in another encoding"),
        (lambda text: text.encode() + b"x\n", "more or fewer cells"),
        (lambda text: text.encode()[:-1] + b",,\n", "more or fewer cells"),
        (lambda text: text.encode() + b'"' + b"x" * 200_000, "field larger than"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_reason(
    folder: Path, change: Callable[[str], bytes], message: str
) -> None:
    accepted(CorrectionKind.NEW_CLASS, "Käfer")
    write(folder)
    damaged = change((folder / "corrections.csv").read_text(encoding="utf-8"))
    (folder / "corrections.csv").write_bytes(damaged)

    with pytest.raises(NotAnExport, match=message):
        write(folder)

    assert (folder / "corrections.csv").read_bytes() == damaged


def test_a_table_that_was_tampered_with_moves_nothing_from_elsewhere(folder: Path, tmp_path: Path) -> None:
    dog = accepted()
    write(folder)
    outside = tmp_path / f"{dog.answer_id}.jpg"
    outside.write_bytes(b"mine")
    text = (folder / "corrections.csv").read_text(encoding="utf-8")
    (folder / "corrections.csv").write_text(text.replace("classes/dog/", "../"), encoding="utf-8")

    write(folder)

    assert outside.read_bytes() == b"mine"


def test_missing_pictures_are_named_and_the_others_written(folder: Path) -> None:
    gone, _there = accepted(), accepted()
    pictures.remove([gone.answer_id])

    written = write(folder)

    assert ([item.answer_id for item in written.missing], written.new) == ([gone.answer_id], 1)
    assert len(table(folder)) == 1
