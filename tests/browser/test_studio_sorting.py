"""Sorting pictures of Studio in a browser: by keys, by dragging, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.webui.studio.factories import make_picture, make_project
from webui.accounts.models import User
from webui.studio.models import Picture, Project, Sign, SignKind

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def project(member: User) -> Project:
    """Six mugs, and two classes without pictures. Key 1 is mug, 2 is cup, 3 is pot."""
    return make_project(member, mug=6, cup=0, pot=0)


@pytest.fixture
def page(page_of: Callable[..., Page], member: User, project: Project) -> Page:
    """The page of the mugs."""
    page = page_of(member, viewport={"width": 700, "height": 700})
    page.goto(f"/studio/classes/{project.classes.get(name='mug').pk}/")
    return page


def focused(page: Page) -> int:
    """The number of the picture that has the focus; 0: none."""
    found: str = page.evaluate("document.activeElement.closest('[data-picture]')?.dataset.picture ?? '0'")
    return int(found)


def said(page: Page, text: str) -> None:
    page.locator("#studio-said", has_text=text).wait_for()


def names_in(project: Project, name: str) -> set[str]:
    return set(Picture.objects.filter(project=project, picture_class__name=name).values_list("name", flat=True))


def items(page: Page) -> Locator:
    return page.locator("[data-picture]")


def test_arrows_go_and_digits_move(page: Page, project: Project) -> None:
    order = [int(item.get_attribute("data-picture") or 0) for item in items(page).all()]

    page.keyboard.press("ArrowRight")
    assert focused(page) == order[0]
    page.keyboard.press("ArrowRight")
    assert focused(page) == order[1]
    page.keyboard.press("2")
    said(page, "1 picture moved to “cup”.")

    assert focused(page) == order[2]  # The next one, to go on with.
    page.keyboard.press("3")
    said(page, "moved to “pot”")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == order[0]
    page.keyboard.press("Delete")
    said(page, "1 picture deleted.")
    assert (items(page).count(), project.pictures.count()) == (3, 5)
    assert page.locator(".lead").inner_text() == "3 pictures"
    assert (len(names_in(project, "cup")), len(names_in(project, "pot"))) == (1, 1)


def test_arrows_go_to_the_row_below(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    left, top = place_of_focus(page)
    page.keyboard.press("ArrowDown")
    below = place_of_focus(page)
    page.keyboard.press("ArrowUp")

    assert below[0] == left
    assert below[1] > top
    assert place_of_focus(page) == (left, top)


def place_of_focus(page: Page) -> tuple[float, float]:
    """Left and top of the picture that has the focus, on the page, wherever it is scrolled to."""
    left, top = page.evaluate(
        "(({offsetLeft, offsetTop}) => [offsetLeft, offsetTop])(document.activeElement.closest('li'))"
    )
    return left, top


def test_what_is_chosen_moves_together_and_comes_back(page: Page, project: Project) -> None:
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        page.keyboard.press(" ")
    page.keyboard.press("2")
    said(page, "2 pictures moved to “cup”.")
    assert len(names_in(project, "cup")) == 2

    with page.expect_navigation():
        page.keyboard.press("u")

    assert page.get_by_text("Undone.").is_visible()
    assert len(names_in(project, "mug")) == 6


def test_several_are_deleted_only_after_a_question(page: Page, project: Project) -> None:
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()

    page.get_by_role("button", name="Delete").click()

    assert asked == ["Delete the chosen pictures?"]
    assert project.pictures.count() == 6


def test_a_picture_is_dragged_onto_a_class(page: Page, project: Project) -> None:
    items(page).nth(2).drag_to(page.get_by_role("button", name="cup"))
    said(page, "1 picture moved to “cup”.")

    assert len(names_in(project, "cup")) == 1


DROP = """([selector, picture]) => {
    const transfer = new DataTransfer();
    transfer.setData("application/x-menagerie-pictures", picture);
    const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
}"""


def test_a_picture_of_another_window_moves_none_of_this_one(page: Page, project: Project) -> None:
    page.keyboard.press("ArrowRight")

    page.evaluate(DROP, [".studio-place", "0"])

    said(page, "first choose pictures")
    assert len(names_in(project, "mug")) == 6


def test_dragging_one_that_is_chosen_takes_the_others_along(page: Page, project: Project) -> None:
    for at in (0, 3):
        items(page).nth(at).get_by_role("checkbox").check()
    items(page).nth(3).drag_to(page.get_by_role("button", name="pot"))
    said(page, "2 pictures moved to “pot”.")

    assert len(names_in(project, "pot")) == 2


def test_a_button_without_a_choice_says_so(page: Page, project: Project) -> None:
    page.get_by_role("button", name="cup").click()

    said(page, "first choose pictures")
    assert len(names_in(project, "mug")) == 6


def test_keys_can_be_switched_off_and_are_none_in_a_field(page: Page, project: Project) -> None:
    page.get_by_text("Rename or delete this class").click()
    page.locator("#id_name").fill("")
    page.locator("#id_name").press("2")
    assert page.locator("#id_name").input_value() == "2"
    page.locator(".studio-keys summary").click()
    page.get_by_label("Use these keys").uncheck()
    items(page).first.get_by_role("checkbox").focus()
    page.keyboard.press("2")
    page.reload()
    items(page).first.get_by_role("checkbox").focus()
    page.keyboard.press("2")

    assert len(names_in(project, "mug")) == 6
    assert not page.locator(".studio-place kbd").first.is_visible()


def test_a_server_that_is_gone_is_said_and_nothing_is_lost(page: Page, project: Project) -> None:
    page.route("**/chosen/", lambda route: route.abort())

    page.keyboard.press("ArrowRight")
    page.keyboard.press("2")

    said(page, "The server cannot be reached.")
    assert items(page).count() == 6


def test_suggestions_are_accepted_by_one_key(page: Page, project: Project) -> None:
    place, cup = project.unsorted(), project.classes.get(name="cup")
    for number in range(3):
        picture = make_picture(place, number)
        Sign.objects.create(picture=picture, kind=SignKind.LIKENESS, other_class=cup, share=0.9 - number / 4)
    page.goto(f"/studio/{project.id}/unsorted/")

    page.keyboard.press("ArrowRight")
    page.keyboard.press("a")
    said(page, "1 picture moved to “cup”.")
    page.keyboard.press("1")
    said(page, "1 picture moved to “mug”.")

    assert names_in(project, "cup") == {"0.jpg"}
    assert items(page).count() == 1
    page.keyboard.press("a")
    page.get_by_text("All sorted").wait_for()  # After the last one, the page is a new one.
    assert names_in(project, "cup") == {"0.jpg", "2.jpg"}


def test_what_may_be_wrong_is_settled_by_keys(page: Page, project: Project) -> None:
    mug, cup = (project.classes.get(name=name) for name in ("mug", "cup"))
    one, two, three, _ = mug.pictures.order_by("id")[:4]
    Sign.objects.create(picture=one, kind=SignKind.LIKENESS, other_class=cup, share=0.95)
    Sign.objects.create(picture=two, kind=SignKind.BLURRED)
    Sign.objects.create(picture=three, kind=SignKind.SMALL)
    page.goto(f"/studio/{project.id}/check/")

    page.keyboard.press("ArrowRight")
    page.keyboard.press("a")
    said(page, "moved to “cup”")
    page.keyboard.press("f")
    said(page, "Remembered: it is fine.")
    page.keyboard.press("3")
    page.get_by_text("Nothing to look at").wait_for()

    assert names_in(project, "cup") == {one.name}
    assert names_in(project, "pot") == {three.name}
    assert list(Sign.objects.filter(picture=two).values_list("is_fine", flat=True)) == [True]


def test_all_that_may_be_wrong_with_a_picture_goes_with_it(page: Page, project: Project) -> None:
    mug, cup = (project.classes.get(name=name) for name in ("mug", "cup"))
    one, two, three, _ = mug.pictures.order_by("id")[:4]
    for kind in (SignKind.BLURRED, SignKind.SMALL):
        Sign.objects.create(picture=one, kind=kind)
    Sign.objects.create(picture=two, kind=SignKind.COPY, other=one)
    Sign.objects.create(picture=two, kind=SignKind.LIKENESS, other_class=cup, share=0.95)
    Sign.objects.create(picture=two, kind=SignKind.SMALL)
    Sign.objects.create(picture=three, kind=SignKind.SMALL)
    page.goto(f"/studio/{project.id}/check/")

    page.locator(f'[data-picture="{one.id}"] [data-key=delete]').first.click()
    said(page, "1 picture deleted.")
    assert items(page).count() == 3
    page.locator(f'[data-picture="{two.id}"]:not([data-looks-like]) button').first.focus()
    page.keyboard.press("3")
    said(page, "1 picture moved to “pot”.")

    assert [int(item.get_attribute("data-picture") or 0) for item in items(page).all()] == [three.id]
    assert page.locator(".lead").inner_text() == "1 to look at"


def test_a_project_that_is_gone_is_said_and_nothing_goes_away(page: Page, project: Project) -> None:
    project.delete()

    page.keyboard.press("ArrowRight")
    page.keyboard.press("2")

    said(page, "This is not there any more. Load the page again.")
    assert items(page).count() == 6


def test_a_page_that_a_proxy_makes_of_an_error_is_no_answer(page: Page) -> None:
    page.route("**/chosen/", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))

    page.keyboard.press("ArrowRight")
    page.keyboard.press("2")

    said(page, "The server cannot be reached.")
    assert items(page).count() == 6
