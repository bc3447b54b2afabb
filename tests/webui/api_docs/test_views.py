from __future__ import annotations

import re

import pytest
from django.test import Client

from recognizer import Recognizer
from tests.webui.conftest import SettingsOf
from webui.api_docs.document import openapi


@pytest.fixture
def page(client: Client) -> str:
    return client.get("/api/docs").content.decode()


def test_the_page_has_every_operation_and_every_object(page: str) -> None:
    document = openapi("")
    names = {each["operationId"] for methods in document["paths"].values() for each in methods.values()}
    objects = {f"object-{name}" for name in document["components"]["schemas"]}

    assert names | objects <= set(re.findall(r'id="([^"]+)"', page))


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


def test_what_only_reads_can_be_seen_at_once(client: Client, page: str) -> None:
    links = re.findall(r'href="(/(?:api/v1|livez|readyz)[^"]*)"', page)

    assert links == ["/api/v1/batches", "/api/v1/projects", "/api/v1/history", "/api/v1/models", "/livez", "/readyz"]
    assert client.get("/livez").status_code == 200


def test_samples_name_the_address_by_which_the_page_was_opened(page: str) -> None:
    assert "http://testserver/api/v1/classify?top_k=2" in page


def test_it_is_open_to_everybody_and_framed_in_both_languages(client: Client, settings_of: SettingsOf) -> None:
    settings_of(access="staff")

    response = client.get("/api/docs", headers={"Accept-Language": "zh-hans"})

    assert response.status_code == 200
    assert "接口" in response.content.decode()


def test_nothing_comes_from_elsewhere(page: str) -> None:
    assert re.findall(r'(?:src|href)="https?://', page) == []


@pytest.mark.parametrize("address", ["/api/docs", "/api/openapi.json"])
def test_other_methods_are_refused_with_a_problem(served: Recognizer, address: str) -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post(address)

    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert (response["Allow"], response.json()["code"]) == ("GET", "method_not_allowed")
    assert client.head(address).status_code == 200
