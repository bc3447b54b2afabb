from __future__ import annotations

import logging

import pytest

from webui.config.log_secrets import WithoutClients


def written(message: str) -> str:
    record = logging.LogRecord("gunicorn.error", logging.WARNING, "base.py", 1, message, (), None)
    assert WithoutClients().filter(record)
    return record.getMessage()


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "::1", ""])
def test_a_malformed_request_is_told_without_who_sent_it(address: str) -> None:
    assert written(f"Invalid request from ip={address}: Invalid HTTP Version: (9, 1)") == (
        "Invalid request: Invalid HTTP Version: (9, 1)"
    )


def test_other_lines_stay_as_they_are() -> None:
    assert written("Worker (pid:7) from ip=home: 100% busy") == "Worker (pid:7) from ip=home: 100% busy"
