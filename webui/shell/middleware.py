"""Middleware around every view: what a browser may load and keep, and how large a request may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from recognizer.errors import ImageTooLarge
from webui.classify.views import refused
from webui.config.streamed_uploads import is_streamed
from webui.inference.uploads import declared_length
from webui.problems import is_api, problem_response, status_of

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
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": settings.PERMISSIONS_POLICY,
    # No page of another site, nor of another port of this machine, shows our pictures.
    "Cross-Origin-Resource-Policy": "same-origin",
    # Each page says who is logged in. What may be kept says so itself.
    "Cache-Control": "no-store, private",
}


def security_headers(get_response: GetResponse) -> GetResponse:
    """Middleware that adds the security headers that Django's `SecurityMiddleware` does not have."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def compress_pages(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that compresses pages with gzip, and nothing else: pictures are compressed, and answers are short.

    Django's own adds random bytes, against guessing a form's token from the lengths (BREACH).
    """
    gzipped = GZipMiddleware(get_response).process_response

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return gzipped(request, response)

    return middleware


def show_where_forms_go(get_response: GetResponse) -> GetResponse:
    """Middleware that shows a page instead of nothing at addresses that only take forms."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content or is_api(request):
            return response
        page = render(request, "404.html", status=response.status_code)
        page["Allow"] = response["Allow"]
        return page

    return middleware


def refuse_large_requests(get_response: GetResponse) -> GetResponse:
    """Middleware that answers 413 by the declared length, before reading; `server/` measures chunked bodies.

    Batches have a limit of their own, which their view knows.
    """
    limit = settings.ENVIRONMENT.max_request_bytes

    def middleware(request: HttpRequest) -> HttpResponse:
        length = declared_length(request.META)
        if length <= limit or is_streamed(request.method or "", request.path_info):
            return get_response(request)
        received = f"The request has {math.ceil(length / 2**20)} MB"
        error = ImageTooLarge(f"{received}; at most {limit // 2**20} MB are accepted. Send fewer or smaller pictures.")
        if is_api(request):
            return problem_response(error)
        if request.path_info != "/":
            return render(request, "400.html", status=status_of(error))
        return refused(request, error)

    return middleware
