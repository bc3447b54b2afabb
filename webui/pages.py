"""The pages: upload and classify, and what is shown when something is wrong.

Everything here works without JavaScript; `static/webui/home.js` does the same through the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from recognizer import ImageError, MenagerieError, Prediction
from recognizer.images import MAX_BYTES
from webui import serving, thumbnails, wording
from webui.classification import Answered, Classified, answer, first_error_if_all_failed
from webui.problems import InvalidRequest, NotFound, problem_response, retry_after_s, status_of, unexpected
from webui.serving import State
from webui.uploads import FIELD, MAX_IMAGES, Upload, form_uploads, malformed


@dataclass(frozen=True)
class Plate:
    """One picture with its answer, as the page shows it."""

    filename: str
    prediction: Prediction | None = None
    thumbnail: str | None = None
    error: str | None = None


_token_check = CsrfViewMiddleware(lambda _: HttpResponse())


class _RejectedForm(Exception):
    """The form does not carry its token."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


@csrf_exempt  # The check reads the whole form; it is made in `_checked_uploads`, once the request has its turn.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponseBase:
    """`/`: the upload form; after a POST with the pictures' answers."""
    if request.method != "POST":
        return _render_home(request)
    try:
        answered = answer(request, _checked_uploads)
    except _RejectedForm as err:
        return err.response
    except MenagerieError as err:
        return refused(request, err)
    error = first_error_if_all_failed(answered.classified)
    return _render_home(request, status=status_of(error) if error else 200, answered=answered)


def refused(request: HttpRequest, error: MenagerieError) -> HttpResponse:
    """The upload page with a notice that says why nothing was classified."""
    response = _render_home(request, status=status_of(error), notice=wording.error_sentence(error.code))
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(retry_after_s(error))
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot be read as a request: a malformed form, a foreign host name."""
    if _is_api(request):
        return problem_response(InvalidRequest("The request cannot be read: a malformed header, host name or form."))
    if isinstance(exception, MultiPartParserError | RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return refused(request, malformed(exception))
    return render(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: sent from another site, or from a browser that refuses cookies."""
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address."""
    if _is_api(request):
        return problem_response(NotFound(f"There is nothing at {request.path}."))
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours; Django has written it to the log."""
    if _is_api(request):
        return problem_response(unexpected())
    return render(request, "500.html", status=500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _checked_uploads(request: HttpRequest) -> list[Upload]:
    """The pictures of a form that was sent from our own page.

    Raises:
        _RejectedForm: it was not.
        InvalidRequest, MissingImage: see `form_uploads`.
    """
    # Of the view, which comes second, it only asks whether it is exempt.
    rejected = _token_check.process_view(request, _render_home, (), {})
    if rejected is not None:
        raise _RejectedForm(rejected)
    return form_uploads(request)


def _render_home(
    request: HttpRequest, *, status: int = 200, answered: Answered | None = None, notice: str | None = None
) -> HttpResponse:
    model = serving.current()
    # By the time an answer is shown, another version may be the current one.
    answering = answered.recognizer if answered else model.recognizer() if model.state is State.READY else None
    context = {
        "plates": [_plate(item) for item in answered.classified] if answered else [],
        "timing": answered.timing if answered else None,
        "notice": notice,
        "state": model.state.value,
        "metadata": answering.metadata if answering else None,
        "field": FIELD,
        "max_images": MAX_IMAGES,
        "max_megabytes": MAX_BYTES // 2**20,
        "script": _script_data(),
    }
    return render(request, "webui/home.html", context, status=status)


def _script_data() -> dict[str, Any]:
    """What the page's script needs to know, so that nothing is written a second time in it."""
    return {
        "classifyUrl": reverse("classify"),
        "field": FIELD,
        "maxBytes": MAX_BYTES,
        "classNames": wording.class_names(),
        "errors": wording.error_sentences(),
        "messages": wording.script_messages(),
    }


def _plate(item: Classified) -> Plate:
    filename = item.filename or ""
    if isinstance(item.outcome, ImageError):
        return Plate(filename, error=wording.error_sentence(item.outcome.code))
    thumbnail = thumbnails.data_uri(item.picture) if item.picture else None
    return Plate(filename, prediction=item.outcome, thumbnail=thumbnail)
