"""Guards around every view: what a browser may load, and how large a request may be."""

from __future__ import annotations

import math
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from recognizer.errors import ImageTooLarge
from webui.body_length import declared_length
from webui.problems import problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]

# `blob:` and `data:` are the previews and the thumbnails of uploaded pictures.
_DIRECTIVES = (
    "default-src 'self'",
    "img-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(_DIRECTIVES)
# The camera is used through a file field, which needs no permission.
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Adds the headers that Django's `SecurityMiddleware` does not have."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware


def refuse_large_requests(get_response: GetResponse) -> GetResponse:
    """Answers 413 by the declared length, before anything is read; see `body_length.py` for bodies without one."""
    limit = settings.ENVIRONMENT.max_request_bytes

    def middleware(request: HttpRequest) -> HttpResponse:
        length = declared_length(request.META)
        if length <= limit:
            return get_response(request)
        received = f"The request has {math.ceil(length / 2**20)} MB"
        error = ImageTooLarge(f"{received}; at most {limit // 2**20} MB are accepted. Send fewer or smaller pictures.")
        if request.path.startswith("/api/"):
            return problem_response(error)
        from webui import pages  # Not at the top: the pages need the URLs, which are loaded after the middleware.

        return pages.refused(request, error)

    return middleware
