"""Pages that change while somebody waits: what they make of an odd answer in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session

from tests.webui.batches.factories import make_batch
from tests.webui.factories import PASSWORD
from tests.webui.studio.factories import make_project, make_run
from webui.accounts.models import User
from webui.jobs.models import Job, State
from webui.studio.models import Run

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def run(member: User) -> Run:
    return make_run(make_project(member), state=State.RUNNING)


@pytest.fixture
def page(member_page: Page, run: Run) -> Page:
    """The page of a training that goes on."""
    member_page.goto(f"/studio/runs/{run.job_id}/")
    member_page.get_by_role("heading", name="Training").wait_for()
    return member_page


def busy_once(page: Page) -> None:
    """Lets the page ask once in vain."""
    with page.expect_response(lambda response: response.status == 429):
        page.route(page.url, lambda route: route.fulfill(status=429, body="Too many requests"), times=1)


def test_a_training_is_followed_after_the_server_was_busy(page: Page, run: Run) -> None:
    busy_once(page)

    Job.objects.filter(id=run.job_id).update(state=State.FAILED, reason="runtime")

    page.get_by_role("heading", name="It did not work").wait_for()


def test_batches_are_followed_after_the_server_was_busy(member_page: Page, member: User) -> None:
    batch = make_batch(user=member, state=State.RUNNING)
    member_page.goto("/batches/")
    busy_once(member_page)

    Job.objects.filter(id=batch.job_id).update(state=State.FAILED, reason="runtime")

    member_page.get_by_text("It did not work", exact=True).wait_for()


def test_who_is_not_logged_in_any_more_is_told_so_and_comes_back(page: Page) -> None:
    Session.objects.all().delete()

    page.get_by_text("You are not logged in any more.").wait_for()
    page.get_by_role("alert").get_by_role("link", name="Log in").click()
    page.get_by_label("Name").fill("mia")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("heading", name="Training").wait_for()


def test_a_training_that_is_gone_is_said_to_be(page: Page, run: Run) -> None:
    Job.objects.filter(id=run.job_id).delete()

    page.get_by_text("There is nothing here").wait_for()


def test_a_batch_that_is_gone_does_not_stay_on_the_page(member_page: Page, member: User) -> None:
    batch = make_batch(user=member, state=State.RUNNING)
    member_page.goto("/batches/")
    member_page.get_by_text("Being answered").wait_for()

    Job.objects.filter(id=batch.job_id).delete()

    member_page.get_by_text("No batches yet").wait_for()
