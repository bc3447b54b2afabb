"""A database that cannot be used: pictures are answered, and everything else says in a sentence why it is not."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from recognizer import Recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.factories import PASSWORD, make_user
from tests.webui.fakes import image_file, share, watched
from webui import services
from webui.history import pictures

pytestmark = pytest.mark.django_db

GONE = OperationalError("unable to open database file")
PAGES = ["/history/", "/models/", "/account/first-run/", "/history/export.csv"]


@pytest.fixture
def broken(client: Client, visitor_client: Client, settings: Settings) -> Iterator[list[Exception]]:
    """A database that raises what stands in the list, seen from this machine."""
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    errors: list[Exception] = [GONE]

    def fail(*_: Any) -> None:
        raise errors[0]

    with connection.execute_wrapper(fail):
        yield errors


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_that_needs_it_is_503_with_a_sentence(
    visitor_client: Client, broken: list[Exception], address: str, language: str
) -> None:
    response = visitor_client.get(address, headers={"Accept-Language": language, "Host": "localhost"})

    said = {"en": "cannot use its database", "zh-hans": "数据库"}[language]
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert said in response.content.decode()


@pytest.mark.parametrize("address", ["/account/first-run/", "/account/login/"])
def test_forms_are_503(client: Client, broken: list[Exception], address: str) -> None:
    form = {"username": "mia", "password": PASSWORD, "password_again": PASSWORD}

    assert client.post(address, form, headers={"Host": "localhost"}).status_code == 503


def test_the_login_page_is_shown(client: Client, broken: list[Exception]) -> None:
    assert client.get("/account/login/").status_code == 200


def test_a_session_that_cannot_be_written_is_503_not_malformed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user("mia")
    client.get("/account/login/")

    def full(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")) and "session" in sql:
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(full):
        response = client.post("/account/login/", {"username": "mia", "password": PASSWORD})

    assert response.status_code == 503


def test_programs_get_a_problem_with_a_code_of_its_own(visitor_client: Client) -> None:
    def fail(*_: Any) -> None:
        raise GONE

    with connection.execute_wrapper(fail):
        response = visitor_client.get("/api/v1/history")

    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        OperationalError("attempt to write a readonly database"),
        DatabaseError("database disk image is malformed"),
        InterfaceError("connection already closed"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EROFS, "Read-only file system"),
    ],
)
def test_whatever_is_wrong_with_it_is_503(
    visitor_client: Client, broken: list[Exception], error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    broken[0] = error
    logger = logging.getLogger("webui")
    logger.addHandler(caplog.handler)

    response = visitor_client.get("/history/")

    logger.removeHandler(caplog.handler)
    assert response.status_code == 503
    assert str(error) in caplog.text
    assert not any(record.exc_info for record in caplog.records if record.name.startswith("webui"))


@pytest.mark.parametrize("error", [ProgrammingError("no such function"), IntegrityError("twice"), ZeroDivisionError()])
def test_a_fault_of_the_code_stays_500(visitor_client: Client, broken: list[Exception], error: Exception) -> None:
    broken[0] = error

    assert visitor_client.get("/history/").status_code == 500


def test_pictures_are_answered_without_an_id_and_readiness_says_why(
    client: Client, broken: list[Exception], settings_of: SettingsOf
) -> None:
    settings_of(keep_days=30)
    share(database=watched("The database cannot be used: unable to open database file."))

    answered = client.post("/api/v1/classify", {"image": image_file()})
    page = client.post("/", {"image": image_file()})
    ready = client.get("/readyz")

    assert (answered.status_code, page.status_code) == (200, 200)
    assert "id" not in answered.json()["predictions"][0]
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["problem"] == "The database cannot be used: unable to open database file."


def test_readiness_tells_of_a_history_that_is_not_kept_and_of_the_model(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.current().recorder.problem = "Answers are not kept: No space left on device."

    assert client.get("/readyz").json()["problem"] == "Answers are not kept: No space left on device."


def test_nobody_is_let_in_where_an_account_is_needed_and_the_page_says_so(
    member_client: Client, broken: list[Exception], settings_of: SettingsOf
) -> None:
    settings_of(access="members")

    response = member_client.get("/")

    assert response.status_code == 503
    assert "<form" not in response.content.decode()


def test_a_picture_of_the_history_is_503_too(visitor_client: Client, broken: list[Exception]) -> None:
    some_id = "3fa1b2c4-0000-4000-8000-000000000000"

    assert visitor_client.get(f"/history/{some_id}.jpg").status_code == 503
    assert not pictures.folder().exists()


def test_the_model_answers_on(served: Recognizer, client: Client, broken: list[Exception]) -> None:
    assert client.get("/").status_code == 200
