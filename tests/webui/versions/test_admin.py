from __future__ import annotations

import pytest
from django.test import Client

from tests.webui.factories import make_user
from webui.versions.models import Switch, SwitchKind

pytestmark = pytest.mark.django_db


def test_staff_read_the_changes_of_the_active_version(staff_client: Client) -> None:
    switch = Switch.objects.create(kind=SwitchKind.ACTIVATE, version="animals-2", by=make_user("eva"))

    assert b"animals-2" in staff_client.get("/admin/versions/switch/").content
    assert staff_client.get(f"/admin/versions/switch/{switch.pk}/change/").status_code == 200


@pytest.mark.parametrize("page", ["add/", "1/delete/"])
def test_nobody_makes_up_or_removes_one(staff_client: Client, page: str) -> None:
    Switch.objects.create(pk=1, kind=SwitchKind.ACTIVATE, version="animals-2")

    assert staff_client.get(f"/admin/versions/switch/{page}").status_code == 403
