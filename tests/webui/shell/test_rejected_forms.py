from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from recognizer import Recognizer
from tests.webui.conftest import SettingsOf
from webui.config.public_url import PublicUrl

pytestmark = pytest.mark.django_db


class Browser:
    """A browser that has opened the start page, and sends its form."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        page = self.client.get("/", HTTP_HOST="localhost").content.decode()
        self.token = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)[0]

    def send(self, **headers: Any) -> Any:
        body = {"language": "en", "next": "/", "csrfmiddlewaretoken": self.token}
        return self.client.post("/language/", body, **{"HTTP_HOST": "localhost"} | headers)


@pytest.fixture
def browser(served: Recognizer) -> Browser:
    return Browser()


def test_a_form_of_our_own_page_is_taken(browser: Browser) -> None:
    assert browser.send(HTTP_ORIGIN="http://localhost").status_code == 302


@pytest.mark.parametrize("origin", ["https://localhost", "http://localhost:8443", "https://farm.example"])
def test_another_origin_is_told_with_the_one_that_was_expected_and_the_setting(
    browser: Browser, caplog: pytest.LogCaptureFixture, origin: str
) -> None:
    response = browser.send(HTTP_ORIGIN=origin)
    page, [line] = response.content.decode(), caplog.messages

    assert response.status_code == 403
    assert "The form came from another address" in page
    for text in (page, line):
        assert origin in text
        assert "http://localhost" in text.replace(origin, "")
        assert f"MENAGERIE_PUBLIC_URL={origin}/" in text


def test_a_proxy_that_does_not_pass_the_host_on_needs_only_the_setting(
    served: Recognizer, settings_of: SettingsOf, settings: Settings
) -> None:
    settings_of(public_url=PublicUrl.parse("https://farm.example:8443/"), https=True)
    settings.CSRF_TRUSTED_ORIGINS = ["https://farm.example:8443"]

    assert Browser().send(HTTP_ORIGIN="https://farm.example:8443").status_code == 302


def test_the_setting_keeps_the_path(browser: Browser, settings_of: SettingsOf) -> None:
    settings_of(public_url=PublicUrl.parse("http://localhost/animals/"))

    page = browser.send(HTTP_ORIGIN="http://farm.example").content.decode()

    assert "MENAGERIE_PUBLIC_URL=http://farm.example/animals/" in page


def test_a_browser_without_cookies_is_told_so(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    browser.client.cookies.clear()

    response = browser.send()

    assert "allow cookies for this site" in response.content.decode()
    assert "No cookie csrftoken came with the form" in caplog.messages[0]


def test_an_old_token_is_told_from_a_missing_cookie(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    browser.token = "a" * 64

    page = browser.send().content.decode()

    assert "before you logged in or out" in page
    assert "allow cookies" not in page
    assert "token" in caplog.messages[0]


@pytest.mark.parametrize(
    ("page", "leads_back"),
    [
        ("http://localhost/review/?n=3", True),
        ("https://farm.example/review/?n=3", False),
        ("http://localhost//farm.example/review/?n=3", False),
        ("javascript:alert(1)", False),
    ],
)
def test_an_expired_form_leads_back_to_its_page(browser: Browser, page: str, leads_back: bool) -> None:
    browser.token = "a" * 64

    said = browser.send(HTTP_REFERER=page, HTTP_ORIGIN="http://localhost").content.decode()

    assert "Nothing was changed" in said
    assert ('href="/review/?n=3">Open the page again</a>' in said) == leads_back
    assert "farm.example" not in said
    assert "alert" not in said


def test_cookies_that_go_over_https_only_are_the_cause_where_the_page_came_without(
    browser: Browser, settings_of: SettingsOf
) -> None:
    settings_of(public_url=PublicUrl.parse("https://farm.example/animals/"), https=True)
    browser.client.cookies.clear()

    page = browser.send().content.decode()

    assert "This page needs HTTPS" in page
    assert "https://farm.example/animals/" in page


@pytest.mark.parametrize("headers", [{"HTTP_ORIGIN": "null"}, {"secure": True}, {"secure": True, "HTTP_REFERER": "x"}])
def test_a_hidden_origin_is_told(browser: Browser, headers: dict[str, Any]) -> None:
    response = browser.send(**headers)

    assert response.status_code == 403
    assert "Referrer-Policy" in response.content.decode()


def test_a_foreign_referer_is_told(browser: Browser) -> None:
    page = browser.send(secure=True, HTTP_REFERER="https://farm.example:8443/animals/").content.decode()

    assert "MENAGERIE_PUBLIC_URL=https://farm.example:8443/" in page


def test_a_script_is_told_as_well(browser: Browser) -> None:
    problem = browser.send(HTTP_ORIGIN="https://farm.example", HTTP_ACCEPT="application/json").json()

    assert "MENAGERIE_PUBLIC_URL=https://farm.example/" in problem["detail"]
    assert "https://farm.example" in problem["sentence"]


def test_it_is_told_in_the_readers_language(browser: Browser) -> None:
    page = browser.send(HTTP_ORIGIN="https://farm.example", HTTP_ACCEPT_LANGUAGE="zh-CN").content.decode()

    assert "表单来自另一个地址" in page


def test_a_hundred_forms_write_a_few_lines(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(100):
        browser.send(HTTP_ORIGIN="https://farm.example")

    assert 0 < len(caplog.messages) < 10
