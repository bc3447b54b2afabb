"""What people, and the scripts of our pages, get where no view can answer."""

from __future__ import annotations

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.test import Client, RequestFactory

from recognizer import Recognizer
from tests.webui.fakes import image_file
from webui import services
from webui.shell import error_views


def test_a_form_without_its_token_is_refused_in_our_look(served: Recognizer) -> None:
    response = Client(enforce_csrf_checks=True).post("/", {"image": image_file()})

    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()


def test_an_unknown_address_is_not_found_in_our_look(client: Client) -> None:
    response = client.get("/nothing/here")

    assert (response.status_code, "There is nothing here" in response.content.decode()) == (404, True)


SCRIPT = {"Accept": "application/json"}


def test_a_script_is_told_as_json_that_something_is_not_there(client: Client) -> None:
    response = client.get("/nothing/here", headers=SCRIPT)

    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
    said = response.json()
    assert (said["code"], said["sentence"]) == ("not_found", "This is not there any more. Load the page again.")


def test_a_script_is_told_as_json_that_something_is_not_for_its_account(rf: RequestFactory) -> None:
    response = error_views.forbidden(rf.get("/", headers=SCRIPT), PermissionDenied())

    assert (response.status_code, response.headers["Content-Type"]) == (403, "application/problem+json")
    assert b"Your account may not do this." in response.content


def test_a_script_is_told_as_json_that_its_request_cannot_be_read(rf: RequestFactory) -> None:
    response = error_views.bad_request(rf.get("/", headers=SCRIPT), BadRequest())

    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")


def test_a_script_is_told_as_json_of_a_fault_of_ours_without_its_reason(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*args: object, **options: object) -> None:
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr(services.current().model.recognizer(), "classify_pictures", crash)

    response = client.post("/", {"image": image_file()}, headers=SCRIPT)

    assert (response.status_code, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert "Something went wrong on the server" in response.json()["sentence"]
    assert b"secret" not in response.content


def test_a_fault_of_ours_is_told_without_its_reason(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: object, **options: object) -> None:
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr(services.current().model.recognizer(), "classify_pictures", crash)

    response = client.post("/", {"image": image_file()})

    assert (response.status_code, "secret" in response.content.decode()) == (500, False)
    assert "Something went wrong on the server" in response.content.decode()
