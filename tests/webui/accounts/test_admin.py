from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.webui.factories import make_answer, make_correction, make_user
from webui.accounts.models import ApiKey, User
from webui.history import pictures
from webui.history.models import Answer, Correction, CorrectionKind, State
from webui.versions.models import Switch

Captured = Callable[..., AbstractContextManager[object]]

pytestmark = pytest.mark.django_db

ANSWERS = "/admin/history/answer/"
CORRECTIONS = "/admin/history/correction/"
KEYS = "/admin/accounts/apikey/"
USERS = "/admin/accounts/user/"
LOG = "/admin/admin/logentry/"
SWITCHES = "/admin/versions/switch/"


@pytest.fixture
def superuser_client(client: Client) -> Client:
    client.force_login(make_user("ada", is_staff=True, is_superuser=True))
    return client


def make_rows(count: int, people: str = "user") -> None:
    """As many of everything, each with an account of its own."""
    for number in range(count):
        user = make_user(f"{people}{number}")
        correction = make_correction(make_answer(user=user), user=user, reviewed_by=user, state=State.ACCEPTED)
        ApiKey.make(user, "script", ["classify"])
        Switch.objects.create(kind="activate", version="animals-2", by=user, outcome="done")
        LogEntry.objects.log_actions(user.pk, [correction], CHANGE, "Accepted.", single_object=True)


def act(client: Client, url: str, action: str, *rows: object) -> None:
    client.post(url, {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"})


@pytest.mark.parametrize("url", [ANSWERS, CORRECTIONS, KEYS, USERS, LOG, SWITCHES])
def test_a_list_takes_no_more_queries_for_more_rows(superuser_client: Client, url: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert superuser_client.get(url).status_code == 200
        return len(captured)

    make_rows(2)
    queries()  # What Django remembers of its own is asked once.
    few = queries()
    make_rows(20, "others")

    assert queries() <= few <= 14


def test_answers_are_shown_with_their_pictures(staff_client: Client) -> None:
    answer = make_answer()

    html = staff_client.get(ANSWERS).content.decode()

    assert re.search(rf'<img class="thumbnail" src="/history/{answer.pk}[^"]*"', html)
    assert "98.0%" in html


@pytest.mark.parametrize("url", [ANSWERS, CORRECTIONS, KEYS, USERS, LOG, SWITCHES])
def test_searching_and_filtering_work(superuser_client: Client, url: str) -> None:
    make_rows(1)

    assert superuser_client.get(url, {"q": "nothing of this kind"}).status_code == 200


def test_an_answer_is_read_and_not_typed(superuser_client: Client) -> None:
    answer = make_answer()

    page = superuser_client.get(f"{ANSWERS}{answer.pk}/change/")

    assert page.status_code == 200
    assert "thumbnail" in page.content.decode()
    assert superuser_client.post(f"{ANSWERS}{answer.pk}/change/", {"label": "dog"}).status_code == 403
    assert superuser_client.get(f"{ANSWERS}add/").status_code == 403


@pytest.mark.parametrize("how", ["one", "many"])
def test_with_an_answer_its_picture_goes(
    staff_client: Client, how: str, django_capture_on_commit_callbacks: Captured
) -> None:
    answer = make_answer()
    make_correction(answer)

    with django_capture_on_commit_callbacks(execute=True):
        if how == "one":
            staff_client.post(f"{ANSWERS}{answer.pk}/delete/", {"post": "yes"})
        else:
            act(staff_client, ANSWERS, "delete_selected", answer)

    assert not Answer.objects.exists()
    assert not Correction.objects.exists()
    assert not pictures.path_of(answer.pk).exists()


@pytest.mark.parametrize(("action", "state"), [("accept", State.ACCEPTED), ("reject", State.REJECTED)])
def test_staff_review_corrections(staff_client: Client, staff: User, action: str, state: State) -> None:
    waiting = make_correction(kind=CorrectionKind.NONE, label="")

    act(staff_client, CORRECTIONS, action, waiting)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.reviewed_by, waiting.kind) == (state, staff, CorrectionKind.NONE)
    assert LogEntry.objects.get().user == staff


def test_what_has_been_reviewed_stays_as_it_is(staff_client: Client) -> None:
    rejected = make_correction(state=State.REJECTED)

    act(staff_client, CORRECTIONS, "accept", rejected)

    rejected.refresh_from_db()
    assert rejected.state == State.REJECTED


def test_superusers_revoke_keys(superuser_client: Client) -> None:
    key, _ = ApiKey.make(make_user(), "script", ["classify"])

    act(superuser_client, KEYS, "revoke", key)

    key.refresh_from_db()
    assert key.revoked is not None
    assert LogEntry.objects.get().get_change_message() == "Revoked."


def test_nobody_sees_what_a_key_is_found_by(superuser_client: Client) -> None:
    key, _ = ApiKey.make(make_user(), "script", ["classify"])

    pages = superuser_client.get(KEYS).content + superuser_client.get(f"{KEYS}{key.pk}/change/").content

    assert key.digest not in pages.decode()


def test_superusers_make_members(superuser_client: Client) -> None:
    form = {"username": "mia", "password1": "a long enough password", "password2": "a long enough password"}

    superuser_client.post(f"{USERS}add/", form)

    assert not User.objects.get(username="mia").is_staff


@pytest.mark.parametrize("url", [KEYS, USERS, LOG, "/admin/axes/accessattempt/"])
def test_plain_staff_see_nothing_of_accounts(staff_client: Client, staff: User, url: str) -> None:
    assert staff_client.get(url).status_code == 403
    assert url not in staff_client.get("/admin/").content.decode()


def test_plain_staff_cannot_give_themselves_rights(staff_client: Client, staff: User) -> None:
    staff_client.post(f"{USERS}{staff.pk}/change/", {"username": "sam", "is_superuser": "on", "is_staff": "on"})
    staff_client.post(f"{USERS}{staff.pk}/password/", {"password1": "x", "password2": "x"})

    staff.refresh_from_db()
    assert not staff.is_superuser


@pytest.mark.parametrize("url", [ANSWERS, CORRECTIONS, SWITCHES])
def test_plain_staff_see_what_they_work_with(staff_client: Client, url: str) -> None:
    assert staff_client.get(url).status_code == 200
    assert url in staff_client.get("/admin/").content.decode()


@pytest.mark.parametrize("url", [LOG, SWITCHES])
def test_nobody_writes_into_a_log(superuser_client: Client, url: str) -> None:
    make_rows(1)
    row = (LogEntry if url == LOG else Switch).objects.get()

    for page in ("change", "delete"):
        superuser_client.post(f"{url}{row.pk}/{page}/", {"post": "yes", "version": "forged", "object_repr": "forged"})
    act(superuser_client, url, "delete_selected", row)

    assert type(row).objects.filter(pk=row.pk).exists()
    assert "forged" not in str(type(row).objects.values())


def test_there_are_no_groups(superuser_client: Client) -> None:
    assert superuser_client.get("/admin/auth/group/").status_code == 404
