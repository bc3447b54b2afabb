"""What is added to a project in a browser goes where it belongs: by its folders, or where it is dropped."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_home import until
from tests.browser.test_studio import write_zip
from tests.webui.studio.factories import jpeg_of, make_project
from webui.accounts.models import User
from webui.studio.models import PictureClass, Project

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member)


def drop_on(page: Page, place: str, *files: Path) -> None:
    """Lets files or folders fall onto a place of the page, as from a window of the system."""
    page.locator(place).scroll_into_view_if_needed()
    box = page.locator(place).bounding_box()
    assert box
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **at})


def folders_of(project: Project) -> dict[str, set[str]]:
    """The folders inside those of each class."""
    return {
        each.name: set(each.pictures.values_list("folder", flat=True))
        for each in PictureClass.every.filter(project=project)
    }


def test_a_folder_belongs_to_the_class_that_a_person_would_take_it_for(
    page_of: Callable[..., Page], member: User, tmp_path: Path
) -> None:
    project = make_project(member, **{"cat": 0, "red mug": 0, "mug": 0, "Äpfel": 0})
    names = ("cat", "red_mug", "mug.", unicodedata.normalize("NFD", "Äpfel"))
    pictures = {f"all/{name}/home/{at}.jpg": jpeg_of(9 * at) for at, name in enumerate(names)}
    page = page_of(member, locale="zh-CN")  # Where the class is shown as 猫.
    page.goto(f"/studio/{project.id}/")
    assert "猫" in page.inner_text(".studio-classes")

    page.set_input_files("#studio-zip", write_zip(tmp_path / "all.zip", pictures))
    page.locator("#studio-reload").wait_for()

    assert folders_of(project) == {"cat": {"home"}, "red mug": {"home"}, "mug": {"home"}, "Äpfel": {"home"}}


def test_classes_that_are_made_of_folders_do_not_take_in_the_folders_inside_them(
    member_page: Page, project: Project, tmp_path: Path
) -> None:
    pictures = {"pets/alone.jpg": jpeg_of(1), "pets/cats/1.jpg": jpeg_of(2), "pets/dogs/1.jpg": jpeg_of(3)}
    member_page.goto(f"/studio/{project.id}/")

    member_page.set_input_files("#studio-zip", write_zip(tmp_path / "pets.zip", pictures))
    member_page.get_by_text("Added: 3").wait_for()

    assert folders_of(project) == {"pets": {""}, "cats": {""}, "dogs": {""}}


def test_more_folders_than_a_form_has_fields_are_placed(member_page: Page, member: User, tmp_path: Path) -> None:
    project = make_project(member, mug=0)
    pictures = {f"mug/den/{n}/1.jpg": jpeg_of(n) for n in range(101)}
    member_page.goto(f"/studio/{project.id}/")

    member_page.set_input_files("#studio-zip", write_zip(tmp_path / "all.zip", pictures))
    member_page.get_by_text("Added: 101").wait_for(timeout=120_000)

    assert folders_of(project) == {"mug": {"den"}}


def test_zip_files_that_are_dropped_on_a_class_go_there_with_what_lies_beside_them(
    member_page: Page, member: User, tmp_path: Path
) -> None:
    page, project = member_page, make_project(member, mug=0, cup=0)
    one = write_zip(tmp_path / "one.zip", {"top.jpg": jpeg_of(1), "cup/inside.jpg": jpeg_of(2), "notes.txt": b"x"})
    two = write_zip(tmp_path / "two.ZIP", {"cup/deeper/inside.jpg": jpeg_of(3)})
    (tmp_path / "den").mkdir()
    (tmp_path / "den" / "1.jpg").write_bytes(jpeg_of(4))
    (tmp_path / "beside.jpg").write_bytes(jpeg_of(5))
    (tmp_path / "odd.zip").write_bytes(b"no zip")
    page.goto(f"/studio/{project.id}/")

    files = (one, two, tmp_path / "den", tmp_path / "beside.jpg", tmp_path / "odd.zip")
    drop_on(page, f"#class-{project.classes.get(name='mug').pk}", *files)
    page.get_by_text("Added: 5 · Not added: 1").wait_for()

    assert folders_of(project) == {"mug": {"", "cup", "deeper", "den"}, "cup": set()}
    assert page.inner_text("#studio-passed").startswith("odd.zip: This zip file cannot be read here.")


def test_a_zip_file_that_is_dropped_among_the_unsorted_stays_there(
    member_page: Page, member: User, tmp_path: Path
) -> None:
    project = make_project(member, mug=0)
    file = write_zip(tmp_path / "all.zip", {"top.jpg": jpeg_of(1), "mug/inside.jpg": jpeg_of(2)})
    member_page.goto(f"/studio/{project.id}/")

    drop_on(member_page, "#unsorted", file)
    member_page.get_by_text("Added: 2").wait_for()

    assert project.unsorted().pictures.count() == 2


def test_a_folder_that_is_dropped_beside_a_zip_file_becomes_classes_as_that_does(
    member_page: Page, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "cup").mkdir()
    (tmp_path / "cup" / "1.jpg").write_bytes(jpeg_of(1))
    file = write_zip(tmp_path / "all.zip", {"mug/1.jpg": jpeg_of(2)})
    member_page.goto(f"/studio/{project.id}/")

    drop_on(member_page, "#studio-drop", tmp_path / "cup", file)
    member_page.get_by_text("Added: 2").wait_for()

    assert folders_of(project) == {"cup": {""}, "mug": {""}}


def test_pictures_of_a_class_that_is_gone_are_passed_over_and_the_others_sent(
    member_page: Page, member: User, tmp_path: Path
) -> None:
    page, project = member_page, make_project(member, mug=0, cup=0)
    files = [tmp_path / f"{n}.jpg" for n in range(20)]
    for n, file in enumerate(files):
        file.write_bytes(jpeg_of(n))
    page.goto(f"/studio/{project.id}/")
    gone, left = (project.classes.get(name=name) for name in ("mug", "cup"))
    places = [f"#class-{each.pk}" for each in (gone, left)]
    gone.delete()

    drop_on(page, places[0], *files[:10])
    page.get_by_text("Added: 0 · Not added: 10").wait_for()
    drop_on(page, places[1], *files[10:])
    page.get_by_text("Added: 10 · Not added: 10").wait_for()

    assert "1.jpg: Its class, or the project, is not there any more." in page.inner_text("#studio-passed")
    assert not page.get_by_role("button", name="Go on").is_visible()
    assert left.pictures.count() == 10


def test_a_project_that_is_gone_is_said(member_page: Page, project: Project, tmp_path: Path) -> None:
    file = write_zip(tmp_path / "all.zip", {f"mug/{n}.jpg": jpeg_of(n) for n in range(3)})
    member_page.goto(f"/studio/{project.id}/")
    project.delete()

    member_page.set_input_files("#studio-zip", file)
    member_page.get_by_text("Added: 0 · Not added: 3").wait_for()

    assert "Its class, or the project, is not there any more." in member_page.inner_text("#studio-passed")


def test_what_a_proxy_refuses_with_a_page_of_its_own_is_passed_over(
    member_page: Page, project: Project, tmp_path: Path
) -> None:
    file = write_zip(tmp_path / "all.zip", {"mug/1.jpg": jpeg_of(1)})
    member_page.goto(f"/studio/{project.id}/")
    member_page.route("**/add/**", lambda route: route.fulfill(status=413, body="<h1>Too large</h1>"))

    member_page.set_input_files("#studio-zip", file)
    member_page.get_by_text("Added: 0 · Not added: 1").wait_for()

    assert member_page.inner_text("#studio-passed") == "1.jpg: The server did not take it."


def test_folders_wait_where_the_server_cannot_say_which_classes_they_are(
    member_page: Page, project: Project, tmp_path: Path
) -> None:
    page, places = member_page, f"**/studio/{project.id}/places/"
    file = write_zip(tmp_path / "all.zip", {f"mug/{n}.jpg": jpeg_of(n) for n in range(3)})
    page.goto(f"/studio/{project.id}/")
    page.route(places, lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))

    page.set_input_files("#studio-zip", file)
    page.get_by_text("The server cannot be reached.").wait_for()
    page.unroute(places)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Added: 3").wait_for()

    assert folders_of(project) == {"mug": {""}}


def test_a_file_that_is_gone_meanwhile_is_passed_over_and_the_others_sent(
    member_page: Page, member: User, tmp_path: Path
) -> None:
    page, project = member_page, make_project(member, mug=0)
    files = [tmp_path / f"{n}.jpg" for n in range(10)]
    for n, file in enumerate(files):
        file.write_bytes(jpeg_of(n))
    held: list[Route] = []
    page.goto(f"/studio/{project.id}/")
    page.route("**/add/**", lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright marks functions.

    page.set_input_files(f"#class-{project.classes.get(name='mug').pk} input[type=file]", files)
    until(page, lambda: len(held) == 1)  # The first eight.
    files[8].unlink()
    held[0].continue_()

    page.get_by_text("Added: 9 · Not added: 1").wait_for()
    assert page.inner_text("#studio-passed") == "8.jpg: It could not be read."


def test_the_browser_asks_before_pictures_are_left_that_could_not_be_sent(
    member_page: Page, member: User, tmp_path: Path
) -> None:
    page, project = member_page, make_project(member, mug=0)
    (tmp_path / "1.jpg").write_bytes(jpeg_of(1))
    page.goto(f"/studio/{project.id}/")
    page.route("**/add/**", lambda route: route.abort())
    drop_on(page, "#unsorted", tmp_path / "1.jpg")
    page.get_by_role("button", name="Go on").wait_for()
    page.click("h1")  # A page that nobody has touched does not ask.

    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("link", name="Studio").first.click()

    assert asked.value.type == "beforeunload"


@pytest.mark.parametrize("field", ["#studio-zip", "#unsorted input[type=file]"])
def test_files_that_are_chosen_before_the_script_has_come_are_sent(
    member_page: Page, member: User, tmp_path: Path, field: str
) -> None:
    page, project = member_page, make_project(member, mug=0)
    (tmp_path / "1.jpg").write_bytes(jpeg_of(1))
    file = write_zip(tmp_path / "all.zip", {"mug/1.jpg": jpeg_of(1)})
    held: list[Route] = []
    page.route("**/studio/adding.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks functions.
    page.goto(f"/studio/{project.id}/", wait_until="commit")

    page.set_input_files(field, file if "zip" in field else tmp_path / "1.jpg")
    held[0].continue_()

    page.get_by_text("Added: 1").wait_for()


def test_what_cannot_be_read_in_a_folder_that_is_dropped_is_passed_over(
    member_page: Page, member: User, tmp_path: Path
) -> None:
    page, project = member_page, make_project(member, mug=0)
    page.goto(f"/studio/{project.id}/")
    page.evaluate(
        """(bytes) => {
        const gone = new DOMException("", "NotFoundError");
        const picture = new File([new Uint8Array(bytes)], "1.jpg");
        const lost = { name: "lost", createReader: () => ({ readEntries: (_, failed) => failed(gone) }) };
        const bad = { name: "bad.jpg", isFile: true, file: (_, failed) => failed(gone) };
        const good = { name: "1.jpg", isFile: true, file: (found) => found(picture) };
        const left = [lost, bad, good];
        const den = { name: "den", createReader: () => ({ readEntries: (found) => found(left.splice(0)) }) };
        DataTransferItem.prototype.webkitGetAsEntry = () => den;
    }""",
        list(jpeg_of(1)),
    )
    (tmp_path / "den").mkdir()

    drop_on(page, f"#class-{project.classes.get(name='mug').pk}", tmp_path / "den")
    page.get_by_text("Added: 1 · Not added: 2").wait_for()

    assert sorted(page.locator("#studio-passed li").all_inner_texts()) == [
        "den/bad.jpg: It could not be read.",
        "den/lost: It could not be read.",
    ]
