"""What the pages of Look inside share: a picture, tabs, and a sentence where there is nothing to show."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recognizer.errors import MenagerieError
from webui import wording
from webui.accounts.identity import identify
from webui.explain.parts import tabs
from webui.explain.subject import Subject, find_subject
from webui.problems import problem_response, status_of, wants_json, with_headers

View = Callable[..., HttpResponse]


def about_a_picture(here: str) -> Callable[[View], View]:
    """Decorator of views `(request, subject, ...)`; `here` is the name of the part that they belong to."""

    def decorator(view: View) -> View:
        @require_safe
        @functools.wraps(view)
        def wrapper(
            request: HttpRequest,
            *,
            answer_id: uuid.UUID | None = None,
            sample: str | None = None,
            **arguments: Any,
        ) -> HttpResponse:
            subject = find_subject(request, answer_id, sample)
            try:
                return view(request, subject, **arguments)
            except MenagerieError as err:
                return _refused(request, subject, here, err)

        return wrapper

    return decorator


def answered_with_a_page(view: View) -> View:
    """Decorator of views that are about no picture in particular: errors are answered with their status alone."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, **arguments: Any) -> HttpResponse:
        try:
            return view(request, **arguments)
        except MenagerieError as err:
            return with_headers(HttpResponse(status=status_of(err)), err)

    return wrapper


def shown(request: HttpRequest, template: str, subject: Subject, here: str, context: dict[str, Any]) -> HttpResponse:
    """A page of Look inside."""
    common = {"subject": subject, "tabs": tabs(subject, here), "is_staff": identify(request).is_staff}
    return render(request, f"webui/explain/{template}", {**common, **context})


def _refused(request: HttpRequest, subject: Subject, here: str, error: MenagerieError) -> HttpResponse:
    sentence = wording.error_sentence(error.code)
    if wants_json(request):
        return problem_response(error, sentence=sentence)
    page = shown(request, "refused.html", subject, here, {"notice": sentence, "code": error.code})
    page.status_code = status_of(error)
    return with_headers(page, error)
