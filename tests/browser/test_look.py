"""Look inside with a mouse, with keys, on a phone, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.recognizer import convolutional
from tests.recognizer.fakes import GREEN, RED
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.webui.factories import make_answer, make_user
from tests.webui.fakes import image_bytes, ready_model, share
from webui.accounts.models import User
from webui.history import pictures
from webui.history.models import Answer

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def member() -> User:
    return make_user("mia")


@pytest.fixture
def answer(member: User) -> Answer:
    """Green, and red in its left third: a chicken with a cat beside it."""
    found = make_answer(user=member, picture=False)
    picture = Image.new("RGB", (360, 240), GREEN)
    picture.paste(RED, (0, 0, 120, 240))
    pictures.save(found.id, picture)
    return found


@pytest.fixture
def mapping(data_folder: Path, _fake_model: None) -> None:
    share(model=ready_model(make_mapping_recognizer(data_folder)))


@pytest.fixture
def layered(data_folder: Path, _fake_model: None) -> None:
    share(model=ready_model(convolutional.make_recognizer(data_folder)))


Opened = Callable[..., "Page"]


@pytest.fixture
def look(page_of: Opened, member: User, answer: Answer) -> Opened:
    """Opens a part of Look inside as the answer's owner."""

    def open_part(part: str = "", **options: object) -> Page:
        page = page_of(member, **options)
        page.goto(f"/look/{answer.id}/{part}")
        return page

    return open_part


def score(page: Page, label: str) -> float:
    text = page.locator(f'#bars [data-label="{label}"] .look-bar-score').inner_text()
    return float(re.sub(r"[<>%]", "", text))


def wait_until_moved(page: Page, label: str, before: float) -> float:
    page.wait_for_function(
        """([label, before]) => {
            const bar = document.querySelector(`#bars [data-label="${label}"] .look-bar-score`);
            return Math.abs(parseFloat(bar.textContent.replace(/[<>%]/g, "")) - before) > 1;
        }""",
        arg=[label, before],
    )
    return score(page, label)


# One click from an answer


@pytest.mark.usefixtures("mapping")
def test_a_fresh_answer_leads_to_look_inside(page: Page) -> None:
    file = {"name": "a.png", "mimeType": "image/png", "buffer": image_bytes(RED, kind="PNG")}
    page.set_input_files("#choose", [file])  # type: ignore[list-item]
    page.locator(".result-card-look a").click()
    page.locator("#stage").wait_for()

    assert re.search(r"/look/[0-9a-f-]{36}/$", page.url)
    assert page.locator("h1").inner_text() == "Look inside"


# Where it looked


@pytest.mark.usefixtures("mapping")
def test_another_bar_shows_its_own_map_and_names_it_in_the_address(look: Opened) -> None:
    page = look()
    first = page.locator("#heat").get_attribute("href")

    page.locator('#bars [data-label="cat"]').click()

    assert page.locator("#heat").get_attribute("href") != first
    assert page.locator("#seen").inner_text() == "Where it sees “cat”"
    assert page.locator("#bars [aria-current]").get_attribute("data-label") == "cat"
    assert page.url.endswith("?class=cat")
    page.reload()
    assert page.locator("#seen").inner_text() == "Where it sees “cat”"


@pytest.mark.usefixtures("mapping")
def test_another_language_shows_the_same_map(look: Opened) -> None:
    page = look()

    page.locator('#bars [data-label="cat"]').click()
    page.get_by_role("button", name="中文").click()

    page.wait_for_function("document.documentElement.lang.startsWith('zh')")
    assert page.url.endswith("?class=cat")


@pytest.mark.usefixtures("mapping")
def test_a_name_with_dollar_signs_is_shown_as_it_is(look: Opened) -> None:
    page = look()
    page.locator('#bars [data-label="cat"]').evaluate("bar => { bar.dataset.name = '$& $1'; }")

    page.locator('#bars [data-label="cat"]').click()

    assert page.locator("#seen").inner_text() == "Where it sees “$& $1”"


@pytest.mark.usefixtures("mapping")
def test_arrow_keys_go_from_bar_to_bar(look: Opened) -> None:
    page = look()
    labels = page.locator("#bars a").evaluate_all("bars => bars.map((bar) => bar.dataset.label)")

    page.locator("#bars a").first.focus()
    page.keyboard.press("ArrowDown")

    assert page.locator("#bars [aria-current]").get_attribute("data-label") == labels[1]
    assert page.evaluate("document.activeElement.dataset.label") == labels[1]


