from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from recognizer import Recognizer
from tests.recognizer.fakes import BLUE, GREEN, RED, encoded
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.fakes import image_bytes, ready_model, share
from webui import services

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

PNG = "image/png"
# Hands files to the page the way the browser does on a drop or a paste.
DISPATCH = """([selector, kind, files]) => {
    const transfer = new DataTransfer();
    for (const [name, type, content] of files) {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
    }
    const event = kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
        : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
}"""


def upload(name: str, content: bytes, media_type: str = PNG) -> Any:
    return {"name": name, "mimeType": media_type, "buffer": content}


def picture(name: str, colour: tuple[int, int, int]) -> Any:
    return upload(name, image_bytes(colour, kind="PNG", size=(300, 200)))


def dispatch(page: Page, kind: str, *files: Any) -> None:
    encoded = [[f["name"], f["mimeType"], base64.b64encode(f["buffer"]).decode()] for f in files]
    page.evaluate(DISPATCH, ["#upload", kind, encoded])


def labels(page: Page, count: int) -> list[str]:
    """The names on the cards, once there are so many answers."""
    page.locator(".result-card:not(.result-card-waiting)").nth(count - 1).wait_for()
    return page.locator("#result-cards .result-card-name").all_inner_texts()


def card(page: Page, filename: str) -> Any:
    return page.locator(".result-card", has=page.get_by_text(filename, exact=True))


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Lets the browser go on until something is so."""
    for _ in range(500):
        if condition():
            return
        page.wait_for_timeout(10)
    pytest.fail("It never came about.")


@pytest.fixture
def held(home: Page) -> list[Route]:
    """Requests to the API, which stay unanswered until a test continues them."""
    routes: list[Route] = []
    home.route("**/api/**", lambda route: routes.append(route))  # noqa: PLW0108 - Playwright marks functions.
    return routes


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that reach the model."""
    files: list[bytes] = []
    decode = Recognizer.decode

    def record(recognizer: Recognizer, data: bytes) -> Any:
        files.append(data)
        return decode(recognizer, data)

    monkeypatch.setattr(Recognizer, "decode", record)
    return files


@pytest.fixture
def _maps(tmp_path: Path) -> None:
    """The model has heat maps, and blue is none of its classes."""
    share(model=ready_model(make_mapping_recognizer(tmp_path)))


