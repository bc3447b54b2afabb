"""A browser without JavaScript: keeps cookies as they ask, says where its forms are from, goes where it is sent."""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import dataclass
from html import unescape
from http.cookies import Morsel, SimpleCookie
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Page:
    """What a browser shows."""

    url: str
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def links(self) -> set[str]:
        """The addresses in the page: of other pages, of forms and of static files."""
        found = {unescape(link) for link in re.findall(r'(?:href|src|action)="([^"#]+)', self.text)}
        return {link for link in found if not link.startswith(("data:", "blob:"))}


class Browser:
    """Opens addresses of one site: `origin` is what it takes for the site's, `connect` where that really is."""

    def __init__(self, origin: str, connect: tuple[str, int]) -> None:
        self.origin = origin
        self._connect = connect
        self._cookies: dict[tuple[str, str], str] = {}
        self.cookies: dict[str, Morsel[str]] = {}
        """The latest of each name, as it was set."""

    def get(self, path: str, *, follow: int = 3, **headers: str) -> Page:
        return self._ask("GET", path, b"", headers, follow)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        """Sends a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields).encode(), kind | self._form_headers() | headers, 3)

    def upload(self, path: str, picture: bytes, fields: dict[str, str], **headers: str) -> Page:
        """Sends a form with a picture."""
        boundary = uuid4().hex
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        parts.append(b'name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + picture)
        body = b"".join(b"--%s\r\nContent-Disposition: form-data; %s\r\n" % (boundary.encode(), part) for part in parts)
        body += b"--%s--\r\n" % boundary.encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._ask("POST", path, body, kind | self._form_headers() | headers, 3)

    def token(self, page: Page) -> dict[str, str]:
        """The field that every form of a page has."""
        return {"csrfmiddlewaretoken": re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page.text)[0]}

    def _form_headers(self) -> dict[str, str]:
        return {"Origin": self.origin, "Referer": f"{self.origin}/"}

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str], follow: int) -> Page:
        parts = urlsplit(path)
        if parts.netloc:
            assert f"{parts.scheme}://{parts.netloc}" == self.origin, f"sent away to {path}"
            path = parts._replace(scheme="", netloc="").geturl()
        scheme, _, host = self.origin.partition("://")
        connection = self._connection(scheme)
        try:
            sent = {"Host": host, "Accept": "text/html", "Cookie": self._cookies_for(path), **headers}
            connection.request(method, path, body, {name: value for name, value in sent.items() if value})
            response = connection.getresponse()
            page = Page(path, response.status, response.headers, response.read())
        finally:
            connection.close()
        self._keep(page)
        if page.status in _REDIRECTS and follow:
            return self._ask("GET", page.headers["Location"], b"", {}, follow - 1)
        return page

    def _connection(self, scheme: str) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(*self._connect, timeout=60)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(*self._connect, timeout=60, context=trusting)

    def _cookies_for(self, path: str) -> str:
        path = urlsplit(path).path
        fits = {
            name: value
            for (name, where), value in self._cookies.items()
            if path == where or path.startswith(where.rstrip("/") + "/")
        }
        return "; ".join(f"{name}={value}" for name, value in fits.items())

    def _keep(self, page: Page) -> None:
        for line in page.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["secure"] and self.origin.startswith("http://"):
                    continue  # As browsers do.
                self.cookies[name] = morsel
                self._cookies[name, morsel["path"] or "/"] = morsel.coded_value
