from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from tests.webui.conftest import SettingsOf
from tests.webui.factories import PASSWORD, make_user, visitor_of
from tests.webui.fakes import share, watched
from webui.accounts.identity import VISITOR_COOKIE
from webui.accounts.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"
LOGOUT = "/account/logout/"


class CountingHasher(MD5PasswordHasher):
    algorithm = "md5"
    used = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.used += 1
        return super().encode(password, salt)


def log_in(client: Client, name: str = "mia", password: str = PASSWORD, **meta: str):
    data = {"username": name, "password": password, "next": meta.pop("next", "")}
    return client.post(LOGIN, data, **meta)


def fail(client: Client, times: int, name: str = "mia", **meta: str) -> list[int]:
    """Wrong passwords; the status of each answer."""
    return [log_in(client, name, "wrong", **meta).status_code for _ in range(times)]


def said(response) -> list[str]:
    return list(response.context["form"].non_field_errors())


def is_logged_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_who_logs_in_comes_to_the_start(client: Client, member: User) -> None:
    response = log_in(client)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_logged_in(client)


def test_who_was_sent_to_the_login_page_comes_back_to_where_he_was(client: Client, member: User) -> None:
    page = client.get("/account/")

    assert page["Location"] == "/account/login/?next=/account/"
    assert log_in(client, next="/account/?a=b")["Location"] == "/account/?a=b"


@pytest.mark.parametrize(
    "next_url",
    ["https://a.example/", "//a.example/", "/\\a.example", "javascript:alert(1)", "http:///a.example", "\t//a.example"],
)
def test_nobody_is_led_to_another_site(client: Client, member: User, next_url: str) -> None:
    assert log_in(client, next=next_url)["Location"] == "/"


def test_a_path_with_two_slashes_leads_to_no_other_site(client: Client, member: User, settings_of: SettingsOf) -> None:
    settings_of(access="members")
    page = client.get("/", PATH_INFO="//evil.example/")

    response = client.post(page["Location"], {"username": "mia", "password": PASSWORD})

    assert response["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_look_the_same(client: Client, member: User) -> None:
    wrong = log_in(client, "mia", "wrong")
    unknown = log_in(client, "nobody", "wrong")

    assert wrong.status_code == unknown.status_code == 200
    assert said(wrong) == said(unknown)
    assert len(said(wrong)) == 1


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(client: Client, member: User, settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    member.set_password(PASSWORD)
    member.save()
    CountingHasher.used = 0

    log_in(client, "mia", "wrong")
    wrong, CountingHasher.used = CountingHasher.used, 0
    log_in(client, "nobody", "wrong")

    assert wrong == CountingHasher.used == 1


def test_an_account_that_is_switched_off_looks_like_a_wrong_password(client: Client) -> None:
    make_user("otto", is_active=False)

    assert said(log_in(client, "otto")) == said(log_in(client, "nobody"))


def test_the_session_gets_a_new_name_when_somebody_logs_in(client: Client, member: User) -> None:
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = client.cookies["sessionid"] = session.session_key

    log_in(client)

    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_what_was_sent_before_logging_in_is_not_crossed_with_the_account(visitor_client: Client, member: User) -> None:
    before = visitor_of(visitor_client)

    log_in(visitor_client)
    assert visitor_client.cookies[VISITOR_COOKIE].value == ""
    visitor_client.post(LOGOUT)

    assert visitor_of(visitor_client) != before


def test_a_failed_login_keeps_the_visitor(visitor_client: Client, member: User) -> None:
    before = visitor_of(visitor_client)

    fail(visitor_client, 1)

    assert visitor_of(visitor_client) == before


def test_who_logs_out_is_logged_out_everywhere_in_this_browser(member_client: Client) -> None:
    key = member_client.session.session_key

    response = member_client.post(LOGOUT)

    assert response["Location"] == "/"
    assert not is_logged_in(member_client)
    assert not Session.objects.filter(session_key=key).exists()


def test_a_link_logs_nobody_out(member_client: Client) -> None:
    assert member_client.get(LOGOUT).status_code == 405
    assert is_logged_in(member_client)


@pytest.mark.parametrize(
    "path", [LOGIN, LOGOUT, "/account/keys/", "/account/password/", "/admin/logout/", "/language/"]
)
def test_forms_of_other_sites_are_refused(path: str, member: User) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(member)

    assert client.post(path, {"username": "mia", "password": PASSWORD, "language": "en"}).status_code == 403


def test_sessions_that_have_ended_are_removed_when_somebody_logs_in(client: Client, member: User) -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))

    log_in(client)

    assert not Session.objects.filter(session_key="old").exists()


