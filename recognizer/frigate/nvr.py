"""Frigate's HTTP API, as far as it is needed: log in, fetch an object's snapshot, write its sub-label."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

import httpx2

from recognizer.addresses import is_web_address
from recognizer.errors import CallerError, OperatorError

_TIMEOUT_S = 15.0
_TRIES = 3
_WAIT_S = 1.0
_MOST_LETTERS = 100
"""Of a sub-label, as Frigate takes it."""


class FrigateFailed(OperatorError):
    """Frigate cannot be reached, or does not do what it was asked for."""

    code = "frigate_failed"
    title = "Frigate does not answer as it should"


class Frigate:
    """A Frigate, logged in where a name is given. Use it in `with`."""

    def __init__(
        self,
        url: str,
        *,
        user: str | None = None,
        password: str | None = None,
        check_certificate: bool = True,
        transport: httpx2.BaseTransport | None = None,
        wait_s: float = _WAIT_S,
    ) -> None:
        """Connects to nothing yet.

        Args:
            url: such as http://frigate:5000, which asks for no name, or https://frigate:8971, which does.
            user: name of an account with the role admin: others may not write sub-labels.
            password: of the account.
            check_certificate: False takes any, such as the one that Frigate makes for itself.
            transport: of the requests, for tests.
            wait_s: seconds before a request is tried again, then twice as many.

        Raises:
            CallerError: the address cannot be one.
        """
        if not is_web_address(url):
            raise CallerError(f"Expected Frigate's address, such as http://frigate:5000. Received: {url!r}")
        self._url = url
        self._login = {"user": user, "password": password} if user else None
        self._wait_s = wait_s
        self._http = httpx2.Client(base_url=url, timeout=_TIMEOUT_S, verify=check_certificate, transport=transport)

    def __enter__(self) -> Frigate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def version(self) -> str:
        """Frigate's version; the first question, so that what is set wrongly is known at once.

        Raises:
            FrigateFailed: as of all methods.
        """
        return self._asked("GET", "/api/version").text.strip()[:50]

    def snapshot(self, event_id: str) -> bytes | None:
        """The best picture of an object, cut out of the camera's; None where there is none."""
        answer = self._asked("GET", f"/api/events/{event_id}/snapshot.jpg", params={"crop": 1, "quality": 95})
        return answer.content if answer.status_code == httpx2.codes.OK else None

    def set_sub_label(self, event_id: str, label: str, score: float) -> None:
        """Writes an object's sub-label, in place of the one that it may have."""
        body = {"subLabel": label[:_MOST_LETTERS], "subLabelScore": round(score, 3)}
        self._asked("POST", f"/api/events/{event_id}/sub_label", json=body)

    def _asked(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        """Frigate's answer: 200 or 404."""
        answer = self._tried(method, path, **arguments)
        if answer.status_code == httpx2.codes.UNAUTHORIZED and self._login:
            self._log_in(self._login)
            answer = self._tried(method, path, **arguments)
        match answer.status_code:
            case 200 | 404:
                return answer
            case 401:
                raise FrigateFailed(
                    f"{self._url} asks who this is: give --user, and the password in FRIGATE_PASSWORD."
                    if not self._login
                    else f"{self._url} does not accept its own login any more."
                )
            case 403:
                raise FrigateFailed(f"{self._url} does not allow it: the account needs the role admin.")
            case status:
                raise FrigateFailed(f"{self._url} answered {status} to {method} {path}: {answer.text.strip()[:200]}")

    def _log_in(self, login: dict[str, str | None]) -> None:
        answer = self._tried("POST", "/api/login", json=login)
        if answer.status_code != httpx2.codes.OK:
            raise FrigateFailed(
                f"{self._url} does not accept the user {login['user']!r} with this password"
                f" ({answer.status_code}). The password is read from FRIGATE_PASSWORD."
            )

    def _tried(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        """The answer to a request, tried again while Frigate restarts."""
        for tries_left in reversed(range(_TRIES)):
            try:
                answer = self._http.request(method, path, **arguments)
            except httpx2.HTTPError as err:
                if not tries_left:
                    raise FrigateFailed(f"{self._url} cannot be reached: {err}") from err
            else:
                if answer.status_code not in {502, 503, 504} or not tries_left:
                    return answer
            time.sleep(self._wait_s * 2 ** (_TRIES - 1 - tries_left))
        raise AssertionError("unreachable")
