"""Finds out from which machine a request comes.

directly          -> REMOTE_ADDR
behind a proxy    -> the last entry of X-Forwarded-For, which the proxy wrote; the others are the client's word

Whether there is a proxy, `Environment.behind_proxy` says.
"""

from __future__ import annotations

import functools
import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

# One customer has at least so many bits of IPv6 to himself: 2 ** 64 addresses are one client.
_IPV6_PREFIX = 64
_NO_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing listens here: clients without an address are one client.
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HEADERS_OF_PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")


def client_address(request: HttpRequest) -> str:
    """The IP address of the client; of an IPv6 address its /64 network."""
    named = last_forwarded(request.headers.get("X-Forwarded-For", "")) if settings.ENVIRONMENT.behind_proxy else None
    return named or client_of(request.META.get("REMOTE_ADDR", "")) or _NO_ADDRESS


def comes_from_this_machine(request: HttpRequest) -> bool:
    """Whether the client is on the server's own machine, with no proxy between that may speak for anybody."""
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    return (
        peer is not None
        and peer.is_loopback
        and not settings.ENVIRONMENT.behind_proxy
        and settings.ENVIRONMENT.public_url is None  # Then there might be one.
        and request.META.get("SERVER_PROTOCOL") != "HTTP/1.0"  # No browser; nginx as it comes, which names nobody.
        and not any(name in request.headers for name in _HEADERS_OF_PROXIES)
        and split_domain_port(request.get_host())[0] in _LOCAL_NAMES
    )


def last_forwarded(header: str) -> str | None:
    """The client that a proxy of ours has added to X-Forwarded-For; None where it added none."""
    return client_of(header.rpartition(",")[2].strip())


@functools.lru_cache(maxsize=4096)
def client_of(text: str) -> str | None:
    """The client that an IP address belongs to, as `client_address` names it; None where it is no address."""
    found = _parsed(text)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False).network_address)
    return str(found) if found else None


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
