"""Chromium before a real server whose model is the fake one.

Skipped where Chromium or Playwright is missing; with MENAGERIE_REQUIRE_BROWSER=1 that is an error.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import Client, override_settings
from pytest_django.fixtures import Settings

from tests.recognizer.fakes import make_recognizer
from tests.recognizer.registry.test_versions import model_file
from tests.webui.factories import make_user
from tests.webui.fakes import ready_model, watched
from tests.webui.versions.conftest import compile_for, serve
from tests.webui.versions.test_card import VALIDATION
from webui import services, wiring
from webui.accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

HISTORY = [{"accuracy": [0.5, 0.6], "val_accuracy": [0.4, 0.5], "loss": [2.0, 1.0], "val_loss": [2.5, 1.5]}]
# The first has no windows to draw for nobody, and takes a third of the processor time.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # A camera that draws its own picture.
]


def _missing() -> str | None:
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed: pip install -r requirements-dev.txt"
    return None if CHROMIUM else "Chromium is not installed: apt-get install chromium"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    reason = _missing()
    if reason is None or item.get_closest_marker("browser") is None:
        return
    if os.environ.get("MENAGERIE_REQUIRE_BROWSER") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Says nothing."""


class Answering:
    """A WSGI application that knows whether it is still answering somebody."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._requests = 0
        self._changed = threading.Condition()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self._count(1)
        try:
            response = self._application(environ, start_response)
        except BaseException:
            self._count(-1)
            raise
        close = response.close

        def counted() -> None:
            close()
            self._count(-1)

        response.close = counted
        return response

    def wait_until_idle(self) -> None:
        """Waits for what a window that has been left asked for, at most 20 s."""
        with self._changed:
            self._changed.wait_for(lambda: self._requests == 0, timeout=20)

    def _count(self, change: int) -> None:
        with self._changed:
            self._requests += change
            self._changed.notify_all()


@pytest.fixture(autouse=True, scope="session")
def plain_static_files() -> Iterator[None]:
    """Pages link to plain names, whether or not a server of these files has collected them with digests before."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**django_settings.STORAGES, "staticfiles": plain}):
        yield


@pytest.fixture(scope="session")
def application() -> Answering:
    from webui.server.wsgi import application

    return Answering(application)


@pytest.fixture(scope="session")
def base_url(application: Answering) -> Iterator[str]:
    """Address of the server."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium; Playwright's own is never downloaded."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser_with_camera(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with all that it has; the one without windows has no cameras."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        say = pytest.fail if os.environ.get("MENAGERIE_REQUIRE_BROWSER") == "1" else pytest.skip
        say("Chromium is not installed: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def new_page(browser: Browser, base_url: str) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser without history; the options are those of `Browser.new_context`."""
    with contextlib.ExitStack() as contexts:

        def open_page(**options: Any) -> Page:
            context = contexts.enter_context(browser.new_context(base_url=base_url, **options))
            page = context.new_page()
            page.goto("/")
            return page

        yield open_page


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """The upload page."""
    return new_page()


@pytest.fixture(autouse=True)
def data_folder(settings: Settings, tmp_path: Path, transactional_db: None, application: Answering) -> Iterator[Path]:
    """Where the history of this test is kept; the server's threads see what its tables hold, until the test ends."""
    settings.ENVIRONMENT = django_settings.ENVIRONMENT.model_copy(update={"data": tmp_path, "keep_days": 30})
    yield tmp_path
    application.wait_until_idle()


@pytest.fixture(autouse=True)
def _fake_model(data_folder: Path, application: Answering) -> Iterator[None]:
    services.use(replace(wiring.make(), model=ready_model(make_recognizer()), database=watched()))
    yield
    application.wait_until_idle()  # An answer that comes later would be written into the next test's history.
    services.close()
    services.use(None)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Django's own hash takes a second, on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def models(data_folder: Path, settings: Settings) -> Path:
    """A folder in which animals-1 answers, animals-2 could, and animals-3 is broken."""
    folder = data_folder / "models"
    folder.mkdir()
    settings.ENVIRONMENT = django_settings.ENVIRONMENT.model_copy(update={"models": folder})
    for version in ("1", "2"):
        results = {"validation": VALIDATION, "history": HISTORY}
        compile_for(model_file(folder / f"animals-{version}.h5", version=version, results=results))
    (folder / "animals-3.h5").write_bytes(b"This is no model.")
    (folder / "ACTIVE").write_text("animals-1\n")
    serve(folder / "animals-1.h5")
    return folder


@pytest.fixture
def page_of(new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens a page in the browser of somebody who has logged in; the options are those of `Browser.new_context`."""

    def open_page(user: User, **options: Any) -> Page:
        client = Client()
        client.force_login(user)
        page = new_page(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": page.url}
        page.context.add_cookies([session])
        page.reload()
        return page

    return open_page


@pytest.fixture
def staff_page(page_of: Callable[..., Page]) -> Page:
    """The upload page, as somebody of the staff sees it."""
    return page_of(make_user("sam", is_staff=True))


@pytest.fixture
def member(transactional_db: None) -> User:
    return make_user("mia")


@pytest.fixture
def member_page(page_of: Callable[..., Page], member: User) -> Page:
    """The upload page, as somebody with an account sees it."""
    return page_of(member)
