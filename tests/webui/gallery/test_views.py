"""The page of a version's gallery: what was drawn of just this model file, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from recognizer.model_file import artifact
from tests.recognizer.galleries import place, webp
from tests.webui.versions.conftest import Put, models, put

__all__ = ["models", "put"]

pytestmark = pytest.mark.django_db

ADDRESS = "/models/animals-1/filters/"


@pytest.fixture
def drawn(put: Put) -> Path:
    """The folder of the gallery of a version that is called animals-1."""
    path = put("animals-1", active=True)
    return place(path, artifact.digest(path))


def test_it_shows_the_classes_first_and_then_the_stages(client: Client, drawn: Path) -> None:
    page = client.get(ADDRESS).content.decode()

    assert page.index("class-0.webp") < page.index("stage0-3.webp")
    assert 'alt="What “cat” looks like to the network"' in page
    assert 'alt="What filter 3 of conv1_relu looks for"' in page
    assert "1 of its 8 filters." in page


def test_the_page_of_the_version_leads_there(client: Client, drawn: Path) -> None:
    assert f'href="{ADDRESS}"' in client.get("/models/animals-1/").content.decode()


def test_a_picture_is_sent_once(client: Client, drawn: Path) -> None:
    response = client.get(f"{ADDRESS}class-0.webp")

    assert (response["Content-Type"], response.content) == ("image/webp", webp())
    assert response["X-Content-Type-Options"] == "nosniff"
    again = client.get(f"{ADDRESS}class-0.webp", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_else_is_sent(client: Client, drawn: Path) -> None:
    for file in ("gallery.json", "class-9.webp", "..%2Fanimals-1.h5", "%2e%2e%2fACTIVE", "class-0.webp%00"):
        assert client.get(f"{ADDRESS}{file}").status_code == 404, file


def test_a_picture_that_was_exchanged_is_not_sent(client: Client, drawn: Path) -> None:
    (drawn / "class-0.webp").write_bytes(b"RIFF\0\0\0\0WEBP<script>")

    assert client.get(f"{ADDRESS}class-0.webp").status_code == 404


def test_without_a_gallery_the_page_says_how_to_make_one(client: Client, put: Put) -> None:
    put("animals-1", active=True)

    page = client.get(ADDRESS).content.decode()

    assert "gallery models/animals-1.h5" in page


def test_that_of_another_file_of_the_same_name_is_not_shown(client: Client, put: Put) -> None:
    place(put("animals-1", active=True), f"sha256:{'1' * 64}")

    assert "class-0.webp" not in client.get(ADDRESS).content.decode()


def test_a_name_from_elsewhere_is_text(client: Client, put: Put) -> None:
    path = put("animals-1", active=True)
    digest = artifact.digest(path)
    folder = place(path, digest)
    text = (folder / "gallery.json").read_text().replace('"label": "cat"', '"label": "<b>cat</b>"')
    (folder / "gallery.json").write_text(text)

    assert "<b>cat</b>" not in client.get(ADDRESS).content.decode()


def test_there_is_none_of_a_file_that_cannot_be_used_or_is_not_there(client: Client, models: Path) -> None:
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    assert client.get("/models/animals-3/filters/").status_code == 404
    assert client.get("/models/animals-9/filters/").status_code == 404
    assert client.get("/models/animals-9/filters/class-0.webp").status_code == 404
