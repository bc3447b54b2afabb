from __future__ import annotations

import pytest
from django.test import Client

from webui import serving
from webui.serving import ServedModel


@pytest.fixture
def starting(client: Client) -> None:
    serving.use(ServedModel(lambda: pytest.fail("never opened")))


@pytest.fixture
def failed(client: Client) -> None:
    model = ServedModel(lambda: 1 // 0)
    model.open()
    serving.use(model)


def test_a_ready_process_names_its_model(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert (response.json()["model"]["name"], response.json()["model"]["version"]) == ("animals", "1")


def test_a_starting_process_is_not_ready(client: Client, starting: None) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "starting")
    assert response["Retry-After"]


def test_a_process_whose_model_failed_is_not_ready_and_says_so(client: Client, failed: None) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "failed")
    assert "log" in response.json()["reason"]


@pytest.mark.parametrize("state", ["served", "starting", "failed"])
def test_a_process_lives_whatever_its_model_does(client: Client, state: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(state)

    assert client.get("/livez").json() == {"status": "alive"}


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_never_cached(client: Client, path: str) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]
