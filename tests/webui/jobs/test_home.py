"""Long work lies on one of several servers; another one says so, instead of that there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.webui.conftest import SettingsOf
from webui.config.storage_address import StorageAddress
from webui.jobs import home
from webui.jobs.home import LIES_THERE, HomeElsewhere
from webui.jobs.models import Home

pytestmark = pytest.mark.django_db

_ROOMS = ("webui.studio", "webui.batches", "webui.dreams", "webui.versions.export_views")


@pytest.fixture
def server(settings_of: SettingsOf, tmp_path: Path) -> SettingsOf:
    """One of several: server(1) is the first, server(2) the second, each with its own data folder."""

    def be(number: int) -> None:
        settings_of(
            storage=StorageAddress("menagerie"), database_url="postgres://shared", data=tmp_path / f"data-{number}"
        )

    return be


def test_a_server_by_itself_is_at_home_and_asks_nobody(client: Client) -> None:
    home.claim()

    assert home.is_here()
    assert not Home.objects.exists()


def test_the_first_worker_makes_its_folder_the_home(server: SettingsOf) -> None:
    server(1)
    home.claim()
    home.claim()
    at_first = home.is_here()
    server(2)

    assert (at_first, home.is_here()) == (True, False)


def test_a_second_worker_with_a_folder_of_its_own_is_refused(server: SettingsOf) -> None:
    server(1)
    home.claim()
    server(2)

    with pytest.raises(HomeElsewhere, match="Set MENAGERIE_WORKER=0 here"):
        home.claim()
    with pytest.raises(CommandError, match="another server"):
        call_command("work")


def test_another_one_takes_over_when_it_is_told_to(server: SettingsOf) -> None:
    server(1)
    home.claim()
    server(2)
    call_command("take_long_work", verbosity=0)
    here = home.is_here()
    server(1)

    assert (here, home.is_here()) == (True, False)


def test_what_lies_on_another_server_is_refused_with_a_sentence(server: SettingsOf, staff_client: Client) -> None:
    server(1)
    home.claim()
    server(2)

    page, api = staff_client.get("/studio/"), staff_client.post("/api/v1/batches")

    assert page.status_code == 503
    assert "This is kept on another server of this site." in page.content.decode()
    assert (api.status_code, api.json()["code"]) == (503, "on_another_server")
    assert staff_client.get("/history/").status_code == 200


def test_at_home_it_is_answered(server: SettingsOf, staff_client: Client) -> None:
    server(1)
    home.claim()

    assert staff_client.get("/studio/").status_code == 200


def test_every_address_of_these_rooms_is_one_that_lies_there() -> None:
    found = dict(_addresses(get_resolver().url_patterns))

    in_rooms = {path for path, module in found.items() if module.startswith(_ROOMS)}
    assert len(in_rooms) > 40
    assert [path for path in in_rooms if not LIES_THERE.match(path)] == []
    assert [path for path, module in found.items() if LIES_THERE.match(path) and path not in in_rooms] == []


def _addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> list[tuple[str, str]]:
    """Each address, with words for its parts, and the module of its view."""
    found: list[tuple[str, str]] = []
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _addresses(pattern.url_patterns, path)
        else:
            view = pattern.callback
            operations = getattr(view, "operations", None)
            found.append((path, (operations[0].view if operations else view).__module__))
    return found
