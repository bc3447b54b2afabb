"""Limits how many pictures one client may have answered, and how many forms it may send, in a given time.

    a request -> client_of: key, account or address -> Allowance: so much at once, and then as it grows again

Each process counts for itself, in memory; where several servers share a database, all count there, see
`shared_allowance.py`. Of libraries, `limits` does the same in milliseconds: its store in memory
starts a thread for each request that comes alone, which looks through all clients.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from webui import services, wording
from webui.accounts.client_address import client_address
from webui.accounts.identity import identify
from webui.accounts.shared_allowance import UNUSABLE, SharedCounts
from webui.problems import Throttled, problem_response, wants_json, with_headers

_logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]


class Allowance:
    """A rate limit: each client may spend an amount at once, or over the time in which it grows again. Thread-safe.

    The generic cell rate algorithm: of each client it knows the time at which everything has grown again.
    ITU-T I.371 (2004), section 6.
    """

    def __init__(self, amount: int, per_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._step_s = per_s / amount
        self._per_s = per_s
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._swept = clock()
        self._lock = threading.Lock()

    def spend(self, client: str) -> None:
        """Takes one from a client's allowance.

        Raises:
            Throttled: there is none left.
        """
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(client, now), now)
            wait_s = full_at + self._step_s - now - self._per_s
            if wait_s > 1e-6:  # Less is what sums of steps are inexact by.
                raise Throttled(ceil(wait_s))
            self._full_at[client] = full_at + self._step_s
            self._sweep(now)

    def charge(self, client: str, amount: int) -> None:
        """Takes an amount from a client's allowance, even if it is not there; a negative amount is given back."""
        with self._lock:
            now = self._clock()
            self._full_at[client] = max(self._full_at.get(client, now), now) + amount * self._step_s

    def _sweep(self, now: float) -> None:
        """Forgets, now and then, the clients whose allowance is full."""
        if now - self._swept > self._per_s:
            self._swept = now
            self._full_at = {client: full_at for client, full_at in self._full_at.items() if full_at > now}


class AllowanceOfAll(Allowance):
    """An allowance that all servers count together; each for itself while the database cannot be used."""

    def __init__(self, counts: SharedCounts, amount: int, per_s: float, *, clock: Callable[[], float]) -> None:
        super().__init__(amount, per_s, clock=clock)
        self._counts = counts

    def spend(self, client: str) -> None:
        """Takes one from a client's allowance.

        Raises:
            Throttled: there is none left.
        """
        try:
            self._counts.spend(client, step_s=self._step_s, per_s=self._per_s)
        except UNUSABLE as err:
            self._tell(err)
            super().spend(client)

    def charge(self, client: str, amount: int) -> None:
        """Takes an amount from a client's allowance, even if it is not there; a negative amount is given back."""
        try:
            self._counts.charge(client, amount * self._step_s)
        except UNUSABLE as err:
            self._tell(err)
            super().charge(client, amount)

    @staticmethod
    def _tell(error: Exception) -> None:
        _logger.warning("Rate limits are counted by each process for itself: %s", str(error).strip())


class RateLimits:
    """The allowances of one process, by name. Thread-safe."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, together: bool = False) -> None:
        """Prepares.

        Args:
            clock: the time of this process, in seconds.
            together: whether several servers count in the database.
        """
        self._clock = clock
        self._together = together
        self._allowances: dict[tuple[str, int, float], Allowance] = {}

    def allowance(self, name: str, amount: int, per_s: float) -> Allowance:
        """The allowance of a name: so much for each client in so many seconds."""
        key = (name, amount, per_s)
        return self._allowances.get(key) or self._allowances.setdefault(key, self._made(*key))

    def _made(self, name: str, amount: int, per_s: float) -> Allowance:
        if self._together:
            return AllowanceOfAll(SharedCounts(name), amount, per_s, clock=self._clock)
        return Allowance(amount, per_s, clock=self._clock)


def client_of(request: HttpRequest) -> str:
    """The client that an allowance belongs to: an API key, an account, or an IP address.

    Raises:
        Unauthenticated: see `identify`.
    """
    caller = identify(request)
    if caller.key is not None:
        return f"key {caller.key.pk}"
    return f"account {caller.user.pk}" if caller.user is not None else client_address(request)


def admit(request: HttpRequest) -> None:
    """Counts a request's first picture against the rate limit, before anything of the request is read.

    Raises:
        Throttled: `MENAGERIE_RATE` is used up.
        Unauthenticated: see `identify`.
    """
    rate = settings.ENVIRONMENT.pictures_per_minute
    if rate:
        _pictures(rate).spend(client_of(request))


def count_others(request: HttpRequest, pictures: int) -> None:
    """Counts the pictures after a request's first; a client that goes over waits longer before the next request."""
    rate = settings.ENVIRONMENT.pictures_per_minute
    if rate and pictures > 1:
        _pictures(rate).charge(client_of(request), pictures - 1)


def _pictures(per_minute: int) -> Allowance:
    return services.current().rate_limits.allowance("pictures", per_minute, 60)


def spend(request: HttpRequest, name: str, *, per_minute: int) -> None:
    """Counts a request against an allowance of so many a minute.

    Raises:
        Throttled: it is used up.
    """
    services.current().rate_limits.allowance(name, per_minute, 60).spend(client_of(request))


def limited(name: str, *, per_minute: int) -> Callable[[View], View]:
    """Decorator of views: one client may send so many POSTs in a minute; more are answered with 429."""

    def decorator(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method == "POST":
                try:
                    spend(request, name, per_minute=per_minute)
                except Throttled as err:
                    return too_many(request, err)
            return view(request, *args, **kwargs)

        return wrapper

    return decorator


def too_many(request: HttpRequest, error: Throttled, *, template: str = "429.html") -> HttpResponse:
    """The answer 429: a page that says when to come back; for a script the problem, with a `sentence` to show."""
    if wants_json(request):
        return problem_response(error, sentence=wording.error_sentence(error.code))
    response = render(request, template, {"minutes": ceil(error.retry_after_s / 60)}, status=429)
    return with_headers(response, error)
