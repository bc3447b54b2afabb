"""Sends pictures to a server as a browser's form does."""

from __future__ import annotations

import urllib.error
import urllib.request
from uuid import uuid4


def post_form(
    url: str,
    files: list[tuple[str, bytes]],
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    """Posts files in the field `image`, with other fields; returns status and body."""
    boundary = uuid4().hex
    parts = [_part(f'name="{name}"', value.encode()) for name, value in (fields or {}).items()]
    parts += [_part(f'name="image"; filename="{name}"', data) for name, data in files]
    body = b"".join(f"--{boundary}\r\n".encode() + part for part in parts) + f"--{boundary}--\r\n".encode()
    content_type = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(url, body, {**content_type, **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as err:
        with err:
            return err.code, err.read()


def _part(disposition: str, content: bytes) -> bytes:
    return f"Content-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"
