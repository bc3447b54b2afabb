"""The whole loop as people live it: upload, correct, review, export, train, activate, roll back. Nothing is faked."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.servers import free_port
from tests.integration.conftest import ROOT, clean_environment, wait_until_ready
from tests.webui.factories import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.tensorflow]

COATS = {"cat": (90, 90, 95), "chicken": (190, 80, 40), "dog": (200, 160, 110), "horse": (110, 60, 30)}
UPLOADS, CORRECTIONS = 20, 5
PATIENCE_MS = 240_000


def drawn(kind: str, seed: int) -> Image.Image:
    """An animal of blobs in the colour of its class, before a soft background; every seed another one."""
    rng = np.random.default_rng(seed)
    background = Image.fromarray(rng.integers(90, 220, (4, 5, 3), dtype=np.uint8), "RGB")
    image = background.resize((320, 240), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    x, y, size = rng.integers(60, 160), rng.integers(60, 110), rng.integers(50, 90)
    legs = {"cat": 4, "chicken": 2, "dog": 4, "horse": 6}[kind]
    pen.ellipse([x, y, x + 1.8 * size, y + size], fill=COATS[kind])
    pen.ellipse([x + 1.5 * size, y - 0.4 * size, x + 2.2 * size, y + 0.3 * size], fill=COATS[kind])
    for leg in range(legs):
        left = x + (0.2 + 1.4 * leg / legs) * size
        pen.rectangle([left, y + 0.8 * size, left + 0.12 * size, y + 1.6 * size], fill=COATS[kind])
    return image.filter(ImageFilter.GaussianBlur(1))


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    """What the first model might have been trained on: 12 pictures in each of 4 classes."""
    for index, kind in enumerate(COATS):
        folder = tmp_path / "originals" / kind
        folder.mkdir(parents=True)
        for seed in range(12):
            (folder / f"{seed}.jpg").write_bytes(jpeg(drawn(kind, 100 * index + seed)))
    return tmp_path / "originals"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with the shipped model in it."""
    folder = tmp_path / "models"
    shutil.copytree(ROOT / "models" / "animals-3.compiled", folder / "animals-3.compiled")
    shutil.copy(ROOT / "models" / "animals-3.h5", folder)
    (folder / "ACTIVE").write_text("animals-3\n", encoding="utf-8")
    return folder


@pytest.fixture
def variables(tmp_path: Path, models: Path) -> dict[str, str]:
    return clean_environment() | {"MENAGERIE_DATA": str(tmp_path / "data"), "MENAGERIE_MODELS": str(models)}


Command = Callable[..., str]


@pytest.fixture
def command(variables: dict[str, str]) -> Command:
    """Runs one of the project's commands, which has to succeed, and returns what it said."""

    def run(*arguments: object, **options: Any) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def paste(line: str) -> None:
    """Runs a line that the page shows, in a terminal that knows nothing of the server's settings."""
    shell = ["/bin/sh", "-c", line]
    done = subprocess.run(shell, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def address(variables: dict[str, str], command: Command, tmp_path: Path) -> Iterator[str]:
    """A real server, with one account of the staff."""
    port = free_port()
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"],
            cwd=ROOT,
            env=variables | {"PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, log)
            command("manage.py", "createadmin", "--username", "sam", input=f"{PASSWORD}\n")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=60)


def log_in(page: Page) -> None:
    page.goto("/account/login/")
    page.get_by_label("Username").fill("sam")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="What is in the picture?").wait_for()


def upload(page: Page, *files: Any) -> None:
    page.goto("/")
    page.set_input_files("#choose", list(files))
    if len(files) > 12:
        page.get_by_role("button", name="Large").click()
    answered = page.locator(".result-card:not(.result-card-waiting)")
    for place in range(len(files)):  # The newest come first, before those of earlier visits.
        page.locator("#result-cards .result-card").nth(place).and_(answered).wait_for(timeout=PATIENCE_MS)


def version_that_answers(page: Page) -> str:
    """Which version the card of a new picture names."""
    upload(page, {"name": "new.jpg", "mimeType": "image/jpeg", "buffer": jpeg(drawn("cat", 999))})
    return page.locator("#result-cards .result-card-model").first.inner_text()


def correct(page: Page, card: int, what: str | None) -> None:
    """Says on a card what is really in its picture; None: the model is right. Waits until that is kept."""
    judgement = page.locator("#result-cards .result-card").nth(card).locator(".judgement")
    names_a_class = judgement.locator(".judgement-wrong").count() > 0  # Else all classes are there to be pressed.
    if what is None:
        judgement.get_by_role("button", name="Right" if names_a_class else "None of these").click()
    else:
        if names_a_class:
            judgement.locator("summary", has_text="Wrong").click()
        judgement.locator(f"button[name=label][value={what}]").click()
    judgement.locator(".judgement-said", has_text=re.compile(r"\w")).wait_for()


def review_by_keyboard(page: Page, count: int) -> None:
    """Accepts so many corrections, one key each."""
    page.goto("/review/")
    for left in range(count, 0, -1):
        page.locator("#review-position", has_text=f"of {left}").wait_for()
        page.keyboard.press("a")
    page.get_by_role("heading", name="All done").wait_for()


def switch(page: Page, version: str, button: str) -> None:
    """Makes a version answer, and waits until it does."""
    page.goto(f"/models/{version}/activate/")
    page.get_by_role("button", name=button).click()
    page.get_by_text("This server uses it now.").wait_for(timeout=PATIENCE_MS)


def test_five_corrections_make_a_version_that_answers_and_can_be_taken_back(
    browser: Browser, address: str, command: Command, originals: Path, models: Path, tmp_path: Path
) -> None:
    page = browser.new_context(base_url=address, accept_downloads=True).new_page()
    log_in(page)
    kinds = [list(COATS)[index % len(COATS)] for index in range(UPLOADS)]
    sent = [jpeg(drawn(kind, 1000 + index)) for index, kind in enumerate(kinds)]
    names = [f"{index}.jpg" for index in range(UPLOADS)]
    upload(page, *({"name": n, "mimeType": "image/jpeg", "buffer": b} for n, b in zip(names, sent, strict=True)))

    for card in range(CORRECTIONS):
        correct(page, card, kinds[card])
    correct(page, CORRECTIONS, None)
    review_by_keyboard(page, CORRECTIONS + 1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    exported = tmp_path / "corrections"
    export, train = (page.locator(f"#{step}-command").inner_text() for step in ("export", "train"))
    paste(export.removesuffix("corrections") + str(exported))

    assert zipfile.is_zipfile(download.value.path())
    assert {path.parent.name for path in exported.glob("classes/*/*.jpg")} == set(COATS)
    assert len(list(exported.glob("classes/*/*.jpg"))) == CORRECTIONS
    assert len(list(exported.glob("unknown/*.jpg"))) == 1  # The model was right to turn a drawing away.

    train = train.replace("ORIGINAL-PICTURES", str(originals)).replace("corrections/", f"{exported}/")
    assert train.endswith(f" --out {models / 'animals-4.h5'}")
    short = ["--recipe", "quick", "--set", "input_size=64"]
    start = ["--set", f"weights={models / 'animals-3.h5'}", "--no-photographs"]
    paste(f"{train} {shlex.join([*short, *start])}")
    before = version_that_answers(page)
    switch(page, "animals-4", "Activate animals-4")
    after = version_that_answers(page)
    switch(page, "animals-3", "Roll back to animals-3")

    assert (before, after) == ("animals, version 3", "animals, version 4")
    assert version_that_answers(page) == before
