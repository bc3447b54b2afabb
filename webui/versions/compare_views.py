"""The view in which two versions classify the same picture, side by side."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from recognizer import Prediction
from recognizer.errors import ArtifactError, MenagerieError
from recognizer.folders import command_line
from recognizer.model_file.metadata import ModelMetadata
from webui import services, wording
from webui.accounts import form_token, rate_limits
from webui.accounts.decorators import members_only
from webui.accounts.form_token import RejectedForm
from webui.accounts.identity import identify
from webui.classify.result_card import ResultCard, result_card
from webui.history import pictures
from webui.history.models import Answer
from webui.inference import client_watch, uploads
from webui.inference.admission import Turn
from webui.inference.classify import classify, first_error_if_all_failed
from webui.inference.uploads import FIELD, Upload
from webui.problems import MissingImage, status_of, with_headers
from webui.review.next_version import train_command
from webui.versions import listing
from webui.versions.comparing import NotCompiled
from webui.versions.listing import Listed

_SHOWN_CLASSES = 10
_SHOWN_ANSWERS = 8
_LOOKED_THROUGH = 40
"""Of the latest answers, to find so many of different pictures."""


@dataclass(frozen=True)
class ScorePair:
    """One class, with the score that each version gives it."""

    label: str
    scores: list[float | None]
    """None where a version does not have the class."""


@dataclass(frozen=True)
class Difference:
    """Where two answers to the same picture differ."""

    same_answer: bool
    """The same class, or both none of theirs."""
    scores: list[ScorePair]
    """The classes that matter to either, best first."""


@dataclass(frozen=True)
class Side:
    """One version and its answer."""

    version: Listed
    metadata: ModelMetadata
    card: ResultCard


@dataclass(frozen=True)
class Comparison:
    """Two answers to one picture, and where they differ."""

    sides: list[Side]
    difference: Difference


@csrf_exempt  # The check reads the whole form; it is made once the request has its turn.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def compare(request: HttpRequest) -> HttpResponseBase:
    """`/models/compare/?a=animals-1&b=animals-2&answer=<id>`: the form; after a POST with both answers."""
    if request.method != "POST":
        return render(request, "webui/models/compare.html", _context(request, request.GET))
    fields: QueryDict = QueryDict(mutable=True)
    shared = services.current()
    try:
        rate_limits.admit(request)
        with (
            shared.admission.slot(gone=client_watch.gone(request.META), weight=uploads.weight_of(request)) as turn,
            shared.guest.alone(),
        ):
            sent = uploads.read(request)
            fields = sent.fields
            form_token.check(request, fields)
            context = _context(request, fields)
            if len(context["chosen"]) == 2:
                rate_limits.count_others(request, 2)
                upload = _kept(context["answer"]) if context["answer"] else sent.pictures()[0]
                context["comparison"] = _comparison(context["chosen"], upload, turn)
    except RejectedForm as err:
        return err.response
    except MenagerieError as err:
        return _refused(request, _context(request, fields), err)
    return render(request, "webui/models/compare.html", context)


def differences(predictions: Sequence[Prediction]) -> Difference:
    """Compares predictions for the same picture."""
    by_label = [{entry.label: entry.score for entry in prediction.top} for prediction in predictions]
    labels = dict.fromkeys(label for scores in by_label for label in scores)
    pairs = [ScorePair(label, [scores.get(label) for scores in by_label]) for label in labels]
    pairs.sort(key=lambda pair: -max(score or 0.0 for score in pair.scores))
    return Difference(len({prediction.label for prediction in predictions}) == 1, pairs[:_SHOWN_CLASSES])


def _context(request: HttpRequest, sent: QueryDict) -> dict[str, Any]:
    """What the page shows, but for the answers."""
    usable = [version for version in listing.versions() if version.metadata]
    answer = _chosen_answer(request, sent)
    return {
        "versions": usable,
        "train_command": train_command() if identify(request).is_staff and len(usable) < 2 else "",
        "chosen": _chosen(usable, sent),
        "answer": answer,
        "field": FIELD,
        "recent": _recent(request, answer),
    }


def _comparison(versions: Sequence[Listed], upload: Upload, turn: Turn) -> Comparison:
    """Asks one version after the other.

    Raises:
        MenagerieError: a picture that cannot be read; no room to decode it; a version that cannot be opened.
    """
    sides = [_side(version, upload, turn) for version in versions]
    predictions = [side.card.prediction for side in sides if side.card.prediction]
    return Comparison(sides, differences(predictions))


def _side(version: Listed, upload: Upload, turn: Turn) -> Side:
    recognizer = services.current().guest.get(version)
    classified, _timing = classify([upload], recognizer, turn, heatmaps=True)
    error = first_error_if_all_failed(classified)
    if error is not None:
        raise error
    return Side(version, recognizer.metadata, result_card(classified[0]))


def _chosen(usable: Sequence[Listed], sent: QueryDict) -> list[Listed]:
    """Two versions: those that were named, else the active one, and the one before or the newest that is compiled."""
    by_stem = {version.stem: version for version in usable}
    newest_first = list(reversed(usable))
    ranked = sorted(newest_first, key=lambda found: (not found.is_active, not found.is_previous, not found.precisions))
    first = by_stem.get(sent.get("a", "")) or next(iter(ranked), None)
    second = by_stem.get(sent.get("b", "")) or next((version for version in ranked if version is not first), None)
    return [version for version in (first, second) if version is not None]


def _chosen_answer(request: HttpRequest, sent: QueryDict) -> Answer | None:
    """The answer whose picture is to be looked at again.

    Raises:
        Http404: there is none that the caller may see, or its picture was not kept.
    """
    text = sent.get("answer", "")
    if not text:
        return None
    try:
        answer = Answer.objects.visible_to(identify(request)).get(pk=uuid.UUID(text))
    except (ValueError, Answer.DoesNotExist) as err:
        raise Http404 from err
    if not pictures.exists(answer.pk):
        raise Http404
    return answer


def _recent(request: HttpRequest, chosen: Answer | None) -> list[Answer]:
    """Answers to the caller's latest pictures to choose from, the chosen one first; of one picture's the latest."""
    own = Answer.objects.belonging_to(identify(request)).filter(picture_bytes__gt=0)
    latest = [*([chosen] if chosen else []), *own[:_LOOKED_THROUGH]]
    different: dict[tuple[str, int, int], Answer] = {}
    for answer in latest:
        different.setdefault((answer.filename, answer.width, answer.height), answer)
    return list(different.values())[:_SHOWN_ANSWERS]


def _kept(answer: Answer) -> Upload:
    data = pictures.read(answer.pk)
    if data is None:  # Removed this moment.
        raise MissingImage("The picture was removed.")
    return Upload(answer.filename, data)


def _refused(request: HttpRequest, context: dict[str, Any], error: MenagerieError) -> HttpResponse:
    status, notice = status_of(error), wording.error_sentence(error.code, error.reason)
    if isinstance(error, NotCompiled):
        status = HTTPStatus.CONFLICT
        notice = _("A version that is not compiled yet cannot be compared. Activate it once, or run: %(command)s") % {
            "command": command_line("recognizer", "compile", "FILE")
        }
    elif isinstance(error, ArtifactError):
        status, notice = HTTPStatus.CONFLICT, _("One of the versions cannot be opened.")
    response = render(request, "webui/models/compare.html", {**context, "notice": notice}, status=status)
    return with_headers(response, error)
