"""The section with the exports of a model, while a worker makes one: kept up to date, without losing the focus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recognizer.model_file import artifact
from tests.webui.exports.factories import make_export
from webui.exports import asking
from webui.exports.models import Target
from webui.jobs.models import Job, State

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_it_is_followed_until_it_can_be_downloaded(
    staff_page: Page, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "can_make", lambda: True)
    digest = artifact.digest(models / "animals-1.h5")
    made = make_export(digest, Target.ONNX, state=State.DONE)
    Job.objects.filter(id=made.job_id).update(state=State.RUNNING)
    failing = make_export(digest, Target.WEB)
    page = staff_page
    page.goto("/models/animals-1/")
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="Make it LiteRT").focus()

    Job.objects.filter(id=made.job_id).update(state=State.DONE)
    page.get_by_role("link", name="Download (2.0\u00a0KB) ONNX Runtime").wait_for()

    assert page.locator("#told").inner_text() == "ONNX Runtime: Ready. A page for any browser: It begins in a moment."
    assert page.evaluate("document.activeElement.value") == "litert"
    Job.objects.filter(id=failing.job_id).update(state=State.FAILED, reason="runtime")
    page.get_by_role("button", name="Try again A page for any browser").wait_for()
    assert page.locator("#exports").get_attribute("data-state") == "done"
    assert page.evaluate("document.activeElement.value") == "litert"
    assert page.evaluate("window.sameDocument")
    with page.expect_download() as download:
        page.get_by_role("link", name="ONNX Runtime").click()
    assert download.value.suggested_filename == "animals-1-onnx.zip"
