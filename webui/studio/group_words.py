"""What a page says of groups: before a training what is held back in whole, and after it what was.

Suggested -> sentence;  OfGroups -> sentence
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webui.studio.findings import OfGroups
from webui.studio.groups import Kind, Suggested


def planned(found: Suggested) -> list[str]:
    """Between how many days, and how many folders, the pictures are divided; empty where they are in none."""
    said = []
    if n := found.counts.get(Kind.DAYS):
        said.append(
            ngettext(
                "Hold back whole days: some of the %(n)d on which the cameras say the pictures were taken.",
                "Hold back whole days: some of the %(n)d on which the cameras say the pictures were taken.",
                n,
            )
            % {"n": n}
        )
    if n := found.counts.get(Kind.FOLDERS):
        said.append(
            ngettext(
                "Hold back whole folders: some of the %(n)d that the pictures were sent in.",
                "Hold back whole folders: some of the %(n)d that the pictures were sent in.",
                n,
            )
            % {"n": n}
        )
    return said


def measured_on(found: OfGroups) -> str:
    """On how many whole days or folders a model was measured; or that the pictures could not be divided by them."""
    values = {"n": found.held_back, "of": found.groups}
    match found.kinds, bool(found.divided) or not found.held_back:
        case ("day",), False:
            return _("Measured on %(n)d of %(of)d days, of which it had seen nothing.") % values
        case ("day",), True:
            return _("The pictures could not be divided by whole days: of another day, expect less.")
        case ("folder",), False:
            return _("Measured on %(n)d of %(of)d folders, of which it had seen nothing.") % values
        case ("folder",), True:
            return _("The pictures could not be divided by whole folders: of another place, expect less.")
        case _, False:
            return _("Measured on %(n)d of %(of)d days and folders, of which it had seen nothing.") % values
    return _("The pictures could not be divided by whole days and folders: of another day or place, expect less.")
