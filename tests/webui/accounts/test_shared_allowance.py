"""Rate limits that several servers count together in the database."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_file, share
from webui.accounts import shared_allowance
from webui.accounts.models import Spent
from webui.accounts.rate_limits import Allowance, AllowanceOfAll, RateLimits
from webui.accounts.shared_allowance import SharedCounts
from webui.problems import Throttled

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def server(clock: Clock, amount: int = 6, per_s: float = 60, name: str = "pictures") -> AllowanceOfAll:
    """The allowance as one of the servers counts it."""
    return AllowanceOfAll(SharedCounts(name, clock=clock), amount, per_s, clock=clock)


def left(*allowances: Allowance, client: str = "a") -> int:
    """How often it may still be spent, by turns at each of them."""
    for count in range(1000):
        try:
            allowances[count % len(allowances)].spend(client)
        except Throttled:
            return count
    return 1000


def test_two_servers_let_through_as_much_as_one() -> None:
    clock = Clock()

    assert left(server(clock), server(clock)) == 6


def test_it_grows_again_evenly_on_both() -> None:
    clock = Clock()
    one, other = server(clock), server(clock)
    left(one)

    clock.now += 20

    assert left(other) == 2


def test_who_is_refused_is_told_when_to_come_back_and_pays_nothing() -> None:
    clock = Clock()
    one = server(clock)
    left(one)

    clock.now += 3
    for _ in range(3):
        with pytest.raises(Throttled) as caught:
            one.spend("a")

    assert caught.value.retry_after_s == 7
    clock.now += 7
    assert left(one) == 1


def test_clients_and_names_are_apart() -> None:
    clock = Clock()
    left(server(clock))

    assert left(server(clock), client="b") == 6
    assert left(server(clock, name="dreams")) == 6


def test_pictures_after_the_first_are_charged_and_given_back() -> None:
    clock = Clock()
    one, other = server(clock), server(clock)

    one.charge("a", 4)
    assert left(other) == 2
    one.charge("a", -3)
    assert left(other) == 3


def test_while_the_database_is_away_each_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("gone")

    clock = Clock()
    one, other = server(clock), server(clock)
    monkeypatch.setattr(connection, "cursor", away)

    assert [left(one), left(other)] == [6, 6]


def test_the_databases_own_clock_counts_where_no_other_is_given() -> None:
    counts = SharedCounts("pictures")

    counts.spend("a", step_s=50, per_s=60)
    with pytest.raises(Throttled) as caught:
        counts.spend("a", step_s=50, per_s=60)

    assert 30 <= caught.value.retry_after_s <= 40


def test_only_who_has_all_of_it_again_is_forgotten() -> None:
    SharedCounts("pictures").charge("now", 60)
    Spent.objects.create(client="pictures long ago", full_at=1000.0)

    shared_allowance.forget_full()

    assert [row.client for row in Spent.objects.all()] == ["pictures now"]


def test_the_api_counts_there(client: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=1)
    share(rate_limits=RateLimits(together=True))

    first = client.post("/api/v1/classify", {"image": image_file()})
    share(rate_limits=RateLimits(together=True))  # The next server.
    second = client.post("/api/v1/classify", {"image": image_file()})

    assert [first.status_code, second.status_code] == [200, 429]
    assert 1 <= int(second["Retry-After"]) <= 60
