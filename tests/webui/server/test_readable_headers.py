from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from recognizer import Recognizer
from webui.server.readable_headers import ReadableHeaders
from webui.server.wsgi import application

UNREADABLE = [
    "a/b; x*=nonsense''%61",
    "a/b; x*=1; x*0=2",
    "a/b; q=\xff;charset*=x;charset*0=y",
    "a/b;\x85x*=idna''a.b",
    "a/b; x*=undefined''a",
    "a/b; x*=a\0b''a",
    f"a/b; x*{'1' * 5000}=a",
]


def passed_on(header: str, name: str = "CONTENT_TYPE") -> str | None:
    """What the application gets of a header."""
    environ: dict[str, Any] = {name: header}
    ReadableHeaders(lambda environ, start_response: [])(environ, lambda *args: lambda data: None)
    return environ.get(name)


def status_of(environ: dict[str, Any]) -> str:
    said: list[str] = []
    response = application(environ, lambda status, headers, exc_info=None: said.append(status) or bytes)
    for _ in response:
        pass
    getattr(response, "close", lambda: None)()
    return said[0]


@pytest.mark.parametrize("header", ["image/jpeg", "multipart/form-data; boundary=X", "text/plain; a=b", "", ";"])
def test_what_names_no_charset_stays_as_it_is(header: str) -> None:
    assert passed_on(header) == header


@pytest.mark.parametrize("charset", ["charset=utf-8", 'CHARSET="hex"', "charset*=utf-8''unicode_escape", "charset=x"])
def test_of_the_others_the_boundary_stays(charset: str) -> None:
    assert passed_on(f"multipart/form-data; boundary=X-1; {charset}") == 'multipart/form-data; boundary="X-1"'
    assert passed_on(f"text/plain; {charset}") == "text/plain"


@pytest.mark.parametrize("header", UNREADABLE)
def test_of_one_that_cannot_be_read_nothing_stays(header: str) -> None:
    assert passed_on(header) == ""
    assert passed_on(f"text/html, {header}", "HTTP_ACCEPT") is None


@pytest.mark.parametrize("header", ["*/*", "text/html,a/b;q=0.9,image/*;q=0.8,*/*;v=b*;q=0.5", "application/json", ""])
def test_what_a_client_accepts_stays_as_it_is(header: str) -> None:
    assert passed_on(header, "HTTP_ACCEPT") == header


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["text/plain; charset=hex", "text/plain; charset=idna", "a; b*=nonsense''%61"])
def test_an_address_is_read_as_ever(served: Recognizer, header: str) -> None:
    environ = RequestFactory().get("/livez?q=%5Cud800").environ | {"CONTENT_TYPE": header}

    assert status_of(environ) == "200 OK"


@pytest.mark.django_db
@pytest.mark.parametrize("header", UNREADABLE)
@pytest.mark.parametrize("name", ["CONTENT_TYPE", "HTTP_ACCEPT"])
def test_no_header_makes_an_address_fail(served: Recognizer, name: str, header: str) -> None:
    environ = RequestFactory().get("/nothing").environ | {name: header}

    assert status_of(environ) == "404 Not Found"


@pytest.mark.django_db
def test_no_form_brings_letters_that_cannot_be_written(served: Recognizer) -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="username"\r\n\r\n\\ud800\r\n--X--\r\n'
    kind = "multipart/form-data; boundary=X; charset=unicode_escape"
    environ = RequestFactory().generic("POST", "/account/login/", body).environ | {"CONTENT_TYPE": kind}

    assert status_of(environ) == "403 Forbidden"  # Without its token, as any other; not 500.
