"""Addresses of servers, as people type them."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_web_address(text: str) -> bool:
    """Whether a text is the address of a web server, such as http://127.0.0.1:8000."""
    try:
        address = urlsplit(text)
        return address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
    except ValueError:  # A port beyond 65535, half an IPv6 address.
        return False
