"""Many pictures at once: one sentence, tallies that filter, tiles and pages; and what goes wrong in the middle of them.

Where the answers are many, a stub gives them: what it says follows from the file's name, such as cat-7.png.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.browser.test_every_page import barriers
from tests.browser.test_home import card, labels, picture, until, upload
from tests.recognizer.fakes import BLUE, GREEN, RED, make_recognizer
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.webui.factories import PASSWORD, make_user
from tests.webui.fakes import image_bytes, ready_model, share
from webui import services
from webui.history.models import Answer, Correction

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

TINY = image_bytes(RED, kind="PNG", size=(3, 2))
# Answers at once, without the network: cat, dog, or red panda by the name; the score falls with the number behind it.
STUB = """() => {
    const labels = { cat: "cat", dog: "dog", panda: "red panda", perhaps: "dog", none: "horse" };
    const real = window.fetch;
    window.added = 0;
    new MutationObserver((changes) => {
        for (const { addedNodes } of changes) window.added += addedNodes.length;
    }).observe(document.body, { childList: true, subtree: true });
    window.fetch = async (address, options) => {
        if (!String(address).startsWith("/api/v1/classify")) return real(address, options);
        const filename = options.body.get("image").name;
        const [kind, number] = filename.replace(".png", "").split("-");
        const label = labels[kind];
        if (!label) return Response.json({ code: "unsupported_format" }, { status: 415 });
        const known = kind !== "perhaps" && kind !== "none";
        const score = known ? 0.999 - Number(number) / 2000 : 0.97;
        const rest = ["cat", "dog", "horse"].map((other) => ({ label: other, score: (1 - score) / 3 }));
        const prediction = {
            filename, known, label: known ? label : null, score, likeness: known ? 0.9 : kind === "none" ? 0.05 : 0.3,
            id: crypto.randomUUID(), top: [{ label, score }, ...rest.filter((entry) => entry.label !== label)],
        };
        return Response.json({ model: { name: "animals", version: "2" }, predictions: [prediction] });
    };
}"""
DROP = """([names, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    for (const name of names) transfer.items.add(new File([bytes], name, { type: "image/png" }));
    const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector("#upload").dispatchEvent(event);
}"""
ELEMENTS = "document.querySelectorAll('*').length"


def files(**kinds: int) -> list[Any]:
    """So many files of each kind: files(cat=2) has cat-0.png and cat-1.png."""
    return [upload(f"{kind}-{number}.png", TINY) for kind, count in kinds.items() for number in range(count)]


def tiles(page: Page) -> list[str]:
    return page.locator(".tile .tile-file").all_inner_texts()


def finish(page: Page) -> None:
    """Waits until no picture is open any more."""
    page.locator("#cancel").wait_for(state="hidden")


def tally(page: Page, text: str) -> Any:
    return page.locator(".tally", has_text=re.compile(rf"^{text} \d+$"))


@pytest.fixture
def stubbed(new_page: Callable[..., Page]) -> Iterator[Page]:
    """The upload page before a model that answers by the names of files."""
    page = new_page(accept_downloads=True)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.evaluate(STUB)
    yield page
    assert complaints == []


def test_many_pictures_are_one_sentence_and_tallies_that_filter(stubbed: Page) -> None:
    stubbed.set_input_files("#choose", files(cat=37, dog=12, panda=2, perhaps=1, none=3, bad=2))
    finish(stubbed)

    words = "37 cats, 12 dogs, 2 × red panda, 1 perhaps one of these, 3 it does not know, 2 could not be read"
    assert stubbed.locator("#results-title").inner_text() == words
    assert stubbed.locator("#announcer").inner_text() == f"57 pictures: {words}"
    assert stubbed.title() == f"{words} · Menagerie"
    assert not stubbed.locator("#progress, #retry-all").first.is_visible()
    assert stubbed.locator("#least-sure li").all_inner_texts() == []  # All of them are almost certain.
    assert stubbed.locator(".tally").all_inner_texts() == [
        *("all 57", "cat 37", "dog 12", "red panda 2", "perhaps 1", "none of these 3", "not readable 2"),
    ]

    tally(stubbed, "dog").click()
    assert tiles(stubbed) == [f"dog-{n}.png" for n in range(12)]
    assert stubbed.locator("#announcer").inner_text() == "12 of 57 pictures shown"
    tally(stubbed, "dog").click()
    assert stubbed.locator(".tile").count() == 57

    stubbed.locator("#order").select_option("least")
    assert tiles(stubbed)[:5] == ["none-0.png", "none-1.png", "none-2.png", "perhaps-0.png", "cat-36.png"]
    stubbed.locator("#order").select_option("most")
    assert tiles(stubbed)[:2] == ["cat-0.png", "dog-0.png"]
    assert tiles(stubbed)[-2:] == ["bad-0.png", "bad-1.png"]


def test_sixty_answers_are_few_elements_and_have_no_barrier(stubbed: Page) -> None:
    stubbed.set_input_files("#choose", files(cat=30, dog=20, none=8, bad=2))
    finish(stubbed)
    assert stubbed.evaluate(ELEMENTS) < 1000
    assert barriers(stubbed) == []

    stubbed.get_by_role("button", name="Large").click()
    assert stubbed.locator("#others .result-card").count() == 20
    assert stubbed.evaluate(ELEMENTS) < 2000
    assert barriers(stubbed) == []
    names = stubbed.locator("#others button, #others summary").evaluate_all(
        "all => all.filter((node) => node.checkVisibility()).map((node) => node.getAttribute('aria-label'))"
    )
    assert len(set(names)) == len(names)
    assert stubbed.locator(".result-card-model:visible").count() == 0  # All are of one model.

    stubbed.get_by_role("button", name="Next").click()
    assert stubbed.locator("#page-text").inner_text() == "21 to 40 of 60"
    assert stubbed.locator("#others .result-card-file").first.inner_text() == "cat-20.png"
    assert stubbed.evaluate("document.activeElement.id") == "page-after"


def test_five_hundred_pictures_are_drawn_a_page_at_a_time(stubbed: Page) -> None:
    stubbed.evaluate(DROP, [[f["name"] for f in files(cat=300, dog=200)], base64.b64encode(TINY).decode()])
    finish(stubbed)

    assert stubbed.locator("#results-title").inner_text() == "300 cats, 200 dogs"
    assert (stubbed.locator(".tile").count(), stubbed.evaluate(ELEMENTS) < 1500) == (100, True)
    assert stubbed.evaluate("window.added") < 20 * 500  # Not the page anew for each answer.
    assert stubbed.locator("#least-sure .unsure").all_inner_texts() == ["Cat 85.0%", "Cat 85.0%"]

    stubbed.locator("#least-sure .unsure").first.click()

    assert stubbed.locator("#page-text").inner_text() == "201 to 300 of 500"
    assert stubbed.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove cat-299.png"


def test_a_tile_opens_as_a_card_and_escape_closes_it(stubbed: Page) -> None:
    stubbed.set_input_files("#choose", files(cat=20))
    finish(stubbed)

    stubbed.get_by_role("button", name="cat-3.png").click()
    focused = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
    assert stubbed.evaluate(focused) == "Close: cat-3.png"
    assert stubbed.locator("#others .result-card .bar").count() == 3
    stubbed.locator(".judgement-wrong summary").click()
    stubbed.keyboard.press("Escape")
    assert stubbed.evaluate(focused) == "Wrong: cat-3.png"
    assert barriers(stubbed) == []

    stubbed.keyboard.press("Escape")

    assert stubbed.locator("#others .result-card").count() == 0
    assert "cat-3.png" in stubbed.evaluate(focused)


# With a real server


@pytest.fixture
def home(new_page: Callable[..., Page], tmp_path: Any) -> Page:
    """The upload page; blue is none of the classes, and there are heat maps."""
    share(model=ready_model(make_mapping_recognizer(tmp_path)))
    return new_page(accept_downloads=True)


FIVE = [
    *(picture(f"red-{n}.png", RED) for n in range(2)),
    *(picture(f"green-{n}.png", GREEN) for n in range(2)),
    picture("blue.png", BLUE),
]


def test_right_all_of_these_and_back_again(home: Page) -> None:
    home.set_input_files("#choose", FIVE)
    labels(home, 5)
    tally(home, "cat").click()

    home.get_by_role("button", name="Right, all 2").click()
    home.locator("#undo-text", has_text="Noted as right: 2").wait_for()
    assert sorted(Correction.objects.values_list("answer__filename", "kind")) == [
        *(("red-0.png", "right"), ("red-1.png", "right")),
    ]
    assert home.locator("#others .judgement-said").all_inner_texts() == ["Noted: cat."] * 2
    assert home.evaluate("document.activeElement.textContent") == "Undo"

    home.keyboard.press("Enter")
    home.get_by_role("button", name="Right, all 2").wait_for()
    assert Correction.objects.count() == 0
    assert home.locator("#others .judgement-right").count() == 2

    tally(home, "cat").click()
    home.get_by_role("button", name="Right: red-0.png").click()
    home.get_by_role("button", name="Right, all 3").wait_for()  # That one has been said, and blue names no class.


def test_what_could_not_be_taken_back_is_said_and_offered_again(home: Page) -> None:
    home.set_input_files("#choose", FIVE)
    labels(home, 5)
    tally(home, "cat").click()
    home.get_by_role("button", name="Right, all 2").click()
    home.locator("#undo-text", has_text="Noted as right: 2").wait_for()
    home.route("**/correction/", lambda route: route.abort(), times=1)

    home.get_by_role("button", name="Undo", exact=True).click()
    home.locator("#together-said", has_text="The server cannot be reached.").wait_for()
    home.locator("#undo").get_by_role("button").click()
    home.get_by_role("button", name="Right, all 2").wait_for()

    assert home.inner_text("#together-said") == ""
    assert Correction.objects.count() == 0


def test_the_answers_that_are_shown_are_taken_away_as_csv_and_as_folders(home: Page) -> None:
    home.set_input_files("#choose", FIVE)
    labels(home, 5)
    with home.expect_download() as zipped:
        home.get_by_role("button", name="Zip, sorted into folders").click()
    tally(home, "chicken").click()
    with home.expect_download() as table:
        home.get_by_role("button", name="CSV").click()

    places = [name.split("/", 1)[1] for name in zipfile.ZipFile(zipped.value.path()).namelist()]
    assert sorted(places) == [
        *("answers.csv", "cat/red-0.jpg", "cat/red-1.jpg", "chicken/green-0.jpg", "chicken/green-1.jpg"),
        "unknown/blue.jpg",
    ]
    with table.value.path().open(encoding="utf-8-sig") as file:
        assert [row["file"] for row in csv.DictReader(file)] == ["green-0.png", "green-1.png"]
    assert labels(home, 2) == ["Chicken", "Chicken"]


def test_where_nothing_is_kept_nothing_is_offered_that_needs_it(new_page: Callable[..., Page], settings: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_days": 0})
    page = new_page()
    page.set_input_files("#choose", FIVE)
    labels(page, 5)

    assert page.locator("#tools").is_visible()
    assert page.locator("#take-away, #right-all").count() == 0


def test_the_heat_of_all_is_shown_with_words_for_where_it_is(home: Page) -> None:
    home.set_input_files("#choose", FIVE)
    labels(home, 5)
    home.get_by_role("button", name="Small").click()

    home.get_by_role("button", name="Show what it looked at").click()
    until(home, lambda: home.locator(".tile-heat").count() == 5)
    alternatives = home.locator(".tile-heat").evaluate_all("all => all.map((image) => image.alt)")
    home.get_by_role("button", name="Show what it looked at").click()

    assert [("It looked" in text, text.startswith("Red areas")) for text in alternatives] == [(True, True)] * 5
    until(home, lambda: home.locator(".tile-heat").count() == 0)


# What goes wrong in the middle


def test_what_was_not_answered_is_tried_again_together_and_by_itself_when_the_connection_is_back(home: Page) -> None:
    answered: list[str] = []

    def handle(route: Any) -> None:
        if len(answered) >= 6:
            route.abort()
        else:
            answered.append(route.request.url)
            route.continue_()

    home.route("**/api/v1/classify*", handle)
    home.set_input_files("#choose", [picture(f"{n}.png", RED) for n in range(30)])
    home.locator("#progress-text", has_text="6 answered, 24 not").wait_for()
    assert home.get_by_role("button", name="Try these 24 again").is_visible()
    assert home.locator("#results-title").inner_text() == "6 cats, 24 not answered"
    assert home.locator("#announcer").inner_text() == "30 pictures: 6 cats, 24 not answered"

    answered.clear()
    home.get_by_role("button", name="Try these 24 again").click()
    home.locator("#progress-text", has_text="12 answered, 18 not").wait_for()
    home.unroute("**/api/v1/classify*")
    home.context.set_offline(True)
    home.get_by_role("button", name="Try these 18 again").click()
    home.locator("#progress-text", has_text="18 not. It goes on by itself when the connection is back.").wait_for()
    home.context.set_offline(False)

    home.locator("#results-title", has_text="30 cats").wait_for()
    assert not home.locator("#progress").is_visible()


def test_whose_session_is_gone_logs_in_in_another_tab_and_loses_nothing(
    page_of: Callable[..., Page], settings: Any
) -> None:
    page = page_of(make_user("ann"))
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"access": "members"})
    page.set_input_files("#choose", picture("a.png", RED))
    page.locator(".judgement-right button").wait_for()
    page.context.clear_cookies()

    page.locator(".judgement-right button").click()
    page.locator(".judgement-failed", has_text="You are not logged in any more.").wait_for()
    page.set_input_files("#choose", [picture("b.png", GREEN), picture("c.png", BLUE)])
    page.locator("#progress-text", has_text="1 answered, 2 not").wait_for()
    assert barriers(page) == []
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Log in (opens a new tab)").click()
    other = opened.value
    other.get_by_label("Username").fill("ann")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Log in").click()

    page.locator("#results-title", has_text="1 chicken, 1 dog, 1 cat").wait_for()
    assert not page.locator("#session").is_visible()
    card(page, "a.png").locator(".judgement-right button").click()
    card(page, "a.png").locator(".judgement-said", has_text="Noted: cat.").wait_for()
    assert set(Answer.objects.values_list("user__username", flat=True)) == {"ann"}


def test_who_logs_out_in_another_tab_is_told_so_and_nothing_is_sent_as_somebody_else(
    page_of: Callable[..., Page],
) -> None:
    page = page_of(make_user("ann"))
    page.set_input_files("#choose", picture("a.png", RED))
    page.locator(".judgement-right button").wait_for()
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Log out").click()
    other.get_by_role("link", name="Log in").wait_for()

    page.locator("#session", has_text="You are not logged in any more.").wait_for()
    page.locator(".judgement-right button").click()
    page.locator(".judgement-failed", has_text="You are not logged in any more.").wait_for()
    page.set_input_files("#choose", picture("b.png", RED))
    card(page, "b.png").locator(".result-card-error", has_text="Log in, then try again.").wait_for()
    services.current().recorder.flush()
    assert list(Answer.objects.values_list("filename", "user__username")) == [("a.png", "ann")]

    make_user("ben")
    other.get_by_role("link", name="Log in").click()
    other.get_by_label("Username").fill("ben")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Log in").click()
    page.locator("#session", has_text="You are logged in as ben now. What is on this page belongs to ann.").wait_for()

    page.get_by_role("link", name="Go on as ben").click()
    page.locator("#samples").wait_for()
    stored = page.evaluate("localStorage.getItem('menagerie.answers')")
    assert [entry["who"] for entry in json.loads(stored)] == ["ann"]  # Who logs in again finds them.


# Said instead of passed over


@pytest.mark.parametrize(("kind", "type_"), [("paste", "text/plain"), ("drop", "text/uri-list")])
def test_why_an_address_is_not_fetched_is_said(page: Page, kind: str, type_: str) -> None:
    page.evaluate(
        """([kind, type]) => {
            const transfer = new DataTransfer();
            transfer.setData(type, "https://example.org/cat.jpg");
            const options = { bubbles: true, cancelable: true };
            const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: transfer, ...options })
                                           : new DragEvent(kind, { dataTransfer: transfer, ...options });
            document.querySelector("#upload").dispatchEvent(event);
        }""",
        [kind, type_],
    )
    assert "save the picture" in page.locator("#no-address").inner_text()
    assert "save the picture" in page.locator("#announcer").inner_text()

    page.set_input_files("#choose", picture("a.png", RED))
    assert not page.locator("#no-address").is_visible()


def moving(kind: str, frames: int) -> bytes:
    images = [Image.new("RGB", (60, 40), colour) for colour in (RED, BLUE, GREEN)[:frames]]
    buffer = io.BytesIO()
    images[0].save(buffer, kind, save_all=True, append_images=images[1:], duration=80)
    return buffer.getvalue()


def test_of_what_moves_it_is_said_that_the_first_frame_was_looked_at(page: Page) -> None:
    sent = [
        upload(f"{frames}.{kind.lower()}", moving(kind, frames), f"image/{kind.lower()}")
        for kind in ("GIF", "WEBP", "PNG")
        for frames in (1, 3)
    ]
    page.set_input_files("#choose", sent)
    labels(page, 6)

    said = page.locator(".result-card", has=page.locator(".result-card-frames:visible"))
    assert said.locator(".result-card-file").all_inner_texts() == ["3.gif", "3.webp", "3.png"]
    assert page.locator(".result-card-file").first.get_attribute("title") == "1.gif"


def test_the_focus_stays_with_the_page_when_all_are_answered_at_last(page: Page) -> None:
    page.route("**/api/v1/classify*", lambda route: route.abort())
    page.set_input_files("#choose", [picture(f"{n}.png", RED) for n in range(2)])
    page.locator("#retry-all").wait_for()
    page.unroute("**/api/v1/classify*")

    page.locator("#retry-all").press("Enter")
    page.locator("#results-title", has_text="2 cats").wait_for()
    finish(page)

    assert page.evaluate("document.activeElement.id") == "start-over"


LEFT_OF = """([selector, text]) => {
    const node = document.querySelector(selector).firstChild;
    const range = document.createRange();
    range.setStart(node, node.data.indexOf(text));
    range.setEnd(node, node.data.indexOf(text) + text.length);
    return range.getBoundingClientRect().left;
}"""


def test_counts_stand_before_classes_that_are_written_right_to_left(page: Page) -> None:
    names = ("חתול", "תרנגולת", "כלב", "סוס")
    share(model=ready_model(make_recognizer(class_names=names)))
    page.reload()

    page.set_input_files("#choose", [picture(f"{n}.png", color) for n, color in enumerate((RED, GREEN, GREEN))])
    finish(page)

    assert page.locator("#results-title").inner_text() == "2 × \u2068תרנגולת\u2069, 1 × \u2068חתול\u2069"
    first, second = (page.evaluate(LEFT_OF, ["#results-title", names[n]]) for n in (1, 0))
    assert first < second
