"""The JSON API that activates versions, for staff.

POST .../activate -> 202, running -> GET .../activations/{number}: done | failed | abandoned
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from recognizer.predictions.documents import Document
from webui import services
from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.accounts.models import Scope, User
from webui.api.endpoint import Operation, PathPart, json_response
from webui.problems import Forbidden, NotFound, Unauthenticated
from webui.versions.api import VERSION, existing
from webui.versions.models import Outcome, Switch, SwitchKind

_PER_MINUTE = 10


class Activation(Document):
    """A change of the active version, under way or ended."""

    id: int
    kind: SwitchKind
    """`rollback` where the version is the one that was active before."""
    version: str
    """The `id` of the version that is to be active."""
    before: str | None
    """That of the version which was active when it was asked for; null where there was none."""
    outcome: Outcome
    """While it is `running`, the version is opened and tried; where it `failed`, nothing has changed."""
    problem: str | None
    """Why it failed; null where it has not."""
    asked: str
    """ISO 8601, in UTC."""
    finished: str | None
    """As `asked`; null while it is under way."""


EXAMPLE = Activation(
    id=7,
    kind=SwitchKind.ACTIVATE,
    version="animals-2",
    before="animals-1",
    outcome=Outcome.RUNNING,
    problem=None,
    asked="2026-11-22T01:20:00.123456Z",
    finished=None,
)


@Operation(
    "POST",
    "models",
    {202: EXAMPLE},
    scope=Scope.ACTIVATE,
    needs_key=True,
    path={"version": VERSION},
    problems=("not_found", "switch_running", "model_is_set", "throttled"),
    headers={"Location": "The address that tells what becomes of it."},
)
def activate_model(request: HttpRequest, version: str) -> HttpResponse:
    """Makes a version the one that answers; for keys of staff.

    It is opened and tried first, which takes seconds: the answer comes before, and names the address that tells the
    outcome. To go back, activate the version that is `previous`.
    """
    user = _staff(request)
    found, _ = existing(version)
    rate_limits.spend(request, "activations", per_minute=_PER_MINUTE)
    switch = services.current().switcher.start(found, user, key=identify(request).key)
    return json_response(_activation(switch), HTTPStatus.ACCEPTED, Location=reverse("api_activation", args=[switch.pk]))


@Operation(
    "GET",
    "models",
    {200: EXAMPLE},
    scope=Scope.ACTIVATE,
    needs_key=True,
    path={"number": PathPart("The `id` of the activation.", "7")},
    problems=("not_found",),
)
def activation(request: HttpRequest, number: int) -> Activation:
    """Tells what became of an activation; for keys of staff."""
    _staff(request)
    switch = Switch.objects.filter(pk=number).first()
    if switch is None:
        raise NotFound(f"Expected the id of an activation. Received: {str(number)[:50]}")
    return _activation(switch)


def _staff(request: HttpRequest) -> User:
    user = identify(request).user
    if user is None:
        raise Unauthenticated("Send an API key of staff: Authorization: Bearer mng_...")
    if not user.is_staff:
        raise Forbidden("Only staff may activate versions.")
    return user


def _activation(switch: Switch) -> Activation:
    return Activation(
        id=switch.pk,
        kind=SwitchKind(switch.kind),
        version=switch.version,
        before=switch.before or None,
        outcome=switch.shown_outcome,
        problem=switch.problem or None,
        asked=_moment(switch.asked),
        finished=_moment(switch.finished) if switch.finished else None,
    )


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
