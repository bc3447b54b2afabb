from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.webui.drift.test_assess import drifted
from tests.webui.versions.conftest import Put, serve
from tests.webui.versions.test_views import text

pytestmark = pytest.mark.django_db


def test_staff_find_it_on_the_pages_of_models(staff_client: Client, put: Put) -> None:
    drifted()
    serve(put("animals-1", active=True))

    the_list, the_page = text(staff_client.get("/models/")), text(staff_client.get("/models/animals-1/"))

    assert "more pictures are unlike what it learned: 31.0% of 200 are none of the classes" in the_list
    assert "Whether the pictures have changed" in the_page
    assert "None of these changed 31.0% 6.0%" in the_page
    assert re.search(r"Day by day .* 200 31\.0%", the_page)


def test_others_do_not_where_there_are_staff(member_client: Client, staff: object, put: Put) -> None:
    drifted()
    serve(put("animals-1", active=True))

    assert "unlike what it learned" not in text(member_client.get("/models/"))
    assert "Whether the pictures have changed" not in text(member_client.get("/models/animals-1/"))


def test_whoever_has_a_server_without_accounts_does(client: Client, put: Put) -> None:
    drifted()
    serve(put("animals-1", active=True))

    assert "Whether the pictures have changed" in text(client.get("/models/animals-1/"))
