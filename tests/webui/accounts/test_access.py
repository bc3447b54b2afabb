"""Walks every address of the project as each kind of person in each mode."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.fakes import image_file
from webui.accounts.models import ApiKey, Scope

pytestmark = pytest.mark.django_db

FOR_EVERYONE = {
    *("/account/login/", "/account/logout/", "/account/who/", "/account/first-run/", "/language/", "/theme/"),
    *(
        "/api/docs",
        "/api/openapi.json",
        "/livez",
        "/metrics",
        "/readyz",
        "/v2/health/live",
        "/v2/health/ready",
        "/shared/name/",
        "/shared/name/picture.jpg",
    ),
}
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"]
_EXAMPLES = {"uuid": "6fa459ea-ee8a-4ca4-894e-db77e160355e", "int": "1", "slug": "name", "path": "1", "str": "name"}


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """One address for every pattern, with something in place of what varies."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = re.sub(r"\(\?P<\w+>[^)]*\)", "name", str(pattern.pattern)).strip("^$").replace("\\Z", "")
        here = before + re.sub(r"<(?:(\w+):)?\w+>", lambda found: _EXAMPLES.get(found[1] or "str", "1"), route)
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from addresses(pattern, here)


ADDRESSES = sorted(set(addresses()))
CLOSED = [address for address in ADDRESSES if address not in FOR_EVERYONE]
FOR_PROGRAMS = ("/api/", "/hf/", "/photoprism/", "/v1/", "/v2")
PAGES = [address for address in CLOSED if not address.startswith(FOR_PROGRAMS)]
API = [address for address in CLOSED if address.startswith(FOR_PROGRAMS)]
_IN_PLACE_OF_THE_ADMINS_OWN = {"/admin/login/", "/admin/logout/", "/admin/password_change/"}
_ONLY_POSTED = {
    "/account/people/1/active/",
    "/review/undo/",
    "/review/1/reopen/",
    f"/review/{_EXAMPLES['uuid']}/",
    "/models/name/activate/",
}
FOR_STAFF = [
    (address, "POST" if address in _ONLY_POSTED else "GET")
    for address in ADDRESSES
    if address.startswith(("/admin/", "/review/", "/account/people/")) or address in _ONLY_POSTED
    if address not in _IN_PLACE_OF_THE_ADMINS_OWN
]


@pytest.fixture
def visitor(visitor_client: Client) -> Client:
    return visitor_client


def is_sent_to_log_in(client: Client, address: str, method: str = "GET") -> bool:
    response = client.generic(method, address)
    return response.status_code == 302 and response["Location"].startswith("/account/login/?next=")


def test_the_walk_finds_the_addresses() -> None:
    assert {"/", "/history/", "/admin/accounts/user/", "/account/keys/1/revoke/", "/api/v1/classify"} <= set(ADDRESSES)


@pytest.mark.parametrize("access", ["members", "staff"])
def test_in_a_closed_mode_visitors_see_no_page(visitor: Client, settings_of: SettingsOf, access: str) -> None:
    settings_of(access=access)

    assert [address for address in PAGES if not is_sent_to_log_in(visitor, address)] == []


@pytest.mark.parametrize("access", ["members", "staff"])
def test_a_script_of_a_page_gets_no_login_page_for_an_answer(
    visitor: Client, settings_of: SettingsOf, access: str
) -> None:
    settings_of(access=access)

    response = visitor.post("/history/correction/", {"kind": "right"}, headers={"Accept": "application/json"})

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("method", METHODS)
def test_no_method_gets_around_it(visitor: Client, settings_of: SettingsOf, method: str) -> None:
    settings_of(access="members")

    assert [address for address in PAGES if not is_sent_to_log_in(visitor, address, method)] == []


@pytest.mark.parametrize("access", ["members", "staff"])
@pytest.mark.parametrize("method", METHODS)
def test_in_a_closed_mode_the_api_wants_a_key(
    visitor: Client, settings_of: SettingsOf, access: str, method: str
) -> None:
    settings_of(access=access)

    statuses = {visitor.generic(method, address).status_code for address in API}

    assert statuses == {401}


