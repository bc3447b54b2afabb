from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from recognizer import Recognizer
from tests.recognizer.fakes import BLUE, GREEN, RED
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_file, other_file

TOKEN = "a-token-for-prometheus"
Scrape = Callable[[], dict[str, float]]


@pytest.fixture
def counted(served: Recognizer, settings_of: SettingsOf) -> Client:
    """A client of a server that counts; it makes its middleware anew, for the setting says whether there is one."""
    settings_of(metrics_token=TOKEN)
    client = Client(raise_request_exception=False)
    client.handler.load_middleware()
    return client


@pytest.fixture
def scrape(counted: Client) -> Scrape:
    """The figures by name and labels, less what other tests of this process have counted."""

    def figures() -> dict[str, float]:
        response = counted.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        lines = [line for line in response.content.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    before = figures()
    return lambda: {name: value - before.get(name, 0) for name, value in figures().items()}


def test_requests_and_pictures_are_counted(counted: Client, scrape: Scrape) -> None:
    for colour in (RED, RED, GREEN, BLUE):
        assert counted.post("/api/v1/classify", {"image": image_file(colour=colour)}).status_code == 200
    assert counted.post("/api/v1/classify", {"image": other_file()}).status_code == 422
    counted.get("/nothing/here/")

    found = scrape()

    assert found['menagerie_requests_total{address="classify",method="POST",status="200"}'] == 4
    assert found['menagerie_requests_total{address="classify",method="POST",status="422"}'] == 1
    assert found['menagerie_requests_total{address="other",method="GET",status="404"}'] == 1
    assert found['menagerie_request_seconds_count{address="classify"}'] == 5
    assert found['menagerie_pictures_total{known="true",label="cat",model="animals-1"}'] == 2
    assert sum(value for name, value in found.items() if name.startswith("menagerie_pictures_total")) == 4
    assert found['menagerie_unreadable_pictures_total{code="invalid_image"}'] == 1
    for stage in ("wait", "decode", "network"):
        assert found[f'menagerie_stage_seconds_count{{stage="{stage}"}}'] == 5


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
def test_the_token_may_be_announced_in_any_case(counted: Client, kind: str) -> None:
    assert counted.get("/metrics", headers={"Authorization": f"{kind} {TOKEN}"}).status_code == 200


def test_how_the_process_is_now_is_told(counted: Client, scrape: Scrape) -> None:
    response = counted.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()

    assert 'menagerie_model{model="animals-1"} 1.0' in response
    assert "menagerie_waiting_requests 0.0" in response
    found = re.search(r"^menagerie_resident_memory_bytes (\S+)", response, re.MULTILINE)
    assert found
    assert float(found[1]) > 2**20


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer \u00e9"},
    ],
)
def test_who_has_no_token_finds_nothing(counted: Client, headers: dict[str, str]) -> None:
    assert counted.get("/metrics", headers=headers).status_code == 404


def test_without_the_setting_there_are_no_figures(client: Client) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer None"}).status_code == 404


def test_methods_and_addresses_that_clients_make_up_are_counted_together(counted: Client, scrape: Scrape) -> None:
    for number in range(3):
        counted.generic(f"MADE{number}", f"/made-up-{number}/")

    assert scrape()['menagerie_requests_total{address="other",method="other",status="404"}'] == 3


def test_prometheus_finds_the_figures_by_names_that_the_server_answers_to(
    counted: Client, settings_of: SettingsOf
) -> None:
    sent = {"Authorization": f"Bearer {TOKEN}", "Host": "menagerie:8000"}
    before = counted.get("/metrics", headers=sent).status_code

    settings_of(allowed_hosts=("menagerie",))

    assert (before, counted.get("/metrics", headers=sent).status_code) == (400, 200)
