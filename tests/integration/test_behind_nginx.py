"""The site behind nginx, below a path, with HTTPS, at another port; and as a phone at home comes to it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.servers import free_port
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.integration.browser import Browser, Page
from tests.integration.conftest import ROOT, clean_environment, wait_until_ready
from tests.integration.nginx import needs_nginx, nginx

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

pytestmark = pytest.mark.slow

HOST = "farm.example:8443"
ORIGIN = f"https://{HOST}"
PASSWORD = "a long and odd passphrase"
HEN = (ROOT / "webui/static/webui/samples/hen.jpg").read_bytes()

_HEADERS = """
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"""
WAYS = {
    "the prefix stays": ("location /animals/", "", _HEADERS),
    "the prefix goes": ("location /animals/", "/", _HEADERS),
    "a slash too many": ("location /animals", "/", _HEADERS),
    "without headers": ("location /animals/", "/", ""),
    "the host alone": ("location /animals/", "", "\n            proxy_set_header Host $http_host;"),
    "the host without port": ("location /animals/", "", "\n            proxy_set_header Host $host;"),
}
"""Ways in which people set up nginx: the location, what follows the address in `proxy_pass`, and the headers."""

_SERVER = """
    server {{
        listen 127.0.0.1:{port} ssl;
        {location} {{
            proxy_pass http://127.0.0.1:{upstream}{path};{headers}
        }}
    }}
"""


@contextmanager
def serving(folder: Path, url: str, **settings: str) -> Iterator[Path]:
    """Menagerie with the shipped model and an account; `url` is where it gets ready. Gives its log."""
    log, environment = folder / "log", clean_environment() | {"MENAGERIE_DATA": str(folder / "data"), **settings}
    make = [sys.executable, "manage.py", "createadmin", "--username", "ada"]
    subprocess.run(make, cwd=ROOT, env=environment, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)
    command = [sys.executable, "-m", "gunicorn", "-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_ready(f"{url}/readyz", process, log)
        yield log
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """A port of an nginx for each of the `WAYS`, all before the same server."""
    folder, upstream = tmp_path_factory.mktemp("nginx"), free_port()
    ports = {way: free_port() for way in WAYS}
    servers = [
        _SERVER.format(port=ports[way], upstream=upstream, location=location, path=path, headers=headers)
        for way, (location, path, headers) in WAYS.items()
    ]
    url = f"http://127.0.0.1:{upstream}"
    with (
        serving(folder, url, PORT=str(upstream), MENAGERIE_PUBLIC_URL=f"{ORIGIN}/animals/"),
        nginx(folder, servers, port=ports["the prefix stays"]),
    ):
        yield ports | {"": upstream}


@pytest.fixture(params=WAYS)
def browser(request: pytest.FixtureRequest, ports: dict[str, int]) -> Browser:
    """Somebody's browser, who comes by one of the ways."""
    return Browser(ORIGIN, ("127.0.0.1", ports[request.param]))


def logged_in(browser: Browser) -> Page:
    fields = {"username": "ada", "password": PASSWORD, "next": "/animals/history/"}
    page = browser.post("/animals/account/login/", fields | browser.token(browser.get("/animals/account/login/")))
    assert (page.url, page.status) == ("/animals/history/", 200)
    return page


def classified(browser: Browser) -> Page:
    page = browser.upload("/animals/", HEN, browser.token(browser.get("/animals/")))
    assert page.status == 200
    assert "chicken" in page.text.split("script-data")[0]
    return page


