from __future__ import annotations

import pytest
from django.test import RequestFactory

from recognizer import Recognizer
from tests.webui.server.test_readable_headers import status_of

TOKEN = "a" * 32
"""Of a browser that has been here: without it the form is refused unread."""


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["filename*=utf-8''a; filename*0*=b", "name*=utf-8''a; name*0=b"])
def test_a_form_that_djangos_parser_fails_over_is_a_bad_request(served: Recognizer, name: str) -> None:
    body = f"--X\r\nContent-Disposition: form-data; {name}\r\n\r\nada\r\n--X--\r\n".encode()
    kind = "multipart/form-data; boundary=X"
    request = RequestFactory().generic("POST", "/account/login/", body, kind, headers={"Cookie": f"csrftoken={TOKEN}"})

    assert status_of(request.environ) == "400 Bad Request"
