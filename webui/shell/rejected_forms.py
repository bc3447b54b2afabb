"""Explains why a form was not taken: for the person before the page, and for whoever runs the server."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.middleware import csrf
from django.utils.translation import gettext as _

from webui.accounts.own_origin import cure, own_origins
from webui.accounts.refusal_log import shown


@dataclass(frozen=True)
class Cause:
    """Why a form was rejected."""

    kind: str
    """origin, silent, plain, cookie or token."""
    title: str
    sentences: tuple[str, ...]
    """In the reader's language."""
    detail: str
    """In English, for programs and for the log: what came, what was expected, and the cure."""


def cause_of(request: HttpRequest, reason: str) -> Cause:
    """The cause behind the `reason` that Django's check gives."""
    if reason == csrf.REASON_NO_CSRF_COOKIE:
        is_plain = settings.ENVIRONMENT.https and not request.is_secure()
        return _plain(request) if is_plain else _no_cookie(request)
    if not reason.startswith(("Origin checking", "Referer checking")):
        return _other_token(reason)
    came = _origin_of(request)
    return _foreign(request, came) if came else _silent(request)


def _origin_of(request: HttpRequest) -> str:
    """The origin of the page with the form; empty where the browser does not tell."""
    origin = request.headers.get("Origin")
    if origin is None:
        try:
            page = urlsplit(request.headers.get("Referer", ""))
        except ValueError:
            return ""
        origin = f"{page.scheme}://{page.netloc}" if page.netloc else ""
    return "" if origin == "null" else shown(origin)


def _expected(request: HttpRequest) -> str:
    return ", ".join(shown(origin) for origin in own_origins(request))


def _foreign(request: HttpRequest, came: str) -> Cause:
    expected = _expected(request)
    setting = cure(came)
    words = {"came": came, "expected": expected, "setting": setting}
    return Cause(
        kind="origin",
        title=_("The form came from another address"),
        sentences=(
            _("It was sent by a page of %(came)s, and this server takes itself to be at %(expected)s.") % words,
            _("Nothing was changed."),
            _("If %(came)s is where you open this site, whoever runs the server sets %(setting)s and starts it again.")
            % words,
            _("If not, another site has tried to send a form in your name."),
        ),
        detail=f"The form came from a page of {came}. Expected: {expected}. If people open the server at {came}, with a"
        f" proxy before it, start it with {setting} (with the path, if there is one)",
    )


def _silent(request: HttpRequest) -> Cause:
    return Cause(
        kind="silent",
        title=_("Your browser did not say which page the form is from"),
        sentences=(
            _("Nothing was changed. Open this site's start page in the browser and try again."),
            _(
                "If that does not help, an extension of the browser, or the proxy before this server, hides it: the"
                " header Referrer-Policy must not be no-referrer."
            ),
        ),
        detail="The browser named neither Origin nor Referer of the page with the form. Expected:"
        f" {_expected(request)}. A proxy that sets Referrer-Policy: no-referrer should leave that header alone",
    )


def _plain(request: HttpRequest) -> Cause:
    public = settings.ENVIRONMENT.public_url
    target = str(public) if public else f"https://{shown(request.get_host())}/"
    return Cause(
        kind="plain",
        title=_("This page needs HTTPS"),
        sentences=(
            _("Nothing was changed. Cookies of this site go over HTTPS only: open %(address)s instead.")
            % {"address": target},
        ),
        detail=f"The form came over plain HTTP, and cookies go over HTTPS only. Expected: {target}."
        " If the browser did use HTTPS, let the proxy set X-Forwarded-Proto",
    )


def _no_cookie(request: HttpRequest) -> Cause:
    return Cause(
        kind="cookie",
        title=_("The form has expired"),
        sentences=(
            _("Nothing was changed: the page was open for too long, or its cookies were deleted meanwhile."),
            _("Open the page again and repeat the last step. If that does not help, allow cookies for this site."),
        ),
        detail=f"No cookie {settings.CSRF_COOKIE_NAME} came with the form to {shown(request.get_host())}. Expected: the"
        " one that the page with the form had set. The browser refuses cookies, or a proxy keeps them back",
    )


def _other_token(reason: str) -> Cause:
    return Cause(
        kind="token",
        title=_("The form has expired"),
        sentences=(
            _("Nothing was changed: the page is from before you logged in or out, or was open for too long."),
            _("Open the page again and repeat the last step."),
        ),
        detail="The form does not carry the token of this session. Expected: the one of the page's latest copy."
        f" Received: {reason.removesuffix('.')}",
    )
