"""Identifies who sends a request: an account, by its session or an API key; a visitor, by a cookie; or nobody.

    Authorization: Bearer mng_...       -> the key's account; where programs ask, see `problems.is_api`
    session cookie                      -> the account that logged in
    signed cookie `menagerie_visitor`   -> this browser, until it is closed
    none of them                        -> nobody

There cookies count only for requests that a page of ours sends: a form of another site carries them too.
"""

from __future__ import annotations

import logging
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from webui import background, services
from webui.accounts import refusal_log
from webui.accounts.models import ApiKey, Scope, User, digest_of
from webui.accounts.own_origin import cure, own_origins
from webui.background import Run
from webui.problems import AccountsUnavailable, Forbidden, Unauthenticated, is_api

VISITOR_COOKIE = "menagerie_visitor"
_SALT = "webui.visitor"
# When a key was last used is written down at most so often.
_LAST_USED_STEP = timedelta(minutes=1)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """Who sends a request: an account, a visitor, or nobody."""

    user: User | None = None
    visitor: str = ""
    """32 hexadecimal letters for a browser without an account; else empty."""
    key: ApiKey | None = None
    """The key by which `user` was found."""

    @property
    def is_member(self) -> bool:
        """Whether the caller has an account."""
        return self.user is not None

    @property
    def is_staff(self) -> bool:
        """Whether the caller may review corrections and activate models; never by an API key."""
        return self.user is not None and self.user.is_staff and self.key is None


class KeyUse:
    """Writes down when API keys were last used: behind the answer, and of each key at most once a minute."""

    def __init__(self, run: Run = background.run) -> None:
        self._run = run
        self._noted: dict[str, datetime] = {}
        """When that was last written down by this process, by the key's digest."""

    def note(self, key: ApiKey) -> None:
        """Notes that a key is used now. Nobody waits for a database that somebody else writes to, or that is full."""
        now = timezone.now()
        latest = max(filter(None, (key.last_used, self._noted.get(key.digest))), default=None)
        if latest is None or now - latest > _LAST_USED_STEP:
            self._noted[key.digest] = now
            self._run(lambda: _write_use(key, now), name="key-use")


def _write_use(key: ApiKey, now: datetime) -> None:
    try:
        ApiKey.objects.filter(pk=key.pk).update(last_used=now)
    except DatabaseError as err:
        _logger.warning("When an API key was used could not be written down: %s", err)


def identify(request: HttpRequest) -> Caller:
    """The caller of a request; found out once a request.

    Raises:
        Unauthenticated: the request has an API key that is not valid.
        AccountsUnavailable: it has one, and the database cannot be asked.
    """
    caller: Caller | None = getattr(request, "menagerie_caller", None)
    if caller is None:
        caller = _identify(request)
        request.menagerie_caller = caller  # type: ignore[attr-defined]  # Django's own way to pass things on.
    return caller


def require_scope(request: HttpRequest, scope: Scope) -> None:
    """Refuses an API key that lacks a scope. Who comes without a key has what the account's role gives.

    Raises:
        Forbidden: the key does not have the scope.
        Unauthenticated: see `identify`.
    """
    key = identify(request).key
    if key is not None and scope not in key.scopes:
        raise Forbidden(f"The API key may not do this: it does not have the scope {scope.value!r}.")


def remember_visitor(request: HttpRequest, response: HttpResponse) -> None:
    """Gives a browser without an account its cookie, which ends with the browser's session."""
    caller = identify(request)
    if caller.is_member or caller.visitor or settings.ENVIRONMENT.keep_days == 0:
        return
    response.set_signed_cookie(
        visitor_cookie(),
        uuid.uuid4().hex,
        salt=_SALT,
        secure=settings.ENVIRONMENT.https,
        httponly=True,
        samesite="Lax",
    )


def forget_visitor(response: HttpResponseBase) -> None:
    """Deletes a browser's visitor cookie: after logging in or out somebody else may sit there."""
    response.delete_cookie(visitor_cookie(), samesite="Lax")


def visitor_cookie() -> str:
    """Name of the visitor cookie; see `Environment.cookie_prefix`."""
    return f"{settings.ENVIRONMENT.cookie_prefix}{VISITOR_COOKIE}"


def _identify(request: HttpRequest) -> Caller:
    if is_api(request):
        authorization = request.headers.get("Authorization", "")
        # A password that a proxy in front of us asks for is passed on to us, and none of our business.
        if authorization and not authorization.lower().startswith("basic "):
            return _by_key(authorization)
        if not is_from_our_page(request):
            _log_other_origin(request)
            return Caller()
    user = request.user
    return Caller(user=user) if isinstance(user, User) else Caller(visitor=_visitor(request))


def is_from_our_page(request: HttpRequest) -> bool:
    """True where cookies count. Browsers name the page's origin, but not where a page of ours only reads.

    No other site can see what a GET or HEAD answers, and these change nothing.
    """
    origin = request.headers.get("Origin")
    if origin is None and request.method in {"GET", "HEAD"}:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
    return origin is not None and origin in own_origins(request)


def _log_other_origin(request: HttpRequest) -> None:
    """Cookies of ours with another origin: no browser sends them from another site, so a proxy is set up wrongly."""
    if not {settings.SESSION_COOKIE_NAME, visitor_cookie()}.isdisjoint(request.COOKIES) and "Origin" in request.headers:
        refusal_log.write("cookies", "Cookies do not count: %s", other_origin(request))


def other_origin(request: HttpRequest) -> str:
    """What is wrong with the origin of a request, and the setting that cures it."""
    came = refusal_log.shown(request.headers.get("Origin", ""))
    expected = ", ".join(refusal_log.shown(origin) for origin in own_origins(request))
    wanted = f"If people open the server there, start it with {cure(came)} (with the path, if there is one)."
    return f"the page is at {came}. Expected: {expected}. {wanted}"


def _visitor(request: HttpRequest) -> str:
    cookie = request.get_signed_cookie(visitor_cookie(), default="", salt=_SALT) or ""
    return cookie if re.fullmatch(r"[0-9a-f]{32}", cookie) else ""


def _by_key(authorization: str) -> Caller:
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer":
        raise Unauthenticated("Expected the header Authorization: Bearer mng_...")
    key = _find_key(token.strip())
    if key is None or key.revoked or not key.user.is_active:
        raise Unauthenticated("The API key is not valid. It may have been revoked.")
    services.current().key_use.note(key)
    return Caller(user=key.user, key=key)


def _find_key(token: str) -> ApiKey | None:
    try:
        return ApiKey.objects.select_related("user").filter(digest=digest_of(token)).first()
    except DatabaseError as err:
        _logger.error("API keys cannot be looked up: %s", err)  # noqa: TRY400 - it says it all, and comes often.
        raise AccountsUnavailable from err
