"""The views of "Check the pictures": what may be wrong with those of a project, and how each is settled."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer.errors import MenagerieError
from webui import wording
from webui.accounts.decorators import members_only
from webui.accounts.identity import identify
from webui.jobs import events, lease, queue, worker_sign
from webui.jobs.events import Progress
from webui.jobs.models import Job, State
from webui.studio import checking, comparing, moving, sorting
from webui.studio.checking import Finding
from webui.studio.lookup import project_of
from webui.studio.models import Comparison, Project

_PER_PAGE = 30


@dataclass(frozen=True)
class Shown:
    """The comparison of a project, as its pages show it."""

    last: Comparison | None
    progress: Progress | None
    """None where none waits or runs."""
    can_begin: bool
    """Whether two classes have pictures."""
    model: str | None
    """The model that looks, or would; None where there is none."""
    minutes: int
    no_worker: bool

    @property
    def job(self) -> Job | None:
        """Of the last comparison."""
        return self.last.job if self.last else None

    @property
    def state(self) -> str:
        """Of its job; empty where nobody has asked for one."""
        return self.last.job.state if self.last else ""


def comparison_of(project: Project) -> Shown:
    """How far the comparison of a project is, or what one would take; what one has found is among the signs then."""
    last, amount = comparing.latest(project), comparing.amount_of(project)
    is_open = last is not None and not last.job.is_finished
    if is_open:
        lease.recover()
    return Shown(
        last,
        progress=events.read(last.job_id) if last and is_open else None,
        can_begin=not is_open and amount.is_enough,
        model=comparing.model_or_none(project),
        minutes=amount.minutes,
        no_worker=last is not None and last.job.state == State.WAITING and not worker_sign.is_seen(),
    )


@never_cache
@members_only
@require_safe
def check(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/check/`: what may be wrong with the pictures of a project, the worst first."""
    project = project_of(request, project_id)
    comparison = comparison_of(project)
    signs = checking.open_signs(project).select_related("picture__picture_class", "other__picture_class", "other_class")
    page = Paginator(signs, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "findings": [(sign, Finding(sign.finding)) for sign in page],
        "targets": sorting.places(project),
        "can_undo": moving.can_undo(request, project.id),
        "comparison": comparison,
    }
    return render(request, "webui/studio/check.html", context)


@members_only
@require_POST
def fine(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/fine/`: nothing is wrong with what one `sign` is about, or with all of one `finding`."""
    project = project_of(request, project_id)
    signs = checking.open_signs(project)
    finding, number = request.POST.get("finding", ""), request.POST.get("sign", "")
    if finding in map(str, Finding.values):
        signs = signs.filter(finding=int(finding))
    else:
        signs = signs.filter(id=sorting.number(number))
    step = moving.say_fine(signs, project.id)
    if not step.fine:
        return sorting.refused(request, project, _("This was settled meanwhile."))
    said = ngettext("Remembered: it is fine.", "Remembered: these %(n)d are fine.", len(step.fine))
    return sorting.told(request, project, said % {"n": len(step.fine)}, step)


@members_only
@require_POST
def compare(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/compare/`: has a model compare the pictures of a project, as soon as it is its turn."""
    project = project_of(request, project_id)
    try:
        comparing.begin(project, identify(request))
    except comparing.NothingToCompare:
        return sorting.refused(request, project, _("There is nothing to compare yet: two classes need pictures."))
    except (queue.QueueFull, queue.TooManyOfOne) as err:
        return sorting.refused(request, project, queue.sentence(err))
    except MenagerieError as err:
        return sorting.refused(request, project, wording.error_sentence(err.code, err.reason))
    return redirect(sorting.back(request, project))