@pytest.mark.usefixtures("mapping")
def test_the_slider_goes_from_photograph_to_map(look: Opened) -> None:
    page = look()

    def shown(value: int) -> list[float]:
        page.locator("#blend").fill(str(value))
        names = ("--heat", "--grey", "--photo")
        return [float(page.locator("#stage").evaluate("(s, name) => s.style.getPropertyValue(name)", n)) for n in names]

    assert shown(0) == [0, 0, 1]
    assert shown(70) == [1, 1, 1]
    assert shown(100)[2] < 0.2


@pytest.mark.usefixtures("mapping")
def test_without_a_script_bars_are_links_to_their_maps(look: Opened) -> None:
    page = look(java_script_enabled=False)

    page.locator('#bars [data-label="cat"]').click()

    assert page.locator("#seen").inner_text() == "Where it sees “cat”"
    assert page.locator("#blend").is_hidden()
    assert page.locator("#stage").is_visible()


# Cover and see


def centre(stage: Locator, across: float, down: float) -> tuple[float, float]:
    box = stage.bounding_box()
    assert box is not None
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


@pytest.mark.usefixtures("mapping")
def test_dragging_the_square_moves_the_bars(look: Opened) -> None:
    page = look("cover/")
    before = score(page, "cat")

    page.mouse.move(*centre(page.locator("#stage"), 0.9, 0.5))
    page.mouse.down()
    page.mouse.move(*centre(page.locator("#stage"), 0.16, 0.5), steps=8)
    page.mouse.up()

    assert wait_until_moved(page, "cat", before) < before
    assert page.locator("#x").input_value() == "0.16"
    assert float(page.locator("#square").get_attribute("x") or "nan") < 30


@pytest.mark.usefixtures("mapping")
def test_the_square_moves_by_keys(look: Opened) -> None:
    page = look("cover/?x=0.16")
    before = score(page, "cat")

    page.locator("#x").focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")

    assert wait_until_moved(page, "cat", before) > before
    page.locator("#announcer:not(:empty)").wait_for(state="attached")
    assert "Cat" in page.locator("#announcer").inner_text() or "cat" in page.locator("#announcer").inner_text()


@pytest.mark.usefixtures("mapping")
def test_it_asks_at_most_eight_times_a_second_and_never_twice_at_once(look: Opened) -> None:
    page = look("cover/")
    page.evaluate(
        """async () => {
            const slider = document.getElementById("x");
            window.asked = [];
            window.atOnce = window.most = 0;
            const fetched = window.fetch;
            window.fetch = (...given) => {
                window.asked.push(performance.now());
                window.most = Math.max(window.most, window.atOnce += 1);
                return fetched(...given).finally(() => { window.atOnce -= 1; });
            };
            for (let step = 0; window.asked.length < 6; step += 1) {
                slider.value = (step % 100) / 100;
                slider.dispatchEvent(new Event("input"));
                await new Promise((resolve) => setTimeout(resolve, 10));
            }
        }"""
    )
    times = page.evaluate("window.asked")

    assert min(b - a for a, b in pairwise(times)) >= 115
    assert page.evaluate("window.most") == 1


@pytest.mark.usefixtures("mapping")
def test_where_the_server_is_busy_the_page_says_so_and_goes_on(look: Opened) -> None:
    page = look("cover/?x=0.9")
    before = score(page, "cat")
    refused = {"status": 503, "headers": {"Retry-After": "1"}, "json": {"code": "overloaded", "sentence": "busy"}}
    page.route("**/cover/?x=*", lambda route: route.fulfill(**refused), times=1)  # type: ignore[arg-type]

    page.locator("#x").fill("0.16")

    page.locator("#trouble:not([hidden])").wait_for()
    assert wait_until_moved(page, "cat", before) < before
    page.locator("#trouble").wait_for(state="hidden")


@pytest.mark.usefixtures("mapping")
def test_the_map_of_what_covering_costs_can_be_laid_over_and_taken_off(look: Opened) -> None:
    page = look("cover/?size=0.4")

    page.locator("#ask-map").click()
    page.locator("#hide-map").click()

    assert page.locator("#heat").get_attribute("visibility") == "hidden"
    assert (page.locator("#heat").get_attribute("href") or "").startswith("blob:")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(503, "The server is busy."), (500, "Something went wrong on the server.")],
    ids=["busy", "broken"],
)
@pytest.mark.usefixtures("mapping")
def test_a_map_that_is_refused_is_said_for_good(look: Opened, status: int, sentence: str) -> None:
    page = look("cover/?size=0.4")
    before = page.inner_text("#known")
    page.route("**/*size=0.4*", lambda route: route.fulfill(status=status, body="<h1>No</h1>"), times=1)

    page.locator("#ask-map").click()
    page.locator("#ask-map:enabled").wait_for()
    page.wait_for_load_state("networkidle")  # Nothing that is asked afterwards wipes it.

    assert page.inner_text("#trouble").startswith(sentence)
    assert page.inner_text("#known") == before


