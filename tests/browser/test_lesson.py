"""The lesson as somebody goes through it: with a pointer, by keyboard, by touch, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from recognizer import Recognizer
from tests.browser.test_home import picture
from tests.recognizer.fakes import RED, FakeEngine
from tests.webui.fakes import ready_model, share
from tests.webui.lesson.conftest import shipped
from webui.lesson.chapters import CHAPTERS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _shipped_model(data_folder: Any, _fake_model: None) -> None:
    share(model=ready_model(Recognizer(shipped(), FakeEngine(), second_look=False)))


@pytest.fixture
def lesson(page: Page) -> Iterator[Callable[[str], Page]]:
    """Opens a chapter; anything that the console complains about fails the test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def open_chapter(slug: str) -> Page:
        page.goto(f"/learn/{slug}/")
        return page

    yield open_chapter
    assert complaints == []


def text(page: Page, selector: str) -> str:
    return page.locator(selector).inner_text()


def cell(page: Page, grid: str, row: int, column: int) -> Any:
    return page.locator(f"#{grid} td[data-row='{row}'][data-column='{column}']")


def slide(page: Page, selector: str, value: float) -> None:
    page.locator(selector).fill(str(value))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)
def test_the_server_computes_the_same_numbers(lesson: Callable[[str], Page], chapter: Any) -> None:
    page = lesson(chapter.slug)

    page.locator("#check.checked").wait_for()
    assert "The server has computed the same" in text(page, "#check")


