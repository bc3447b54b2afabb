"""Studio in a browser: a zip file with class folders becomes a project, whatever else is in it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from tests.webui.factories import make_user
from tests.webui.studio.factories import jpeg_of, make_project, make_run
from webui.accounts.models import User
from webui.studio import record
from webui.studio.findings import Begun
from webui.studio.models import Picture, Project

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member)


def write_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_a_zip_file_becomes_classes(member_page: Page, project: Project, tmp_path: Path) -> None:
    page = member_page
    pictures = {f"mugs/{kind} mug/{n}.jpg": jpeg_of(50 * n + len(kind)) for kind in ("red", "blue") for n in range(10)}
    odd = {
        "mugs/red mug/notes.txt": b"x",
        "mugs/red mug/broken.jpg": b"\xff\xd8broken",
        "mugs/杯子/1.jpg": jpeg_of(7),
        "mugs/red mug/.hidden.jpg": b"x",
        "__MACOSX/mugs/red mug/._1.jpg": b"x",
        "../../red mug/outside.jpg": jpeg_of(8),
        "alone.jpg": jpeg_of(9),
    }
    file = write_zip(tmp_path / "mugs.zip", pictures | odd)
    page.goto(f"/studio/{project.id}/")

    page.set_input_files("#studio-zip", file)
    page.get_by_role("link", name="Show them").wait_for()

    assert page.inner_text("#studio-told") == "Added: 21 · Not added: 2"
    assert "alone.jpg: It is in no folder" in page.inner_text("#studio-passed")
    assert "broken.jpg: " in page.inner_text("#studio-passed")
    page.get_by_role("link", name="Show them").click()
    counts = {each.name: each.pictures.count() for each in project.classes.all()}
    assert counts == {"red mug": 10, "blue mug": 10, "杯子": 1}

    page.set_input_files("#studio-zip", file)  # The same again adds nothing.
    page.get_by_text("Added: 0 · Not added: 23").wait_for()
    assert Picture.objects.count() == 21


def test_folders_inside_those_of_classes_are_kept_and_held_back_in_whole(
    member_page: Page, member: User, tmp_path: Path
) -> None:
    page, project = member_page, make_project(member, mug=1, Cup=1)
    pictures = {
        f"all/{kind}/{place}/{n}.jpg": jpeg_of(60 * at + 20 * len(place) + 7 * len(kind) + n)
        for at, kind in enumerate(("mug", "cup"))
        for place in ("den", "attic", "kitchen")
        for n in range(4)
    }
    file = write_zip(tmp_path / "all.zip", pictures)
    page.goto(f"/studio/{project.id}/")

    page.set_input_files("#studio-zip", file)
    page.get_by_text("Added: 24").wait_for()
    page.get_by_role("link", name="Show them").click()

    assert {each.name: each.pictures.count() for each in project.classes.all()} == {"mug": 13, "Cup": 13}
    assert page.get_by_label("Hold back whole folders: some of the 3 that the pictures were sent in.").is_checked()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no zip", "This zip file cannot be read here. Unpack it, and drop the folder."),
        (b"PK\x05\x06" + b"\xff" * 18, "This zip file cannot be read here. Unpack it, and drop the folder."),
        (b"PK\x05\x06" + bytes(18), "There are no pictures in it."),
    ],
    ids=["text", "a list beyond the end", "empty"],
)
def test_a_zip_file_that_is_none_is_said(
    member_page: Page, project: Project, tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "odd.zip").write_bytes(data)
    member_page.goto(f"/studio/{project.id}/")

    member_page.set_input_files("#studio-zip", tmp_path / "odd.zip")

    member_page.get_by_text(said).wait_for()


MACOS, WINDOWS = 3, 0


def write_zip_named(path: Path, *names: tuple[bytes, int]) -> Path:
    """A zip file with a picture under each name, which is written in these bytes by that system, and says no more."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, system) in enumerate(names):
            entry = zipfile.ZipInfo(f"{number:03}".ljust(len(name), "_"))
            entry.create_system = system
            archive.writestr(entry, jpeg_of(number))
    data = path.read_bytes()
    for number, (name, _) in enumerate(names):
        data = data.replace(f"{number:03}".ljust(len(name), "_").encode(), name)
    path.write_bytes(data)
    return path


def test_names_in_a_zip_file_are_read_as_its_writer_meant_them(
    member_page: Page, project: Project, tmp_path: Path
) -> None:
    western = (
        "Äpfel",
        "Größe",
        "Fuß",
        "Crème brûlée",
        "España",
        "piñón",
        "más",
    )  # The same in the code pages 437 and 850.
    chinese = ("猫", "杯子", "蜻蜓", "红（大）", "Ａ级-2")
    names = (
        *((f"a/{name}/1.jpg".encode("cp850"), WINDOWS) for name in western),
        *((f"a/{name}/图.jpg".encode("gbk"), WINDOWS) for name in chinese),
        *(("a/杯/1.jpg".encode(), MACOS), ("a/Пёс/1.jpg".encode(), WINDOWS), ("a/Öl/1.jpg".encode("cp437"), MACOS)),
    )
    file = write_zip_named(tmp_path / "a.zip", *names)
    member_page.goto(f"/studio/{project.id}/")

    member_page.set_input_files("#studio-zip", file)
    member_page.get_by_text(f"Added: {len(names)}").wait_for()

    assert {each.name for each in project.classes.all()} == {*western, *chinese, "杯", "Пёс", "Öl"}
    with zipfile.ZipFile(file) as archive:  # As the API has it.
        assert [Path(name).parent.name for name in archive.namelist()[: len(western)]] == list(western)


