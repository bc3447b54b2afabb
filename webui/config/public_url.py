"""The address that people type to reach the server: scheme, host, port and the path below which it lies."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_EXPECTED = "Expected the address that people open, such as https://example.org/ or http://192.168.1.5:8000/animals/"
# What needs no escaping in a URL, so that every proxy passes it on as it is. RFC 3986, section 2.3.
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")

OWN_SEGMENTS = frozenset(
    {
        "account",
        "admin",
        "api",
        "batches",
        "dreams",
        "hf",
        "history",
        "language",
        "learn",
        "live",
        "livez",
        "look",
        "metrics",
        "models",
        "photoprism",
        "readyz",
        "review",
        "shared",
        "static",
        "studio",
        "theme",
        "v1",
        "v2",
    }
)
"""How our own paths begin. Below such a path nobody could tell /models/ with the prefix from /models/ without it."""


@dataclass(frozen=True)
class PublicUrl:
    """A public address, as MENAGERIE_PUBLIC_URL says it."""

    scheme: str
    """http or https."""
    host: str
    """As in a URL: in lower case, in ASCII, an IPv6 address in brackets; without port."""
    port: int
    prefix: str
    """Such as /animals; empty where the site begins at the root."""

    @classmethod
    def parse(cls, text: str) -> PublicUrl:
        """Reads a public address.

        Raises:
            ValueError: with what is expected.
        """
        scheme, host, port, path = _split(text)
        prefix = path.strip("/")
        segments = prefix.split("/") if prefix else []
        if not all(_SEGMENT.fullmatch(segment) and segment not in {".", ".."} for segment in segments):
            raise ValueError(f"{_EXPECTED}, with a path of letters, digits, and the signs - . _ ~")
        if segments and segments[0] in OWN_SEGMENTS:
            own = ", ".join(sorted(OWN_SEGMENTS))
            raise ValueError(f"Expected a path that does not begin as one of the server's own: {own}")
        return cls(scheme, host, port, f"/{prefix}" if prefix else "")

    @property
    def netloc(self) -> str:
        """Host, and the port where it is not the scheme's own: what a browser sends as `Host`."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """What a browser sends as `Origin`."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def has_host_to_itself(self) -> bool:
        """Whether nothing else is served at other ports or paths, as far as the address says."""
        return self.netloc == self.host and not self.prefix

    def __str__(self) -> str:
        return f"{self.origin}{self.prefix}/"


def origin(text: str) -> str:
    """Reads an origin, scheme, host and port, as a browser sends it; of apps too, such as capacitor://localhost.

    Raises:
        ValueError: with what is expected.
    """
    scheme, separator, _ = text.partition("://")
    if separator and scheme.lower() not in _PORTS:
        if re.fullmatch(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9.-]+", text):
            return text
        raise ValueError("Expected an origin")
    found = PublicUrl.parse(text)
    if found.prefix:
        raise ValueError("Expected an origin")
    return found.origin


def ascii_host(text: str) -> str:
    """A host name or address as browsers send it: müller.example -> xn--mller-kva.example.

    Raises:
        ValueError: it is neither.
    """
    if is_address(text):
        return text.lower()
    name = text.lower().encode("idna").decode("ascii")  # Its error is a ValueError.
    if not _NAME.fullmatch(name) or re.fullmatch(r"[0-9.]+", name):
        raise ValueError("Expected a host name")
    return name


def is_address(text: str) -> bool:
    """True for 192.0.2.1 and, as in a URL, for [2001:db8::1]."""
    try:
        found = ipaddress.ip_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        return False
    return (found.version == 6) == text.startswith("[")


def own_address(host: str) -> str:
    """The address under which others reach this machine, where it listens on all of them: 0.0.0.0 or ::."""
    families = [(socket.AF_INET, "192.0.2.1", "127.0.0.1")]  # An address that is nobody's; nothing is sent there.
    if host == "::":
        families.append((socket.AF_INET6, "2001:db8::1", "::1"))
    for family, far_away, _ in families:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far_away, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return families[-1][2]


def _split(text: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(text)
        port = parts.port
        host = ascii_host(_host(parts.netloc))
    except ValueError:
        raise ValueError(_EXPECTED) from None
    extra = parts.query or parts.fragment or "?" in text or "#" in text
    if parts.scheme not in _PORTS or extra or port == 0 or text != text.strip():
        raise ValueError(_EXPECTED)
    return parts.scheme, host, port or _PORTS[parts.scheme], parts.path


def _host(netloc: str) -> str:
    """What stands before the port; a name and a password before it make it no host."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(:[0-9]*)?", netloc)
    if found is None:
        raise ValueError(netloc)
    return found[1]
