"""The pages: upload and classify, and what is shown when something is wrong.

Everything here works without JavaScript; `static/webui/home.js` does the same through the API.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from recognizer import ImageError, MenagerieError, Prediction
from recognizer.images.decode import MAX_BYTES, Picture
from recognizer.model_file.metadata import ModelMetadata
from webui import wording
from webui.accounts import identity
from webui.accounts.first_run import first_run_offered
from webui.accounts.identity import Forbidden
from webui.classify import samples
from webui.inference import served_model
from webui.inference.classify import Answered, Asked, Classified, answer, first_error_if_all_failed
from webui.inference.served_model import State
from webui.inference.uploads import FIELD, MAX_IMAGES, Upload, form_uploads, malformed
from webui.problems import (
    InvalidRequest,
    MissingImage,
    NotFound,
    problem_headers,
    problem_response,
    status_of,
    unexpected,
    wants_json,
)

MAX_SIDE = 320
_QUALITY = 72


def data_uri(picture: Picture) -> str:
    """A JPEG of at most 320 x 320 pixels as a `data:` address; made anew, without the file's metadata."""
    small = picture.rgb.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    small.info.clear()
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


@dataclass(frozen=True)
class Plate:
    """One picture with its answer."""

    filename: str
    prediction: Prediction | None = None
    thumbnail: str | None = None
    error: str | None = None
    id: str | None = None
    """Of the answer in the history; None where it is not kept."""


def plate(item: Classified) -> Plate:
    """What is shown of one picture, be it answered or not."""
    filename = item.filename or ""
    if isinstance(item.outcome, ImageError):
        return Plate(filename, error=wording.error_sentence(item.outcome.code))
    thumbnail = data_uri(item.picture) if item.picture else None
    return Plate(filename, prediction=item.outcome, thumbnail=thumbnail, id=item.id)


_token_check = CsrfViewMiddleware(lambda _: HttpResponse())


class _RejectedForm(Exception):
    """The form does not carry its token."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


@csrf_exempt  # The check reads the whole form; it is made in `_checked`, once the request has its turn.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponseBase:
    """`/`: the upload form; after a POST with the pictures' answers."""
    if request.method != "POST":
        return _render_home(request)
    try:
        answered = answer(request, _checked)
    except _RejectedForm as err:
        return err.response
    except MenagerieError as err:
        return refused(request, err)
    error = first_error_if_all_failed(answered.classified)
    return _render_home(request, status=status_of(error) if error else 200, answered=answered)


def refused(request: HttpRequest, error: MenagerieError) -> HttpResponse:
    """The upload page with a notice that says why nothing was classified."""
    response = _render_home(request, status=status_of(error), notice=wording.error_sentence(error.code))
    for name, value in problem_headers(error).items():
        response[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot be read as a request: a malformed form, a foreign host name."""
    if identity.is_api(request):
        return problem_response(InvalidRequest("The request cannot be read: a malformed header, host name or form."))
    unreadable = MultiPartParserError | RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent
    if request.path_info == "/" and isinstance(exception, unreadable):
        return refused(request, malformed(exception))
    return render(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: from another site, a browser that refuses cookies, or older than the last login."""
    if wants_json(request):
        error = Forbidden("The form does not carry the token of this session.")
        return problem_response(error, sentence=wording.error_sentence("unauthenticated"))
    return render(request, "403_csrf.html", status=403)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For others than who asks."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address."""
    if identity.is_api(request):
        return problem_response(NotFound(f"There is nothing at {request.path}."))
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours; Django has written it to the log."""
    if identity.is_api(request):
        return problem_response(unexpected())
    # Without the request: the head of other pages says who is logged in, which the database may not tell either.
    return HttpResponse(render_to_string("500.html"), status=500)


def _checked(request: HttpRequest) -> Asked:
    """What a form asks that was sent from our own page.

    Raises:
        _RejectedForm: it was not.
        InvalidRequest, MissingImage: see `form_uploads`.
    """
    # Of the view, which comes second, it only asks whether it is exempt.
    rejected = _token_check.process_view(request, _render_home, (), {})
    if rejected is not None:
        raise _RejectedForm(rejected)
    return Asked(_uploads(request), heatmaps="heatmap" in request.POST)


def _uploads(request: HttpRequest) -> list[Upload]:
    """The pictures that were sent, or the sample that was chosen instead."""
    try:
        return form_uploads(request)
    except MissingImage:
        sample = samples.upload(request.POST.get(samples.FIELD))
        if sample is None:
            raise
        return [sample]


def _render_home(
    request: HttpRequest, *, status: int = 200, answered: Answered | None = None, notice: str | None = None
) -> HttpResponse:
    model = served_model.current()
    # By the time an answer is shown, another version may be the current one.
    answering = answered.recognizer if answered else model.recognizer() if model.state is State.READY else None
    metadata = answering.metadata if answering else None
    context = {
        "plates": [plate(item) for item in answered.classified] if answered else [],
        "timing": answered.timing if answered else None,
        "notice": notice,
        "state": model.state.value,
        "metadata": metadata,
        "field": FIELD,
        "max_images": MAX_IMAGES,
        "max_megabytes": MAX_BYTES // 2**20,
        "heatmaps": answered.heatmaps if answered else False,
        "samples": samples.SAMPLES,
        "keep_days": settings.ENVIRONMENT.keep_days,
        "first_run_offered": first_run_offered(request),
        "script": _script_data(metadata),
    }
    response = render(request, "webui/home.html", context, status=status)
    identity.remember_visitor(request, response)
    return response


def _script_data(metadata: ModelMetadata | None) -> dict[str, Any]:
    """What the page's script needs to know, so that nothing is written a second time in it."""
    return {
        "classifyUrl": reverse("classify"),
        "field": FIELD,
        "maxBytes": MAX_BYTES,
        # Smaller copies keep twice what the model needs, so that resizing them again costs no sharpness.
        "leastShortSide": 2 * metadata.preprocessing.resized_short_side if metadata else None,
        "classNames": wording.class_names(),
        "certainties": wording.certainties(),
        "errors": wording.error_sentences(),
        "messages": wording.script_messages(),
    }
