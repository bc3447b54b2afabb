from __future__ import annotations

import pytest
from django.test import Client

from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_bytes
from webui.accounts.models import User

URL = "/api/v1/classify"
PAGE = "https://app.example"
PREFLIGHT = {
    "HTTP_ORIGIN": PAGE,
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization,content-type,x-mine",
}


@pytest.fixture
def allowed(settings_of: SettingsOf) -> None:
    settings_of(cors_origins=(PAGE,))


def test_a_page_that_is_allowed_may_ask(allowed: None, client: Client) -> None:
    response = client.options(URL, **PREFLIGHT)

    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == PAGE
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert response["Access-Control-Allow-Headers"] == "authorization,content-type,x-mine"
    assert "Origin" in response["Vary"]


def test_it_reads_answers_and_errors(allowed: None, client: Client) -> None:
    good = client.post(URL, image_bytes(), content_type="image/jpeg", HTTP_ORIGIN=PAGE)
    bad = client.post(URL, b"", content_type="image/jpeg", HTTP_ORIGIN=PAGE)

    assert (good.status_code, bad.status_code) == (200, 400)
    for response in (good, bad):
        assert response["Access-Control-Allow-Origin"] == PAGE
        assert "Retry-After" in response["Access-Control-Expose-Headers"]
        assert "Origin" in response["Vary"]


def test_it_may_ask_before_anybody_has_shown_a_key(allowed: None, client: Client, settings_of: SettingsOf) -> None:
    settings_of(access="members")

    assert client.options(URL, **PREFLIGHT).status_code == 204
    assert client.post(URL, HTTP_ORIGIN=PAGE)["Access-Control-Allow-Origin"] == PAGE


def test_it_never_asks_with_cookies(
    allowed: None, member: User, member_client: Client, settings_of: SettingsOf
) -> None:
    settings_of(access="members")

    response = member_client.get("/api/v1/models", HTTP_ORIGIN=PAGE)

    assert response.status_code == 401
    assert "Access-Control-Allow-Credentials" not in response


def test_a_star_allows_all_pages(client: Client, settings_of: SettingsOf) -> None:
    settings_of(cors_origins=("*",))

    for origin in (PAGE, "null"):
        assert client.options(URL, **PREFLIGHT | {"HTTP_ORIGIN": origin})["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example", "https://app.example.evil.example", "null"]
)
def test_other_pages_are_refused_with_the_setting(
    allowed: None, client: Client, caplog: pytest.LogCaptureFixture, origin: str
) -> None:
    response = client.options(URL, **PREFLIGHT | {"HTTP_ORIGIN": origin})
    cure = "MENAGERIE_CORS_ORIGINS=*" if origin == "null" else f"MENAGERIE_CORS_ORIGINS={PAGE},{origin}"

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert "Access-Control-Allow-Origin" not in response
    for text in (response.json()["detail"], caplog.messages[0]):
        assert origin in text
        assert cure in text


def test_a_page_that_asks_without_asking_first_is_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    response = client.post(URL, image_bytes(), content_type="image/jpeg", HTTP_ORIGIN=PAGE)

    assert "Access-Control-Allow-Origin" not in response
    assert f"MENAGERIE_CORS_ORIGINS={PAGE}" in caplog.messages[0]


def test_our_own_page_needs_no_permission(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    response = client.post(URL, image_bytes(), content_type="image/jpeg", HTTP_ORIGIN="http://testserver")

    assert response.status_code == 200
    assert caplog.messages == []


def test_what_an_address_takes_can_be_asked(client: Client) -> None:
    response = client.options(URL)

    assert (response.status_code, response["Allow"]) == (204, "POST, OPTIONS")


def test_pages_for_people_are_for_no_other_page(allowed: None, client: Client) -> None:
    assert "Access-Control-Allow-Origin" not in client.get("/", HTTP_ORIGIN=PAGE)
    assert client.options("/", **PREFLIGHT).status_code == 405


def test_a_malformed_list_of_headers_is_not_repeated(allowed: None, client: Client) -> None:
    response = client.options(URL, **PREFLIGHT | {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "a:b <c>"})

    assert "Access-Control-Allow-Headers" not in response
