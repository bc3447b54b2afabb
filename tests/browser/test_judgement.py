"""Right or wrong, below each answer on the upload page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.recognizer.fakes import BLUE, RED
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.factories import make_answer, make_correction, make_user
from tests.webui.fakes import image_bytes, ready_model, share
from webui import services
from webui.history.models import Answer, Correction, CorrectionKind, State

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Iterator[Page]:
    """The upload page with one answer; anything that the console complains about fails the test."""
    complaints: list[str] = []
    page = new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_input_files("#choose", picture())
    page.locator(".judgement").wait_for()
    yield page
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def picture(colour: tuple[int, int, int] = RED) -> Any:
    return {"name": "felix.png", "mimeType": "image/png", "buffer": image_bytes(colour, kind="PNG")}


def outcome(page: Page, text: str) -> Locator:
    """The line that says what was noted, once it says this."""
    line = page.locator(".judgement-said", has_text=text)
    line.wait_for()
    return line


def said() -> list[tuple[str, str]]:
    return list(Correction.objects.values_list("kind", "label"))


def test_right_is_one_press(page: Page) -> None:
    page.get_by_role("button", name="Right").click()

    outcome(page, "Thank you. Noted: cat.")
    assert said() == [("right", "cat")]


def test_a_wrong_answer_is_corrected_and_the_page_stays(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()
    page.get_by_role("button", name="dog").click()

    outcome(page, "Noted: dog.")
    assert said() == [("class", "dog")]
    assert page.locator("#result-cards .result-card-name").inner_text() == "Cat"


def test_the_other_classes_and_none_of_these_are_offered(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()

    buttons = page.locator(".judgement-choices button").all_inner_texts()

    assert sorted(buttons) == ["None of these", "Send", "chicken", "dog", "horse"]


def test_enter_sends_a_class_that_the_model_does_not_have(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()
    page.get_by_label("Something else").fill("red panda")
    page.keyboard.press("Enter")

    outcome(page, "Noted: red panda.")
    assert said() == [("new_class", "red panda")]


def test_a_name_that_cannot_be_is_said_and_can_be_mended(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()
    page.get_by_label("Something else").fill("../x")
    page.keyboard.press("Enter")
    outcome(page, "begins with a letter or a digit")

    page.get_by_label("Something else").fill("fox")
    page.keyboard.press("Enter")

    outcome(page, "Noted: fox.")
    assert said() == [("new_class", "fox")]


def test_undo_takes_it_back_and_asks_again(page: Page) -> None:
    page.get_by_role("button", name="Right").click()
    outcome(page, "Noted")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Undo"

    page.keyboard.press("Enter")

    outcome(page, "Taken back.")
    assert said() == []
    assert page.get_by_role("button", name="Right").is_visible()


def test_what_became_of_it_is_announced(page: Page) -> None:
    page.get_by_role("button", name="Right").click()
    outcome(page, "Thank you.")

    assert page.locator("[role=status]:not(#announcer)").count() == 0
    assert page.locator("#announcer").inner_text() == "Thank you. Noted: cat."


def test_escape_closes_wrong_and_leaves_the_focus_there(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()
    page.get_by_label("Something else").focus()

    page.keyboard.press("Escape")

    assert not page.get_by_label("Something else").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Wrong: felix.png"


def test_a_server_that_cannot_be_reached_is_said(page: Page) -> None:
    page.route("**/correction/", lambda route: route.abort())

    page.get_by_role("button", name="Right").click()

    outcome(page, "cannot be reached")
    page.unroute("**/correction/")
    page.get_by_role("button", name="Right").click()
    outcome(page, "Noted")


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (429, '{"code": "throttled", "detail": "Slower."}', "Too much at once."),
        (503, "{}", "Something went wrong on the server."),
        (500, "<h1>Server error</h1>", "Something went wrong on the server."),
    ],
    ids=["a code", "nothing", "a page"],
)
def test_an_error_without_a_sentence_is_said(page: Page, status: int, body: str, sentence: str) -> None:
    page.route("**/correction/", lambda route: route.fulfill(status=status, body=body))

    page.get_by_role("button", name="Right").click()

    outcome(page, sentence)


def test_an_answer_that_was_deleted_meanwhile_is_said(page: Page) -> None:
    services.current().recorder.flush()
    Answer.objects.all().delete()

    page.get_by_role("button", name="Right").click()

    outcome(page, "no longer kept")


def test_of_a_picture_that_was_turned_away_none_of_these_is_right(new_page: Callable[..., Page]) -> None:
    share(model=ready_model(make_rejecting_recognizer()))
    page = new_page()
    page.set_input_files("#choose", picture(BLUE))

    page.get_by_role("button", name="None of these").click()

    outcome(page, "Noted: none of these.")
    assert said() == [("none", "")]


def test_an_answer_that_comes_back_says_what_became_of_its_correction(page_of: Callable[..., Page]) -> None:
    page = doubtful(page_of, likeness=0.35, correction={"state": State.ACCEPTED})

    outcome(page, "Noted: dog. Accepted: this picture will teach the next version.")
    assert not page.locator(".judgement-undo").is_visible()


def test_what_somebody_has_written_comes_back_as_it_is(page_of: Callable[..., Page]) -> None:
    page = doubtful(page_of, likeness=0.35, correction={"kind": CorrectionKind.NEW_CLASS, "label": "$& mug"})

    outcome(page, "Noted: $& mug.")


def test_where_nothing_is_kept_nothing_is_asked(new_page: Callable[..., Page], settings: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_days": 0})
    page = new_page()
    page.set_input_files("#choose", picture())

    page.locator(".result-card-name", has_text="cat").wait_for()

    assert page.locator(".judgement").count() == 0


# Not sure


def doubtful(page_of: Callable[..., Page], *, correction: dict[str, Any] | None = None, **fields: Any) -> Page:
    """The upload page with one answer of the history, which names no class; somebody may have said what it is."""
    mia = make_user("mia")
    answer = make_answer(user=mia, known=False, score=0.97, **fields)
    if correction:
        make_correction(answer, **correction)
    page = page_of(mia)
    entry = {"id": str(answer.pk), "batch": 1, "place": 0}
    page.evaluate("entry => localStorage.setItem('menagerie.answers', JSON.stringify([entry]))", entry)
    page.reload()
    page.locator(".judgement").wait_for()
    return page


def test_perhaps_a_cat_is_said_with_the_reason_and_confirmed_by_one_press(page_of: Callable[..., Page]) -> None:
    page = doubtful(page_of, likeness=0.35)
    name, reason = (page.locator(f".result-card-{part}").inner_text() for part in ("name", "nearest"))
    scale, bars = (page.locator(f"#result-cards {part}").first.bounding_box() for part in (".likeness", ".bars"))

    page.get_by_role("button", name="Yes, a cat").click()

    outcome(page, "Thank you. Noted: cat.")
    assert (name, reason) == ("Perhaps a cat", "It looks unlike the cats it learned from.")
    assert scale["y"] < bars["y"]  # type: ignore[index]
    assert said() == [("class", "cat")]


@pytest.mark.parametrize(
    ("button", "noted"), [("dog", ("class", "dog")), ("None of these", ("none", "")), ("horse", ("class", "horse"))]
)
def test_whatever_else_it_is_is_one_press_too(
    page_of: Callable[..., Page], button: str, noted: tuple[str, str]
) -> None:
    page = doubtful(page_of, likeness=0.35)

    page.get_by_role("button", name=f"{button}: felix.jpg", exact=True).click()

    outcome(page, "Thank you.")
    assert said() == [noted]


def test_something_else_is_written(page_of: Callable[..., Page]) -> None:
    page = doubtful(page_of, likeness=0.35)
    page.locator(".judgement-else summary").click()

    page.get_by_label("Its name").fill("fox")
    page.keyboard.press("Enter")

    outcome(page, "Thank you. Noted: fox.")
    assert said() == [("new_class", "fox")]


def test_what_is_quite_unlike_is_none_of_these(page_of: Callable[..., Page]) -> None:
    page = doubtful(page_of, likeness=0.1)

    assert page.locator(".result-card-name").inner_text() == "None of these"
    assert not page.get_by_role("button", name="Yes, a cat").is_visible()
    assert page.get_by_text("What is it?").is_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_a_doubtful_answer_is_seen_without_scrolling(page_of: Callable[..., Page], width: int, height: int) -> None:
    top = [["chicken", 0.97], ["horse", 0.01], ["dog", 0.01], ["cat", 0.01]]  # The longest words.
    page = doubtful(page_of, label="chicken", top=top, likeness=0.35)
    page.set_viewport_size({"width": width, "height": height})

    parts = (".result-card-name", ".bars", ".judgement-forms")
    boxes = [page.locator(f"#result-cards {part}").first.bounding_box() for part in parts]

    assert [box["y"] + box["height"] <= height for box in boxes if box] == [True] * 3
