"""Files in the models folder that nobody can use: each says so in its own place, and the pages of the others go on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from django.test import Client

from tests.webui.versions.conftest import Put
from tests.webui.versions.test_listing import counted
from webui.versions import listing
from webui.versions.listing import Listing

__all__ = ["counted"]

pytestmark = pytest.mark.django_db


def link_in_a_circle(path: Path) -> None:
    path.symlink_to(path.name)


def two_links_in_a_circle(path: Path) -> None:
    path.symlink_to("other")
    path.with_name("other").symlink_to(path.name)


def link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def sparse_terabyte(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def nested(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "[" * 30_000 + "]" * 30_000
        file["recognizer/metadata"] = "{" * 30_000


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "link in a circle": (link_in_a_circle, "symbolic links"),
    "two links in a circle": (two_links_in_a_circle, "symbolic links"),
    "link to nowhere": (link_to_nowhere, "No such file"),
    "link to a device": (link_to_a_device, "no plain file"),
    "pipe": (os.mkfifo, "no plain file"),
    "folder": (Path.mkdir, "folder"),
    "a terabyte": (sparse_terabyte, "larger than 2 GB"),
    "nested": (nested, "damaged"),
}


@pytest.fixture(params=list(BAD))
def bad(request: pytest.FixtureRequest, models: Path) -> tuple[Path, str]:
    make, said = BAD[request.param]
    make(models / "odd-1.h5")
    return models / "odd-1.h5", said


def test_the_entry_of_a_bad_file_says_why_and_the_others_are_there(bad: tuple[Path, str], put: Put) -> None:
    put("animals-1", active=True)

    good, odd = listing.versions()

    assert good.metadata is not None
    assert odd.metadata is None
    assert bad[1] in odd.contents.problem
    assert str(bad[0].parent) not in odd.contents.problem


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/models/", 200),
        ("/models/animals-1/", 200),
        ("/models/odd-1/", 200),
        ("/models/odd-1/activate/", 200),
        ("/models/odd-1/report/", 404),
        ("/models/odd-1/file/", 404),
        ("/models/compare/", 200),
        ("/api/v1/models", 200),
        ("/api/v1/models/animals-1", 200),
    ],
)
def test_no_page_fails_for_a_bad_file(
    bad: tuple[Path, str], staff_client: Client, put: Put, address: str, status: int
) -> None:
    put("animals-1", active=True)

    assert staff_client.get(address).status_code == status


def test_a_bad_file_beside_them_makes_no_good_one_be_read_again(
    bad: tuple[Path, str], put: Put, models: Path, counted: list[Path]
) -> None:
    put("animals-1")
    found = Listing()
    found(models)
    once = len(counted)

    found(models)

    assert len(counted) == once


def test_a_fault_that_nobody_thought_of_is_that_of_one_file(
    put: Put, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("animals-1")
    put("odd-1")
    digest = listing.artifact.digest

    def fails(path: Path) -> str:
        if path.stem == "odd-1":
            raise ZeroDivisionError
        return digest(path)

    monkeypatch.setattr(listing.artifact, "digest", fails)

    assert [version.contents.problem for version in listing.versions()] == [
        "",
        "The file cannot be read. The server's log says why.",
    ]


@pytest.mark.parametrize("second", [-(10**11), 10**12])
def test_a_time_that_no_calendar_has_is_no_trouble(put: Put, client: Client, second: int) -> None:
    path = put("animals-1")
    try:
        os.utime(path, (second, second))
    except OSError:
        pytest.skip("This file system keeps no such times.")

    assert client.get("/models/").status_code == 200


def test_rights_that_were_given_meanwhile_are_noticed(put: Put, models: Path, counted: list[Path]) -> None:
    path = put("animals-1")
    found = Listing()
    found(models)
    once = len(counted)
    path.chmod(0o600)

    found(models)

    assert len(counted) > once
