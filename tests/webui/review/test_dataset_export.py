from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.webui.factories import make_answer, make_correction
from webui.history import pictures
from webui.history.models import Correction, CorrectionKind, State

pytestmark = pytest.mark.django_db


def accepted(kind: CorrectionKind = CorrectionKind.CLASS, label: str = "dog") -> Correction:
    return make_correction(make_answer(), kind, label, state=State.ACCEPTED)


def downloaded(client: Client, **form: str) -> zipfile.ZipFile:
    response = client.post("/review/export/", {"include_right": "1", **form})
    assert response["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[arg-type]  # Not an async one.


def names(archive: zipfile.ZipFile) -> list[str]:
    """Files below the one folder in it."""
    return sorted(name.partition("/")[2] for name in archive.namelist() if not name.endswith("/"))


def export(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("export_dataset", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_zip_has_the_same_layout_as_the_folder(staff_client: Client) -> None:
    dog, none = accepted(), accepted(CorrectionKind.NONE, "")

    archive = downloaded(staff_client)

    assert archive.testzip() is None
    assert names(archive) == sorted(
        ["README.txt", f"classes/dog/{dog.answer_id}.jpg", "corrections.csv", f"unknown/{none.answer_id}.jpg"]
    )
    folder = archive.namelist()[0].partition("/")[0]
    rows = csv.DictReader(io.StringIO(archive.read(f"{folder}/corrections.csv").decode()))
    assert [row["label"] for row in rows] == ["dog", ""]


def test_the_zip_can_leave_out_what_was_right(staff_client: Client) -> None:
    accepted(CorrectionKind.RIGHT, "cat")

    response = staff_client.post("/review/export/", {"since": "2020-01-01"})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[arg-type]  # Not async.

    assert names(archive) == ["README.txt", "corrections.csv"]


def test_the_zip_says_what_is_missing(staff_client: Client) -> None:
    gone = accepted()
    pictures.remove([gone.answer_id])

    archive = downloaded(staff_client)

    readme = next(name for name in archive.namelist() if name.endswith("README.txt"))
    assert f"{gone.answer_id}: its picture is not kept any longer." in archive.read(readme).decode()


@pytest.mark.parametrize("label", ["../../x", "/x", "..\\x"])
def test_no_name_in_the_zip_leads_out_of_it(staff_client: Client, label: str) -> None:
    accepted(label=label)

    assert names(downloaded(staff_client)) == ["README.txt", "corrections.csv"]


def test_a_wrong_date_is_said(staff_client: Client) -> None:
    page = staff_client.post("/review/export/", {"since": "yesterday"}, follow=True).content.decode()

    assert "year-month-day" in page


def test_the_command_says_what_it_wrote_and_how_to_train(tmp_path: Path) -> None:
    accepted()
    for _ in range(10):
        accepted(CorrectionKind.NONE, "")

    out, err = export(str(tmp_path / "export"))

    assert out.startswith(f"11 pictures in {tmp_path}/export: 11 new")
    assert f"--data {tmp_path}/export/classes --unknown {tmp_path}/export/unknown" in out
    assert err == ""


def test_the_command_advises_unknown_pictures_only_where_training_takes_them(tmp_path: Path) -> None:
    accepted()
    accepted(CorrectionKind.NONE, "")

    assert "--unknown" not in export(str(tmp_path / "export"))[0]


def test_the_command_names_what_is_missing(tmp_path: Path) -> None:
    gone = accepted()
    pictures.remove([gone.answer_id])

    out, err = export(str(tmp_path / "export"))

    assert f"Passed over: {gone.answer_id}" in err
    assert "There are no accepted corrections" in out


def test_the_command_takes_options(tmp_path: Path) -> None:
    accepted(CorrectionKind.RIGHT, "cat")

    out, _err = export(str(tmp_path / "a"), "--since", "2020-01-01", "--model", "animals-1", "--no-include-right")

    assert "There are no accepted corrections" in out


def test_the_command_refuses_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("", encoding="utf-8")

    with pytest.raises(CommandError, match="neither empty nor an earlier export"):
        export(str(tmp_path))


def test_the_command_refuses_what_is_no_date(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Expected a date like 2026-01-31"):
        export(str(tmp_path / "a"), "--since", "yesterday")


def test_a_model_that_no_database_takes_is_refused(staff_client: Client) -> None:
    assert staff_client.post("/review/export/", {"model": "a\0b"}).status_code == 400
