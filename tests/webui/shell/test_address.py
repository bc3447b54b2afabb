from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import get_script_prefix, set_script_prefix
from pytest_django.fixtures import Settings

from tests.webui.conftest import SettingsOf
from webui.config.public_url import PublicUrl

pytestmark = pytest.mark.django_db  # On the machine itself the start page asks whether there are accounts yet.

URL = "https://example.org:8443/animals/"


@pytest.fixture
def published(settings_of: SettingsOf, settings: Settings) -> Iterator[None]:
    """The site is open to people at `URL`."""
    settings_of(public_url=PublicUrl.parse(URL), https=True)
    settings.FORCE_SCRIPT_NAME = "/animals"
    settings.STATIC_URL = "/animals/static/"  # Set, it is forgotten afterwards; computed, Django keeps it.
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    before = get_script_prefix()
    set_script_prefix("/animals/")
    yield
    set_script_prefix(before)


def status(client: Client, host: str, path: str = "/", **headers: str) -> int:
    return client.get(path, HTTP_HOST=host, **headers).status_code


# Hosts


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1:9", "[::1]:8000", "LOCALHOST", "localhost.", "127.0.0.2"]
)
def test_our_own_addresses_always_work(client: Client, settings_of: SettingsOf, host: str) -> None:
    settings_of(host="127.0.0.2")

    assert status(client, host) == 200


@pytest.mark.parametrize("host", ["192.168.1.5:8000", "10.0.0.7", "203.0.113.9", "[fd00::5]:8000", "127.0.0.2:8000"])
def test_addresses_are_answered_to_where_we_listen_on_all(client: Client, settings_of: SettingsOf, host: str) -> None:
    assert status(client, host) == 400

    settings_of(host="0.0.0.0")

    assert status(client, host) == 200


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.5.evil.example", "127.0.0.1.nip.io", "3232235781", "a_b"])
@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])
def test_names_are_answered_to_only_if_they_are_allowed(
    client: Client, settings_of: SettingsOf, host: str, listening: str
) -> None:
    settings_of(host=listening)

    assert status(client, host) == 400


@pytest.mark.parametrize("path", ["/", "/static", "/nothing", "/admin/"])
def test_a_foreign_host_is_told_what_came_what_is_right_and_the_setting(
    client: Client, settings_of: SettingsOf, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    settings_of(allowed_hosts=("example.org",))

    response = client.get(path, HTTP_HOST="barn.local:8000")
    page, [line] = response.content.decode(), caplog.messages

    assert response.status_code == 400
    for text in (page, line):
        assert "barn.local:8000" in text
        assert "example.org, 127.0.0.1, localhost, [::1]" in text
        assert "MENAGERIE_ALLOWED_HOSTS=example.org,barn.local" in text
    assert "default-src" in response["Content-Security-Policy"]


def test_the_page_has_its_style(client: Client) -> None:
    page = client.get("/", HTTP_HOST="barn.local").content.decode()
    [style] = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
    response = client.get(style, HTTP_HOST="barn.local")
    response.close()

    assert response.status_code == 200


def test_a_program_is_told_as_well(client: Client) -> None:
    problem = client.post("/api/v1/classify", HTTP_HOST="barn.local").json()

    assert problem["code"] == "invalid_request"
    assert "MENAGERIE_ALLOWED_HOSTS=testserver,barn.local" in problem["detail"]


def test_the_page_is_in_the_readers_language(client: Client) -> None:
    response = client.get("/", HTTP_HOST="barn.local", HTTP_ACCEPT_LANGUAGE="zh-CN")

    assert "本服务器的地址不是这个" in response.content.decode()


@pytest.mark.parametrize("host", ["a_b", "<script>alert(1)</script>", "[::1", "a b", "\x1b[31mred", "x" * 5000 + "_"])
def test_what_is_no_host_is_shown_harmlessly(client: Client, caplog: pytest.LogCaptureFixture, host: str) -> None:
    response = client.get("/", HTTP_HOST=host)

    assert response.status_code == 400
    assert "only letters, digits, dots and hyphens can be in one" in response.content.decode()
    assert "<script>alert" not in response.content.decode()
    assert len(caplog.text) < 1500
    assert caplog.messages[0].isprintable()


def test_a_hundred_strangers_write_a_few_lines(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(100):
        client.get("/", HTTP_HOST=f"{number}.example")

    assert 0 < len(caplog.messages) < 10


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "evil.example", "a_b", "[", ""])
@pytest.mark.parametrize("https", [True, False])
def test_probes_come_by_any_name(client: Client, settings_of: SettingsOf, path: str, host: str, https: bool) -> None:
    settings_of(https=https)

    assert status(client, host, path) == 200


