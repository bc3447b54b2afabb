"""What holds for every protocol: who may ask, how much, and what is kept is as with the API."""

from __future__ import annotations

import base64
import codecs
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.fakes import image_bytes
from webui.accounts.models import ApiKey, Scope
from webui.history.models import Answer

pytestmark = pytest.mark.django_db

TEXT = base64.b64encode(image_bytes()).decode()


@dataclass(frozen=True)
class Protocol:
    """Where its pictures go, and a body with some."""

    url: str
    body: dict[str, Any]

    def post(self, client: Client, query: str = "", **headers: str) -> Any:
        return client.generic("POST", self.url + query, json.dumps(self.body).encode(), headers=headers)


def protocol(url: str, body: dict[str, Any]) -> Any:
    return pytest.param(Protocol(url, body), id=url.split("/")[1])


TENSOR = {"name": "image", "datatype": "BYTES", "shape": [2], "data": [TEXT, TEXT]}
EVERY = [
    protocol("/v2/models/animals/infer", {"inputs": [TENSOR]}),
    protocol("/hf/animals", {"inputs": TEXT}),
    protocol("/v1/models/animals:predict", {"instances": [{"b64": TEXT}, {"b64": TEXT}]}),
    protocol("/photoprism/labels", {"images": [TEXT, TEXT]}),
]
SEVERAL = [case for case in EVERY if case.id != "hf"]
each = pytest.mark.parametrize("spoken", EVERY)


def key(*scopes: Scope) -> str:
    return f"Bearer {ApiKey.make(make_user(), 'script', list(scopes))[1]}"


@each
def test_a_closed_server_wants_a_key_that_may_classify(
    client: Client, settings_of: SettingsOf, spoken: Protocol
) -> None:
    settings_of(access="members")

    assert spoken.post(client).status_code == 401
    assert spoken.post(client, Authorization="Bearer mng_wrong").status_code == 401
    assert spoken.post(client, Authorization=key(Scope.CLASSIFY)).status_code == 200


@each
def test_a_key_of_another_scope_may_not(client: Client, spoken: Protocol) -> None:
    assert spoken.post(client, Authorization=key(Scope.READ)).status_code == 403


@each
def test_cookies_count_for_pages_of_our_own_alone(
    member_client: Client, settings_of: SettingsOf, spoken: Protocol
) -> None:
    settings_of(access="members")

    assert spoken.post(member_client).status_code == 401
    assert spoken.post(member_client, Origin="https://evil.example").status_code == 401
    assert spoken.post(member_client, Origin="http://testserver").status_code == 200


@each
def test_pages_of_other_origins_are_answered_only_where_they_may_be(
    client: Client, settings_of: SettingsOf, spoken: Protocol
) -> None:
    origin = "https://app.example"

    assert "Access-Control-Allow-Origin" not in spoken.post(client, Origin=origin)
    settings_of(cors_origins=(origin,))
    response = spoken.post(client, Origin=origin)
    assert response["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in response


@each
def test_answers_are_kept_as_those_of_the_api(kept: None, client: Client, spoken: Protocol) -> None:
    authorization = key(Scope.CLASSIFY)

    spoken.post(client, Authorization=authorization)
    pictures = Answer.objects.count()
    spoken.post(client, "?keep=false", Authorization=authorization)

    assert Answer.objects.count() == pictures > 0
    assert set(Answer.objects.values_list("user__username", "label")) == {("mia", "cat")}
    assert spoken.post(client, "?keep=no").status_code == 400


@pytest.mark.parametrize("spoken", SEVERAL)
def test_nothing_is_kept_of_what_is_not_answered(kept: None, client: Client, spoken: Protocol) -> None:
    broken = json.loads(json.dumps(spoken.body).replace(TEXT, "QUJD", 1))

    assert Protocol(spoken.url, broken).post(client).status_code == 422
    assert Answer.objects.count() == 0


@each
def test_each_picture_counts(client: Client, settings_of: SettingsOf, spoken: Protocol) -> None:
    settings_of(pictures_per_minute=2)
    requests = 2 if "hf" in spoken.url else 1

    assert [spoken.post(client).status_code for _ in range(requests)] == [200] * requests
    response = spoken.post(client)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


@each
def test_a_byte_order_mark_before_the_json_is_passed_over(client: Client, spoken: Protocol) -> None:
    body = codecs.BOM_UTF8 + json.dumps(spoken.body).encode()

    assert client.generic("POST", spoken.url, body).status_code == 200
