from __future__ import annotations

import logging
import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from recognizer import Recognizer
from recognizer.errors import ArtifactError
from recognizer.registry import versions
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.fakes import share
from tests.webui.versions.conftest import Put, opened, serve
from tests.webui.versions.test_views import text
from webui import services
from webui.versions.models import Outcome, Switch, SwitchKind, SwitchRunning
from webui.versions.switching import Switcher

pytestmark = pytest.mark.django_db

ACTIVATE = "/models/animals-2/activate/"


def active(models: Path) -> str:
    return versions.active(models).stem


def running(**fields: Any) -> Switch:
    return Switch.objects.create(
        **{"kind": SwitchKind.ACTIVATE, "version": "animals-2", "before": "animals-1", **fields}
    )


def refuse(path: Path, **options: object) -> Recognizer:
    raise ArtifactError(f"{path} is damaged: copy it again.")


def crash(path: Path, **options: object) -> Recognizer:
    raise ZeroDivisionError


# Confirming


def test_before_a_change_one_reads_what_it_changes(staff_client: Client, put: Put) -> None:
    put("animals-1", active=True)
    put("animals-2", class_names=("cat", "chicken", "dog", "fox"))

    page = text(staff_client.get(ACTIVATE))

    assert "Activate animals-2?" in page
    assert "Will not be recognised any more: horse" in page
    assert "Will be recognised from then on: fox" in page


def test_looking_changes_nothing(staff_client: Client, two: None, models: Path, every_file_opens: None) -> None:
    staff_client.get(ACTIVATE)

    assert active(models) == "animals-1"
    assert Switch.objects.count() == 0


def test_the_active_version_cannot_be_activated_again(staff_client: Client, two: None) -> None:
    page = staff_client.get("/models/animals-1/activate/").content.decode()

    assert "animals-1 is active already." in page
    assert 'type="submit">Activate' not in page


def test_a_broken_version_is_not_offered(staff_client: Client, models: Path, two: None) -> None:
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    page = text(staff_client.get("/models/animals-3/activate/"))

    assert "animals-3 cannot be used. animals-3.h5 is no H5 file" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_members_may_not_change_what_is_active(
    member_client: Client, two: None, models: Path, every_file_opens: None, method: str
) -> None:
    assert getattr(member_client, method)(ACTIVATE).status_code == 403
    assert active(models) == "animals-1"


def test_a_forged_form_is_refused(
    staff: Any, two: None, models: Path, every_file_opens: None, served: Recognizer
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(staff)

    assert strict.post(ACTIVATE).status_code == 403
    assert active(models) == "animals-1"


# Changing


def test_a_version_becomes_active_and_the_page_says_so(
    staff_client: Client, two: None, models: Path, every_file_opens: None
) -> None:
    serve(models / "animals-2.h5")

    page = text(staff_client.post(ACTIVATE, follow=True))

    assert active(models) == "animals-2"
    assert "animals-2 is active. This server uses it now." in page


def test_until_this_process_follows_the_page_looks_again(
    staff_client: Client, two: None, models: Path, every_file_opens: None
) -> None:
    serve(models / "animals-1.h5")

    response = staff_client.post(ACTIVATE, follow=True)

    assert "This server is opening it; animals-1 answers until then." in text(response)
    assert b'data-open="yes"' in response.content
    assert b'<noscript><meta http-equiv="refresh"' in response.content


def test_rolling_back_is_activating_the_previous_version(
    staff_client: Client, two: None, models: Path, every_file_opens: None
) -> None:
    staff_client.post(ACTIVATE)

    staff_client.post("/models/animals-1/activate/")

    assert active(models) == "animals-1"
    assert [switch.kind for switch in Switch.objects.all()] == [SwitchKind.ROLLBACK, SwitchKind.ACTIVATE]


def test_who_changed_what_is_written_down(
    staff_client: Client, staff: Any, two: None, every_file_opens: None, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("webui").propagate = True
    with caplog.at_level(logging.INFO, "webui.versions.switching"):
        staff_client.post(ACTIVATE)
    logging.getLogger("webui").propagate = False

    switch = Switch.objects.get()
    assert (switch.version, switch.before, switch.by, switch.outcome) == ("animals-2", "animals-1", staff, "done")
    assert LogEntry.objects.get().user == staff
    assert LogEntry.objects.get().change_message == "activate animals-2"
    assert "sam asked to activate animals-2 (active: animals-1)." in caplog.messages


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(refuse, "animals-2.h5 is damaged: copy it again."), (crash, "ZeroDivisionError, see the server's log.")],
)
def test_what_cannot_be_served_changes_nothing_and_the_reason_is_shown(
    staff_client: Client,
    two: None,
    models: Path,
    every_file_opens: None,
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
    reason: str,
) -> None:
    monkeypatch.setattr(Recognizer, "open", fault)

    page = text(staff_client.post(ACTIVATE, follow=True))

    assert active(models) == "animals-1"
    assert f"animals-2 was not activated; nothing has changed. {reason}" in page
    assert Switch.objects.get().outcome == Outcome.FAILED


