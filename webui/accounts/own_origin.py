"""Tells our own pages from those of others, by the origin that a browser names.

the request's scheme and host; MENAGERIE_PUBLIC_URL, whatever `Host` the proxy passes on
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_origins(request: HttpRequest) -> tuple[str, ...]:
    """What a browser may say in `Origin` for a page of ours; MENAGERIE_PUBLIC_URL first."""
    public = settings.ENVIRONMENT.public_url
    asked = f"{request.scheme}://{request.get_host()}"
    return tuple(dict.fromkeys((public.origin, asked))) if public else (asked,)


def cure(origin: str) -> str:
    """The setting with which the server takes pages of another origin for its own."""
    public = settings.ENVIRONMENT.public_url
    return f"MENAGERIE_PUBLIC_URL={origin}{public.prefix if public else ''}/"


def own_hosts(request: HttpRequest) -> set[str]:
    """Hosts, with their ports, that links of ours may name."""
    return {origin.partition("://")[2] for origin in own_origins(request)}


def own_page_before(request: HttpRequest) -> str:
    """The address, without a host, of the page that led here, where it is one of ours; else empty."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, own_hosts(request), require_https=request.is_secure()):
        return ""
    address = urlunsplit(("", "", *urlsplit(page)[2:4], ""))
    # A path of ours that begins with two slashes would be another host's address.
    return address if url_has_allowed_host_and_scheme(address, None) else ""
