from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.db.models import QuerySet
from django.test import Client

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.fakes import image_file, share, watched
from webui.accounts.models import ApiKey

pytestmark = pytest.mark.django_db

CLASSIFY = "/api/v1/classify"
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch, member_client: Client) -> None:
    """The database cannot be asked for sessions."""

    def load(self: SessionStore) -> dict[str, Any]:
        raise OperationalError("the database has gone")

    monkeypatch.setattr(SessionStore, "load", load)


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database cannot be asked for keys."""

    def first(self: QuerySet[ApiKey]) -> ApiKey:
        raise OperationalError("the database has gone")

    monkeypatch.setattr(QuerySet, "first", first)


def test_pictures_of_those_who_are_logged_in_are_answered(member_client: Client, away: None) -> None:
    response = member_client.post(CLASSIFY, {"image": image_file()}, headers=OURS)

    assert response.status_code == 200


def test_the_page_is_shown_to_them(member_client: Client, away: None) -> None:
    response = member_client.get("/")

    assert response.status_code == 200
    assert "Log in" in response.content.decode()


def test_nobody_waits_for_a_database_that_is_known_not_to_answer(
    member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(database=watched("The database cannot be used: database is locked.", can_be_read=False))
    monkeypatch.setattr(SessionStore, "load", lambda _: pytest.fail("This waits for seconds."))

    assert "Log in" in member_client.get("/").content.decode()


def test_a_full_disk_logs_nobody_out(member_client: Client) -> None:
    share(database=watched("The disk of the data folder is full: 3.0 MB are left."))

    assert "Log out" in member_client.get("/").content.decode()


def test_their_session_is_there_again_afterwards(
    member_client: Client, monkeypatch: pytest.MonkeyPatch, away: None
) -> None:
    member_client.get("/")
    monkeypatch.undo()

    assert "sessionid" in member_client.cookies
    assert member_client.cookies["sessionid"].value


@pytest.mark.parametrize("access", ["members", "staff"])
def test_nobody_is_let_in_where_an_account_is_needed(
    member_client: Client, away: None, settings_of: SettingsOf, access: str
) -> None:
    settings_of(access=access)

    response = member_client.post(CLASSIFY, {"image": image_file()}, headers=OURS)

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert member_client.get("/").status_code == 503


def test_the_page_that_says_so_asks_the_database_for_nothing(
    member_client: Client, away: None, settings_of: SettingsOf
) -> None:
    settings_of(access="members")

    html = member_client.get("/history/").content.decode()

    assert "Not possible at the moment" in html
    assert "<form" not in html


def test_programs_with_a_key_are_asked_to_come_back(client: Client, no_keys: None) -> None:
    _, token = ApiKey.make(make_user(), "script", ["classify"])

    response = client.post(CLASSIFY, {"image": image_file()}, headers={"Authorization": f"Bearer {token}"})

    assert (response.status_code, response.json()["code"]) == (503, "overloaded")


def test_a_key_is_good_where_its_use_cannot_be_written_down(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = ApiKey.make(make_user(), "script", ["classify"])

    def update(self: QuerySet[ApiKey], **values: object) -> int:
        raise OperationalError("database is locked")

    monkeypatch.setattr(QuerySet, "update", update)

    response = client.post(CLASSIFY, {"image": image_file()}, headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 200
