"""What every page says to browsers, and every cookie: walks all addresses as each kind of person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from tests.webui.accounts.test_access import ADDRESSES
from tests.webui.conftest import SettingsOf
from tests.webui.factories import PASSWORD, make_answer, make_correction, make_user
from webui.accounts.models import ApiKey, User
from webui.shell.middleware import CONTENT_SECURITY_POLICY

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HTTPS = {
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "LANGUAGE_COOKIE_SECURE": True,
}


@dataclass(frozen=True)
class Seen:
    """An answer to one address."""

    address: str
    headers: dict[str, str]
    html: str


_walks: dict[str, list[Seen]] = {}
"""What each kind of person has seen; one walk takes seconds, and every test looks at the same."""


@pytest.fixture(params=["visitor", "member", "superuser"])
def seen(request: pytest.FixtureRequest, client: Client, settings_of: SettingsOf) -> list[Seen]:
    """What somebody sees who gets and posts every address."""
    if request.param not in _walks:
        settings_of(keep_days=30)
        if request.param != "visitor":
            client.force_login(somebody(is_superuser=request.param == "superuser"))
        _walks[request.param] = list(walk(client))
    return _walks[request.param]


def somebody(*, is_superuser: bool) -> User:
    user = make_user("ada", is_staff=is_superuser, is_superuser=is_superuser)
    make_correction(make_answer(user=user), user=user)
    ApiKey.make(user, "script", ["classify"])
    return user


def walk(client: Client) -> Iterator[Seen]:
    for address in ADDRESSES:
        if "/logout/" not in address:
            for response in (client.get(address), client.post(address)):
                is_page = response.get("Content-Type", "").startswith("text/html")
                yield Seen(address, dict(response.headers), response.content.decode() if is_page else "")


def test_every_answer_is_guarded(seen: list[Seen]) -> None:
    for answer in seen:
        headers = answer.headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, answer.address
        assert headers["X-Frame-Options"] == "DENY", answer.address
        assert headers["X-Content-Type-Options"] == "nosniff", answer.address
        assert headers["Referrer-Policy"] == "same-origin", answer.address
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", answer.address
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", answer.address
        assert "Access-Control-Allow-Origin" not in headers, answer.address


def test_no_answer_is_kept_where_others_could_see_it(seen: list[Seen]) -> None:
    for answer in seen:
        kept = answer.headers["Cache-Control"]
        assert "no-store" in kept or "private" in kept, (answer.address, kept)
        assert "public" not in kept, answer.address


def test_no_page_has_script_or_style_within(seen: list[Seen]) -> None:
    for answer in seen:
        html = answer.html
        tags = re.findall(r"<script[^>]*>", html)
        assert [tag for tag in tags if "src=" not in tag and "application/json" not in tag] == [], answer.address
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", html), answer.address


def test_no_page_loads_anything_from_elsewhere(seen: list[Seen]) -> None:
    for answer in seen:
        loaded = re.findall(
            r'<(?:script|img|link|iframe|form)\b[^>]*?\b(?:src|href|action)="(?:https?:)?//[^"]*"', answer.html
        )
        assert loaded == [], answer.address


def test_every_form_that_changes_something_carries_its_token(seen: list[Seen]) -> None:
    for answer in seen:
        for form in re.findall(r"<form\b.*?</form>", answer.html, re.DOTALL | re.IGNORECASE):
            is_post = re.match(r'<form[^>]*method="post"', form, re.IGNORECASE)
            assert not is_post or "csrfmiddlewaretoken" in form, (answer.address, form[:200])


def test_all_cookies_are_for_this_site_and_not_for_scripts(
    client: Client, member: User, settings_of: SettingsOf
) -> None:
    settings_of(keep_days=30)
    client.get("/")
    client.post("/account/login/", {"username": "mia", "password": PASSWORD})
    client.post("/account/password/", {"old_password": PASSWORD, "new_password1": "x" * 20, "new_password2": "x" * 20})
    client.post("/language/", {"language": "zh-hans"})

    assert {"sessionid", "csrftoken", "messages", "django_language", "menagerie_visitor"} == set(client.cookies)
    for name, cookie in client.cookies.items():
        assert cookie["samesite"] in {"Lax", "Strict"}, name
        assert cookie["domain"] == "", name
        assert cookie["httponly"] or cookie.value == "", name


def test_with_https_they_are_sent_with_nothing_else(
    client: Client, member: User, settings: object, settings_of: SettingsOf
) -> None:
    settings_of(keep_days=30, https=True)
    for name, value in HTTPS.items():
        setattr(settings, name, value)
    client.get("/", HTTP_X_FORWARDED_PROTO="https")
    client.post("/account/login/", {"username": "mia", "password": PASSWORD}, HTTP_X_FORWARDED_PROTO="https")
    client.post("/language/", {"language": "zh-hans"}, HTTP_X_FORWARDED_PROTO="https")

    assert len(client.cookies) >= 4
    assert [name for name, cookie in client.cookies.items() if not cookie["secure"]] == []


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "evil.example:80", "testserver@evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/account/login/", "/api/v1/classify"])
def test_a_name_that_is_not_ours_is_not_answered_to(client: Client, host: str, path: str) -> None:
    response = client.get(path, HTTP_HOST=host)

    assert response.status_code == 400
    assert "evil" not in str(response.headers)
    # The refusal names it as text, for whoever runs the server; nothing leads there.
    assert "//evil" not in response.content.decode()
    assert not re.search(r'(href|src|action)="?[^" >]*evil', response.content.decode())


def test_a_name_that_a_proxy_forwards_is_not_believed(client: Client) -> None:
    response = client.get("/account/", HTTP_X_FORWARDED_HOST="evil.example")

    assert "evil" not in str(response.headers) + response.content.decode()