def test_a_number_is_explained_under_the_pointer_and_its_pixels_are_marked(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")

    cell(page, "map", 4, 3).hover()

    products = "0·1 + 9·(−1) + 0·(−1) + 0·(−1) + 0·1 + 9·(−1) + 0·(−1) + 9·(−1) + 0·1"
    assert text(page, "#map-explained .sum") == f"Row 5, column 4: {products} = −27"
    assert page.locator("#map-explained .product").count() == 9
    assert page.locator("#input td.taken").count() == 9
    assert "taken" in str(cell(page, "input", 4, 3).get_attribute("class"))


def test_the_keyboard_walks_through_a_map_with_one_stop_of_the_tab_key(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")
    assert page.locator("#map td[tabindex='0']").count() == 1

    page.locator("#map td[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)

    assert text(page, "#map-explained .sum").startswith("Row 2, column 3:")
    page.keyboard.press("End")
    assert text(page, "#map-explained .sum").startswith("Row 2, column 9:")


def test_a_tap_explains_a_number(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/learn/convolution/")

    cell(page, "map", 8, 8).tap()

    assert "= 27" in text(page, "#map-explained .sum")


def test_the_size_is_computed_with_the_numbers_put_in(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")
    seen = [text(page, "#size-formula")]

    for control, value in (("padding", "same"), ("stride", "2"), ("dilation", "2"), ("kernel-side", "5")):
        page.locator(f"#{control}").select_option(value)
        seen.append(text(page, "#size-formula"))

    assert seen == [
        "⌊(11 + 2·0 − 3) / 1⌋ + 1 = 9",
        "⌊(11 + 2·1 − 3) / 1⌋ + 1 = 11",
        "⌊(11 + 2·1 − 3) / 2⌋ + 1 = 6",
        "⌊(11 + 2·2 − 5) / 2⌋ + 1 = 6",
        "⌊(11 + 2·4 − 9) / 2⌋ + 1 = 6",
    ]
    assert page.locator("#map td").count() == 36


def test_a_kernel_that_does_not_fit_is_said_to_be_too_large(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")

    page.locator("#kernel-side").select_option("7")
    page.locator("#dilation").select_option("3")

    assert "reaches over 19 numbers" in text(page, "#too-large")
    page.locator("#padding").select_option("same")
    assert not page.locator("#too-large").is_visible()


def test_every_weight_can_be_changed_and_what_is_no_number_changes_nothing(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")
    weight = page.locator("#kernel input").nth(4)

    weight.fill("1/3")
    assert text(page, "#map td >> nth=0") == "21"
    assert page.locator("#preset").input_value() == "own"
    for hostile in ("", "x", "1/0", "1e999", "--1", "<b>", "9" * 400):
        weight.fill(hostile)
        assert weight.get_attribute("aria-invalid") == "true", hostile
        assert text(page, "#map td >> nth=0") == "21", hostile
    weight.fill("−1,5")
    assert weight.get_attribute("aria-invalid") == "false"
    assert text(page, "#map td >> nth=0") == "4.5"


def test_a_pixel_is_changed_by_a_click_or_by_enter(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")

    cell(page, "input", 0, 0).click()
    assert text(page, "#map td >> nth=0") == "18"
    page.keyboard.press("Enter")
    assert text(page, "#map td >> nth=0") == "27"


def test_activation_and_pooling_go_on_with_the_map(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")

    page.locator("#activation").select_option("leaky_relu")
    cell(page, "active", 0, 1).hover()
    assert text(page, "#active-explained") == "Leaky ReLU(−18) = −3.6"
    page.locator("#pool").select_option("average")
    cell(page, "pooled", 0, 0).hover()
    assert text(page, "#pooled-explained") == "(27 + (−3.6) + (−3.6) + 27) / 4 = 11.7"
    page.locator("#pool-size").select_option("3")
    page.locator("#pool-stride").select_option("3")
    assert text(page, "#pooled-size") == "3 × 3"


def test_a_part_of_a_sample_of_another_and_of_an_own_file_becomes_the_picture(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")
    page.locator("#picture").select_option("patch")
    page.wait_for_function("() => document.querySelector('#input td').className !== 'grey-9 taken'")
    shown = [page.locator("#input").inner_text()]

    slide(page, "#patch-across", 0)
    shown.append(page.locator("#input").inner_text())
    with page.expect_response(re.compile("picture.png.sample=cup.jpg")):
        page.locator("button[value='cup.jpg']").click()
    page.wait_for_function("(before) => document.querySelector('#input').innerText !== before", arg=shown[-1])
    shown.append(page.locator("#input").inner_text())
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.set_input_files("#own-file", picture("red.png", RED))
    page.wait_for_function("(before) => document.querySelector('#input').innerText !== before", arg=shown[-1])

    assert len(set(shown)) == 3
    assert set(page.locator("#input td").all_inner_texts()) == {"3"}
    assert [url for url in sent if not url.startswith("blob:")] == []


def test_an_own_file_that_is_no_picture_is_refused_with_a_sentence(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")
    page.locator("#picture").select_option("patch")

    page.set_input_files("#own-file", [{"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}])

    page.locator("#picture-problem").wait_for()
    assert "Choose another" in text(page, "#picture-problem")


def test_kernels_of_the_model_can_be_laid_on_the_small_picture(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")

    page.locator("#padding").select_option("same")
    page.locator("#preset").select_option("network")
    page.locator("#kernel input >> nth=48").wait_for()

    assert page.locator("#map-explained .product").count() == 49
    assert "49 products, together" in text(page, "#map-explained .sum")


def test_a_kernel_that_comes_late_does_not_replace_a_newer_choice(lesson: Callable[[str], Page]) -> None:
    page = lesson("convolution")
    late: list[Any] = []

    def keep(route: Any) -> None:
        late.append(route)

    page.route("**/filter/*.json", keep)
    with page.expect_request("**/filter/*.json"):
        page.locator("#preset").select_option("network")
    page.locator("#preset").select_option("vertical")
    before = page.locator("#kernel input").evaluate_all("inputs => inputs.map((input) => input.value)")

    with page.expect_response("**/filter/*.json"):
        late[0].continue_()
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")  # What waits for the answer has had its turn.

    assert page.locator("#kernel input").evaluate_all("inputs => inputs.map((input) => input.value)") == before
    assert page.locator("#preset").input_value() == "vertical"


def test_a_kernel_that_cannot_be_fetched_is_not_said_to_be_there(page: Page) -> None:
    page.goto("/learn/convolution/")
    page.route("**/filter/*.json", lambda route: route.fulfill(status=503, body="<h1>Busy</h1>"))

    page.locator("#preset").select_option("network")

    page.wait_for_function("document.getElementById('preset').value === 'own'")
    assert page.locator("#kernel input").count() == 9


def test_the_weights_of_both_layers_stand_side_by_side(lesson: Callable[[str], Page]) -> None:
    page = lesson("sharing")

    assert (text(page, "#dense-weights"), text(page, "#shared-weights")) == ("150,528,000", "1,728")
    page.locator("#side").fill("448")
    assert (text(page, "#dense-weights"), text(page, "#shared-weights")) == ("602,112,000", "1,728")
    for hostile in ("", "0", "-3", "1.5", "99999999"):
        page.locator("#side").fill(hostile)
        assert page.locator("#side").get_attribute("aria-invalid") == "true", hostile
        assert text(page, "#dense-weights") == "602,112,000", hostile


def test_the_map_moves_along_with_the_object_and_the_unit_does_not(lesson: Callable[[str], Page]) -> None:
    page = lesson("sharing")
    before = (text(page, "#map-says"), text(page, "#unit-says"))

    page.locator("#move-right").click()
    page.locator("#move-down").focus()
    page.keyboard.press("Enter")

    assert before == ("Largest: 45, in row 5, column 5", "The unit says 45")
    assert text(page, "#map-says") == "Largest: 45, in row 6, column 6"
    assert text(page, "#unit-says") != "The unit says 45"


def test_costs_follow_the_sizes(lesson: Callable[[str], Page]) -> None:
    page = lesson("kinds")

    page.locator("#kernel").select_option("1")

    row = page.locator("[data-kind=separable]")
    assert row.locator("[data-weights]").inner_text() == "4,160"
    assert page.locator("[data-kind=standard] [data-weights]").inner_text() == "4,096"


def test_with_its_own_statistics_a_map_has_mean_beta_and_variance_gamma_squared(lesson: Callable[[str], Page]) -> None:
    page = lesson("first-layer")
    page.locator("#check.checked").wait_for()

    page.locator("#statistics").select_option("picture")
    slide(page, "#gamma", 2)
    slide(page, "#beta", -1)

    assert (text(page, "#mean-after"), text(page, "#variance-after")) == ("−1", "4")
    page.locator("#reset").click()
    assert text(page, "#mean-after") != "−1"


def test_another_filter_and_another_picture_are_compared_with_the_server_again(lesson: Callable[[str], Page]) -> None:
    page = lesson("first-layer")
    page.locator("#check.checked").wait_for()
    before = text(page, "#variance-before")

    with page.expect_response(re.compile(r"filter/16\.json")):
        slide(page, "#filter", 17)
    page.wait_for_function("(x) => document.querySelector('#variance-before').innerText !== x", arg=before)
    before = text(page, "#variance-before")
    page.locator("button[value='cup.jpg']").click()
    page.wait_for_function("(x) => document.querySelector('#variance-before').innerText !== x", arg=before)

    assert page.locator("#check.checked").is_visible()


def test_the_temperature_changes_scores_and_not_their_order(lesson: Callable[[str], Page]) -> None:
    page = lesson("scores")

    slide(page, "#temperature", 50)

    assert text(page, "#temperature-value") == "10"
    scores = [float(score.rstrip("%")) for score in page.locator("[data-score]").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] - scores[-1] < 10


def test_the_loss_is_that_of_the_class_that_is_right(lesson: Callable[[str], Page]) -> None:
    page = lesson("scores")

    page.locator("input[name=right]").nth(3).check()

    assert text(page, "#loss-numbers") == "−ln 0.03 = 3.495"
    signs = [slope[0] for slope in page.locator("[data-gradient]").all_inner_texts()]
    assert signs == ["+", "+", "+", "−"]


def test_nothing_is_dropped_when_the_network_answers(lesson: Callable[[str], Page]) -> None:
    page = lesson("scores")
    first = page.locator("#dropout-after").inner_text()

    page.locator("#draw").click()
    assert page.locator("#dropout-after").inner_text() != first
    page.locator("#phase").select_option("answering")
    assert page.locator("#dropout-after").inner_text() == page.locator("#dropout-before").inner_text()


def test_each_optimizer_takes_its_step_with_the_numbers_written_out(lesson: Callable[[str], Page]) -> None:
    page = lesson("descent")

    page.locator("#one-step").click()

    assert {name: text(page, f"#at-{name}") for name in ("sgd", "momentum", "adam")} == {
        "sgd": "−4.8, 0.4",
        "momentum": "−4.95, 1.6",
        "adam": "−4.6, 1.6",
    }
    assert text(page, "#said-sgd") == "−5 − 0.4 · (−0.5) = −4.8"
    page.locator("#loss-map").click(position={"x": 300, "y": 20})
    assert text(page, "#steps-sgd") == "0"
    assert page.locator("#start-x").input_value() != "-5"


def test_a_rate_that_is_too_high_leads_away_and_stops(lesson: Callable[[str], Page]) -> None:
    page = lesson("descent")
    slide(page, "#rate-sgd", 0.2)

    for _ in range(30):
        page.locator("#one-step").click()

    assert int(text(page, "#steps-sgd")) < 30
    assert "NaN" not in text(page, "main")


def test_who_wants_no_motion_gets_one_step_for_each_press(new_page: Callable[..., Page]) -> None:
    page = new_page(reduced_motion="reduce")
    page.goto("/learn/convolution/")

    page.locator("#walk").click()
    page.wait_for_timeout(400)

    assert text(page, "#walk") == "Next number"
    assert text(page, "#map-explained .sum").startswith("Row 1, column 2:")


def test_the_kernel_walks_until_it_is_stopped(new_page: Callable[..., Page]) -> None:
    page = new_page(reduced_motion="no-preference")
    page.goto("/learn/convolution/")

    page.locator("#walk").click()
    page.wait_for_function("() => document.querySelector('#map-explained .sum').innerText.includes('column 4')")
    page.locator("#walk").click()

    assert page.locator("#walk").get_attribute("aria-pressed") == "false"


def test_without_javascript_nothing_is_shown_that_does_nothing(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    for chapter in CHAPTERS:
        page.goto(f"/learn/{chapter.slug}/")
        controls = page.locator("main :is(select, input, button[type=button], canvas)")
        assert [control.get_attribute("id") for control in controls.all() if control.is_visible()] == [], chapter.slug
        assert page.locator("main .notice.without-script").is_visible()
