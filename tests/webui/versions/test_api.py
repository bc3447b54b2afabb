from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from recognizer import Recognizer
from recognizer.engines import vouching
from tests.recognizer.rejections import make_rejection
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.versions.conftest import Put, compile_for, serve
from tests.webui.versions.test_card import VALIDATION
from webui.accounts.models import ApiKey, Scope

pytestmark = pytest.mark.django_db


def key(*scopes: str) -> dict[str, Any]:
    _, token = ApiKey.make(make_user(), "script", list(scopes))
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def test_every_usable_version_is_listed(client: Client, put: Put, models: Path) -> None:
    put("animals-1", previous=True, results={"validation": VALIDATION}, provenance={"finished": "2026-11-22T01:15:37Z"})
    path = put("animals-2", active=True)
    compile_for(path)
    serve(path)
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    first, second = client.get("/api/v1/models").json()["models"]

    assert first["id"] == "animals-1"
    assert (first["name"], first["version"], first["classes"]) == ("animals", "1", ["cat", "chicken", "dog", "horse"])
    assert first["digest"].startswith("sha256:")
    assert first["results"] == {"validation": {"accuracy": 0.975, "n": 40}}
    assert first["created"] == "2026-11-22T01:15:37+00:00"
    assert (first["active"], first["previous"], first["answering"]) == (False, True, False)
    assert (second["active"], second["previous"], second["answering"]) == (True, False, True)
    assert (first["compiled"], second["compiled"]) == ([], ["bf16", "f32"])


@pytest.mark.parametrize("name", ["animals-2", "2"])
def test_one_version_has_everything_that_its_file_records(client: Client, put: Put, name: str) -> None:
    put("animals-1", active=True)
    put("animals-2", results={"validation": VALIDATION, "other": [1]}, provenance={"python": "3.11"})

    answer = client.get(f"/api/v1/models/{name}").json()

    assert answer["id"] == "animals-2"
    assert answer["results"] == {"validation": VALIDATION, "other": [1]}
    assert answer["provenance"] == {"python": "3.11"}
    assert answer["preprocessing"]["input_size"] == 224
    assert answer["rejection"] is None


@pytest.mark.parametrize("name", ["animals-9", "7", "animals-3", "..", "ACTIVE", "%00"])
def test_what_is_no_usable_version_is_a_problem(client: Client, put: Put, models: Path, name: str) -> None:
    put("animals-1", active=True)
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    response = client.get(f"/api/v1/models/{name}")

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["code"] == "not_found"


def test_a_version_that_may_be_two_is_a_problem(client: Client, put: Put) -> None:
    put("animals-1")
    put("birds-1")

    assert client.get("/api/v1/models/1").json()["code"] == "not_found"


@pytest.mark.parametrize("address", ["/api/v1/models", "/api/v1/models/animals-1"])
def test_other_methods_are_a_problem(client: Client, two: None, address: str) -> None:
    response = client.post(address)

    assert (response.status_code, response["Allow"]) == (405, "GET")


@pytest.mark.parametrize(("scopes", "status"), [([Scope.READ], 200), ([Scope.CLASSIFY], 403)])
def test_a_key_needs_the_scope(client: Client, two: None, scopes: list[str], status: int) -> None:
    assert client.get("/api/v1/models", **key(*scopes)).status_code == status


def test_with_restricted_access_nobody_else_reads(client: Client, two: None, settings_of: SettingsOf) -> None:
    settings_of(access="members")

    assert client.get("/api/v1/models").json()["code"] == "unauthenticated"


def test_a_rejection_is_told(served: Recognizer, client: Client, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put("animals-1")
    compile_for(path)
    manifest = path.with_suffix(".compiled") / "float.json"
    record = make_rejection().model_dump_json()
    manifest.write_text(manifest.read_text().replace('"rejection": null', f'"rejection": {record}', 1))
    vouching.sign(manifest)

    assert client.get("/api/v1/models/1").json()["rejection"]["threshold"] == 0.9


@pytest.mark.parametrize("address", ["/api/v1/models", "/api/v1/models/animals-1"])
def test_who_has_the_list_already_is_told_so_until_something_changes(
    client: Client, put: Put, models: Path, address: str
) -> None:
    put("animals-1", active=True)
    put("animals-2")
    etag = client.get(address)["ETag"]

    same = client.get(address, headers={"If-None-Match": etag})
    (models / "ACTIVE").write_text("animals-2\n")
    changed = client.get(address, headers={"If-None-Match": etag})

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200
    assert changed["ETag"] != etag
