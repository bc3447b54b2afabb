"""Somebody at the page who trains a model in Studio: presses what a person presses, and reads what a person reads.

first account -> project -> classes, by camera or by zip file -> training -> result -> published -> an answer
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Playwright

Look = Callable[[str, "Page"], object]
"""Called with the name of a step and the page, when there is something to be seen; takes pictures."""

PASSWORD = "two mugs on a shelf"  # noqa: S105 - of an account that lives for some minutes.
_PATIENCE_MS = 60_000
_TRAINING_S = 1800
_POLL_S = 1.0
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@dataclass(frozen=True)
class Result:
    """What the page says of a training that is done."""

    model: str
    said: str
    """The sentence with the figures."""
    right: int
    held_back: int
    beside: tuple[str, ...]
    """How it does beside other versions."""
    command: str
    """The line that trains the same model."""


@contextmanager
def visiting(
    playwright: Playwright, address: str, film: Path | None = None, cookies: Any = None, **options: Any
) -> Iterator[Page]:
    """Opens a browser, with a camera that sees a film if one is given, and with the cookies of an earlier one.

    Chromium plays one film as long as it runs, so each thing before the camera takes a browser of its own.
    """
    camera = (*_CAMERA, f"--use-file-for-fake-video-capture={film}") if film else ()
    # The one without windows has no cameras.
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    browser = playwright.chromium.launch(executable_path=chromium, args=[*_ARGUMENTS, *camera])
    context = browser.new_context(base_url=address, storage_state=cookies, accept_downloads=True, **options)
    context.set_default_timeout(_PATIENCE_MS)
    yield context.new_page()
    browser.close()


def make_account(page: Page, look: Look) -> None:
    """Makes the first account, as the first page offers."""
    page.goto("/")
    page.get_by_role("link", name="Create the first staff account").click()
    page.get_by_label("Username").fill("mia")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    look("account", page)
    page.get_by_role("button", name="Create account").click()
    page.get_by_text("You are logged in as mia").wait_for()
    look("logged-in", page)


def make_project(page: Page, name: str, look: Look) -> None:
    """Begins a project; its page is shown afterwards."""
    page.get_by_role("link", name="Studio", exact=True).click()
    page.get_by_label("Name").fill(name)
    look("begin", page)
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("heading", name=name).wait_for()
    look("empty", page)


def add_class(page: Page, name: str) -> None:
    """Adds a class without pictures."""
    page.get_by_label("Name of the class").fill(name)
    page.get_by_role("button", name="Add the class").click()
    page.get_by_role("heading", name=name).wait_for()


def film_class(page: Page, name: str, *, pictures: int, look: Look) -> str:
    """Fills a class with what the camera sees, by holding its button; returns what the page says was added."""
    page.get_by_role("button", name="Start the camera").click()
    panel = page.locator(".studio-class", has=page.get_by_role("heading", name=name))
    button = panel.get_by_role("button", name="Hold to take pictures")
    button.hover()
    page.mouse.down()
    _wait_for_number(button.locator("output"), pictures, on_half=lambda: look("held", page))
    page.mouse.up()
    page.get_by_role("link", name="Show them").wait_for()
    said = page.inner_text("#studio-told")
    page.get_by_role("button", name="Stop the camera").click()
    page.get_by_role("link", name="Show them").click()
    page.locator(".studio-newest img").first.wait_for()
    return said


def add_zip(page: Page, path: Path) -> str:
    """Gives a zip file with class folders; returns what the page says was added."""
    page.set_input_files("#studio-zip", path)
    page.get_by_role("link", name="Show them").wait_for(timeout=10 * _PATIENCE_MS)
    said = page.inner_text("#studio-told")
    page.get_by_role("link", name="Show them").click()
    page.locator(".studio-newest img").first.wait_for()
    return said


def train(page: Page, look: Look) -> Result:
    """Trains Quick, which is chosen already, and waits until that is done."""
    look("ready", page)
    page.get_by_role("button", name="Start the training").click()
    _wait_for_training(page, look)
    look("result", page)
    said = page.locator(".studio-result").first.inner_text()
    held_back, right = map(int, re.findall(r"\d+", said)[:2])
    page.locator("#made-of summary").click()
    beside = page.locator("section[aria-labelledby=run-beside] li").all_inner_texts()
    return Result(
        page.locator("h1").inner_text(), said, right, held_back, tuple(beside), page.inner_text(".studio-line")
    )


def publish(page: Page, model: str, look: Look) -> None:
    """Goes from the page of a training to the one that makes the server answer with its model, and does that."""
    page.get_by_role("link", name="Use it on this server").click()
    look("publish", page)
    _press_and_wait(page, f"Activate {model}")


def roll_back(page: Page, model: str) -> None:
    """Makes the server answer with the version before."""
    page.goto(f"/models/{model}/activate/")
    _press_and_wait(page, f"Roll back to {model}")


def ask(page: Page, pictures: Iterable[bytes]) -> list[tuple[str, str]]:
    """Shows pictures on the first page, one after the other; returns the names and versions that answered."""
    answers = []
    for picture in pictures:
        name = f"{secrets.token_hex(6)}.jpg"  # Cards of earlier pictures stay on the page.
        page.goto("/")
        page.set_input_files("#choose", {"name": name, "mimeType": "image/jpeg", "buffer": picture})
        card = page.locator(".result-card:not(.result-card-waiting)", has_text=name).first
        card.locator(".judgement").wait_for()
        label, model = card.locator(".result-card-label"), card.locator(".result-card-model")
        answers.append((" ".join(label.inner_text().split()), model.inner_text()))
    return answers


def download(page: Page, link: str, path: Path) -> None:
    """Saves what a link hands out."""
    with page.expect_download(timeout=5 * _PATIENCE_MS) as found:
        page.get_by_role("link", name=link).click()
    found.value.save_as(path)


def _wait_for_number(output: Locator, number: int, on_half: Callable[[], object]) -> None:
    """Waits until as many pictures are taken, or no more come."""
    looked, deadline = False, time.monotonic() + _PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        taken = int(output.inner_text() or 0)
        if taken >= number // 2 and not looked:
            looked = True
            on_half()
        if taken >= number:
            return
        time.sleep(_POLL_S / 10)
    raise RuntimeError(f"Expected {number} pictures from the camera. Received: {taken}")


def _wait_for_training(page: Page, look: Look) -> None:
    """Looks at the page, which renews itself.

    Raises:
        RuntimeError: the training failed, or took too long.
    """
    looked, deadline = False, time.monotonic() + _TRAINING_S
    while time.monotonic() < deadline:
        state = page.locator("#run").get_attribute("data-state")
        if state == "done" and page.locator(".studio-result").count():
            return
        if state == "failed":
            break
        if state == "running" and not looked and page.locator("#run progress[value]").count():
            looked = True
            look("training", page)
        time.sleep(_POLL_S)
    raise RuntimeError(f"Expected a model. Received: {page.inner_text('#run')}")


def _press_and_wait(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_text("This server uses it now.").wait_for(timeout=3 * _PATIENCE_MS)