# Below a path


@pytest.mark.parametrize("path", ["/animals/models/", "/models/", "//models/", "/animals//models/"])
def test_a_proxy_takes_the_prefix_off_or_leaves_it(published: None, client: Client, path: str) -> None:
    response = client.get(path, HTTP_HOST="example.org:8443")

    assert response.status_code == 200
    assert 'href="/animals/history/"' in response.content.decode()
    assert 'aria-current="page"' in response.content.decode()


@pytest.mark.parametrize("path", ["/animals", "/animals/", "/"])
def test_the_start_is_found_with_and_without_its_slash(published: None, client: Client, path: str) -> None:
    assert 'action="/animals/#results"' in client.get(path, HTTP_HOST="example.org:8443").content.decode()


def test_programs_are_sent_below_the_prefix(published: None, client: Client) -> None:
    problem = client.get("/animals/api/nothing", HTTP_HOST="example.org:8443").json()

    assert "nothing at /animals/api/nothing. Pictures go to /animals/api/v1/classify." in problem["detail"]


@pytest.mark.parametrize("path", ["/animalsfarm/", "/other/models/"])
def test_what_only_begins_like_the_prefix_is_not_found(published: None, client: Client, path: str) -> None:
    assert status(client, "example.org:8443", path) == 404


def test_no_header_moves_the_site_elsewhere(client: Client) -> None:
    page = client.get(
        "/", HTTP_X_FORWARDED_PREFIX="/evil", HTTP_X_SCRIPT_NAME="/evil", HTTP_X_FORWARDED_HOST="evil.example"
    )

    assert "evil" not in page.content.decode()


def test_all_cookies_stay_below_the_prefix(published: None, client: Client, settings_of: SettingsOf) -> None:
    settings_of(keep_days=30)

    response = client.get("/animals/", HTTP_HOST="example.org:8443")

    assert {cookie["path"] for cookie in response.cookies.values()} == {"/animals"}
    assert "__Secure-menagerie_visitor" in response.cookies


def test_who_chooses_a_language_without_a_page_stays_below_the_prefix(published: None, client: Client) -> None:
    response = client.post("/animals/language/", {"language": "en"}, HTTP_HOST="example.org:8443")

    assert (response.status_code, response["Location"]) == (302, "/animals/")


# HTTPS


def test_who_comes_without_https_is_sent_to_the_public_address(published: None, client: Client) -> None:
    response = client.get("/models/?a=1", HTTP_HOST="example.org", HTTP_X_FORWARDED_PROTO="http")

    assert (response.status_code, response["Location"]) == (301, "https://example.org:8443/animals/models/?a=1")


def test_a_proxy_that_does_not_say_the_scheme_makes_no_circle(published: None, client: Client) -> None:
    for host in ("example.org:8443", "EXAMPLE.org:8443", "example.org"):  # nginx's $host leaves the port out.
        assert status(client, host) == 200


def test_who_comes_past_the_proxy_is_sent_to_it(published: None, client: Client) -> None:
    assert status(client, "example.org:8000") == 301


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]", "127.0.0.2"])
def test_on_the_machine_itself_plain_http_works(client: Client, settings_of: SettingsOf, host: str) -> None:
    settings_of(https=True, host="127.0.0.2")

    assert status(client, host) == 200
    assert status(client, host, HTTP_X_FORWARDED_PROTO="http") == 301


def test_without_a_public_address_the_host_stays(client: Client, settings_of: SettingsOf) -> None:
    settings_of(https=True)

    response = client.get("/models/")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/models/")


def test_a_redirect_that_may_go_round_in_circles_is_in_the_log(
    client: Client, settings_of: SettingsOf, caplog: pytest.LogCaptureFixture
) -> None:
    settings_of(https=True)

    client.get("/")

    assert "no X-Forwarded-Proto came" in caplog.messages[0]
    assert "MENAGERIE_PUBLIC_URL" in caplog.messages[0]
