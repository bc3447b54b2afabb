from __future__ import annotations

import threading

import pytest
from django.test import Client

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.fakes import image_file, share
from webui import services
from webui.accounts.models import ApiKey
from webui.accounts.rate_limits import Allowance, RateLimits
from webui.problems import Throttled

CLASSIFY = "/api/v1/classify"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def left(allowance: Allowance, client: str = "a") -> int:
    """How often it may still be spent."""
    for count in range(1000):
        try:
            allowance.spend(client)
        except Throttled:
            return count
    return 1000


def test_all_of_it_may_be_spent_at_once(clock: Clock) -> None:
    assert left(Allowance(60, 60, clock=clock)) == 60


def test_it_grows_again_evenly(clock: Clock) -> None:
    allowance = Allowance(60, 60, clock=clock)
    left(allowance)

    clock.now += 10

    assert left(allowance) == 10


def test_no_more_than_all_of_it_is_saved(clock: Clock) -> None:
    allowance = Allowance(60, 60, clock=clock)
    left(allowance)

    clock.now += 3600

    assert left(allowance) == 60


def test_each_client_has_his_own(clock: Clock) -> None:
    allowance = Allowance(3, 60, clock=clock)
    left(allowance, "a")

    assert left(allowance, "b") == 3


def test_who_has_none_is_told_when_there_is_one(clock: Clock) -> None:
    allowance = Allowance(2, 60, clock=clock)
    left(allowance)

    with pytest.raises(Throttled) as caught:
        allowance.spend("a")
    clock.now += caught.value.retry_after_s

    assert caught.value.retry_after_s == 30
    assert left(allowance) == 1


def test_a_debt_has_to_grow_back_first(clock: Clock) -> None:
    allowance = Allowance(10, 60, clock=clock)
    allowance.charge("a", 15)

    clock.now += 36

    assert left(allowance) == 1


def test_what_is_given_back_is_there_again(clock: Clock) -> None:
    allowance = Allowance(3, 60, clock=clock)
    left(allowance)

    allowance.charge("a", -1)

    assert left(allowance) == 1


def test_clients_that_have_everything_are_forgotten(clock: Clock) -> None:
    allowance = Allowance(10, 60, clock=clock)
    for number in range(1000):
        allowance.spend(str(number))

    clock.now += 61
    allowance.spend("a")

    assert set(allowance._full_at) == {"a"}


def test_threads_get_no_more_together(clock: Clock) -> None:
    allowance = Allowance(50, 60, clock=clock)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(left(allowance))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 50


def test_programs_are_told_when_to_come_back(client: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=1)

    assert client.post(CLASSIFY, {"image": image_file()}).status_code == 200
    response = client.post(CLASSIFY, {"image": image_file()})

    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (429, "throttled", "60")


def test_the_page_says_so_too(client: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=1)

    client.post("/", {"image": image_file()})
    response = client.post("/", {"image": image_file()})

    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert "Too much at once." in response.content.decode()


def test_each_picture_of_a_request_counts(client: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=4)

    many = client.post(CLASSIFY, {"image": [image_file() for _ in range(4)]})

    assert (many.status_code, client.post(CLASSIFY, {"image": image_file()}).status_code) == (200, 429)


def test_nothing_of_a_refused_request_is_read(client: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=1)
    client.post(CLASSIFY, {"image": image_file()})

    response = client.post(CLASSIFY, {"image": image_file()})

    assert response.status_code == 429
    assert not response.wsgi_request._read_started


def test_without_a_rate_there_is_no_limit(client: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=0)

    answers = {client.post(CLASSIFY, {"image": image_file()}).status_code for _ in range(20)}

    assert answers == {200}
    assert services.current().rate_limits._allowances == {}


@pytest.mark.django_db
def test_a_key_has_an_allowance_of_its_own(client: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=1)
    _, token = ApiKey.make(make_user(), "script", ["classify"])
    client.post(CLASSIFY, {"image": image_file()})

    response = client.post(CLASSIFY, {"image": image_file()}, headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 200


@pytest.mark.django_db
def test_a_script_that_sends_too_many_corrections_is_told_in_json(client: Client, clock: Clock) -> None:
    address = "/history/6fa459ea-ee8a-4ca4-894e-db77e160355e/correction/"
    share(rate_limits=RateLimits(clock=clock))
    services.current().rate_limits.allowance("corrections", 120, 60).charge("127.0.0.1", 120)

    response = client.post(address, headers={"Accept": "application/json"})

    assert (response.status_code, response["Retry-After"]) == (429, "1")
    assert response.json()["sentence"] == "Too much at once. Wait a minute, then go on."


@pytest.mark.django_db
def test_a_script_whose_form_is_too_old_is_told_in_json(served: object) -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/language/", headers={"Accept": "application/json"})

    assert response.status_code == 403
    assert response.json()["sentence"] == "You are not logged in any more. Log in, then try again."


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html, */*;q=0.5", "a/b;;;=", ""])
def test_others_get_a_page(client: Client, accept: str) -> None:
    address = "/history/6fa459ea-ee8a-4ca4-894e-db77e160355e/correction/"

    assert client.post(address, headers={"Accept": accept})["Content-Type"].startswith("text/html")
