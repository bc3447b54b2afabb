"""Frigate's HTTP API as its documentation has it: without a login on port 5000, with one on 8971."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx2
import pytest

from recognizer.errors import CallerError
from recognizer.frigate.nvr import Frigate, FrigateFailed

Handler = Callable[[httpx2.Request], httpx2.Response]


def frigate(handler: Handler, user: str | None = None, password: str | None = None) -> Frigate:
    transport = httpx2.MockTransport(handler)
    return Frigate("http://frigate:5000", user=user, password=password, transport=transport, wait_s=0)


def always(status: int, text: str = "") -> Handler:
    return lambda request: httpx2.Response(status, text=text)


class WithLogin:
    """A Frigate that knows one account, and forgets its session after the first request."""

    def __init__(self) -> None:
        self.logins = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/api/login":
            self.logins += 1
            right = json.loads(request.content) == {"user": "admin", "password": "secret"}
            cookie = {"Set-Cookie": f"frigate_token={self.logins}; Path=/"}
            return httpx2.Response(200, headers=cookie) if right else httpx2.Response(401)
        known = request.headers.get("Cookie") == f"frigate_token={self.logins}"
        return httpx2.Response(200, text="0.18.0") if self.logins and known else httpx2.Response(401)


def test_a_snapshot_is_cut_out_and_a_sub_label_has_its_score() -> None:
    seen = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append((request.method, request.url.raw_path.decode(), request.content))
        return httpx2.Response(200, content=b"jpeg")

    with frigate(handler) as server:
        assert server.snapshot("16.5-ab") == b"jpeg"
        server.set_sub_label("16.5-ab", "M" * 150, 0.98765)

    assert seen[0][:2] == ("GET", "/api/events/16.5-ab/snapshot.jpg?crop=1&quality=95")
    assert seen[1][:2] == ("POST", "/api/events/16.5-ab/sub_label")
    assert json.loads(seen[1][2]) == {"subLabel": "M" * 100, "subLabelScore": 0.988}


def test_an_object_without_a_snapshot_has_none() -> None:
    assert frigate(always(404)).snapshot("16.5-ab") is None


def test_it_logs_in_once_and_again_when_the_session_is_over() -> None:
    server = WithLogin()
    client = frigate(server, user="admin", password="secret")

    assert client.version() == client.version() == "0.18.0"
    assert server.logins == 1

    server.logins = 7
    assert client.version() == "0.18.0"


@pytest.mark.parametrize(
    ("handler", "account", "sentence"),
    [
        (WithLogin(), {}, r"asks who this is: give --user, and the password in FRIGATE_PASSWORD"),
        (WithLogin(), {"user": "admin", "password": "wrong"}, r"does not accept the user 'admin'.*FRIGATE_PASSWORD"),
        (always(403), {}, r"the account needs the role admin"),
        (always(500, "no such table"), {}, r"answered 500 to GET /api/version: no such table"),
        (always(502), {}, r"answered 502"),
    ],
    ids=["no name", "wrong password", "viewer", "fault", "restarting"],
)
def test_what_is_wrong_is_said(handler: Handler, account: dict[str, str], sentence: str) -> None:
    with pytest.raises(FrigateFailed, match=sentence):
        frigate(handler, **account).version()


def test_while_it_restarts_it_is_asked_again() -> None:
    answers: Iterator[Exception | httpx2.Response] = iter(
        [httpx2.ConnectError("refused"), httpx2.Response(503), httpx2.Response(200, text="0.18.0\n")]
    )

    def handler(request: httpx2.Request) -> httpx2.Response:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert frigate(handler).version() == "0.18.0"


def test_one_that_is_not_there_is_named() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("Connection refused")

    with pytest.raises(FrigateFailed, match=r"http://frigate:5000 cannot be reached: Connection refused"):
        frigate(handler).version()


@pytest.mark.parametrize(
    "url", ["frigate:5000", "", "mqtt://frigate", "http://", "http://[::1", "http://frigate:99999"]
)
def test_an_address_that_can_be_none_is_refused(url: str) -> None:
    with pytest.raises(CallerError, match="Expected Frigate's address"):
        Frigate(url)