def test_in_the_staff_mode_members_see_no_page(member_client: Client, settings_of: SettingsOf) -> None:
    settings_of(access="staff")

    assert {member_client.get(address).status_code for address in PAGES} == {403}


def test_in_the_staff_mode_a_members_key_opens_nothing(client: Client, settings_of: SettingsOf) -> None:
    settings_of(access="staff")
    _, token = ApiKey.make(make_user(), "script", list(Scope))

    assert {client.post(address, headers={"Authorization": f"Bearer {token}"}).status_code for address in API} == {403}


def test_in_the_staff_mode_a_key_of_staff_classifies(client: Client, settings_of: SettingsOf) -> None:
    settings_of(access="staff")
    _, token = ApiKey.make(make_user(is_staff=True), "script", [Scope.CLASSIFY])

    response = client.post("/api/v1/classify", {"image": image_file()}, headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 200


@pytest.mark.parametrize("access", ["open", "members"])
def test_members_are_let_in(member_client: Client, settings_of: SettingsOf, access: str) -> None:
    settings_of(access=access)

    assert {member_client.get(path).status_code for path in ("/", "/history/", "/models/", "/account/")} == {200}


@pytest.mark.parametrize("access", ["open", "members", "staff"])
def test_staff_are_let_in(staff_client: Client, settings_of: SettingsOf, access: str) -> None:
    settings_of(access=access)
    paths = ("/", "/history/", "/models/", "/review/", "/account/", "/admin/")

    assert {staff_client.get(path).status_code for path in paths} == {200}


def test_in_the_open_mode_visitors_classify_and_see_their_history(visitor: Client) -> None:
    assert {visitor.get(path).status_code for path in ("/", "/history/", "/models/")} == {200}


@pytest.mark.parametrize("access", ["open", "members", "staff"])
def test_what_is_for_staff_is_for_nobody_else(
    visitor: Client, member_client: Client, settings_of: SettingsOf, access: str
) -> None:
    settings_of(access=access)

    for address, method in FOR_STAFF:
        sent = visitor.post if method == "POST" else visitor.get
        assert sent(address, follow=True).redirect_chain[-1][0].startswith("/account/login/"), address
        sent = member_client.post if method == "POST" else member_client.get
        assert sent(address, follow=True).status_code == 403, address


@pytest.mark.parametrize("access", ["members", "staff"])
@pytest.mark.parametrize("path", ["/account/login/", "/livez", "/readyz", "/static/webui/menagerie.css"])
def test_what_everyone_needs_is_open_in_every_mode(
    client: Client, settings_of: SettingsOf, access: str, path: str
) -> None:
    settings_of(access=access)

    response = client.get(path)

    assert response.status_code == 200
    response.close()


def test_addresses_that_do_not_exist_say_so_only_to_those_who_are_let_in(
    client: Client, member_client: Client, settings_of: SettingsOf
) -> None:
    settings_of(access="members")

    assert is_sent_to_log_in(client, "/nothing")
    assert member_client.get("/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/", "/account/login/"])
def test_what_is_refused_early_shows_nothing_of_the_model(client: Client, settings_of: SettingsOf, path: str) -> None:
    settings_of(access="members")

    large = client.post(path, {"image": image_file()}, CONTENT_LENGTH=str(2**40))
    broken = client.generic("POST", path, b"nonsense", content_type="multipart/form-data")

    assert "chicken" not in large.content.decode() + broken.content.decode()


def test_a_script_whose_cookies_do_not_count_learns_why(
    member_client: Client, settings_of: SettingsOf, caplog: pytest.LogCaptureFixture
) -> None:
    settings_of(access="members")

    problem = member_client.get("/api/v1/models", HTTP_ORIGIN="https://farm.example:8443").json()

    assert problem["code"] == "unauthenticated"
    for text in (problem["detail"], " ".join(caplog.messages)):
        assert "Cookies do not count: the page is at https://farm.example:8443. Expected: http://testserver." in text
        assert "MENAGERIE_PUBLIC_URL=https://farm.example:8443/" in text
