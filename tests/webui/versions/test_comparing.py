from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from recognizer import Recognizer
from recognizer.errors import ArtifactError, Overloaded
from tests.recognizer.fakes import BLUE
from tests.webui.factories import make_answer
from tests.webui.fakes import image_file, other_file, share
from tests.webui.versions.conftest import Put, compile_for, opened, serve
from tests.webui.versions.test_views import text
from webui import services
from webui.accounts.models import User
from webui.inference.admission import Admission
from webui.versions import comparing, listing
from webui.versions.comparing import Guest, NotCompiled
from webui.versions.listing import Listed

pytestmark = pytest.mark.django_db

COMPARE = "/models/compare/"


class Clock:
    """A time that a test sets, and what was to be called later."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waiting: list[Callable[[], None]] = []

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.waiting.append(call)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def asked(clock: Clock) -> list[str]:
    """What the guest of this process opens."""
    names: list[str] = []

    def open_(path: Path) -> Recognizer:
        names.append(path.stem)
        return opened(path)

    share(guest=Guest(open_, clock=clock, later=clock.later))
    return names


@pytest.fixture
def three(put: Put) -> dict[str, Listed]:
    """Three compiled versions; the first one answers."""
    serve(put("animals-1", active=True))
    for stem in ("animals-1", "animals-2", "animals-3"):
        compile_for(put(stem))
    return {version.stem: version for version in listing.versions()}


def post(client: Client, **fields: Any) -> Any:
    return client.post(COMPARE, {"a": "animals-1", "b": "animals-2", "image": image_file(), **fields})


# One guest


def test_the_version_that_answers_is_not_opened_again(three: dict[str, Listed], asked: list[str]) -> None:
    services.current().guest.get(three["animals-1"])

    assert asked == []


def test_another_is_opened_once(three: dict[str, Listed], asked: list[str]) -> None:
    first = services.current().guest.get(three["animals-2"])

    assert services.current().guest.get(three["animals-2"]) is first
    assert asked == ["animals-2"]


def test_only_one_more_is_in_memory(three: dict[str, Listed], asked: list[str]) -> None:
    for stem in ("animals-2", "animals-3", "animals-2"):
        services.current().guest.get(three[stem])

    assert asked == ["animals-2", "animals-3", "animals-2"]


def test_it_is_let_go_when_nobody_asks_for_it(three: dict[str, Listed], asked: list[str], clock: Clock) -> None:
    services.current().guest.get(three["animals-2"])
    clock.now = comparing.KEEP_S
    clock.waiting[0]()

    services.current().guest.get(three["animals-2"])

    assert asked == ["animals-2", "animals-2"]


def test_it_is_kept_while_somebody_asks_for_it(three: dict[str, Listed], asked: list[str], clock: Clock) -> None:
    services.current().guest.get(three["animals-2"])
    clock.now = comparing.KEEP_S - 1
    services.current().guest.get(three["animals-2"])
    clock.now = comparing.KEEP_S
    clock.waiting[0]()

    services.current().guest.get(three["animals-2"])

    assert asked == ["animals-2"]


def test_a_version_without_a_graph_is_not_compiled_for_a_page(put: Put, asked: list[str]) -> None:
    put("animals-4")
    [version] = listing.versions()

    with pytest.raises(NotCompiled, match="animals-4 is not compiled yet"):
        services.current().guest.get(version)


def test_only_one_comparison_runs_at_a_time(asked: list[str]) -> None:
    with services.current().guest.alone(), pytest.raises(Overloaded, match="Somebody else compares"):
        services.current().guest.alone().__enter__()


# The page


def test_the_form_offers_the_active_version_and_another(member_client: Client, three: dict[str, Listed]) -> None:
    page = member_client.get(COMPARE).content.decode()

    assert re.findall(r'value="(\S+)" selected', page) == ["animals-1", "animals-3"]


def test_the_form_takes_up_what_is_asked(member_client: Client, three: dict[str, Listed]) -> None:
    page = member_client.get(f"{COMPARE}?a=animals-2&b=animals-1").content.decode()

    assert re.findall(r'value="(\S+)" selected', page) == ["animals-2", "animals-1"]


def test_with_one_version_there_is_nothing_to_compare(member_client: Client, put: Put) -> None:
    put("animals-1", active=True)

    page = text(member_client.get(COMPARE))
    assert "There is only one version" in page
    assert "training fit" not in page


def test_with_one_version_staff_are_told_how_another_is_made(staff_client: Client, put: Put) -> None:
    put("animals-1", active=True)

    assert "-m training fit --data ORIGINAL-PICTURES" in text(staff_client.get(COMPARE))


def test_two_names_of_one_file_can_be_told_apart(member_client: Client, put: Put, asked: list[str]) -> None:
    first = put("animals-1", active=True)
    serve(first)
    shutil.copy(first, first.with_name("animals-7.h5"))
    compile_for(first.with_name("animals-7.h5"))

    page = text(post(member_client))

    assert "animals-1 active" in page
    assert page.count("animals-7") >= 2


def test_visitors_log_in_first(client: Client, three: dict[str, Listed]) -> None:
    assert client.get(COMPARE)["Location"].startswith("/account/login/")


def test_both_answers_stand_side_by_side(member_client: Client, put: Put, asked: list[str]) -> None:
    serve(put("animals-1", active=True))
    compile_for(put("animals-2", class_names=("fox", "chicken", "dog", "horse")))

    response = post(member_client)

    assert response.status_code == 200
    assert re.findall(r'result-card-name">(\w+)<', response.content.decode()) == ["cat", "fox"]
    assert "They disagree" in text(response)
    assert "does not know it" in text(response)


def test_the_same_answer_is_called_so(member_client: Client, three: dict[str, Listed], asked: list[str]) -> None:
    assert "They agree" in text(post(member_client))


def test_a_picture_of_ones_history_is_taken(
    member_client: Client, member: User, three: dict[str, Listed], asked: list[str]
) -> None:
    answer = make_answer(user=member, filename="felix.jpg")

    response = post(member_client, answer=str(answer.pk), image=other_file())

    assert "felix.jpg" in text(response)
    assert re.findall(r'result-card-name">(\w+)<', response.content.decode()) == ["cat", "cat"]


def test_the_latest_pictures_of_ones_history_are_offered(
    member_client: Client, member: User, three: dict[str, Listed]
) -> None:
    make_answer(filename="foreign.jpg")
    for age, name in enumerate(["felix.jpg", "tom.jpg", "felix.jpg", "tom.jpg", "old.jpg"]):
        make_answer(user=member, filename=name, age_days=age)
    make_answer(user=member, filename="gone.jpg", picture=False)

    page = member_client.get(COMPARE).content.decode()

    assert re.findall(r'alt="(\w+\.jpg)"', page) == ["felix.jpg", "tom.jpg", "old.jpg"]


def test_the_picture_that_was_asked_for_is_chosen(
    member_client: Client, member: User, three: dict[str, Listed]
) -> None:
    answer = make_answer(user=member)

    page = member_client.get(f"{COMPARE}?answer={answer.pk}").content.decode()

    assert re.findall(r'value="(\S*)" id="pick-\w+" checked', page) == [str(answer.pk)]


def test_a_picture_of_somebody_elses_history_is_not(member_client: Client, three: dict[str, Listed]) -> None:
    answer = make_answer()

    assert member_client.get(f"{COMPARE}?answer={answer.pk}").status_code == 404


@pytest.mark.parametrize("answer", ["x", "00000000-0000-0000-0000-000000000000", "../../etc/passwd"])
def test_an_answer_that_is_not_there_is_none(member_client: Client, three: dict[str, Listed], answer: str) -> None:
    assert member_client.get(COMPARE, {"answer": answer}).status_code == 404


def test_an_answer_whose_picture_is_gone_is_none(member_client: Client, member: User, three: dict[str, Listed]) -> None:
    answer = make_answer(user=member, picture=False)

    assert member_client.get(f"{COMPARE}?answer={answer.pk}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"image": other_file()}, 422, "This file is not a picture that can be read here."),
        ({"image": ""}, 400, "Choose at least one picture first."),
        ({"b": "animals-4"}, 409, "A version that is not compiled yet cannot be compared."),
    ],
)
def test_what_cannot_be_compared_is_said(
    member_client: Client, three: dict[str, Listed], put: Put, asked: list[str], fields: Any, status: int, sentence: str
) -> None:
    put("animals-4")

    response = post(member_client, **fields)

    assert response.status_code == status
    assert sentence in text(response)


def test_a_version_that_cannot_be_opened_is_said(member_client: Client, three: dict[str, Listed]) -> None:
    def refuse(path: Path) -> Recognizer:
        raise ArtifactError("damaged")

    share(guest=Guest(refuse))

    response = post(member_client)

    assert response.status_code == 409
    assert "One of the versions cannot be opened." in text(response)


def test_when_the_server_is_busy_one_comes_back(
    member_client: Client, three: dict[str, Listed], asked: list[str], busy: Admission
) -> None:
    response = post(member_client)

    assert response.status_code == 503
    assert response["Retry-After"]


def test_a_comparison_is_not_kept(
    kept: None, member_client: Client, three: dict[str, Listed], asked: list[str]
) -> None:
    post(member_client, image=image_file("dog.jpg", BLUE))

    assert "dog.jpg" not in text(member_client.get("/history/"))
