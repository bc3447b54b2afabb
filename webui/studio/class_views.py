"""The views of classes: a new one, its pictures, its name, its end; and what is added to them."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognizer.errors import MenagerieError
from webui import services, wording
from webui.accounts import form_token
from webui.accounts.decorators import members_only
from webui.accounts.form_token import RejectedForm
from webui.accounts.identity import identify
from webui.inference import client_watch, uploads
from webui.inference.admission import Weight
from webui.inference.uploads import Upload
from webui.problems import NO_SPACE, StorageFull, problem_response, wants_json
from webui.studio import adding, class_names, from_history, moving, removal, sorting, views
from webui.studio.adding import Added, Passed, Refusal
from webui.studio.class_names import NoClass
from webui.studio.forms import ClassForm
from webui.studio.lookup import class_of, project_of
from webui.studio.models import MOST_CLASSES, PictureClass, Project


@members_only
@require_POST
def new(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/classes/`: adds a class, or, with `other`, the one of other things."""
    project = project_of(request, project_id)
    if "other" in request.POST:
        project.other_things()
        return redirect("studio_project", project_id)
    form = ClassForm(project, request.POST)
    if not form.is_valid():
        return views.page(request, project, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    made = project.class_called(form.cleaned_data["name"])
    if made is None:
        messages.error(request, _("A project has at most %(n)d classes.") % {"n": MOST_CLASSES})
        return redirect("studio_project", project_id)
    return redirect(f"{reverse('studio_project', args=[project_id])}#class-{made.id}")


@never_cache
@members_only
@require_safe
def show(request: HttpRequest, class_id: int) -> HttpResponse:
    """`/studio/classes/<id>/`: the pictures of a class, the newest first."""
    return _page(request, class_of(request, class_id))


def _page(
    request: HttpRequest, shown: PictureClass, *, form: ClassForm | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    page = Paginator(shown.pictures.all(), sorting.PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "class": shown,
        "project": shown.project,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "targets": sorting.places(shown.project, but=shown),
        "can_undo": moving.can_undo(request, shown.project_id),
        "form": form or ClassForm(shown.project, {"name": shown.name}, renamed=shown),
    }
    return render(request, "webui/studio/class.html", context, status=status)


@members_only
@require_POST
def rename(request: HttpRequest, class_id: int) -> HttpResponse:
    """`/studio/classes/<id>/rename/`: gives a class another name."""
    found = class_of(request, class_id)
    form = ClassForm(found.project, request.POST, renamed=found)
    if not form.is_valid():
        return _page(request, found, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    found.name = form.cleaned_data["name"]
    found.save(update_fields=["name"])
    return redirect("studio_class", class_id)


@never_cache
@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, class_id: int) -> HttpResponse:
    """`/studio/classes/<id>/delete/`: asks, where it has pictures, and then removes a class with them."""
    found = class_of(request, class_id)
    count = found.pictures.count()
    if request.method != "POST" or (count and request.POST.get("confirmed") != "true"):
        return render(request, "webui/studio/delete.html", {"class": found, "project": found.project, "count": count})
    removal.delete_class(found)
    return redirect("studio_project", found.project_id)


@members_only
@require_POST
def places(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/places/`: which class pictures belong to by the paths of their folders, as of all/mug/monday.

    JSON, in the order of the form's `folders`: `{"places": [{"name": "mug", "folder": "monday"}]}`; `folder` is the one
    inside that of the class. Nothing is made, so that all of what is sent together is told by the classes of before.
    """
    known = class_names.known(project_of(request, project_id))
    paths = [[folder for folder in path.split("/") if folder] for path in request.POST.getlist("folders")]
    found = [class_names.placed(folders or [""], known) for folders in paths]
    return JsonResponse({"places": [{"name": name, "folder": folder} for name, folder in found]})


def _told_why_not(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Leads back to the project with the reason where pictures could not be added; a script gets the problem."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, project_id: uuid.UUID) -> HttpResponseBase:
        try:
            return view(request, project_id)
        except RejectedForm as err:
            return err.response
        except OSError as err:
            if err.errno not in NO_SPACE:
                raise
            full = StorageFull("The server's disk is full. What was added before is kept.")
            return _refused(request, project_id, full)
        except MenagerieError as err:
            return _refused(request, project_id, err)

    return wrapper


@csrf_exempt  # The check reads the whole form; it is made in `_sent`, once the request has its turn.
@members_only
@require_POST
@_told_why_not
def add(request: HttpRequest, project_id: uuid.UUID) -> HttpResponseBase:
    """`/studio/<uuid>/add/?class=7`, or `?name=cat`, which is made where it is missing, or `?unsorted`: adds pictures.

    `folder=monday` says in which folder inside that of the class they were.
    A script gets JSON: `{"added": 3, "passed": [{"name": "a.jpg", "why": "..."}], "class": 7}`.
    """
    project = project_of(request, project_id)
    gone, weight = client_watch.gone(request.META), uploads.weight_of(request)
    with services.current().admission.slot(gone=gone, weight=weight) as turn:
        pictures = _sent(request)
        target = _target(request, project)
        added = adding.add(pictures, target, turn, folder=request.GET.get("folder", ""))
    said = [{"name": passed.name, "why": _why(passed)} for passed in added.passed]
    if wants_json(request):
        return JsonResponse({"added": len(added.pictures), "passed": said, "class": target.pk})
    _tell(request, added, said)
    return redirect(f"{reverse('studio_project', args=[project_id])}#{_anchor(target)}")


@members_only
@require_POST
@_told_why_not
def add_corrected(request: HttpRequest, project_id: uuid.UUID) -> HttpResponseBase:
    """`/studio/<uuid>/corrected/`: adds pictures of the history, each to the class that somebody has said it is."""
    project = project_of(request, project_id)
    gone = client_watch.gone(request.META)
    # They are read one by one; as many as there may be are no light request.
    with services.current().admission.slot(gone=gone, weight=Weight.MEDIUM) as turn:
        count, refused = from_history.add(project, identify(request), turn)
    if count:
        said = ngettext("%(n)d picture added.", "%(n)d pictures added.", count)
        messages.success(request, said % {"n": count})
    if refused:
        messages.warning(request, refused.sentence if isinstance(refused, NoClass) else _why(refused))
    elif not count:
        messages.warning(request, _("There are no corrected pictures that are not here already."))
    return redirect("studio_project", project_id)


def _anchor(target: PictureClass) -> str:
    return "unsorted" if target.is_unsorted else f"class-{target.pk}"


def _sent(request: HttpRequest) -> list[Upload]:
    """The pictures of the form, which was sent from a page of ours."""
    sent = uploads.read(request)
    form_token.check(request, sent.fields)
    return sent.pictures()


def _target(request: HttpRequest, project: Project) -> PictureClass:
    """The class that the address names: by its number, by its name, which may be new, or none: not sorted yet."""
    if "unsorted" in request.GET:
        return project.unsorted()
    if "class" in request.GET:
        number = request.GET["class"]
        found = project.classes.filter(id=number).first() if number.isdecimal() and len(number) < 19 else None
    else:
        found = class_names.named(project, request.GET.get("name", ""))
    if found is None:
        raise Http404
    return found


def _refused(request: HttpRequest, project_id: uuid.UUID, error: MenagerieError) -> HttpResponse:
    said = error.sentence if isinstance(error, NoClass) else wording.error_sentence(error.code, error.reason)
    if wants_json(request):
        return problem_response(error, sentence=said)
    messages.error(request, said)
    return redirect("studio_project", project_id)


def _why(passed: Passed) -> str:
    """Why a picture was not added, for people."""
    match passed.why:
        case Refusal.HERE:
            return _("It is there already.")
        case Refusal.ELSEWHERE:
            return _("It is in “%(name)s” already.") % {"name": passed.where}
        case Refusal.GONE:
            return _("Its class is not there any more.")
        case Refusal.SMALL:
            return _("It is too small: at least %(n)d pixels a side are needed.") % {"n": adding.LEAST_SIDE}
        case Refusal.FULL:
            return _("There is no more room for pictures of projects on this server.")
        case error:
            return wording.error_sentence(error.code, error.reason)


def _tell(request: HttpRequest, added: Added, said: list[dict[str, Any]]) -> None:
    """Says on the next page what became of the pictures."""
    count = len(added.pictures)
    messages.success(request, ngettext("%(n)d picture added.", "%(n)d pictures added.", count) % {"n": count})
    for entry in said:
        messages.warning(request, f"{entry['name']}: {entry['why']}")
