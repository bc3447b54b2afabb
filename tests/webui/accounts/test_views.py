from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.webui.factories import PASSWORD, make_user
from tests.webui.fakes import image_file
from webui.accounts.forms import MAX_KEYS
from webui.accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db

ACCOUNT = "/account/"
KEYS = "/account/keys/"
NEW_PASSWORD = "another long password"


def change_password(client: Client, old: str = PASSWORD, new: str = NEW_PASSWORD):
    return client.post("/account/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def make_key(client: Client, name: str = "script", scopes: tuple[str, ...] = ("classify",)):
    return client.post(KEYS, {"name": name, "scopes": scopes})


@pytest.mark.parametrize("path", [ACCOUNT, "/account/password/"])
def test_who_has_not_logged_in_is_sent_to_do_so(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/account/login/?next={path}"


def test_the_page_says_who_one_is(member_client: Client) -> None:
    html = member_client.get(ACCOUNT).content.decode()

    assert "<h1>mia</h1>" in html
    assert "Member." in html


def test_a_new_password_counts_at_once(member_client: Client, member: User) -> None:
    response = change_password(member_client)
    member.refresh_from_db()

    assert response["Location"] == ACCOUNT
    assert member.check_password(NEW_PASSWORD)
    assert "Your password has been changed." in member_client.get(ACCOUNT).content.decode()


def test_a_new_password_ends_all_other_sessions(member_client: Client, member: User) -> None:
    other = Client()
    other.force_login(member)
    key = member_client.session.session_key

    change_password(member_client)

    assert other.get(ACCOUNT).status_code == 302
    assert member_client.get(ACCOUNT).status_code == 200
    assert member_client.session.session_key != key


@pytest.mark.parametrize("new", ["short", "password123", "12345678"])
def test_a_weak_password_is_not_taken_and_is_marked(member_client: Client, member: User, new: str) -> None:
    response = change_password(member_client, new=new)
    member.refresh_from_db()

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["new_password1"]
    assert member.check_password(PASSWORD)


def test_the_old_password_cannot_be_guessed_at_will(member_client: Client) -> None:
    statuses = [change_password(member_client, old="wrong").status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]


def test_a_key_is_shown_once(member_client: Client, client: Client) -> None:
    response = make_key(member_client)
    token = response.context["token"]

    assert token in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert token not in member_client.get(ACCOUNT).content.decode()
    assert not any(token in morsel.value for morsel in member_client.cookies.values())


def test_a_new_key_opens_what_it_was_made_for(member_client: Client, client: Client) -> None:
    token = make_key(member_client).context["token"]

    response = client.post("/api/v1/classify", {"image": image_file()}, headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 200


def test_keys_are_listed_without_their_secret(member_client: Client) -> None:
    make_key(member_client, "nightly script", ("classify", "read"))

    html = member_client.get(ACCOUNT).content.decode()

    key = ApiKey.objects.get()
    assert "nightly script" in html
    assert key.hint in html
    assert "classify pictures, read history and models" in html
    assert key.digest not in html


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "scopes": ["classify"]},
        {"name": "script"},
        {"name": "script", "scopes": ["everything"]},
        {"name": "x" * 101, "scopes": ["classify"]},
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(member_client: Client, data: dict[str, object]) -> None:
    response = member_client.post(KEYS, data)

    assert response.status_code == 400
    assert response.context["form"].errors
    assert not ApiKey.objects.exists()


def test_nobody_has_more_keys_than_he_can_look_after(member_client: Client, member: User) -> None:
    for number in range(MAX_KEYS):
        ApiKey.make(member, f"key {number}", ["classify"])

    response = make_key(member_client)

    assert response.status_code == 400
    assert f"You have {MAX_KEYS} keys." in response.content.decode()


def test_a_revoked_key_opens_nothing(member_client: Client, client: Client) -> None:
    token = make_key(member_client).context["token"]

    response = member_client.post(f"{KEYS}{ApiKey.objects.get().pk}/revoke/")

    assert response["Location"] == ACCOUNT
    assert "script" in member_client.get(ACCOUNT).content.decode()  # In the notice.
    assert client.post("/api/v1/classify", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_nobody_revokes_the_keys_of_others(member_client: Client) -> None:
    key, _ = ApiKey.make(make_user("otto"), "script", ["classify"])

    assert member_client.post(f"{KEYS}{key.pk}/revoke/").status_code == 404
    assert ApiKey.objects.get().revoked is None


def test_a_link_makes_and_revokes_nothing(member_client: Client, member: User) -> None:
    key, _ = ApiKey.make(member, "script", ["classify"])

    assert member_client.get(KEYS, {"name": "new", "scopes": "read"})["Location"] == "/account/"
    assert ApiKey.objects.get() == key
    assert "Revoke script?" in member_client.get(f"{KEYS}{key.pk}/revoke/").content.decode()
    key.refresh_from_db()
    assert key.revoked is None


@pytest.mark.parametrize(("seconds", "said"), [(10, "Last used just now."), (200, "Last used 3 minutes ago.")])
def test_when_a_key_was_last_used_is_said(member_client: Client, member: User, seconds: int, said: str) -> None:
    key, _token = ApiKey.make(member, "script", ["classify"])
    ApiKey.objects.filter(pk=key.pk).update(last_used=timezone.now() - timedelta(seconds=seconds))

    page = member_client.get("/account/").content.decode().replace("\xa0", " ")

    assert said in page
