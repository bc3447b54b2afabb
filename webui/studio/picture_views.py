"""The views of pictures: their small copies, those that are not sorted yet, and what is moved, deleted and undone."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from webui.accounts.decorators import members_only
from webui.studio import comparing, moving, removal, sorting, store
from webui.studio.check_views import comparison_of
from webui.studio.forms import ChosenForm
from webui.studio.lookup import picture_of, project_of
from webui.studio.models import Picture, PictureClass, Sign, SignKind

_MAX_AGE_S = 7 * 86_400


@members_only
@require_safe
def thumbnail(request: HttpRequest, picture_id: int) -> HttpResponse:
    """`/studio/pictures/<id>.jpg`: a small copy of a picture."""
    picture = picture_of(request, picture_id)
    data = store.thumbnail(picture.project_id, picture.digest)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=_MAX_AGE_S)
    return response


@members_only
@require_POST
def chosen(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/chosen/`: moves the chosen pictures to a class, or, without one in `target`, deletes them.

    What a `sign` says of one has been looked at by that.
    """
    project = project_of(request, project_id)
    form = ChosenForm(project, request.POST)
    if not form.is_valid():
        return sorting.refused(request, project, _("Nothing was changed: first choose pictures."))
    pictures, target = form.cleaned_data["pictures"], form.cleaned_data["target"]
    if target is None:
        count = pictures.count()
        removal.delete_pictures(project.id, pictures)
        said = ngettext("%(n)d picture deleted.", "%(n)d pictures deleted.", count)
        return sorting.told(request, project, said % {"n": count})
    step = moving.move(pictures, target)
    said = _moved(step.size(), target)
    looked_at = Sign.objects.filter(id=sorting.number(request.POST.get("sign", "")), picture__project=project)
    step.fine = moving.say_fine(looked_at, project.id).fine
    return sorting.told(request, project, said, step)


def _moved(count: int, target: PictureClass) -> str:
    said = ngettext("%(n)d picture moved to “%(name)s”.", "%(n)d pictures moved to “%(name)s”.", count)
    return said % {"n": count, "name": target}


@members_only
@require_POST
def undo(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/undo/`: takes back what was moved, or said to be fine, last."""
    project = project_of(request, project_id)
    step = moving.take_last(request, project.id)
    if step is None or not moving.undo(step):
        return sorting.refused(request, project, _("There is nothing to undo."))
    return sorting.told(request, project, _("Undone."))


@never_cache
@members_only
@require_safe
def unsorted(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/unsorted/`: pictures that are not sorted yet, with what each looks like.

    `?order=unsure` has those first of which that is least sure.
    """
    project = project_of(request, project_id)
    comparison, place = comparison_of(project), project.place_of_unsorted()
    is_unsure_first = request.GET.get("order") == "unsure"
    page = Paginator(_by_likeness(place, is_unsure_first=is_unsure_first), sorting.PER_PAGE).get_page(
        request.GET.get("page")
    )
    targets = sorting.places(project, but=place)
    names = {target.picture_class.pk: str(target.picture_class) for target in targets}
    context = {
        "project": project,
        "place": place,
        "page": page,
        "pictures": [(picture, names.get(picture.looks_like), round(100 * (picture.share or 0))) for picture in page],
        "pages": page.paginator.get_elided_page_range(page.number),
        "targets": targets,
        "can_undo": moving.can_undo(request, project.id),
        "is_unsure_first": is_unsure_first,
        "is_compared": _likeness(place).exists(),
        "sure": _sure(place).count(),
        "comparison": comparison,
    }
    return render(request, "webui/studio/unsorted.html", context)


def _by_likeness(place: PictureClass | None, *, is_unsure_first: bool) -> QuerySet[Any]:
    """Pictures with the `share` of the votes for what they look like; what nobody has compared comes last."""
    likeness = FilteredRelation("signs", condition=Q(signs__kind=SignKind.LIKENESS))
    found = Picture.objects.filter(picture_class=place).annotate(
        likeness=likeness, share=F("likeness__share"), looks_like=F("likeness__other_class")
    )
    share = F("share")
    return found.order_by(share.asc(nulls_last=True) if is_unsure_first else share.desc(nulls_last=True), "-id")


@members_only
@require_POST
def right(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/right/`: sorts the picture `right`, or all that are `sure`, into the class that it looks like."""
    project = project_of(request, project_id)
    place, number = project.place_of_unsorted(), request.POST.get("right", "")
    signs = _sure(place) if "sure" in request.POST else _likeness(place).filter(picture=sorting.number(number))
    classes = PictureClass.objects.in_bulk(set(signs.values_list("other_class", flat=True)))
    step = moving.Step(project.id)
    for target in classes.values():
        looks_so = Picture.objects.filter(signs__in=signs.filter(other_class=target))
        step.moves += moving.move(looks_so, target).moves
    if not step.moves:
        return sorting.refused(request, project, _("Nothing was changed: first choose pictures."))
    if len(classes) == 1:
        return sorting.told(request, project, _moved(step.size(), *classes.values()), step)
    said = ngettext("%(n)d picture sorted.", "%(n)d pictures sorted.", step.size())
    return sorting.told(request, project, said % {"n": step.size()}, step)


def _likeness(place: PictureClass | None) -> QuerySet[Sign]:
    return Sign.objects.filter(picture__picture_class=place, kind=SignKind.LIKENESS)


def _sure(place: PictureClass | None) -> QuerySet[Sign]:
    return _likeness(place).filter(share__gte=comparing.SURE)
