"""Takes the charset out of the header `Content-Type`: Django would decode forms and addresses with it.

A client may name any codec of Python's, of which some decode no text and others make letters that no database takes.
Browsers send UTF-8 where the page is UTF-8, and so does everything that speaks our API.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.utils.http import parse_header_parameters


class AlwaysUtf8:
    """Wraps a WSGI application: passes the kind of the body on, and of what else is said only the boundary."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Passes on."""
        if ";" in environ.get("CONTENT_TYPE", ""):
            environ["CONTENT_TYPE"] = _plain(environ["CONTENT_TYPE"])
        return self._application(environ, start_response)


def _plain(header: str) -> str:
    """The header without a charset; empty where it cannot be read."""
    try:
        kind, parameters = parse_header_parameters(header)
    except ValueError:
        return ""
    if "charset" not in parameters:
        return header
    boundary = parameters.get("boundary")
    return f'{kind}; boundary="{boundary}"' if boundary else kind