def test_visitors_do_not_read_the_reason(client: Client, two: None) -> None:
    running(outcome=Outcome.FAILED, problem="a secret of the server", finished=timezone.now())

    assert "secret" not in text(client.get("/models/"))


def test_with_a_model_in_the_settings_nothing_can_be_activated(
    staff_client: Client, two: None, models: Path, every_file_opens: None, settings_of: SettingsOf
) -> None:
    settings_of(model=models / "animals-1.h5")

    page = text(staff_client.post(ACTIVATE, follow=True))

    assert "MENAGERIE_MODEL is set: activating a version changes nothing for this server." in page
    assert Switch.objects.count() == 0


# One at a time


def test_while_one_is_tried_the_page_says_so(staff_client: Client, two: None) -> None:
    running()

    response = staff_client.get("/models/")

    assert "animals-2 is being tried." in text(response)
    assert b"/models/animals-2/activate/" not in response.content
    assert "Another version is being tried right now." in text(staff_client.get(ACTIVATE))


def test_a_second_change_is_refused_with_a_sentence(
    staff_client: Client, two: None, models: Path, every_file_opens: None
) -> None:
    running()

    page = text(staff_client.post(ACTIVATE, follow=True))

    assert "Another version is being tried right now. Try again when that is done." in page
    assert Switch.objects.count() == 1


def test_the_database_itself_lets_only_one_run() -> None:
    user = make_user()
    Switch.begin(SwitchKind.ACTIVATE, "animals-2", "animals-1", user)

    with pytest.raises(SwitchRunning):
        Switch.begin(SwitchKind.ACTIVATE, "animals-3", "animals-1", user)


def test_one_whose_process_ended_is_called_abandoned_after_ten_minutes(staff_client: Client, two: None) -> None:
    switch = running(asked=timezone.now() - timedelta(minutes=11))

    assert switch.shown_outcome == Outcome.ABANDONED
    assert Switch.running() is None
    assert "abandoned" in text(staff_client.get("/models/"))


def test_an_abandoned_one_is_in_nobodys_way(
    staff_client: Client, two: None, models: Path, every_file_opens: None
) -> None:
    late = running(asked=timezone.now() - timedelta(minutes=11))

    staff_client.post(ACTIVATE)

    late.refresh_from_db()
    assert late.outcome == Outcome.ABANDONED
    assert active(models) == "animals-2"


def test_a_process_that_ends_leaves_none_in_the_way(
    staff_client: Client, two: None, every_file_opens: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def interrupted(path: Path, **options: object) -> Recognizer:
        seen.append(Switch.running())
        services.current().switcher.abandon()
        seen.append(Switch.running())
        return opened(path)

    monkeypatch.setattr(Recognizer, "open", interrupted)

    staff_client.post(ACTIVATE)

    assert seen == [Switch.objects.get(), None]


def test_news_grow_old(client: Client, two: None) -> None:
    running(outcome=Outcome.DONE, finished=timezone.now() - timedelta(minutes=11))

    assert "is active." not in text(client.get("/models/"))


@pytest.mark.django_db(transaction=True)
def test_the_request_does_not_wait_for_the_trial(
    staff_client: Client, two: None, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()

    def slow(path: Path, **options: object) -> Recognizer:
        may_end.wait(10)
        return opened(path)

    monkeypatch.setattr(Recognizer, "open", slow)
    share(switcher=Switcher())

    page = text(staff_client.post(ACTIVATE, follow=True))

    assert "animals-2 is being tried." in page
    may_end.set()
    [thread] = [thread for thread in threading.enumerate() if thread.name == "switch"]
    thread.join(10)
    assert Switch.objects.get().outcome == Outcome.DONE
    assert active(models) == "animals-2"


def test_the_name_in_a_log_is_one_line() -> None:
    assert re.fullmatch(r"[^\n]+", str(Switch(kind=SwitchKind.ACTIVATE, version="animals-2")))