@pytest.fixture
def home(page: Page) -> Iterator[Page]:
    """The upload page; anything that the console complains about fails the test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert [text for text in complaints if "the server responded with a status of 422" not in text] == []


def test_a_chosen_picture_is_answered_with_bars_for_all_classes(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))

    assert labels(home, 1) == ["Cat"]
    assert home.locator("#result-cards .bar meter").count() == 4
    assert re.fullmatch(r"Answered in \d+ ms", home.locator("#result-cards .result-card-time").inner_text())


def test_dropped_pictures_are_answered(home: Page) -> None:
    dispatch(home, "drop", picture("a.png", RED), picture("b.png", BLUE))

    assert labels(home, 2) == ["Cat", "Dog"]


def test_a_pasted_picture_is_answered(home: Page) -> None:
    dispatch(home, "paste", picture("image.png", GREEN))

    assert labels(home, 1) == ["Chicken"]


PASTE = """([selector, text, content]) => {
    const transfer = new DataTransfer();
    transfer.setData("text/plain", text);
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], "a.png", { type: "image/png" }));
    const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
    return document.querySelector(selector).dispatchEvent(event);
}"""


def test_text_that_is_pasted_where_somebody_writes_stays_text(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)
    home.locator(".judgement-wrong summary").click()
    cell = base64.b64encode(image_bytes(GREEN, kind="PNG")).decode()  # Spreadsheets put a picture of it beside it.

    is_left_to_the_browser = home.evaluate(PASTE, [".judgement input[name=label]:not([type=hidden])", "parrot", cell])
    is_taken_elsewhere = not home.evaluate(PASTE, ["#upload", "parrot", cell])

    assert is_left_to_the_browser
    assert is_taken_elsewhere
    assert labels(home, 2) == ["Chicken", "Cat"]


def test_the_preview_is_shown(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    assert home.locator("#result-cards .result-card-image").evaluate("image => image.naturalWidth") == 300


SMALL, LARGE = (image_bytes(RED, size=(side, side)) for side in (100, 3000))  # Of large ones, the page sends copies.


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"no picture", "This file is not a picture", id="text"),
        pytest.param(SMALL[: len(SMALL) * 3 // 4], "This picture is damaged", id="cut off"),
        pytest.param(LARGE[: len(LARGE) * 3 // 4], "This picture is damaged", id="large and cut off"),
        pytest.param(b"", "This file is empty", id="empty"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1", "This file only says where", id="pointer"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_why(home: Page, content: bytes, sentence: str) -> None:
    home.set_input_files("#choose", upload("cat.jpg", content, "image/jpeg"))

    assert labels(home, 1) == ["No answer"]
    assert sentence in home.locator("#result-cards .result-card-error").inner_text()


def test_one_bad_file_among_several_does_not_hurt_the_others(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), upload("b", b"x"), picture("c.png", BLUE)])

    assert labels(home, 3) == ["Cat", "No answer", "Dog"]
    assert home.locator("#results-title").inner_text() == "1 cat, 1 dog, 1 could not be read"
    assert not home.locator("#progress").is_visible()


def test_a_file_that_is_gone_meanwhile_is_told_and_the_others_go_on(page: Page, tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.png" for n in range(5)]
    for file in files:
        file.write_bytes(image_bytes(RED, kind="PNG"))
    held: list[Route] = []
    page.route("**/api/**", lambda route: held.append(route), times=2)  # noqa: PLW0108 - Playwright marks functions.

    page.set_input_files("#choose", files)
    until(page, lambda: len(held) == 2)
    for file in files[2:4]:
        file.unlink()
    for route in held:
        route.continue_()

    page.get_by_text("It could not be read.").nth(1).wait_for()
    labels(page, 5)
    assert page.get_by_text("cannot be reached").count() == 0
    assert card(page, "4.png").get_by_text("Cat").first.is_visible()


def test_answers_are_announced(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    assert re.fullmatch(r"felix.png: cat, almost certain, .*%", home.locator("#announcer").inner_text())


def test_certainty_is_said_in_words_and_number(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    assert home.locator(".result-card-certainty").inner_text() == "Almost certain"
    assert re.fullmatch(r"[>\d.]+%", home.locator(".result-card-score").inner_text())


def test_a_result_card_names_the_version_that_answered(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    assert home.locator(".result-card-model").inner_text() == "animals, version 1"


@pytest.mark.usefixtures("_maps")
def test_none_of_these_is_said_plainly_with_what_is_nearest(home: Page) -> None:
    home.set_input_files("#choose", picture("sky.png", BLUE))

    assert labels(home, 1) == ["None of these"]
    assert home.locator(".result-card-nearest").inner_text() == "Nearest: dog"
    assert home.get_by_text("If it had to be one of them:").is_visible()
    assert not home.locator(".result-card-certainty").is_visible()


def test_a_card_says_how_like_what_was_learned_the_picture_is(home: Page) -> None:
    share(model=ready_model(make_rejecting_recognizer(spread=0.02)))
    home.set_input_files("#choose", [picture("felix.png", RED), picture("sky.png", BLUE)])
    labels(home, 2)

    words = home.locator("#result-cards .likeness-words").all_inner_texts()
    assert words == ["Much like what it learned", "Quite unlike what it learned"]
    felix, sky = (meter.evaluate("meter => meter.value") for meter in home.locator(".likeness meter").all())
    assert (sky < 0.2, felix > 0.8) == (True, True)


def test_a_card_says_nothing_of_it_where_the_model_has_no_scale(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    assert not home.locator("#result-cards .likeness").is_visible()


# Many at once


def test_two_pictures_are_asked_at_the_same_time(home: Page, held: list[Route]) -> None:
    home.set_input_files("#choose", [picture(f"{n}.png", RED) for n in range(5)])

    until(home, lambda: len(held) == 2)

    assert home.locator(".result-card-looking").count() == 2
    assert home.locator(".result-card-waiting:not(.result-card-looking)").count() == 3


def test_answers_come_in_any_order_and_cards_stay_in_that_of_the_files(home: Page, held: list[Route]) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    until(home, lambda: len(held) == 2)

    second = next(route for route in held if b"b.png" in (route.request.post_data_buffer or b""))
    second.continue_()
    card(home, "b.png").get_by_role("heading", name="Dog").wait_for()

    assert home.locator(".result-card-name").all_inner_texts() == ["Looking", "Dog"]
    assert home.locator("#progress-text").inner_text() == "1 of 2 answered"


def test_cancel_stops_what_waits_and_what_is_asked(home: Page, held: list[Route]) -> None:
    home.set_input_files("#choose", [picture(f"{n}.png", RED) for n in range(4)])
    until(home, lambda: len(held) == 2)

    with home.expect_event("requestfailed"):
        home.get_by_role("button", name="Cancel").click()

    assert labels(home, 4) == ["Cancelled"] * 4
    assert len(held) == 2
    assert not home.get_by_role("button", name="Cancel").is_visible()
    assert home.locator("#announcer").inner_text() == "Cancelled. 0 answered, 4 not"


def test_a_cancelled_picture_can_be_tried_again(home: Page, held: list[Route]) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    until(home, lambda: len(held) == 2)
    home.get_by_role("button", name="Cancel").click()
    home.unroute("**/api/**")

    card(home, "b.png").get_by_role("button", name="Try again").click()

    card(home, "b.png").get_by_role("heading", name="Dog").wait_for()
    assert card(home, "a.png").locator(".result-card-name").inner_text() == "Cancelled"


def answer_busy(home: Page, times: int, status: int = 503) -> list[int]:
    """Lets the server be busy so many times; the clock of the page stands still."""
    asked: list[int] = []

    def handle(route: Route) -> None:
        asked.append(status)
        if len(asked) > times:
            route.continue_()
            return
        body = json.dumps({"code": "overloaded"})
        route.fulfill(status=status, headers={"Retry-After": "5"}, content_type="application/problem+json", body=body)

    home.clock.install()
    home.route("**/api/**", handle)
    return asked


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says(page: Page, status: int) -> None:
    asked = answer_busy(page, 1, status)
    page.set_input_files("#choose", picture("a.png", RED))
    page.get_by_text("Busy, trying again in 5 s").wait_for()
    assert len(asked) == 1

    page.clock.fast_forward(5000)

    page.get_by_role("heading", name="Cat").wait_for()


def test_a_server_that_stays_busy_is_asked_four_times_in_all(page: Page) -> None:
    asked = answer_busy(page, 99)
    page.set_input_files("#choose", picture("a.png", RED))
    for tries in (1, 2, 3):
        until(page, lambda tries=tries: len(asked) == tries)
        page.get_by_text("Busy, trying again").wait_for()
        page.clock.fast_forward(5000)

    assert labels(page, 1) == ["No answer"]
    assert len(asked) == 4
    assert page.get_by_role("button", name="Try again").is_visible()


def test_the_wait_for_a_busy_server_can_be_cancelled(page: Page) -> None:
    asked = answer_busy(page, 99)
    page.set_input_files("#choose", picture("a.png", RED))
    page.get_by_text("Busy, trying again").wait_for()

    page.get_by_role("button", name="Cancel").click()
    page.clock.fast_forward(60_000)

    assert labels(page, 1) == ["Cancelled"]
    assert len(asked) == 1


def test_an_answer_that_is_kept_is_told_to_the_page(home: Page) -> None:
    def name_it(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        body["predictions"][0]["id"] = "a1b2"
        route.fulfill(response=response, json=body)

    home.route("**/api/**", name_it)
    home.evaluate("""() => document.addEventListener("menagerie:answered", (event) => {
        window.told = [event.target.className, event.detail.id, event.detail.prediction.label];
    })""")

    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)

    assert home.evaluate("window.told") == ["result-card result-card-answered", "a1b2", "cat"]


# Heat maps


@pytest.mark.usefixtures("_maps")
def test_the_heat_map_lies_exactly_over_the_picture(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    switch = home.get_by_role("button", name="Show what it looked at")

    switch.click()
    home.locator(".result-card-heat").wait_for()

    places = [home.locator(f"#result-cards .result-card-{name}").bounding_box() for name in ("image", "heat")]
    ratios = home.locator("#result-cards img").evaluate_all("all => all.map((i) => i.naturalWidth / i.naturalHeight)")
    assert places[0] == places[1]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.01)
    assert switch.get_attribute("aria-pressed") == "true"
    assert "Red areas count most towards “cat”. It looked" in home.locator(".result-card-heat-note").inner_text()


@pytest.mark.usefixtures("_maps")
def test_the_heat_is_seen_on_a_grey_picture(home: Page) -> None:
    half = Image.new("RGB", (300, 200))
    half.paste(RED, (0, 0, 150, 200))
    home.set_input_files("#choose", upload("half.png", encoded(half)))
    home.get_by_role("button", name="Show what it looked at").click()
    home.locator(".result-card-heat").wait_for()

    seen = Image.open(io.BytesIO(home.locator(".result-card-picture").screenshot(animations="disabled"))).convert("RGB")

    hot, cold = (seen.getpixel((round(share * seen.width), seen.height // 2)) for share in (0.15, 0.75))
    assert hot[0] > hot[1] + 60
    assert max(cold) - min(cold) < 20


@pytest.mark.usefixtures("_maps")
def test_the_heat_map_is_fetched_once_and_then_only_shown_and_hidden(home: Page) -> None:
    asked: list[str] = []
    home.on("request", lambda request: asked.append(request.url.partition("?")[2]) if "/api/" in request.url else None)
    home.set_input_files("#choose", picture("felix.png", RED))
    switch = home.get_by_role("button", name="Show what it looked at")
    switch.click()
    home.locator(".result-card-heat").wait_for()

    switch.click()
    hidden = home.locator(".result-card-heat").is_hidden()
    switch.click()

    assert hidden
    assert home.locator(".result-card-heat").is_visible()
    assert asked == ["", "heatmap=true&top_k=1&keep=false"]


def test_a_model_without_heat_maps_says_so(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))

    home.get_by_role("button", name="Show what it looked at").click()

    home.locator(".result-card-heat-note", has_text="This model cannot show what it looked at.").wait_for()
    assert home.get_by_role("button", name="Show what it looked at").get_attribute("aria-pressed") == "false"


@pytest.mark.usefixtures("_maps")
def test_a_heat_map_that_fails_can_be_asked_for_again(page: Page) -> None:
    page.set_input_files("#choose", picture("felix.png", RED))
    labels(page, 1)
    page.route("**/api/**", lambda route: route.abort())
    switch = page.get_by_role("button", name="Show what it looked at")
    switch.click()
    page.locator(".result-card-heat-note", has_text="The server cannot be reached.").wait_for()
    page.unroute("**/api/**")

    switch.click()

    page.locator(".result-card-heat").wait_for()


@pytest.mark.usefixtures("_maps")
def test_a_kept_copy_that_cannot_be_fetched_once_is_fetched_again(page: Page) -> None:
    page.set_input_files("#choose", picture("felix.png", RED))
    labels(page, 1)
    page.reload()
    labels(page, 1)
    switch = page.get_by_role("button", name="Show what it looked at")
    page.route("**/history/*.jpg", lambda route: route.fulfill(status=503, body="<h1>Busy</h1>"), times=1)
    switch.click()
    page.locator(".result-card-heat-note", has_text="Something went wrong").wait_for()

    switch.click()

    page.locator(".result-card-heat").wait_for()


# What is sent


def large_photograph(size: tuple[int, int] = (1800, 1200)) -> bytes:
    return encoded(Image.effect_noise(size, 60).convert("RGB"), "JPEG", quality=90)


def test_a_large_picture_is_made_smaller_before_it_is_sent(home: Page, received: list[bytes]) -> None:
    original = large_photograph()
    home.set_input_files("#choose", upload("big.jpg", original, "image/jpeg"))
    labels(home, 1)

    assert len(received[0]) < len(original) / 2
    assert Image.open(io.BytesIO(received[0])).size == (1024, 683)


def test_a_smaller_copy_is_upright(home: Page, received: list[bytes]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = encoded(Image.effect_noise((1800, 1200), 60).convert("RGB"), "JPEG", exif=exif)

    home.set_input_files("#choose", upload("phone.jpg", lying, "image/jpeg"))
    labels(home, 1)

    assert Image.open(io.BytesIO(received[0])).size == (683, 1024)
    assert not Image.open(io.BytesIO(received[0])).getexif()


def test_a_panorama_keeps_the_height_that_the_model_needs(home: Page, received: list[bytes]) -> None:
    home.set_input_files("#choose", upload("wide.jpg", large_photograph((4000, 800)), "image/jpeg"))
    labels(home, 1)

    needed = services.current().model.recognizer().metadata.preprocessing.resized_short_side
    assert Image.open(io.BytesIO(received[0])).height == 2 * needed


def test_a_transparent_picture_is_laid_over_white(home: Page, received: list[bytes]) -> None:
    noise = Image.effect_noise((1200, 1200), 60).convert("RGBA")
    noise.paste((0, 0, 0, 0), (0, 0, 1200, 600))

    home.set_input_files("#choose", upload("cut out.png", encoded(noise), PNG))
    labels(home, 1)

    sent = Image.open(io.BytesIO(received[0]))
    assert (sent.format, sent.getpixel((500, 100))) == ("JPEG", (255, 255, 255))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("small.jpg", image_bytes(RED, size=(900, 1024))),
        ("rough.jpg", encoded(Image.effect_noise((1200, 1200), 60), "JPEG", quality=5)),  # A copy would be larger.
        ("scan.tif", image_bytes(RED, kind="TIFF", size=(1200, 1200))),  # Chromium cannot read it.
        ("notes.txt", b"no picture"),
    ],
)
def test_what_is_small_or_unreadable_is_sent_as_it_is(
    home: Page, received: list[bytes], name: str, content: bytes
) -> None:
    home.set_input_files("#choose", upload(name, content, "application/octet-stream"))
    labels(home, 1)

    assert received == [content]


def test_originals_are_sent_where_that_is_set_and_the_setting_is_remembered(home: Page, received: list[bytes]) -> None:
    home.get_by_label("Send originals").check()
    home.reload()

    original = large_photograph()
    home.set_input_files("#choose", upload("big.jpg", original, "image/jpeg"))
    labels(home, 1)

    assert home.get_by_label("Send originals").is_checked()
    assert received == [original]


# Undo


@pytest.mark.parametrize("way", ["button", "keyboard"])
def test_a_removed_picture_comes_back_with_its_answer(home: Page, way: str) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)
    home.route("**/api/**", lambda route: pytest.fail("asked again"))
    home.get_by_role("button", name="Remove a.png").click()
    assert home.locator("#undo-text").inner_text() == "a.png removed"

    home.get_by_role("button", name="Undo").click() if way == "button" else home.keyboard.press("Control+z")

    assert labels(home, 2) == ["Cat", "Dog"]
    assert home.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove a.png"
    assert home.locator("#result-cards .result-card-image").first.evaluate("image => image.naturalWidth") == 300
    assert not home.locator("#undo").is_visible()


def test_all_pictures_come_back_after_starting_over(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)
    home.get_by_role("button", name="Start over").click()
    assert home.evaluate("document.activeElement.textContent") == "Undo"

    home.keyboard.press("Enter")

    assert labels(home, 2) == ["Cat", "Dog"]


def test_a_picture_that_was_removed_while_it_was_asked_is_asked_again(home: Page, held: list[Route]) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    until(home, lambda: len(held) == 1)
    home.get_by_role("button", name="Remove a.png").click()
    home.unroute("**/api/**")

    home.get_by_role("button", name="Undo").click()

    assert labels(home, 1) == ["Cat"]


def test_new_pictures_end_what_can_be_undone(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)
    home.get_by_role("button", name="Remove a.png").click()

    home.set_input_files("#choose", picture("b.png", BLUE))

    assert labels(home, 1) == ["Dog"]
    assert not home.locator("#undo").is_visible()


# Samples


def test_a_sample_is_answered_and_the_samples_make_room(home: Page) -> None:
    home.locator(".sample").first.click()

    labels(home, 1)
    assert home.locator(".result-card-file").inner_text() == "hen.jpg"
    assert not home.locator("#samples").is_visible()
    assert home.evaluate("document.activeElement.id") == "results"


def test_a_sample_that_cannot_be_fetched_is_no_picture(page: Page) -> None:
    page.route("**/samples/*", lambda route: route.fulfill(status=503, body="<h1>Busy</h1>"))

    page.locator(".sample").first.click()
    page.locator("#announcer", has_text="The server cannot be reached.").wait_for(state="attached")

    assert page.locator(".result-card").count() == 0


def test_the_samples_are_back_once_there_is_no_picture(home: Page) -> None:
    home.locator(".sample").first.click()
    labels(home, 1)

    home.get_by_role("button", name="Start over").click()

    assert home.locator("#samples").is_visible()


def test_a_phone_offers_its_camera(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)

    assert page.get_by_text("Take a photograph").is_visible()
    assert page.locator("#photograph").get_attribute("capture") == "environment"


def test_a_server_that_cannot_be_reached_is_said_and_can_be_tried_again(page: Page) -> None:
    page.route("**/api/**", lambda route: route.abort())
    page.set_input_files("#choose", picture("felix.png", RED))
    assert labels(page, 1) == ["No answer"]
    page.unroute("**/api/**")

    page.get_by_role("button", name="Try again").click()

    page.locator(".result-card-name", has_text="cat").wait_for()


def test_a_removed_picture_goes_and_the_focus_stays_on_the_page(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)

    home.get_by_role("button", name="Remove a.png").click()

    assert labels(home, 1) == ["Dog"]
    assert home.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove b.png"


def test_starting_over_empties_the_page(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)

    home.get_by_role("button", name="Start over").click()

    assert home.locator("#result-cards .result-card").count() == 0
    assert home.locator("#announcer").inner_text() == "All pictures removed"


def test_the_keyboard_reaches_the_file_field_past_the_skip_link(home: Page) -> None:
    home.keyboard.press("Tab")
    first = home.evaluate("document.activeElement.textContent")
    for _ in range(10):
        if home.evaluate("document.activeElement.id") == "choose":
            break
        home.keyboard.press("Tab")

    assert first == "Skip to the content"
    assert home.evaluate("document.activeElement.id") == "choose"


def test_pictures_are_answered_without_javascript(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])

    page.get_by_role("button", name="Say what is in them").click()

    assert labels(page, 2) == ["Cat", "Dog"]


def test_a_sample_is_answered_without_javascript(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)

    page.locator(".sample").first.click()

    labels(page, 1)
    assert page.locator(".result-card-file").inner_text() == "hen.jpg"


@pytest.mark.usefixtures("_maps")
def test_a_heat_map_is_shown_and_hidden_without_javascript(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.get_by_label("Show what it looked at").check()
    page.set_input_files("#choose", picture("a.png", RED))
    page.get_by_role("button", name="Say what is in them").click()
    labels(page, 1)
    shown = page.locator(".result-card-heat").is_visible()

    page.locator("#result-cards").get_by_label("Show what it looked at").uncheck()

    assert shown
    assert not page.locator(".result-card-heat").is_visible()
    assert not page.get_by_text("Red areas count most towards").is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_the_language_switch_changes_page_and_answers(new_page: Callable[..., Page], script: bool) -> None:
    page = new_page(java_script_enabled=script, locale="en-GB")

    page.get_by_role("button", name="简体中文").click()
    page.get_by_role("heading", name="图片里是什么").wait_for()
    page.set_input_files("#choose", picture("a.png", RED))
    if not script:
        page.get_by_role("button", name="开始识别").click()

    assert labels(page, 1) == ["猫"]


# Pictures that the browser cannot draw


def heic(colour: tuple[int, int, int]) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (900, 600), colour)).save(buffer)
    return buffer.getvalue()


WIDE = 'image => image.complete && image.naturalWidth > 0 && image.offsetHeight > 50 ? image.src.split(",")[0] : ""'


@pytest.mark.parametrize("device", [{"viewport": {"width": 390, "height": 844}, "has_touch": True}, {}])
@pytest.mark.parametrize("keep_days", [0, 30])
def test_a_picture_that_the_browser_cannot_draw_is_shown_as_the_server_sees_it(
    new_page: Callable[..., Page], settings: Settings, device: dict[str, Any], keep_days: int
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_days": keep_days})
    page = new_page(**device)
    scan = image_bytes(BLUE, kind="TIFF", size=(900, 600))

    page.set_input_files("#choose", [upload("a.heic", heic(RED)), upload("b.tif", scan), picture("c.png", GREEN)])
    labels(page, 3)

    shown = [page.locator(".result-card-image").nth(number).evaluate(WIDE) for number in range(3)]
    assert shown[:2] == ["data:image/jpeg;base64", "data:image/jpeg;base64"]
    assert shown[2].startswith("blob:")


def test_until_the_answer_comes_and_where_there_is_none_a_sign_stands_for_the_picture(page: Page) -> None:
    page.set_input_files("#choose", [upload("a.heic", b"no picture", "image/heic")])
    labels(page, 1)

    image = page.locator(".result-card-image")
    page.wait_for_function("() => document.querySelector('.result-card-image').naturalWidth > 0")
    assert image.evaluate("image => image.src").endswith("no-picture.svg")


def test_without_javascript_it_is_the_servers_copy_too(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)

    page.set_input_files("#choose", [upload("a.heic", heic(RED))])
    page.locator("#upload button[type=submit]").first.click()

    page.wait_for_url("**/?answers=*")
    assert page.locator(".result-card-image").get_attribute("src", timeout=5000).startswith("/history/")
    page.wait_for_function("() => document.querySelector('.result-card-image').naturalWidth > 0")


# The answer is the page


SIZES = [(390, 844), (1280, 720), (1280, 900), (1920, 969)]


@pytest.mark.usefixtures("_maps")
@pytest.mark.parametrize("kind", ["wide", "tall", "square"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_answer_to_one_picture_is_seen_without_scrolling(
    new_page: Callable[..., Page], width: int, height: int, kind: str
) -> None:
    page = new_page(viewport={"width": width, "height": height}, has_touch=width < 500, is_mobile=width < 500)
    size = {"wide": (1500, 1000), "tall": (1000, 1500), "square": (900, 900)}[kind]

    page.set_input_files("#choose", upload("felix.png", image_bytes(RED, kind="PNG", size=size)))
    labels(page, 1)
    page.locator("#result-cards .judgement-forms").wait_for()

    assert page.evaluate("scrollY") == 0
    parts = (".result-card-image", ".result-card-name", ".bars", ".result-card-heat-switch", ".judgement-forms")
    for part in parts:
        box = page.locator(f"#result-cards {part}").first.bounding_box()
        assert box is not None
        assert (part, box["y"] >= 0, box["y"] + box["height"] <= height) == (part, True, True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_opening_becomes_a_bar_while_there_are_answers(home: Page) -> None:
    opening = home.locator("#opening")
    before = opening.bounding_box()["height"]  # type: ignore[index]
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)
    slim = opening.bounding_box()["height"]  # type: ignore[index]

    home.get_by_role("button", name="Start over").click()

    assert (slim < 100, before > 300) == (True, True)
    assert opening.bounding_box()["height"] == before  # type: ignore[index]


def test_the_newest_picture_is_the_page_and_the_older_ones_stand_below(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)
    home.evaluate("scrollTo(0, document.body.scrollHeight)")

    home.set_input_files("#choose", picture("c.png", GREEN))

    assert labels(home, 3) == ["Chicken", "Cat", "Dog"]
    newest, older = (home.locator(".result-card").nth(number).bounding_box() for number in (0, 1))
    assert newest["width"] > 2 * older["width"]  # type: ignore[index]
    assert 0 <= home.locator(".result-card-name").first.bounding_box()["y"] < 720  # type: ignore[index]


@pytest.mark.parametrize("close", ["Escape", "button", "picture"])
def test_a_click_on_the_picture_shows_it_large(home: Page, close: str) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    home.get_by_role("link", name="Enlarge felix.png").click()

    large = home.locator("#enlarged img")
    assert (large.get_attribute("alt"), large.evaluate("image => image.naturalWidth")) == ("felix.png", 300)
    if close == "Escape":
        home.keyboard.press("Escape")
    else:
        home.get_by_role("button", name="Close").click() if close == "button" else large.click()
    assert large.is_hidden()
    assert home.evaluate("document.activeElement.getAttribute('aria-label')") == "Enlarge felix.png"


def test_without_javascript_the_answer_is_the_page_too(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.set_input_files("#choose", picture("felix.png", RED))

    page.get_by_role("button", name="Say what is in them").click()

    assert labels(page, 1) == ["Cat"]
    for part in (".result-card-image", ".result-card-name", ".bars"):
        box = page.locator(f"#result-cards {part}").first.bounding_box()
        assert box is not None
        assert (part, box["y"] >= 0, box["y"] + box["height"] <= 720) == (part, True, True)


# Answers stay


def test_the_answers_are_there_again_after_a_reload(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)
    home.set_input_files("#choose", picture("c.png", GREEN))
    labels(home, 3)

    home.reload()

    assert labels(home, 3) == ["Chicken", "Cat", "Dog"]
    assert home.locator(".result-card-file").all_inner_texts() == ["c.png", "a.png", "b.png"]
    assert home.locator(".result-cards-staged").count() == 1
    assert home.locator("#opening.opening-slim").count() == 1
    assert home.locator(".result-card-model").first.inner_text() == "animals, version 1"
    home.wait_for_function("() => [...document.querySelectorAll('.result-card-image')].every((i) => i.naturalWidth)")


def test_back_from_the_history_shows_the_answers_again(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)
    home.get_by_role("link", name="In your history").click()
    home.get_by_role("heading", name="Cat", level=1).wait_for()

    home.go_back()

    assert labels(home, 1) == ["Cat"]


def test_another_language_keeps_the_answers(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)

    home.get_by_role("button", name="简体中文").click()
    home.locator("html[lang=zh-hans]").wait_for()

    assert labels(home, 1) == ["猫"]


def test_a_second_tab_shows_the_same_answers(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)
    second = home.context.new_page()

    second.goto("/")

    assert labels(second, 1) == ["Cat"]


def test_what_was_said_of_an_answer_is_there_again_and_can_be_taken_back(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)
    home.get_by_role("button", name="Right: a.png").click()
    home.locator(".judgement-said", has_text="Thank you.").wait_for()
    home.reload()
    labels(home, 1)
    said = home.locator(".judgement-said").inner_text()

    home.locator(".judgement-undo button").click()

    home.locator(".judgement-said", has_text="Taken back.").wait_for()
    assert said == "Noted: cat."
    assert home.get_by_role("button", name="Right: a.png").is_visible()


@pytest.mark.usefixtures("_maps")
def test_the_heat_map_of_an_answer_that_came_back_is_drawn(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)
    home.reload()
    labels(home, 1)

    home.get_by_role("button", name="Show what it looked at").click()

    home.locator(".result-card-heat").wait_for()


def test_what_was_removed_does_not_come_back_and_what_was_put_back_does(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)
    home.get_by_role("button", name="Remove a.png").click()
    home.get_by_role("button", name="Undo").click()
    home.get_by_role("button", name="Remove b.png").click()

    home.reload()

    assert labels(home, 1) == ["Cat"]


def test_after_starting_over_the_page_is_as_on_the_first_visit(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)
    home.get_by_role("button", name="Start over").click()

    home.reload()

    assert home.locator("#samples").is_visible()
    assert home.locator(".result-card").count() == 0


AGE_THE_ANSWERS = """() => {
    const kept = JSON.parse(localStorage.getItem("menagerie.answers"));
    for (const one of kept) one.batch -= 120_000;
    localStorage.setItem("menagerie.answers", JSON.stringify(kept));
}"""


def test_the_answers_of_somebody_else_do_not_come_back(home: Page) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)
    home.context.clear_cookies()

    home.reload()
    home.locator("#samples").wait_for()
    assert home.locator(".result-card").count() == 0
    # One that is so new may still be unknown to another process of the server, and is not forgotten.
    assert home.evaluate("JSON.parse(localStorage.getItem('menagerie.answers')).length") == 1

    home.evaluate(AGE_THE_ANSWERS)
    home.reload()
    home.wait_for_function("() => localStorage.getItem('menagerie.answers') === '[]'")


def test_where_the_history_cannot_be_asked_the_page_says_so_and_forgets_nothing(page: Page) -> None:
    page.set_input_files("#choose", picture("a.png", RED))
    labels(page, 1)
    page.route("**/api/v1/history*", lambda route: route.abort())
    page.reload()
    page.get_by_text("Your last answers could not be fetched.").wait_for()
    page.unroute("**/api/v1/history*")

    page.reload()

    assert labels(page, 1) == ["Cat"]


@pytest.mark.parametrize("stored", ["no JSON", '{"a": 1}', '[{"id": "x"}]', "[1, null]", "null"])
def test_whatever_the_storage_holds_the_page_works(home: Page, stored: str) -> None:
    home.evaluate("text => localStorage.setItem('menagerie.answers', text)", stored)
    home.reload()
    home.set_input_files("#choose", picture("a.png", RED))
    labels(home, 1)

    home.reload()

    assert labels(home, 1) == ["Cat"]


@pytest.mark.parametrize("keep_days", [0, 30])
def test_the_browser_asks_before_answers_are_left_that_are_not_kept(
    page: Page, settings: Settings, keep_days: int
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_days": keep_days})
    page.reload()
    page.set_input_files("#choose", picture("a.png", RED))
    labels(page, 1)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    is_said = page.get_by_text("These answers are not kept").is_visible()
    page.locator(".wordmark").click()
    page.wait_for_load_state()

    assert (is_said, asked) == ((True, ["beforeunload"]) if keep_days == 0 else (False, []))


def test_the_browser_asks_before_pictures_are_left_that_wait(home: Page, held: list[Route]) -> None:
    home.set_input_files("#choose", picture("a.png", RED))
    until(home, lambda: len(held) == 1)
    asked: list[str] = []
    home.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    home.locator(".wordmark").click()

    until(home, lambda: asked == ["beforeunload"])
    assert home.locator(".result-card").count() == 1


def test_without_javascript_answers_have_an_address_with_which_they_stay(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    page.get_by_role("button", name="Say what is in them").click()
    labels(page, 2)

    page.reload()
    page.get_by_role("button", name="Right", exact=True).first.click()
    page.get_by_role("button", name="简体中文").click()
    page.locator("html[lang=zh-hans]").wait_for()

    assert labels(page, 2) == ["猫", "狗"]
    assert page.locator(".judgement-said").count() == 1


def test_a_page_of_answers_without_javascript_is_taken_over_by_the_script(page: Page) -> None:
    page.set_input_files("#choose", picture("a.png", RED))
    labels(page, 1)
    answer = page.evaluate("JSON.parse(localStorage.getItem('menagerie.answers'))[0].id")
    page.get_by_role("button", name="Start over").click()

    page.goto(f"/?answers={answer}")

    assert labels(page, 1) == ["Cat"]
    page.wait_for_url("/")
    assert page.get_by_role("button", name="Remove a.png").is_visible()


@pytest.mark.parametrize(
    ("locale", "written"),
    [("en-GB", r"\d\d? \w+ 20\d\d, \d\d:\d\d"), ("en-US", r"\w+ \d\d?, 20\d\d, \d\d?:\d\d\s[AP]M")],
)
def test_an_answers_own_page_writes_its_time_as_the_reader_does(
    new_page: Callable[..., Page], locale: str, written: str
) -> None:
    page = new_page(locale=locale)
    page.set_input_files("#choose", picture("a.png", RED))
    labels(page, 1)

    page.get_by_role("link", name="In your history").click()

    page.locator("time[title]").wait_for()
    assert re.fullmatch(written, page.locator("time").inner_text())


def test_a_file_that_is_chosen_before_the_script_has_come_is_answered(page: Page) -> None:
    held: list[Route] = []
    page.route("**/webui/home.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks functions.
    page.goto("/", wait_until="commit")

    page.set_input_files("#choose", picture("felix.png", RED))
    held[0].continue_()

    assert labels(page, 1) == ["Cat"]
