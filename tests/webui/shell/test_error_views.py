from __future__ import annotations

import pytest
from django.test import Client

from recognizer import Recognizer
from tests.webui.fakes import image_file
from webui import services


def test_a_form_without_its_token_is_refused_in_our_look(served: Recognizer) -> None:
    response = Client(enforce_csrf_checks=True).post("/", {"image": image_file()})

    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()


def test_an_unknown_address_is_not_found_in_our_look(client: Client) -> None:
    response = client.get("/nothing/here")

    assert (response.status_code, "There is nothing here" in response.content.decode()) == (404, True)


def test_a_fault_of_ours_is_told_without_its_reason(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: object, **options: object) -> None:
        raise ZeroDivisionError("the secret reason")

    monkeypatch.setattr(services.current().model.recognizer(), "classify_pictures", crash)

    response = client.post("/", {"image": image_file()})

    assert (response.status_code, "secret" in response.content.decode()) == (500, False)
    assert "Something went wrong on the server" in response.content.decode()
