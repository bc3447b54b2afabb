from __future__ import annotations

import logging
import re

import pytest
from django.conf import settings
from django.test import Client

from tests.webui.fakes import share
from webui.shell.request_ids import RequestIds


def test_the_answer_has_the_id_that_the_client_gave(client: Client) -> None:
    for address in ("/", "/api/v1/nothing", "/livez"):
        assert client.get(address, headers={"X-Request-ID": "shop-42.a_b~c"})["X-Request-ID"] == "shop-42.a_b~c"


@pytest.mark.parametrize("given", ["", "with space", "a" * 65, "line\u2028break", "<b>", "é"])
def test_what_cannot_stand_in_a_log_line_is_replaced(client: Client, given: str) -> None:
    first, second = (client.get("/livez", headers={"X-Request-ID": given})["X-Request-ID"] for _ in range(2))

    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


def test_lines_of_the_log_have_the_id_of_their_request(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(ids := RequestIds())
    share(listing=None)  # A fault.

    response = client.get("/models/", headers={"X-Request-ID": "shop-42"})
    logging.getLogger("webui").error("outside")

    caplog.handler.removeFilter(ids)
    assert response.status_code == 500
    assert response["X-Request-ID"] == "shop-42"
    assert {record.request_id for record in caplog.records if record.name == "django.request"} == {"shop-42"}
    assert caplog.records[-1].request_id == "-"


def test_the_log_shows_it() -> None:
    assert "%(request_id)s" in settings.LOGGING["formatters"]["full"]["format"]
    assert "ids" in settings.LOGGING["handlers"]["full"]["filters"]