@pytest.mark.usefixtures("mapping")
def test_without_a_script_the_sliders_are_sent_as_a_form(look: Opened) -> None:
    page = look("cover/", java_script_enabled=False)
    before = score(page, "cat")

    page.locator("#x").fill("0.16")
    page.locator("#cover button.without-script").click()

    assert "x=0.16" in page.url
    assert score(page, "cat") < before


@pytest.mark.usefixtures("mapping")
def test_on_a_phone_a_finger_moves_the_square_and_not_the_page(look: Opened) -> None:
    page = look("cover/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    before = score(page, "cat")

    page.touchscreen.tap(*centre(page.locator("#stage"), 0.16, 0.5))

    assert wait_until_moved(page, "cat", before) < before
    assert page.locator("#stage").evaluate("stage => getComputedStyle(stage).touchAction") == "none"


# Layer by layer


def number(page: Page) -> str:
    return page.locator(".look-layer").get_attribute("data-number") or ""


@pytest.mark.usefixtures("layered")
def test_arrow_keys_step_through_the_layers(look: Opened) -> None:
    page = look("layers/")

    page.keyboard.press("ArrowRight")
    page.locator('.look-layer[data-number="2"]').wait_for()

    assert page.url.endswith("?layer=2")
    assert page.locator(".switch [name=next]").first.input_value().endswith("/layers/?layer=2")
    assert page.locator('.slab[aria-current="step"]').get_attribute("data-number") == "2"
    page.keyboard.press("ArrowLeft")
    page.locator('.look-layer[data-number="1"]').wait_for()
    page.keyboard.press("ArrowLeft")
    assert number(page) == "1", "there is none before it"


@pytest.mark.usefixtures("layered")
def test_the_slider_and_the_drawing_step_too(look: Opened) -> None:
    page = look("layers/")

    page.locator("#number").fill("3")
    page.locator('.look-layer[data-number="3"]').wait_for()
    page.locator('.slab[data-number="2"]').click()
    page.locator('.look-layer[data-number="2"]').wait_for()

    assert page.locator("#number").input_value() == "2"


@pytest.mark.usefixtures("layered")
def test_a_map_is_laid_over_the_photograph_while_it_is_pointed_at(look: Opened) -> None:
    page = look("layers/")
    tile = page.locator(".tile").nth(1)

    tile.hover()

    assert page.locator(".stage-laid").count() == 1
    assert page.locator(".stage-map").get_attribute("href") == tile.locator("img").get_attribute("src")
    assert page.locator(".stage-frame").get_attribute("x") == tile.get_attribute("data-x")
    page.locator("h1").hover()
    assert page.locator(".stage-laid").count() == 0


@pytest.mark.usefixtures("layered")
def test_a_map_that_is_focused_is_laid_over_too(look: Opened) -> None:
    page = look("layers/")

    page.locator(".tile").first.focus()

    assert page.locator(".stage-laid").count() == 1


@pytest.mark.usefixtures("layered")
def test_a_map_that_is_chosen_says_how_it_answers_to_other_pictures(look: Opened, member: User) -> None:
    make_answer(user=member)
    page = look("layers/")

    page.locator(".tile").first.click()
    page.locator(".ranking").wait_for()

    assert "Of your newest 2 pictures" in page.locator(".ranking").inner_text()
    assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "true"


@pytest.mark.usefixtures("layered")
def test_without_a_script_layers_and_maps_are_links(look: Opened) -> None:
    page = look("layers/", java_script_enabled=False)

    page.locator('.slab[data-number="2"]').click()
    assert number(page) == "2"
    page.locator(".tile").first.click()
    assert page.locator(".ranking").is_visible()


# It looks like these


def test_the_whole_history_is_looked_through(look: Opened, member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.explain.own_pictures.PER_REQUEST", 4)
    for _ in range(11):
        make_answer(user=member)
    page = look("alike/")

    page.get_by_text("11 of 11 looked through.").wait_for()

    assert page.locator(".look-near li").count() == 5
    assert page.locator("#more").count() == 0
