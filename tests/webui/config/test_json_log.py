from __future__ import annotations

import json
import logging
import sys
from typing import Any

from webui.config.json_log import JsonLines


def line(message: str, *arguments: object, **more: Any) -> dict[str, str]:
    record = logging.LogRecord("webui.history", logging.ERROR, "file.py", 1, message, arguments, more.pop("exc", None))
    record.__dict__ |= more
    written = JsonLines().format(record)
    assert "\n" not in written
    assert written.isascii()
    said: dict[str, str] = json.loads(written)
    return said


def test_a_line_says_when_how_bad_where_and_of_which_request() -> None:
    said = line("%d answers are lost", 3, request_id="shop-42")

    assert said.pop("time").endswith("+00:00")
    assert said == {
        "level": "error",
        "logger": "webui.history",
        "message": "3 answers are lost",
        "request_id": "shop-42",
    }


def test_a_line_of_no_request_names_none() -> None:
    assert "request_id" not in line("The model is ready.", request_id="-")
    assert "request_id" not in line("The model is ready.")


def test_whatever_is_in_a_message_it_stays_one_line() -> None:
    assert line('a "cat"\n\u2028{\x00} \ud800')["message"] == 'a "cat"\n\u2028{\x00} \ud800'


def test_a_traceback_is_a_field() -> None:
    try:
        int("no cat")
    except ValueError:
        said = line("It failed.", exc=sys.exc_info())

    assert said["exception"].endswith("'no cat'")
