"""Activation by programs of staff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from recognizer import Recognizer
from recognizer.errors import ArtifactError
from recognizer.registry import versions
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import share
from webui.accounts.models import ApiKey, Scope, User
from webui.accounts.rate_limits import RateLimits
from webui.versions.models import Switch
from webui.versions.switching import Switcher

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/models/animals-2/activate"


@pytest.fixture
def key(staff: User) -> dict[str, str]:
    return key_of(staff)


def key_of(user: User, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {ApiKey.make(user, 'script', list(scopes or [Scope.ACTIVATE]))[1]}"}


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_key_of_staff_activates_a_version(
    client: Client, two: None, models: Path, key: dict[str, str], every_file_opens: None
) -> None:
    response = client.post(ADDRESS, headers=key)

    assert response.status_code == 202
    assert versions.active(models).stem == "animals-2"
    told = client.get(response["Location"], headers=key).json()
    assert (told["kind"], told["version"], told["before"]) == ("activate", "animals-2", "animals-1")
    assert (told["outcome"], told["problem"]) == ("done", None)
    assert told["finished"] >= told["asked"]
    assert {**told, "outcome": "running", "finished": None}.keys() == response.json().keys()


def test_the_log_of_staff_actions_names_account_and_key(
    client: Client, two: None, staff: User, key: dict[str, str], every_file_opens: None
) -> None:
    client.post(ADDRESS, headers=key)

    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message[:47]) == (staff, "activate animals-2 with the API key script (mng")


def test_going_back_is_activating_the_previous_one(
    client: Client, two: None, models: Path, key: dict[str, str], every_file_opens: None
) -> None:
    client.post(ADDRESS, headers=key)
    [previous] = [each["id"] for each in client.get("/api/v1/models").json()["models"] if each["previous"]]

    back = client.post(f"/api/v1/models/{previous}/activate", headers=key)

    assert (back.json()["kind"], versions.active(models).stem) == ("rollback", "animals-1")


def test_why_it_failed_is_told_without_the_servers_folders(
    client: Client, two: None, models: Path, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **options: object) -> Recognizer:
        raise ArtifactError(f"{path} is damaged: copy it again.")

    monkeypatch.setattr(Recognizer, "open", refuse)

    told = client.get(client.post(ADDRESS, headers=key)["Location"], headers=key).json()

    assert (told["outcome"], told["problem"]) == ("failed", "animals-2.h5 is damaged: copy it again.")
    assert versions.active(models).stem == "animals-1"


def test_one_is_tried_at_a_time(client: Client, two: None, key: dict[str, str]) -> None:
    share(switcher=Switcher(lambda work, name: None))

    responses = [client.post(ADDRESS, headers=key) for _ in range(2)]

    assert responses[0].json()["outcome"] == "running"
    assert code(responses[1]) == (409, "switch_running")


def test_a_server_with_a_set_model_refuses(
    client: Client, two: None, key: dict[str, str], settings_of: SettingsOf, models: Path
) -> None:
    settings_of(model=models / "animals-1.h5")

    assert code(client.post(ADDRESS, headers=key)) == (409, "model_is_set")


@pytest.mark.parametrize("version", ["animals-9", "..", "%2e%2e", "ACTIVE", "%00", "x" * 500, "animals-3"])
def test_what_is_no_usable_version_is_not_found(
    client: Client, two: None, models: Path, key: dict[str, str], version: str
) -> None:
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    assert code(client.post(f"/api/v1/models/{version}/activate", headers=key)) == (404, "not_found")
    assert not Switch.objects.exists()


@pytest.mark.parametrize("number", ["0", "8", "9" * 30, "9" * 400])
def test_what_is_no_activation_is_not_found(client: Client, key: dict[str, str], number: str) -> None:
    assert code(client.get(f"/api/v1/activations/{number}", headers=key)) == (404, "not_found")


def test_the_scope_and_the_account_must_both_be_enough(client: Client, two: None, staff: User, member: User) -> None:
    share(switcher=Switcher(lambda work, name: None))

    for user, scopes in ((staff, [scope for scope in Scope if scope != Scope.ACTIVATE]), (member, [*Scope])):
        assert code(client.post(ADDRESS, headers=key_of(user, *scopes))) == (403, "forbidden")
        assert code(client.get("/api/v1/activations/1", headers=key_of(user, *scopes))) == (403, "forbidden")
    assert code(client.post(ADDRESS)) == (401, "unauthenticated")
    assert not Switch.objects.exists()


def test_a_key_of_somebody_who_is_no_longer_staff_activates_nothing(
    client: Client, two: None, staff: User, key: dict[str, str]
) -> None:
    staff.is_staff = False
    staff.save()

    assert client.post(ADDRESS, headers=key).status_code == 403


def test_cookies_of_staff_count_for_pages_of_ours_only(staff_client: Client, two: None) -> None:
    share(switcher=Switcher(lambda work, name: None))

    origins = [{}, {"Origin": "https://elsewhere.example"}, {"Origin": "http://testserver"}]

    assert [staff_client.post(ADDRESS, headers=headers).status_code for headers in origins] == [401, 401, 202]


def test_there_is_a_limit(client: Client, two: None, key: dict[str, str]) -> None:
    share(switcher=Switcher(lambda work, name: None), rate_limits=RateLimits(clock=lambda: 0.0))

    statuses = [client.post(ADDRESS, headers=key).status_code for _ in range(11)]

    assert statuses == [202] + [409] * 9 + [429]


def test_only_staff_are_offered_the_scope(member_client: Client, staff_client: Client) -> None:
    assert "activate models" not in member_client.get("/account/").content.decode()
    assert "activate models" in staff_client.get("/account/").content.decode()
    assert member_client.post("/account/keys/", {"name": "x", "scopes": ["activate"]}).status_code == 400
    assert not ApiKey.objects.exists()