def test_after_five_wrong_passwords_the_right_one_does_not_help_either(client: Client, member: User) -> None:
    assert fail(client, 5) == [200, 200, 200, 200, 429]

    response = log_in(client)

    assert response.status_code == 429
    assert 14 * 60 < int(response["Retry-After"]) <= 15 * 60
    assert "15 minutes" in response.content.decode()
    assert not is_logged_in(client)


def test_trying_on_does_not_make_it_longer(client: Client, member: User) -> None:
    fail(client, 5)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=10))

    fail(client, 3)

    assert int(log_in(client)["Retry-After"]) <= 5 * 60


def test_after_a_quarter_of_an_hour_it_is_over(client: Client, member: User) -> None:
    fail(client, 5)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=15))

    assert log_in(client).status_code == 302


def test_a_name_that_nobody_has_is_locked_in_the_same_way(client: Client) -> None:
    assert fail(client, 5, "nobody")[-1] == 429


def test_nobody_locks_another_person_out_from_elsewhere(client: Client, member: User) -> None:
    fail(client, 9, REMOTE_ADDR="192.0.2.7")

    assert log_in(client).status_code == 302


def test_a_proxy_is_not_taken_for_its_clients(client: Client, member: User, settings_of: SettingsOf) -> None:
    settings_of(https=True)
    fail(client, 9, HTTP_HOST="localhost", HTTP_X_FORWARDED_FOR="192.0.2.7")

    assert log_in(client, HTTP_HOST="localhost", HTTP_X_FORWARDED_FOR="192.0.2.8").status_code == 302


def test_nobody_gets_around_it_with_a_header(client: Client, member: User) -> None:
    answers = [
        fail(client, 1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}", HTTP_USER_AGENT=str(number)) for number in range(5)
    ]

    assert answers[-1] == [429]


def test_the_right_password_forgets_the_wrong_ones(client: Client, member: User) -> None:
    fail(client, 4)
    log_in(client)

    assert fail(client, 4) == [200] * 4


def test_one_address_may_not_try_many_accounts(client: Client, member: User) -> None:
    statuses = [fail(client, 1, f"name{number}")[0] for number in range(31)]
    response = log_in(client)

    assert statuses == [200] * 30 + [429]
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 30


def test_people_behind_one_address_who_know_their_passwords_all_get_in(client: Client, member: User) -> None:
    assert {log_in(client).status_code for _ in range(40)} == {302}


def test_the_command_that_the_documentation_names_ends_it(client: Client, member: User) -> None:
    fail(client, 5)

    call_command("axes_reset", verbosity=0)

    assert log_in(client).status_code == 302


def test_no_password_is_written_down(client: Client, member: User) -> None:
    fail(client, 2)

    assert "wrong" not in str(AccessAttempt.objects.values())


def test_the_admin_has_no_login_page_of_its_own(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/history/")

    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=/admin/history/")


def test_the_login_page_of_the_admin_takes_no_passwords(client: Client, staff: User) -> None:
    response = client.post("/admin/login/", {"username": "sam", "password": PASSWORD})

    assert response["Location"].startswith("/account/login/")
    assert not is_logged_in(client)


def test_a_member_is_not_sent_around_in_circles(member_client: Client) -> None:
    response = member_client.get("/admin/", follow=True)

    assert response.status_code == 403
    assert len(response.redirect_chain) == 1


def test_logging_out_in_the_admin_is_logging_out(staff_client: Client) -> None:
    staff_client.post("/admin/logout/")

    assert not is_logged_in(staff_client)


def test_a_name_that_no_account_can_have_is_not_even_tried(client: Client) -> None:
    response = log_in(client, "x" * 1000)

    assert response.status_code == 200
    assert "username" in response.context["form"].errors
    assert not AccessAttempt.objects.exists()


def test_a_page_learns_who_is_logged_in_by_now_with_a_token_that_holds(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    before = client.get("/account/who/").json()
    client.force_login(member)

    now = client.get("/account/who/")
    written = client.post("/account/logout/", {"csrfmiddlewaretoken": now.json()["token"]})

    assert (before["name"], now.json()["name"]) == ("", "mia")
    assert "no-store" in now["Cache-Control"]
    assert written.status_code == 302


def test_while_the_database_cannot_be_read_nobody_is_said_to_be_logged_out(member_client: Client) -> None:
    share(database=watched("gone", can_be_read=False))

    assert member_client.get("/account/who/").status_code == 503