def latest_answer(browser: Browser) -> str:
    """The address of the latest answer, once it is written down."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = re.findall(r'href="(/animals/history/[0-9a-f-]{36}/)"', browser.get("/animals/history/").text)
        if found:
            return str(found[0])
        time.sleep(0.1)
    pytest.fail("The answer is not in the history.")


@needs_nginx
def test_every_address_on_the_pages_leads_somewhere(browser: Browser) -> None:
    links = browser.get("/animals/").links | logged_in(browser).links | browser.get("/animals/models/").links
    pages = {link: browser.get(link) for link in links if link.startswith("/") and not link.endswith("/file/")}

    assert len(pages) > 15
    assert {link for link in pages if not link.startswith("/animals/")} == set()
    assert {link: page.status for link, page in pages.items() if page.status not in {200, 405}} == {}


@needs_nginx
def test_a_picture_is_classified_by_the_page_and_by_the_api(browser: Browser) -> None:
    classified(browser)
    said = browser.upload("/animals/api/v1/classify", HEN, {}, Accept="application/json")

    assert json.loads(said.body)["predictions"][0]["label"] == "chicken"


@needs_nginx
def test_an_answer_is_found_in_the_history_and_corrected(browser: Browser) -> None:
    logged_in(browser)
    classified(browser)
    answer = latest_answer(browser)
    fields = {"kind": "class", "label": "horse", "next": answer} | browser.token(browser.get(answer))

    page = browser.post(f"{answer}correction/", fields)

    assert (page.url, page.status) == (answer, 200)
    assert "Noted: horse" in page.text


@needs_nginx
def test_the_admin_is_at_its_place(browser: Browser) -> None:
    logged_in(browser)
    page = browser.get("/animals/admin/")

    assert (page.status, "Administration" in page.text) == (200, True)
    assert browser.get("/animals/admin/accounts/user/").status == 200
    assert {link for link in page.links if link.startswith("/") and not link.startswith("/animals/")} == set()


@needs_nginx
def test_the_language_stays_chosen(browser: Browser) -> None:
    start = browser.get("/animals/models/")
    fields = {"language": "zh-hans", "next": "/animals/models/"} | browser.token(start)

    page = browser.post("/animals/language/", fields)

    assert (page.url, page.status) == ("/animals/models/", 200)
    assert '<html lang="zh-hans">' in page.text
    assert '<html lang="zh-hans">' in browser.get("/animals/").text


@needs_nginx
def test_cookies_are_secure_and_below_the_path(browser: Browser) -> None:
    logged_in(browser)
    classified(browser)

    assert len(browser.cookies) >= 3
    assert {(morsel["path"], morsel["secure"]) for morsel in browser.cookies.values()} == {("/animals", True)}


@needs_nginx
def test_who_must_log_in_comes_back_to_the_page(browser: Browser) -> None:
    page = browser.get("/animals/review/")

    assert page.url == "/animals/account/login/?next=/animals/review/"


@needs_nginx
@pytest.mark.browser
@pytest.mark.parametrize("way", ["the prefix stays", "without headers"])
def test_the_pages_script_finds_everything(playwright: Playwright, ports: dict[str, int], way: str) -> None:
    from playwright.sync_api import expect

    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{ports[way]}"]
    failed: list[str] = []
    with playwright.chromium.launch(executable_path=CHROMIUM, args=arguments) as chromium:
        page = chromium.new_context(ignore_https_errors=True).new_page()
        page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.goto(f"{ORIGIN}/animals/")
        page.set_input_files("input[name=image]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": HEN})
        expect(page.locator(".result-card-name").first).to_have_text("chicken", timeout=30_000)
        cookies = {(cookie["path"], cookie["secure"]) for cookie in page.context.cookies()}

    assert failed == []
    assert cookies == {("/animals", True)}


@needs_nginx
def test_on_the_machine_itself_the_server_answers_without_the_proxy(ports: dict[str, int]) -> None:
    browser = Browser(f"http://127.0.0.1:{ports['']}", ("127.0.0.1", ports[""]))

    assert browser.get("/").status == browser.get("/animals/").status == 200
    assert json.loads(browser.upload("/api/v1/classify", HEN, {}).body)["predictions"][0]["label"] == "chicken"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A server that listens on all addresses: its port and its log."""
    port = free_port()
    folder = tmp_path_factory.mktemp("home")
    with serving(folder, f"http://127.0.0.1:{port}", PORT=str(port), MENAGERIE_HOST="0.0.0.0") as log:
        yield port, log


def test_a_phone_in_the_same_network_types_the_machines_address(home: tuple[int, Path]) -> None:
    port, _ = home
    phone = Browser(f"http://127.0.0.2:{port}", ("127.0.0.2", port))

    logged_in_at_home(phone)
    page = phone.upload("/", HEN, phone.token(phone.get("/")))

    assert "chicken" in page.text.split("script-data")[0]


def logged_in_at_home(browser: Browser) -> None:
    fields = {"username": "ada", "password": PASSWORD, "next": "/history/"}
    page = browser.post("/account/login/", fields | browser.token(browser.get("/account/login/")))
    assert (page.url, page.status) == ("/history/", 200)


def test_a_name_that_leads_to_the_machine_is_refused_with_the_setting(home: tuple[int, Path]) -> None:
    port, log = home
    page = Browser(f"http://rebound.example:{port}", ("127.0.0.2", port)).get("/")

    assert page.status == 400
    assert "MENAGERIE_ALLOWED_HOSTS=rebound.example" in page.text
    assert "MENAGERIE_ALLOWED_HOSTS=rebound.example" in log.read_text(encoding="utf-8")


def test_the_line_that_says_ready_names_an_address_that_can_be_opened(home: tuple[int, Path]) -> None:
    port, log = home
    [host] = re.findall(rf"ready on http://([0-9.]+):{port} ", log.read_text(encoding="utf-8"))

    assert host != "0.0.0.0"
    assert Browser(f"http://{host}:{port}", (host, port)).get("/").status == 200
