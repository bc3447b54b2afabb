from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.webui.fakes import image_file

pytestmark = pytest.mark.django_db  # The end of a request looks whether a connection to the database is in order.

PATHS = ["/", "/nothing", "/livez", "/api/v1/classify", "/static/webui/menagerie.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_what_a_browser_may_do_with_it(client: Client, path: str) -> None:
    response = client.get(path)
    headers = response.headers
    response.close()

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_script_and_no_style_is_inline(client: Client) -> None:
    for page in (client.get("/"), client.post("/", {"image": image_file()}), client.get("/nothing")):
        html = page.content.decode()
        inline = [
            tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag and "application/json" not in tag
        ]
        assert inline == []
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)


def test_nothing_comes_from_other_hosts(client: Client) -> None:
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', client.get("/").content.decode())


def test_strangers_write_no_tracebacks_into_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    too_many = "&".join(f"a{number}=" for number in range(200))

    statuses = [
        client.get("/", HTTP_HOST="evil.example").status_code,
        client.post("/language/", too_many, "application/x-www-form-urlencoded").status_code,
        client.post("/language/", "a=" + "b" * 3_000_000, "application/x-www-form-urlencoded").status_code,
    ]

    assert statuses == [400, 400, 400]
    assert [record for record in caplog.records if record.exc_info] == []
