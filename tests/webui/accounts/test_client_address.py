from __future__ import annotations

import pytest
from django.test import RequestFactory

from tests.webui.conftest import SettingsOf
from webui.accounts.client_address import client_address, comes_from_this_machine
from webui.config.public_url import PublicUrl

LOCAL = {"SERVER_NAME": "localhost", "SERVER_PORT": "8000", "REMOTE_ADDR": "127.0.0.1"}


def address(**meta: str) -> str:
    return client_address(RequestFactory().get("/", **meta))


def test_who_connects_directly_has_the_address_of_the_connection() -> None:
    assert address(REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="203.0.113.9") == "192.0.2.7"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),  # What the client sends stands before what the proxy adds.
        ("", "192.0.2.7"),
        ("203.0.113.9, nonsense", "192.0.2.7"),
    ],
)
def test_behind_a_proxy_it_is_what_the_proxy_says_last(settings_of: SettingsOf, forwarded: str, expected: str) -> None:
    settings_of(public_url=PublicUrl.parse("http://farm.example/animals/"))

    assert address(REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=forwarded) == expected


def test_all_ipv6_addresses_of_one_customer_are_one_client() -> None:
    assert (
        address(REMOTE_ADDR="2001:db8:0:1:aaaa::1") == address(REMOTE_ADDR="2001:db8:0:1:bbbb::2") == "2001:db8:0:1::"
    )


def test_an_ipv4_address_within_ipv6_is_the_same_client() -> None:
    assert address(REMOTE_ADDR="::ffff:192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"HTTP_HOST": "127.0.0.1:8000"},
        {"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"},
    ],
)
def test_who_sits_at_the_server_is_known(meta: dict[str, str]) -> None:
    assert comes_from_this_machine(RequestFactory().get("/", **LOCAL | meta))


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_HOST": "testserver"},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_X_FORWARDED_FOR": ""},
        {"HTTP_X_FORWARDED_PROTO": "http"},
        {"HTTP_X_REAL_IP": "192.0.2.7"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_nobody_else_counts_as_sitting_there(meta: dict[str, str]) -> None:
    assert not comes_from_this_machine(RequestFactory().get("/", **LOCAL | meta))


def test_behind_a_proxy_nobody_does(settings_of: SettingsOf) -> None:
    settings_of(https=True)

    assert not comes_from_this_machine(RequestFactory().get("/", **LOCAL))
