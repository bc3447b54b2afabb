"""Times every page of the history in the server, without network: as staff, who see everything, and as a member."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client

from webui.accounts.models import User
from webui.history.models import Answer

_FILTERS = {
    "a common class": "label=cat",
    "a rare class": "label=zebra",
    "none of these": "certainty=unknown",
    "not sure": "certainty=uncertain",
    "sure, a class": "certainty=sure&label=dog",
    "corrections that wait": "corrected=pending",
    "accepted corrections": "corrected=accepted",
    "without a correction": "corrected=none",
    "a model": "model=animals-3",
    "a model and a class": "model=animals-3&label=horse",
    "ten days": "since={since:%Y-%m-%d}&until={until:%Y-%m-%d}",
    "a file name found often": "q=IMG_0",
    "a file name found once": "q={filename}",
    "a file name found never": "q=xyzzy",
    "a class by its name": "q=chick",
    "everything at once": "label=cat&certainty=uncertain&model=animals-2&corrected=none&q=IMG&since={since:%Y-%m-%d}",
}
_FOR_STAFF = {"mine": "who=", "an account": "who={user}", "without an account": "who=visitors"}
_ORDERS = ("newest", "oldest", "least", "most")


@dataclass(frozen=True)
class Timed:
    """One page."""

    name: str
    median_ms: float
    worst_ms: float
    cpu_ms: float
    """Of this process: with SQLite all of it, with PostgreSQL without the database."""
    queries: int


def measure(*, repeats: int) -> Iterator[Timed]:
    """Times each page so often, after one visit that is not counted."""
    for name in ("staff", "user0"):
        client = Client(raise_request_exception=True)
        client.force_login(User.objects.get(username=name))
        for page, url in _pages(of_staff=name == "staff"):
            yield _timed(client, f"{name}: {page}", url, repeats)


class _Counter:
    """Counts what is sent to the database."""

    count = 0

    def __call__(self, execute: Callable[..., Any], *query: Any) -> Any:
        self.count += 1
        return execute(*query)


def _pages(*, of_staff: bool) -> Iterator[tuple[str, str]]:
    values, everybody = _values(), "who=all&" if of_staff else ""
    for order in _ORDERS:
        for place, page in (("first", ""), ("in the middle", "&page={middle}"), ("last", "&page=999999999")):
            middle = Answer.objects.count() // (100 if of_staff else 200)
            yield f"all, {order}, {place}", f"/history/?{everybody}sort={order}{page.format(middle=middle)}"
    for name, query in (_FILTERS | (_FOR_STAFF if of_staff else {})).items():
        wanted = query.format(**values) if "who=" in query else everybody + query.format(**values)
        yield name, f"/history/?{wanted}"
        yield f"{name}, last page", f"/history/?{wanted}&page=999999999"
        yield f"{name}, least certain", f"/history/?{wanted}&sort=least"
    yield "one answer", f"/history/{values['answer']}/"
    yield "one answer, filtered", f"/history/{values['answer']}/?{everybody}label=cat&certainty=uncertain&sort=least"
    yield "a picture", f"/history/{values['answer']}.jpg"
    yield "a thumbnail", f"/history/{values['answer']}/thumbnail.jpg"
    yield "JSON", "/api/v1/history?limit=100"


def _values() -> dict[str, object]:
    answer = Answer.objects.filter(user__username="user0").order_by("-created")[1]
    oldest = Answer.objects.order_by("created")[Answer.objects.count() // 3]
    newest = Answer.objects.order_by("-created")[Answer.objects.count() // 3]
    return {
        "answer": answer.id,
        "filename": answer.filename,
        "user": answer.user_id,
        "since": oldest.created,
        "until": newest.created,
    }


def _timed(client: Client, name: str, url: str, repeats: int) -> Timed:
    queries = _Counter()
    with connection.execute_wrapper(queries):
        response = client.get(url)
    if response.status_code != 200:
        raise RuntimeError(f"Expected the status 200. Received: status={response.status_code} of {url}.")
    times, cpu_times = [], []
    for _ in range(repeats):
        started, cpu_started = time.perf_counter(), time.thread_time()
        client.get(url)
        times.append(1000 * (time.perf_counter() - started))
        cpu_times.append(1000 * (time.thread_time() - cpu_started))
    return Timed(name, statistics.median(times), max(times), statistics.median(cpu_times), queries.count)
