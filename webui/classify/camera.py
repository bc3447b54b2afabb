"""The camera of a page's reader: allowed to the page, and what is said where there is none."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _


def allow(response: HttpResponse) -> None:
    """Lets a page ask for the camera, which no other page may."""
    response["Permissions-Policy"] = settings.PERMISSIONS_POLICY.replace("camera=()", "camera=(self)")


def sentences() -> dict[str, str]:
    """Why there is no camera, for people: by the name of the browser's error, or `insecure`, `ended` and `other`."""
    return {
        "insecure": _(
            "Browsers give the camera only to pages over HTTPS, or to the machine that the server runs on"
            " (http://localhost). Choose pictures or take a photograph instead."
        ),
        "NotAllowedError": _(
            "The camera was not allowed. Allow it for this page in the browser's address bar, then start again."
        ),
        "NotFoundError": _("No camera was found. Connect one and start again, or choose pictures instead."),
        "NotReadableError": _("The camera is in use by another program. Close that and start again."),
        "ended": _("The camera was taken away. Start it again."),
        "other": _("The camera could not be started. Try again, or choose pictures instead."),
    }
