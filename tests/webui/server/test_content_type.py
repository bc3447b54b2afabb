from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from recognizer import Recognizer
from webui.server.wsgi import application
from webui.server.wsgi_body import AlwaysUtf8


def passed_on(header: str) -> str:
    """What the application gets of a header."""
    environ: dict[str, Any] = {"CONTENT_TYPE": header}
    AlwaysUtf8(lambda environ, start_response: [])(environ, lambda *args: lambda data: None)
    return str(environ["CONTENT_TYPE"])


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


def test_of_one_that_cannot_be_read_nothing_stays() -> None:
    assert passed_on("text/plain; name*=nonsense''%61") == ""


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["text/plain; charset=hex", "text/plain; charset=idna", "a; b*=nonsense''%61"])
def test_an_address_is_read_as_ever(served: Recognizer, header: str) -> None:
    environ = RequestFactory().get("/livez?q=%5Cud800").environ | {"CONTENT_TYPE": header}

    assert status_of(environ) == "200 OK"


@pytest.mark.django_db
def test_no_form_brings_letters_that_cannot_be_written(served: Recognizer) -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="username"\r\n\r\n\\ud800\r\n--X--\r\n'
    kind = "multipart/form-data; boundary=X; charset=unicode_escape"
    environ = RequestFactory().generic("POST", "/account/login/", body).environ | {"CONTENT_TYPE": kind}

    assert status_of(environ) == "403 Forbidden"  # Without its token, as any other; not 500.
