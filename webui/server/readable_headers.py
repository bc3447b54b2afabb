"""Makes `Content-Type` and `Accept` readable, or drops them, before Django reads them.

Django reads `Content-Type` while it makes the request, where nothing catches an error, and `Accept` while it answers
one. What the standard library reads of RFC 2231 in them (`a*0=b`) may raise TypeError and ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.utils.http import parse_header_parameters

_EXTENDED_PARAMETER = re.compile(r";\s*\w+\*")


class ReadableHeaders:
    """Wraps a WSGI application: the content type it passes on names no charset, and neither header raises."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Passes on."""
        if ";" in environ.get("CONTENT_TYPE", ""):
            environ["CONTENT_TYPE"] = _plain(environ["CONTENT_TYPE"])
        if _EXTENDED_PARAMETER.search(environ.get("HTTP_ACCEPT", "")):  # No client needs them there.
            del environ["HTTP_ACCEPT"]
        return self._application(environ, start_response)


def _plain(header: str) -> str:
    """The kind of the body, and where a charset is named beside it only the boundary; empty where it is unreadable."""
    try:
        kind, parameters = parse_header_parameters(header)
    except (TypeError, ValueError):
        return ""
    if "charset" not in parameters:
        return header
    boundary = parameters.get("boundary")
    return f'{kind}; boundary="{boundary}"' if boundary else kind
