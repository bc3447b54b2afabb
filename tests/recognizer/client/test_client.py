"""The client before servers that answer as they like, both of its kinds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from recognizer import cli, folders
from recognizer.client import AsyncClient, Client, PictureProblem, Problem, Retries, Unreachable, calls
from recognizer.errors import CallerError, ImageError
from recognizer.predictions import HeatMap
from tests import event_loops
from tests.recognizer.fakes import RED, plain
from tests.recognizer.test_import import loaded_by

Answering = Callable[[httpx2.Request], httpx2.Response]

ENTRY = {
    "filename": "a.jpg",
    "width": 4,
    "height": 3,
    "known": True,
    "label": "cat",
    "score": 0.9,
    "likeness": None,
    "passes": 1,
    "top": [{"label": "cat", "score": 0.9}, {"label": "dog", "score": 0.1}],
    "heatmap": None,
}
MODEL = {"name": "animals", "version": "2", "digest": "sha256:0"}
PROBLEM = {"type": "urn", "title": "Unreadable", "status": 422, "detail": "It is cut off.", "code": "invalid_image"}


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Callable[..., list[Any]]:
    """Classifies pictures at a server: ask(answering, pictures, retries=...)."""

    def by_client(answering: Answering, pictures: list[Any], **options: Any) -> list[Any]:
        with Client("http://server:1", transport=httpx2.MockTransport(answering), **options) as client:
            return [outcome for _, outcome in client.classify_many(pictures)]

    def by_async_client(answering: Answering, pictures: list[Any], **options: Any) -> list[Any]:
        async def run() -> list[Any]:
            async with AsyncClient("http://server:1", transport=httpx2.MockTransport(answering), **options) as client:
                return [outcome async for _, outcome in client.classify_many(pictures)]

        return event_loops.run(run())

    return by_client if request.param == "sync" else by_async_client


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client waited each time; no test waits."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr("recognizer.client.async_client.asyncio.sleep", sleep)
    return waited


def pictures_in(request: httpx2.Request) -> int:
    return request.read().count(b'name="image"')


def answer_all(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"model": MODEL, "predictions": [ENTRY] * pictures_in(request)})


class After:
    """A server that gives some answers first, and then answers pictures."""

    def __init__(self, *first: httpx2.Response) -> None:
        self.first, self.requests = list(first), 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        return self.first.pop(0) if self.first else answer_all(request)


def busy(status: int = 503, retry_after: str | None = None) -> httpx2.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx2.Response(status, headers=headers, json=PROBLEM | {"code": "overloaded", "status": status})


# Retries


def test_a_busy_server_is_asked_again_when_it_says(ask: Callable[..., list[Any]], waits: list[float]) -> None:
    server = After(busy(503, "2"), busy(429, "0"), busy(503), busy(503, "soon"))

    [answer] = ask(server, [b"picture"])

    assert answer.prediction.label == "cat"
    assert waits == [2, 0, 2, 4]


def test_a_date_to_come_back_at_is_honoured(ask: Callable[..., list[Any]], waits: list[float]) -> None:
    now = datetime.now(UTC)
    dates = [format_datetime(now + timedelta(seconds=20), usegmt=True), "Wed, 21 Oct 2015 07:28:00 GMT"]

    ask(After(*(busy(503, date) for date in dates)), [b"picture"])

    assert 15 < waits[0] <= 20
    assert waits[1] == 0


@pytest.mark.parametrize(("stated", "requests"), [("0", 6), ("25", 3), ("61", 1), ("9" * 400, 1), ("9" * 5000, 1)])
def test_waiting_has_an_end(ask: Callable[..., list[Any]], stated: str, requests: int) -> None:
    server = After(*(busy(503, stated) for _ in range(20)))

    with pytest.raises(Problem) as refused:
        ask(server, [b"picture"])

    assert (refused.value.code, refused.value.status) == ("overloaded", 503)
    assert server.requests == requests


def test_retries_can_be_left_out(ask: Callable[..., list[Any]]) -> None:
    server = After(busy())

    with pytest.raises(Problem):
        ask(server, [b"picture"], retries=Retries(most=0))

    assert server.requests == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 502])
def test_other_refusals_are_final(ask: Callable[..., list[Any]], status: int) -> None:
    server = After(httpx2.Response(status, headers={"Retry-After": "1"}, text="<html>"))

    with pytest.raises(Problem) as refused:
        ask(server, [b"picture"])

    assert (refused.value.code, server.requests) == (f"http_{status}", 1)


# Batches


def test_pictures_go_sixteen_at_once_and_unreadable_files_stay_here(
    ask: Callable[..., list[Any]], tmp_path: Path
) -> None:
    sent: list[int] = []
    path = tmp_path / 'ka\udce9 "1".png'
    path.write_bytes(b"picture")

    def answering(request: httpx2.Request) -> httpx2.Response:
        sent.append(pictures_in(request))
        return answer_all(request)

    outcomes = ask(answering, [b"a", str(tmp_path / "missing"), path, *[b"b"] * 20, tmp_path])

    assert sent == [15, 7]
    assert len(outcomes) == 24
    assert [at for at, outcome in enumerate(outcomes) if isinstance(outcome, ImageError)] == [1, 23]
    assert outcomes[1].code == "unreadable_file"
    assert ask(answering, []) == []
    assert len(ask(answering, [tmp_path])) == 1
    assert sent == [15, 7]


def test_a_request_is_not_larger_than_a_server_reads(
    ask: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_MOST_BYTES", 10)
    server = After()

    assert len(ask(server, [b"123456", b"1234", b"1", b"12345678901", b"1"])) == 5
    assert server.requests == 4


def test_what_is_too_large_together_is_sent_one_by_one(ask: Callable[..., list[Any]]) -> None:
    large = PROBLEM | {"code": "image_too_large", "status": 413}

    def answering(request: httpx2.Request) -> httpx2.Response:
        if pictures_in(request) > 1 or b"huge" in request.read():
            return httpx2.Response(413, json=large)
        return answer_all(request)

    outcomes = ask(answering, [b"a", b"huge", b"c"])

    assert [getattr(outcome, "code", "answered") for outcome in outcomes] == ["answered", "image_too_large", "answered"]


def test_a_bad_picture_does_not_hurt_the_others(ask: Callable[..., list[Any]]) -> None:
    entries = [ENTRY | {"id": "7"}, {"filename": "b", "error": PROBLEM | {"reason": "damaged"}}]
    some = httpx2.Response(200, json={"model": MODEL, "predictions": entries})
    none = httpx2.Response(422, json=PROBLEM | {"errors": [{"filename": "a", "error": PROBLEM}] * 2})

    answer, problem = ask(After(some), [b"a", b"b"])

    assert (answer.id, answer.model.version, answer.prediction.top[1].label) == ("7", "2", "dog")
    assert isinstance(problem, PictureProblem)
    assert (problem.code, problem.reason, problem.title, str(problem)) == (
        "invalid_image",
        "damaged",
        "Unreadable",
        "It is cut off.",
    )
    assert [outcome.code for outcome in ask(After(none), [b"a", b"b"])] == ["invalid_image"] * 2


def test_a_picture_for_which_there_was_no_memory_does_not_hurt_the_others(ask: Callable[..., list[Any]]) -> None:
    entries = [ENTRY, {"filename": "b", "error": PROBLEM | {"code": "overloaded", "status": 503}}]

    answer, problem = ask(After(httpx2.Response(200, json={"model": MODEL, "predictions": entries})), [b"a", b"b"])

    assert answer.prediction.label == "cat"
    assert isinstance(problem, PictureProblem)
    assert problem.code == "overloaded"


def test_a_heat_map_is_a_picture(ask: Callable[..., list[Any]]) -> None:
    heatmap = {"label": "cat", "where": "middle", "image": "data:image/png;base64,AAEC"}
    entries = [ENTRY | {"heatmap": heatmap}]

    [answer] = ask(After(httpx2.Response(200, json={"model": MODEL, "predictions": entries})), [b"a"])

    assert answer.prediction.heatmap == HeatMap("cat", b"\0\1\2", "middle")


# What is no Menagerie


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"[" * 100_000,
        b"\xff",
        b'{"predictions": {}}',
        b'{"predictions": [1]}',
        b'{"predictions": [{"error": {}}]}',
        b'{"predictions": [{"error": {"code": []}}]}',
        b'{"predictions": [{"width": "wide"}]}',
        json.dumps({"model": MODEL, "predictions": []}).encode(),
        json.dumps({"model": MODEL, "predictions": [ENTRY, ENTRY]}).encode(),
        json.dumps({"model": None, "predictions": [ENTRY]}).encode(),
        json.dumps({"model": MODEL, "predictions": [ENTRY | {"heatmap": {"image": "data:,%%%"}}]}).encode(),
    ],
)
def test_an_answer_that_is_none_is_a_problem(ask: Callable[..., list[Any]], content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        ask(After(httpx2.Response(200, content=content)), [b"picture"])

    assert refused.value.code == "unexpected_answer"


def test_a_refusal_with_odd_members_is_one_too(ask: Callable[..., list[Any]]) -> None:
    with pytest.raises(Problem) as refused:
        ask(After(httpx2.Response(400, json={"code": "odd", "status": "4e2", "detail": None})), [b"picture"])

    assert (refused.value.code, refused.value.status) == ("odd", 0)


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with Client("http://127.0.0.1:1") as client, pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:1"):
        client.models()


@pytest.mark.parametrize("server", ["", "server:8000", "ftp://server", "http://", "http://[", "http://a:99999", "a b"])
def test_what_is_no_address_is_refused_at_once(server: str) -> None:
    with pytest.raises(CallerError, match="Expected the address of a server"):
        Client(server)


@pytest.mark.parametrize("key", ["", "two\nlines", "schlüssel", "a\0"])
def test_what_is_no_key_is_refused_at_once(key: str) -> None:
    with pytest.raises(CallerError, match="API key"):
        Client("http://server", key=key)


def test_the_key_goes_to_the_server_below_its_path_and_to_no_other() -> None:
    asked: list[httpx2.Request] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(302, headers={"Location": "http://elsewhere/"})

    with (
        Client("http://server/below/", key="mng_1", transport=httpx2.MockTransport(answering)) as client,
        pytest.raises(Problem, match="302"),
    ):
        client.models()

    [request] = asked
    assert str(request.url) == "http://server/below/api/v1/models"
    assert request.headers["Authorization"] == "Bearer mng_1"


@pytest.mark.slow
def test_importing_the_client_is_light() -> None:
    assert not {"tensorflow", "keras", "openvino", "django"} & loaded_by("import recognizer.client")


def test_without_its_extra_a_command_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(plain(RED))
    for name in [name for name in sys.modules if name.startswith("recognizer.client")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx2", None)
    monkeypatch.setattr(folders, "install_line", lambda extra: f"pip install menagerie[{extra}]")

    code = cli.main(["classify", str(tmp_path), "--server", "http://server"])

    assert code == 1
    assert capsys.readouterr().err.endswith("needs httpx2. Get it with: pip install menagerie[client]\n")
