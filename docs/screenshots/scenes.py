"""The pages that are shown: who opens which address, and what he does there before the picture is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docs.screenshots import drawings
from docs.screenshots.actors import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

Act = Callable[["Page"], object]
_PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Scene:
    """One page."""

    name: str
    """Of the file that it is written to."""
    address: str
    """`{horse-head.jpg}` is the id of the answer to the picture of that name."""
    who: str = ""
    """Account that has logged in; empty for a visitor."""
    act: Act = lambda _page: None


def _ask(page: Page) -> None:
    """Shows the three samples to the model."""
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in drawings.samples()]
    page.set_input_files("#choose", files)  # type: ignore[arg-type]  # A mapping does as well as their TypedDict.
    page.locator(".result-card:not(.result-card-waiting)").nth(2).wait_for(timeout=_PATIENCE_MS)


def _ask_and_look(page: Page) -> None:
    """As above, with heat maps, one answer that is right, and one that is about to be corrected."""
    _ask(page)
    for card in (0, 2):
        page.locator("button.result-card-heat-switch").nth(card).click()
        page.locator("#result-cards .result-card-heat").nth(card).wait_for()
    page.locator(".judgement-right button").first.click()
    page.locator("#result-cards .judgement-said:not(:empty)").first.wait_for()
    page.locator(".judgement-wrong summary").nth(1).click()
    _show(page, "#results")


def _ask_about_many(page: Page) -> None:
    """Shows the samples and what is made from them, and two files that are no pictures."""
    found = [*drawings.samples(), *drawings.variations(), ("notes.txt", b"cups"), ("list.csv", b"hens;horses")]
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in found]
    page.set_input_files("#choose", files)  # type: ignore[arg-type]  # As above.
    page.locator("#tools").wait_for(timeout=_PATIENCE_MS)
    page.locator("#cancel").wait_for(state="hidden", timeout=_PATIENCE_MS)
    _show(page, "#results")


def _ask_about_one(page: Page) -> None:
    page.locator(".sample").first.click()
    page.locator("#result-cards .judgement").wait_for(timeout=_PATIENCE_MS)


def _tick_four_and_delete(page: Page) -> None:
    for box in page.locator(".history input[type=checkbox]").all()[:4]:
        box.check()
    page.locator("button[value=ticked]").click()
    page.locator(".history-strip").wait_for()


def _compare(page: Page) -> None:
    page.locator("#pick-1").check()
    page.locator("main form button[type=submit]").click()
    page.locator("#comparison").wait_for(timeout=_PATIENCE_MS)
    _show(page, "#comparison")


def _make_key(page: Page) -> None:
    page.locator("main input[name=name]").fill("weather station")
    page.locator("main form.sheet button[type=submit]").click()
    page.locator("#secret").wait_for()


def _look_at_a_number(page: Page) -> None:
    _show(page, ".bench")
    page.locator("#map td[data-row='3'][data-column='3']").focus()


def _go_down(page: Page) -> None:
    for _ in range(14):
        page.locator("#one-step").click()
    _show(page, ".bench")


def _mistype(page: Page) -> None:
    page.locator("main input[name=username]").fill("mia")
    page.locator("main input[name=password]").fill(PASSWORD[::-1])
    page.locator("main form button[type=submit]").click()
    page.locator("main .notice").wait_for()


def _cover_the_head(page: Page) -> None:
    page.locator("#x").press("ArrowRight")  # Asks.
    page.locator("#announcer:not(:empty)").wait_for(state="attached")
    _show(page, ".look-head")


def _lay_a_map(page: Page) -> None:
    page.locator(".tile").nth(5).click()
    page.locator(".ranking").wait_for(timeout=_PATIENCE_MS)
    _show(page, ".look-way")


def _follow_the_dream(page: Page) -> None:
    page.locator(".dream-list a").first.click()
    page.locator("#dream[data-state=done]").wait_for()
    page.locator(".dream-way img").last.scroll_into_view_if_needed()  # They load when they are seen.
    _show(page, ".page-head")


def _open_the_project(page: Page) -> None:
    page.locator(".studio-projects a").first.click()
    page.locator(".studio-newest img").last.wait_for()


def _open_the_training(page: Page) -> None:
    _open_the_project(page)
    page.locator(".studio-runs a").first.click()
    page.locator(".studio-result").wait_for()


def _share(page: Page) -> None:
    if page.locator("#secret").count() == 0:
        page.locator(".answer-share button").click()
    page.locator("#secret").wait_for()
    _show(page, ".answer-share")


def _follow_the_share(page: Page) -> None:
    _share(page)
    page.goto(page.locator("#secret").input_value())


def _show(page: Page, selector: str) -> None:
    """Scrolls there."""
    page.locator(selector).first.evaluate("element => element.scrollIntoView()")


BEFORE_ANYBODY_CAME = (
    Scene("welcome", "/"),
    Scene("first-run", "/account/first-run/"),
    Scene("history-empty", "/history/"),
)
"""Pictures of these are taken first: nobody has an account yet."""

SCENES = (
    Scene("history", "/history/", "mia"),
    Scene("history-gallery", "/history/?view=grid", "mia"),
    Scene("history-filtered", "/history/?certainty=unknown&who=all", "lin"),
    Scene("answer", "/history/{horse-head.jpg}/?heat=true", "lin"),
    Scene("look-where", "/look/samples/hen.jpg/?class=chicken", "mia", lambda page: _show(page, ".look-head")),
    Scene("look-cover", "/look/samples/hen.jpg/cover/?x=0.62&y=0.3&size=0.5", "mia", _cover_the_head),
    Scene("look-layers", "/look/samples/hen.jpg/layers/?layer=12", "mia", _lay_a_map),
    Scene("look-alike", "/look/{yard-01.jpg}/alike/", "lin", lambda page: _show(page, "#names-title")),
    Scene("filters", "/look/filters/?sample=hen.jpg", "mia", lambda page: _show(page, "#classes")),
    Scene("dream", "/dreams/", "mia", _follow_the_dream),
    Scene("studio", "/studio/", "mia", _open_the_project),
    Scene("trained", "/studio/", "mia", _open_the_training),
    Scene("deletion", "/history/", "mia", _tick_four_and_delete),
    Scene("review", "/review/", "lin"),
    Scene("reviewed", "/review/reviewed/", "lin"),
    Scene("models", "/models/", "lin"),
    Scene("model", "/models/animals-3/", "lin"),
    Scene("activation", "/models/animals-4/activate/", "lin"),
    Scene("comparison", "/models/compare/", "mia", _compare),
    Scene("lesson", "/learn/convolution/", "", _look_at_a_number),
    Scene("descent", "/learn/descent/", "", _go_down),
    Scene("account", "/account/", "mia"),
    Scene("accounts", "/account/people/", "lin"),
    Scene("password", "/account/password/", "mia"),
    Scene("not-found", "/hens/", "mia"),
    Scene("admin", "/admin/history/correction/", "lin"),
    # From here on something is written: more keys, more answers, more corrections.
    Scene("key", "/account/", "mia", _make_key),
    Scene("shared", "/history/{horse-head.jpg}/", "mia", _follow_the_share),
    Scene("login", "/account/login/", "", _mistype),
    Scene("one-answer", "/", "mia", _ask_about_one),
    Scene("answers", "/", "mia", _ask_and_look),
    Scene("many-answers", "/", "", _ask_about_many),
)

PAGE = Scene("page", "/", "", _ask)
"""The picture at the head of the README."""

IN_README = ("history", "answer", "review", "model")
"""Scenes that are shown there together."""
