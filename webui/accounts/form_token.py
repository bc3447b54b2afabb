"""Checks the token of a form that a view reads itself: once the request has its turn, not in Django's middleware."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.middleware.csrf import CsrfViewMiddleware

_check = CsrfViewMiddleware(lambda _: HttpResponse())


class RejectedForm(Exception):
    """The form was not sent from a page of ours; `response` says so."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


def check(request: HttpRequest, fields: QueryDict) -> None:
    """Makes sure that a form was sent from our own page. The view is exempt from the check of the middleware.

    Args:
        request: its body has been read.
        fields: what was in it; from here on `request.POST`.

    Raises:
        RejectedForm: it was not.
    """
    request.POST = fields  # type: ignore[assignment]  # Django's stubs take it for one that nobody can change.
    rejected = _check.process_view(request, _not_exempt, (), {})
    if rejected is not None:
        raise RejectedForm(rejected)


def _not_exempt(request: HttpRequest) -> HttpResponse:
    """Stands for the view, of which the check only asks whether it is exempt."""
    return HttpResponse()
