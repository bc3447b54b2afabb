from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.signing import get_cookie_signer
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user, visitor_of
from tests.webui.fakes import image_file
from webui.accounts.identity import VISITOR_COOKIE, Caller, forget_visitor, identify
from webui.accounts.models import ApiKey, Scope, User
from webui.history.models import Answer

ORIGIN = "http://testserver"
CLASSIFY = "/api/v1/classify"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def make_key(user: User, *scopes: str) -> tuple[ApiKey, str]:
    return ApiKey.make(user, "script", list(scopes) or [Scope.CLASSIFY])


def caller_of(client: Client, path: str = "/api/nothing", **headers: str) -> Caller:
    """Who a GET of a program or of a page's script is taken for."""
    return identify(
        client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}).wsgi_request
    )


def poster_of(client: Client, **headers: str) -> Caller:
    response = client.post("/api/nothing", headers={name.replace("_", "-"): value for name, value in headers.items()})
    return identify(response.wsgi_request)


def test_a_browser_gets_its_cookie_on_the_first_page(visitor_client: Client) -> None:
    cookie = visitor_client.cookies[VISITOR_COOKIE]

    assert len(visitor_of(visitor_client)) == 32
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")


def test_without_a_history_there_is_no_cookie(client: Client) -> None:
    client.get("/")

    assert VISITOR_COOKIE not in client.cookies


def test_a_browser_stays_the_same_visitor(visitor_client: Client) -> None:
    assert visitor_of(visitor_client) == visitor_of(visitor_client)


def test_nobody_chooses_which_visitor_he_is(client: Client) -> None:
    client.cookies[VISITOR_COOKIE] = "0" * 32

    assert identify(client.get("/").wsgi_request) == Caller()


def test_what_is_signed_for_something_else_is_no_visitor(client: Client) -> None:
    client.cookies[VISITOR_COOKIE] = get_cookie_signer(salt="messages").sign("0" * 32)

    assert identify(client.get("/").wsgi_request) == Caller()


def test_with_https_no_other_host_can_plant_the_cookie(settings_of: SettingsOf, client: Client) -> None:
    settings_of(https=True, keep_days=30)

    cookie = client.get("/", secure=True).cookies[f"__Host-{VISITOR_COOKIE}"]

    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


@pytest.mark.parametrize("https", [True, False])
def test_a_forgotten_visitor_has_no_cookie(settings_of: SettingsOf, https: bool) -> None:
    settings_of(https=https)
    response = HttpResponse()

    forget_visitor(response)

    (cookie,) = response.cookies.values()
    assert (cookie.value, cookie["max-age"], bool(cookie["secure"])) == ("", 0, https)


@pytest.mark.parametrize("origin", ["", "http://evil.example", "http://testserver:8000", "https://testserver", "null"])
def test_on_the_api_cookies_do_not_count_where_another_site_asks(
    member_client: Client, visitor_client: Client, origin: str
) -> None:
    headers = {"Origin": origin} if origin else {}

    assert poster_of(member_client, **headers) == Caller()
    assert poster_of(visitor_client, **headers) == Caller()


def test_on_the_api_cookies_count_where_a_page_of_ours_asks(
    member_client: Client, visitor_client: Client, member: User
) -> None:
    assert poster_of(member_client, Origin=ORIGIN).user == member
    assert len(poster_of(visitor_client, Origin=ORIGIN).visitor) == 32


def test_behind_a_proxy_our_pages_have_the_origin_of_the_proxy(settings: Settings, visitor_client: Client) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    forwarded = {"X_Forwarded_Proto": "https", "Host": "testserver"}

    assert poster_of(visitor_client, Origin="https://testserver", **forwarded).visitor
    assert not poster_of(visitor_client, Origin="http://testserver", **forwarded).visitor


def test_a_page_of_ours_reads_without_naming_its_origin(member_client: Client, member: User) -> None:
    assert caller_of(member_client).user == member
    assert caller_of(member_client, Sec_Fetch_Site="same-origin").user == member


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_reads_as_nobody(member_client: Client, site: str) -> None:
    assert caller_of(member_client, Sec_Fetch_Site=site) == Caller()


@pytest.mark.django_db
def test_a_key_speaks_for_its_account(client: Client) -> None:
    key, token = make_key(make_user())

    caller = caller_of(client, **bearer(token))

    assert (caller.user, caller.key, caller.visitor) == (key.user, key, "")


@pytest.mark.django_db
def test_a_key_of_staff_is_not_staff(client: Client) -> None:
    _, token = make_key(make_user(is_staff=True))

    assert not caller_of(client, **bearer(token)).is_staff


@pytest.mark.django_db
def test_a_key_counts_on_the_api_only(client: Client) -> None:
    _, token = make_key(make_user())

    assert caller_of(client, "/", **bearer(token)) == Caller()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "authorization", ["Bearer", "Bearer ", "Bearer mng_wrong", "mng_wrong", "Token mng_wrong", "Bearer mng_\xe9"]
)
@pytest.mark.parametrize("path", [CLASSIFY, "/api/nothing"])
def test_a_wrong_key_is_never_taken_for_nobody(client: Client, path: str, authorization: str) -> None:
    response = client.post(path, {"image": image_file()}, headers={"Authorization": authorization})

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_a_revoked_key_is_refused(client: Client) -> None:
    key, token = make_key(make_user())
    ApiKey.objects.filter(pk=key.pk).update(revoked=timezone.now())

    assert client.post(CLASSIFY, {"image": image_file()}, headers=bearer(token)).status_code == 401


@pytest.mark.django_db
def test_the_key_of_an_account_that_is_switched_off_is_refused(client: Client) -> None:
    _, token = make_key(make_user(is_active=False))

    assert client.post(CLASSIFY, {"image": image_file()}, headers=bearer(token)).status_code == 401


def test_the_password_of_a_proxy_before_us_is_none_of_our_business(client: Client) -> None:
    response = client.post(CLASSIFY, {"image": image_file()}, headers={"Authorization": "Basic dXNlcjpwYXNz"})

    assert response.status_code == 200


@pytest.mark.django_db
def test_a_key_without_the_scope_may_not_classify(client: Client) -> None:
    _, token = make_key(make_user(), Scope.READ)

    response = client.post(CLASSIFY, {"image": image_file()}, headers=bearer(token))

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert "'classify'" in response.json()["detail"]


@pytest.mark.django_db
def test_when_a_key_was_last_used_is_written_down_once_a_minute(client: Client) -> None:
    key, token = make_key(make_user())

    caller_of(client, **bearer(token))
    key.refresh_from_db()
    first = key.last_used
    caller_of(client, **bearer(token))
    key.refresh_from_db()

    assert first is not None
    assert timezone.now() - first < timedelta(minutes=1)
    assert key.last_used == first


@pytest.mark.django_db
def test_what_is_kept_of_a_token_does_not_open_anything(client: Client) -> None:
    key, token = make_key(make_user())

    assert token not in str(key.__dict__)
    assert client.post(CLASSIFY, {"image": image_file()}, headers=bearer(key.digest)).status_code == 401


def test_answers_belong_to_who_sent_the_picture(kept: None, member_client: Client, member: User) -> None:
    member_client.post(CLASSIFY, {"image": image_file()}, headers={"Origin": ORIGIN})

    assert Answer.objects.get().user == member
