"""Remembers in the reviewer's session which decisions can be undone, the latest last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from webui.history.models import CorrectionKind
from webui.review.decisions import Decision
from webui.review.judgements import Judgement

_KEY = "review_decisions"
_MAX_STEPS = 20


@dataclass(frozen=True)
class Step:
    """A decision, and where the reviewer was when making it."""

    decision: Decision
    queue: str
    position: int
    """In the queue, from 1 on."""


def remember(request: HttpRequest, made: Step) -> None:
    """Puts a decision on top of those that can be undone; the oldest of more than 20 is forgotten."""
    before = made.decision.before
    step = {
        "correction": made.decision.correction,
        "reviewed": made.decision.reviewed.isoformat(),
        "before": [before.kind, before.label] if before else None,
        "queue": made.queue,
        "position": made.position,
    }
    request.session[_KEY] = [*_steps(request), step][-_MAX_STEPS:]


def can_undo(request: HttpRequest) -> bool:
    """Whether the reviewer has a decision to undo."""
    return bool(_steps(request))


def take_last(request: HttpRequest) -> Step | None:
    """The reviewer's last decision, which is forgotten; None where there is none."""
    steps = _steps(request)
    if not steps:
        return None
    *earlier, step = steps
    request.session[_KEY] = earlier
    before = Judgement(CorrectionKind(step["before"][0]), step["before"][1]) if step["before"] else None
    decision = Decision(step["correction"], datetime.fromisoformat(step["reviewed"]), before)
    return Step(decision, step["queue"], step["position"])


def _steps(request: HttpRequest) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = request.session.get(_KEY, [])
    return steps
