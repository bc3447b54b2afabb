"""The upload page: pictures in, result cards out.

Everything here works without JavaScript; `static/webui/home.js` does the same through the API.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from recognizer import MenagerieError
from recognizer.images.decode import MAX_BYTES
from webui import services, wording
from webui.accounts import form_token, identity
from webui.accounts.first_run import first_run_offered
from webui.accounts.form_token import RejectedForm
from webui.classify import samples
from webui.classify.answer import answer
from webui.classify.result_card import ResultCard, kept_card, result_card
from webui.classify.script_data import script_data
from webui.history import lookup
from webui.history.models import Answer
from webui.inference import uploads
from webui.inference.classify import Answered, Asked, first_error_if_all_failed
from webui.inference.served_model import State
from webui.inference.uploads import FIELD
from webui.problems import status_of, with_headers


@csrf_exempt  # The check reads the whole form; it is made in `_asked`, once the request has its turn.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponseBase:
    """`/`: the upload form; after a POST, and with `?answers=` their ids, with the pictures' answers."""
    if request.method != "POST":
        return _render_home(request, cards=_kept(request))
    try:
        answered, ids = answer(request, _asked)
    except RejectedForm as err:
        return err.response
    except MenagerieError as err:
        return refused(request, err)
    error = first_error_if_all_failed(answered.classified)
    if _can_stay(request, answered, ids):
        services.current().recorder.flush()  # Another process may be asked for them next.
        return redirect(f"{reverse('home')}?answers={','.join(map(str, ids))}#results")
    cards = [result_card(item, answer_id) for item, answer_id in zip(answered.classified, ids, strict=True)]
    return _render_home(request, status=status_of(error) if error else 200, answered=answered, cards=cards)


def _can_stay(request: HttpRequest, answered: Answered, ids: Sequence[str | None]) -> bool:
    """Whether the answers have an address to go to, which Back and a reload ask for instead of sending them again.

    Not where one is not kept or could not be given, nor with heat maps, which never are.
    """
    caller = identity.identify(request)
    return all(ids) and not answered.asked.heatmaps and (caller.is_member or bool(caller.visitor))


def _kept(request: HttpRequest) -> list[ResultCard]:
    """The cards of the answers that the address names, as far as they are the reader's own."""
    ids = lookup.read_ids(request.GET.get("answers", "")) or []
    if not ids:
        return []
    own = Answer.objects.belonging_to(identity.identify(request)).select_related("correction")
    return [kept_card(answer) for answer in lookup.find_all(ids[: settings.MAX_IMAGES], own)]


def refused(request: HttpRequest, error: MenagerieError) -> HttpResponse:
    """The upload page with a notice that says why nothing was classified."""
    response = _render_home(request, status=status_of(error), notice=wording.error_sentence(error.code, error.reason))
    return with_headers(response, error)


def _asked(request: HttpRequest) -> Asked:
    """What a form asks that was sent from our own page: about its pictures, or the sample that was chosen instead.

    Raises:
        RejectedForm: it was not.
        MenagerieError: see `uploads.read`.
    """
    sent = uploads.read(request)
    form_token.check(request, sent.fields)
    sample = None if sent.uploads else samples.upload(sent.fields.get(samples.FIELD))
    return Asked([sample] if sample else sent.pictures(), heatmaps="heatmap" in sent.fields)


def _render_home(
    request: HttpRequest,
    *,
    status: int = 200,
    answered: Answered | None = None,
    cards: Sequence[ResultCard] = (),
    notice: str | None = None,
) -> HttpResponse:
    model = services.current().model
    # By the time an answer is shown, another version may be the current one.
    answering = answered.recognizer if answered else model.recognizer() if model.state is State.READY else None
    metadata = answering.metadata if answering else None
    context = {
        "cards": cards,
        "timing": answered.timing if answered else None,
        "notice": notice,
        "state": model.state.value,
        "metadata": metadata,
        "field": FIELD,
        "max_images": settings.MAX_IMAGES,
        "max_megabytes": MAX_BYTES // 2**20,
        "heatmaps": answered.asked.heatmaps if answered else False,
        "samples": samples.SAMPLES,
        "keep_days": settings.ENVIRONMENT.keep_days,
        "first_run_offered": first_run_offered(request),
        "script": script_data(request, metadata),
    }
    response = render(request, "webui/home.html", context, status=status)
    identity.remember_visitor(request, response)
    return response
