from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from tests.webui.conftest import SettingsOf
from tests.webui.factories import PASSWORD, make_user
from webui.accounts import first_run
from webui.accounts.models import User

FIRST_RUN = "/account/first-run/"
FORM = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD}
LOCAL = {"HTTP_HOST": "localhost:8000", "REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture(autouse=True)
def named_localhost(settings: object) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_whoever_sits_at_the_server_makes_the_first_staff_account(client: Client) -> None:
    assert client.get(FIRST_RUN, **LOCAL).status_code == 200

    response = client.post(FIRST_RUN, FORM, **LOCAL)

    ada = User.objects.get()
    assert response["Location"] == "/"
    assert (ada.username, ada.is_staff, ada.is_superuser, ada.check_password(PASSWORD)) == ("ada", True, True, True)
    page = client.get("/", **LOCAL).content.decode()
    assert "You are logged in as ada." in page
    assert all(f'<a href="{place}">' in page for place in ("/review/", "/models/", "/account/people/"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "meta",
    [
        LOCAL | {"REMOTE_ADDR": "192.0.2.7"},
        LOCAL | {"HTTP_HOST": "testserver"},
        LOCAL | {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        LOCAL | {"HTTP_FORWARDED": "for=127.0.0.1"},
        LOCAL | {"SERVER_PROTOCOL": "HTTP/1.0"},  # nginx without any setting: it says nothing of who is behind it.
    ],
)
def test_for_others_there_is_no_such_page(client: Client, meta: dict[str, str]) -> None:
    assert client.get(FIRST_RUN, **meta).status_code == 404
    assert client.post(FIRST_RUN, FORM, **meta).status_code == 404
    assert not User.objects.exists()


@pytest.mark.django_db
def test_behind_a_proxy_there_is_no_such_page(client: Client, settings_of: SettingsOf) -> None:
    settings_of(https=True)

    assert client.get(FIRST_RUN, **LOCAL).status_code == 404


@pytest.mark.django_db
def test_once_there_are_staff_there_is_no_such_page(client: Client) -> None:
    make_user(is_staff=True)

    assert client.get(FIRST_RUN, **LOCAL).status_code == 404
    assert client.post(FIRST_RUN, FORM, **LOCAL).status_code == 404


@pytest.mark.django_db
def test_a_weak_password_is_not_taken(client: Client) -> None:
    response = client.post(FIRST_RUN, FORM | {"password1": "12345678", "password2": "12345678"}, **LOCAL)

    assert list(response.context["form"].errors) == ["password1"]
    assert 'autocomplete="username"' in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_form_of_another_site_makes_no_account() -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post(FIRST_RUN, FORM, **LOCAL).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("access", ["members", "staff"])
def test_it_works_where_nobody_is_let_in_yet(client: Client, settings_of: SettingsOf, access: str) -> None:
    settings_of(access=access)

    assert client.post(FIRST_RUN, FORM, **LOCAL).status_code == 302


@pytest.mark.django_db
def test_the_login_page_leads_to_it(client: Client) -> None:
    assert FIRST_RUN in client.get("/account/login/", **LOCAL).content.decode()
    assert FIRST_RUN not in client.get("/account/login/").content.decode()


@pytest.mark.django_db
def test_whether_there_are_staff_is_asked_until_there_are(django_assert_num_queries) -> None:
    request = RequestFactory().get("/", **LOCAL)

    with django_assert_num_queries(1):
        assert first_run.first_run_offered(request)
    make_user(is_staff=True)
    with django_assert_num_queries(1):
        assert not first_run.first_run_offered(request)
    with django_assert_num_queries(0):
        assert not first_run.first_run_offered(request)


def test_of_others_nothing_is_asked() -> None:
    assert not first_run.first_run_offered(RequestFactory().get("/", **LOCAL | {"REMOTE_ADDR": "192.0.2.7"}))


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_time_one_gets_the_account() -> None:
    start = threading.Barrier(2)
    statuses: list[int] = []

    def make(name: str) -> None:
        client = Client(raise_request_exception=False)
        client.get("/livez")
        start.wait()
        statuses.append(client.post(FIRST_RUN, FORM | {"username": name}, **LOCAL).status_code)
        connection.close()

    threads = [threading.Thread(target=make, args=(name,)) for name in ("ada", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [302, 404]
    assert User.objects.count() == 1