def test_on_a_chinese_page_names_of_rare_characters_are_chinese_too(
    page_of: Callable[..., Page], member: User, project: Project, tmp_path: Path
) -> None:
    page, names = page_of(member, locale="zh-CN"), ("貓/1.jpg".encode("gbk"), "café/1.jpg".encode("cp437"))
    page.goto(f"/studio/{project.id}/")

    page.set_input_files("#studio-zip", write_zip_named(tmp_path / "a.zip", *((name, WINDOWS) for name in names)))
    page.locator("#studio-reload").wait_for()

    assert {each.name for each in project.classes.all()} == {"貓", "café"}


def test_a_list_that_is_longer_than_it_says_is_refused(member_page: Page, project: Project, tmp_path: Path) -> None:
    entry = b"PK\x01\x02" + bytes(24) + (5).to_bytes(2, "little") + bytes(16) + b"a/1.j"
    data = 100_000 * entry
    end = b"PK\x05\x06" + bytes(6) + (1).to_bytes(2, "little") + len(data).to_bytes(4, "little") + bytes(6)
    (tmp_path / "many.zip").write_bytes(data + end)
    member_page.goto(f"/studio/{project.id}/")

    member_page.set_input_files("#studio-zip", tmp_path / "many.zip")

    member_page.get_by_text("This zip file cannot be read here. Unpack it, and drop the folder.").wait_for()


def test_nothing_is_lost_where_the_session_or_the_server_goes_away(
    member_page: Page, project: Project, member: User, tmp_path: Path
) -> None:
    page, add = member_page, f"**/studio/{project.id}/add/**"
    file = write_zip(tmp_path / "mugs.zip", {f"a/mug/{n}.jpg": jpeg_of(n) for n in range(20)})
    page.goto(f"/studio/{project.id}/")
    Session.objects.all().delete()

    page.set_input_files("#studio-zip", file)
    page.get_by_text("You are not logged in here any more.").wait_for()
    client = Client()
    client.force_login(member)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": page.url}])
    page.route(add, lambda route: route.abort())
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("The server cannot be reached.").wait_for()
    page.unroute(add)
    page.route(add, lambda route: route.fulfill(status=507, json={"sentence": "The disk is full."}))
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("The disk is full.").wait_for()
    page.unroute(add)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Added: 20").wait_for()

    assert page.inner_text("#studio-told") == "Added: 20"
    assert project.pictures.count() == 20


def test_one_that_the_server_refuses_does_not_keep_others_out(
    member_page: Page, project: Project, tmp_path: Path
) -> None:
    file = write_zip(tmp_path / "mugs.zip", {f"a/mug/{n}.jpg": jpeg_of(n) for n in range(3)} | {"a/mug/$.jpg": b""})
    member_page.goto(f"/studio/{project.id}/")

    member_page.set_input_files("#studio-zip", file)
    member_page.get_by_text("Added: 3 · Not added: 1").wait_for()


def test_more_than_an_entry_says_is_not_unpacked(member_page: Page, project: Project, tmp_path: Path) -> None:
    file = write_zip(
        tmp_path / "bomb.zip",
        {"mugs/red/bomb.jpg": bytes(10**7), "mugs/red/1.jpg": jpeg_of(1), "mugs/red/2.jpg": jpeg_of(2)},
    )
    data = bytearray(file.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # As if it were encrypted.
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")  # As if it had a hundred bytes.
    file.write_bytes(data)
    member_page.goto(f"/studio/{project.id}/")

    member_page.set_input_files("#studio-zip", file)

    member_page.get_by_text("Added: 1 · Not added: 2").wait_for()
    said = member_page.inner_text("#studio-passed")
    assert said.splitlines() == ["bomb.jpg: It could not be read.", "2.jpg: It could not be read."]


def test_all_places_are_in_one_row_on_a_phone(page_of: Callable[..., Page]) -> None:
    page = page_of(make_user("sam", is_staff=True), viewport={"width": 390, "height": 844})

    places = page.locator(".places a")

    assert places.count() == 6
    assert len({box["y"] for place in places.all() if (box := place.bounding_box())}) == 1


def test_what_a_model_is_made_of_is_said_as_soon_as_its_training_begins(member_page: Page, project: Project) -> None:
    run = make_run(project)
    member_page.goto(f"/studio/runs/{run.job_id}/")
    member_page.locator("#made-of summary").click()

    record.note(run, [], Begun())

    member_page.get_by_role("link", name="The pictures as they were then").wait_for()
