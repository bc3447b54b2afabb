"""Staff manage accounts: whose, what they show once, and what is logged."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.test import Client

from recognizer import Recognizer
from tests.webui.factories import PASSWORD, make_user
from webui.accounts.models import ApiKey, Role, User
from webui.accounts.passwords import random_password

pytestmark = pytest.mark.django_db

PEOPLE = "/account/people/"


@pytest.fixture
def admin_client(served: Recognizer) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_user("ada", is_staff=True, is_superuser=True))
    return client


def logged() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def test_a_new_account_has_a_password_that_is_shown_once(staff_client: Client) -> None:
    response = staff_client.post(f"{PEOPLE}new/", {"username": "otto"})
    password = response.context["password"]

    assert password in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert User.objects.get(username="otto").check_password(password)
    assert password not in staff_client.get(PEOPLE).content.decode()
    assert logged() == ["Created as member."]


@pytest.mark.parametrize(
    ("role", "rights"), [("member", (False, False)), ("staff", (True, False)), ("administrator", (True, True))]
)
def test_an_administrator_gives_a_role(admin_client: Client, role: str, rights: tuple[bool, bool]) -> None:
    admin_client.post(f"{PEOPLE}new/", {"username": "otto", "role": role})

    otto = User.objects.get(username="otto")
    assert (otto.is_staff, otto.is_superuser) == rights
    assert otto.role == role


def test_staff_make_members_only(staff_client: Client) -> None:
    staff_client.post(f"{PEOPLE}new/", {"username": "otto", "role": "administrator", "is_superuser": "on"})

    assert User.objects.get(username="otto").role == Role.MEMBER
    assert 'name="role"' not in staff_client.get(PEOPLE).content.decode()


@pytest.mark.parametrize("form", [{}, {"username": "MIA"}, {"username": "a b"}, {"username": "x", "role": "king"}])
def test_an_account_that_cannot_be_is_not_made(admin_client: Client, member: User, form: dict[str, str]) -> None:
    response = admin_client.post(f"{PEOPLE}new/", {"role": "member"} | form)

    assert response.status_code == 400
    assert response.context["form"].errors
    assert User.objects.count() == 2


def test_a_new_password_counts_at_once_and_ends_sessions(staff_client: Client, member: User) -> None:
    browser = Client()
    browser.force_login(member)
    AccessAttempt.objects.create(username="mia", ip_address="127.0.0.1", failures_since_start=5)
    assert "A new password for mia?" in staff_client.get(f"{PEOPLE}{member.pk}/password/").content.decode()
    assert browser.get("/account/").status_code == 200

    password = staff_client.post(f"{PEOPLE}{member.pk}/password/").context["password"]

    assert browser.get("/account/").status_code == 302
    login = {"username": "mia", "password": password}
    assert Client().post("/account/login/", login, REMOTE_ADDR="127.0.0.1").status_code == 302
    assert logged() == ["Gave a new password."]


def test_who_is_deactivated_is_out_until_activated_again(staff_client: Client, member: User, client: Client) -> None:
    browser = Client()
    browser.force_login(member)
    _, token = ApiKey.make(member, "script", ["read"])
    key = {"Authorization": f"Bearer {token}"}

    staff_client.post(f"{PEOPLE}{member.pk}/active/", {"active": "no"})

    assert browser.get("/account/").status_code == 302
    assert client.get("/api/v1/history", headers=key).status_code == 401
    page = staff_client.get(PEOPLE).content.decode()
    assert "deactivated" in page

    staff_client.post(f"{PEOPLE}{member.pk}/active/", {"active": "yes"})

    assert client.get("/api/v1/history", headers=key).status_code == 200
    assert Client().post("/account/login/", {"username": "mia", "password": PASSWORD}).status_code == 302
    assert logged() == ["Deactivated.", "Activated."]


@pytest.mark.parametrize("address", ["{pk}/password/", "{pk}/active/"])
@pytest.mark.parametrize(
    "rights", [{"is_staff": True}, {"is_superuser": True}, {"is_staff": True, "is_superuser": True}]
)
def test_staff_do_not_touch_accounts_of_staff(staff_client: Client, address: str, rights: dict[str, bool]) -> None:
    other = make_user("otto", **rights)

    response = staff_client.post(PEOPLE + address.format(pk=other.pk), {"active": "no"})

    other.refresh_from_db()
    assert response.status_code == 403
    assert other.is_active
    assert other.check_password(PASSWORD)


@pytest.mark.parametrize("address", ["{pk}/password/", "{pk}/active/"])
def test_nobody_locks_himself_out(admin_client: Client, address: str) -> None:
    ada = User.objects.get(username="ada")

    assert admin_client.post(PEOPLE + address.format(pk=ada.pk), {"active": "no"}).status_code == 403
    assert User.objects.get(username="ada").is_active


def test_an_administrator_manages_staff(admin_client: Client, staff: User) -> None:
    admin_client.post(f"{PEOPLE}{staff.pk}/active/", {"active": "no"})

    staff.refresh_from_db()
    assert not staff.is_active


def test_members_see_nothing_of_it(member_client: Client) -> None:
    assert member_client.get(PEOPLE).status_code == 403
    assert PEOPLE not in member_client.get("/account/").content.decode()


def test_made_passwords_are_long_and_differ() -> None:
    made = {random_password() for _ in range(200)}

    assert len(made) == 200
    assert {len(password) for password in made} == {19}
