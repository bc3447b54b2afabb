from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.webui.conftest import SettingsOf

pytestmark = pytest.mark.django_db

FORM = "/models/animals-1/activate/"


def leads_back_to(client: Client, referer: str | None) -> str:
    """Where the login page leads, after a form that somebody sent who is not logged in any more."""
    response = client.post(FORM, headers={} if referer is None else {"Referer": referer})
    return parse_qs(urlsplit(response["Location"]).query)["next"][0]


def test_who_sent_a_form_comes_back_to_its_page(client: Client) -> None:
    assert leads_back_to(client, "http://testserver/review/?n=3#top") == "/review/?n=3"


@pytest.mark.parametrize(
    "referer", [None, "", "https://evil.example/", "//evil.example", "http://testserver.evil.example/", "javascript:a"]
)
def test_nobody_is_led_elsewhere(client: Client, referer: str | None) -> None:
    assert leads_back_to(client, referer) == "/"


def test_in_a_closed_mode_too(client: Client, settings_of: SettingsOf) -> None:
    settings_of(access="members")

    assert leads_back_to(client, "http://testserver/models/") == "/models/"


def test_who_only_looked_comes_back_to_that_very_page(client: Client) -> None:
    assert client.get("/review/?n=3")["Location"] == "/account/login/?next=/review/%3Fn%3D3"


@pytest.mark.parametrize("path", ["/account/logout/", "/history/6fa459ea-ee8a-4ca4-894e-db77e160355e/correction/"])
def test_where_only_forms_go_there_is_a_page_that_says_so(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize(("path", "page"), [("/history/delete/", "/history/"), ("/account/keys/", "/account/")])
def test_the_language_can_be_changed_on_pages_that_answer_forms(member_client: Client, path: str, page: str) -> None:
    response = member_client.post("/language/", {"language": "en", "next": path}, follow=True)

    assert response.redirect_chain[-1] == (page, 302)
