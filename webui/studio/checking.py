"""What there is to look at in a project: signs that nobody has judged, the worst kind first."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, IntegerChoices, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from webui.studio.models import Project, Sign, SignKind


class Finding(IntegerChoices):
    """What is wrong, the worst first."""

    TWO_CLASSES = 0, _("The same picture in two classes")
    OTHER_CLASS = 1, _("Looks like another class")
    COPY = 2, _("Nearly the same as another picture")
    BLURRED = 3, _("Blurred")
    SMALL = 4, _("Small")


_TWO = Q(kind=SignKind.COPY, picture__picture_class__is_unsorted=False, other__picture_class__is_unsorted=False)
_FINDING = Case(
    When(_TWO & ~Q(picture__picture_class=F("other__picture_class")), then=Value(Finding.TWO_CLASSES)),
    When(kind=SignKind.LIKENESS, then=Value(Finding.OTHER_CLASS)),
    When(kind=SignKind.COPY, then=Value(Finding.COPY)),
    When(kind=SignKind.BLURRED, then=Value(Finding.BLURRED)),
    default=Value(Finding.SMALL),
)
_SETTLED = Q(kind=SignKind.LIKENESS) & (
    Q(picture__picture_class__is_unsorted=True) | Q(picture__picture_class=F("other_class"))
)


def open_signs(project: Project) -> QuerySet[Any]:
    """Signs that nobody has judged, the worst first; each has its `finding`, which the type of rows does not know."""
    mine = Sign.objects.filter(picture__project=project, is_fine=False).exclude(_SETTLED)
    return mine.annotate(finding=_FINDING).order_by("finding", F("share").desc(nulls_last=True), "id")
