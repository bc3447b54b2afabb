"""The view that deletes answers: it says how many, asks, and then deletes them.

POST what=ticked, ids  -> a page that asks -> the same POST with confirmed=true -> gone, back to the list
POST what=all, query   -> as above, for all that the filter finds; staff type the number where others' are among them
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from webui import services
from webui.accounts.identity import Caller, identify
from webui.history.filters import Filter
from webui.history.models import Answer, Answers
from webui.history.removal import delete as delete_answers


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """`/history/delete/`: deletes answers that the caller may see: the caller's own or, for staff, anybody's."""
    if request.method != "POST":  # Of who reloads the question, or reads it in the other language.
        return redirect("history")
    services.current().recorder.flush()  # What was answered before is deleted, too.
    caller = identify(request)
    wanted = Filter(QueryDict(request.POST.get("query", "").removeprefix("?")), caller)
    back = reverse("history") + wanted.query
    chosen = _chosen(request, caller, wanted)
    count = chosen.count()
    if count == 0:
        messages.warning(request, _("Nothing was deleted: first select the answers that you want to delete."))
        return redirect(back)
    others = _of_others(caller, chosen).count()
    # All of other people's answers are not one press away from those of one's own.
    must_type = request.POST.get("what") == "all" and others > 0
    is_confirmed = request.POST.get("confirmed") == "true"
    is_typed = request.POST.get("number", "").strip() == str(count)
    if not is_confirmed or (must_type and not is_typed):
        context = {"count": count, "others": others, "must_type": must_type, "is_mistyped": is_confirmed}
        return _ask(request, wanted, chosen, context)
    _log(caller, chosen, wanted)
    deleted = delete_answers(chosen)
    said = ngettext("%(count)d answer deleted.", "%(count)d answers deleted.", deleted)
    messages.success(request, said % {"count": deleted})
    return redirect(back)


def _chosen(request: HttpRequest, caller: Caller, wanted: Filter) -> Answers:
    visible = Answer.objects.visible_to(caller)
    if request.POST.get("what") == "all":
        # Not what has come since the question was asked.
        return wanted.apply(visible).filter(created__lte=_asked_at(request))
    return visible.filter(id__in=_ids(request))


def _ask(request: HttpRequest, wanted: Filter, chosen: Answers, found: dict[str, Any]) -> HttpResponse:
    context = {
        **found,
        "filter": wanted,
        "shown": chosen.order_by(*wanted.order)[:12],
        "what": request.POST.get("what", "ticked"),
        "ids": _ids(request),
        "asked_at": str(timezone.now().timestamp()),
    }
    return render(request, "webui/history/delete.html", context, status=400 if found["is_mistyped"] else 200)


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    found = []
    for text in request.POST.getlist("ids"):
        try:
            found.append(uuid.UUID(text))
        except ValueError:  # Of no form of ours.
            continue
    return found


def _asked_at(request: HttpRequest) -> datetime:
    """When the question was asked; now, where it is still to be asked."""
    text = request.POST.get("asked_at")
    if text is None:
        return timezone.now()
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):  # Of no form of ours: before everything.
        return datetime.min.replace(tzinfo=UTC)


def _of_others(caller: Caller, chosen: Answers) -> Answers:
    return chosen.exclude(user=caller.user) if caller.user else chosen.none()


def _log(caller: Caller, chosen: Answers, wanted: Filter) -> None:
    """Staff who delete what is others' leave a line in the admin's log."""
    others = list(_of_others(caller, chosen).values_list("id", flat=True)[:2]) if caller.is_staff else []
    if not others or caller.user is None:
        return
    count = _of_others(caller, chosen).count()
    LogEntry.objects.create(
        user=caller.user,
        content_type=ContentType.objects.get_for_model(Answer),
        object_id=str(others[0]) if count == 1 else None,
        object_repr=f"{count} answers of others" if count > 1 else f"the answer {others[0]} of somebody else",
        action_flag=DELETION,
        change_message=f"Deleted on the history page; filter: {wanted.query or 'none'}",
    )
