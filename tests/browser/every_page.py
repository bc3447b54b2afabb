"""All pages as people come upon them: who opens which address, what he does there, and how the server is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from recognizer import Recognizer
from recognizer.model_file import artifact
from tests.recognizer import convolutional
from tests.recognizer.fakes import BLUE, RED, FakeEngine
from tests.recognizer.galleries import place as place_gallery
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.recognizer.registry.test_versions import model_file
from tests.webui.batches.factories import make_batch
from tests.webui.dreams.factories import DONE, PICTURE, STEP, make_dream
from tests.webui.drift.test_assess import drifted
from tests.webui.exports.factories import make_export
from tests.webui.factories import make_answer, make_correction, make_user
from tests.webui.fakes import image_bytes, ready_model, share
from tests.webui.lesson.conftest import shipped
from tests.webui.studio import outcomes
from tests.webui.studio.factories import make_picture, make_project, make_run
from tests.webui.studio.test_controls import EPOCHS, FINE_TUNING
from tests.webui.studio.test_runs import DONE as TRAINED
from tests.webui.studio.test_runs import FEATURES, PICTURES
from tests.webui.versions.conftest import opened
from webui.accounts.first_run import StaffCheck
from webui.accounts.models import ApiKey, User
from webui.accounts.rate_limits import Allowance, RateLimits
from webui.exports.models import Target
from webui.history import pictures
from webui.history.models import Answer, CorrectionKind, State
from webui.jobs import folder
from webui.jobs.models import Job, Reason
from webui.jobs.models import State as JobState
from webui.studio.findings import Changes, Rival
from webui.studio.models import PictureClass, Project, Run, Sign, SignKind
from webui.versions.comparing import Guest
from webui.versions.models import Outcome, Switch, SwitchKind

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = "a-very-long-name-without-a-break" * 6


@dataclass(frozen=True)
class World:
    """What the server knows when a page is opened."""

    member: User
    staff: User
    answer: Answer
    monkeypatch: pytest.MonkeyPatch
    settings: Any


@dataclass(frozen=True)
class Visit:
    """One page as somebody comes upon it."""

    name: str
    address: str
    who: str = ""
    """Nobody, a `member` or one of the `staff`."""
    arrange: Callable[[World], object] = lambda world: None
    act: Callable[[Page], object] = lambda page: None
    status: int = 200

    def __str__(self) -> str:
        return self.name


def make_world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    """A member and one of the staff, answers of every sort with corrections, names that are far too long, keys."""
    member, staff = make_user("mia"), make_user("sam", is_staff=True, is_superuser=True)
    answer = make_answer(user=member, filename="felix.jpg", likeness=0.7, passes=2)
    make_correction(answer)
    unsure = {"score": 0.41, "top": [["cat", 0.41], ["dog", 0.3], ["horse", 0.2], ["chicken", 0.09]]}
    make_answer(user=member, filename=f"{LONG}.jpg", **unsure)
    make_answer(user=member, filename="cup.jpg", known=False, familiarity=1.0)
    make_answer(user=member, filename="papillon.jpg", known=False, likeness=0.4)
    make_correction(make_answer(user=member, filename=f"{LONG}.png"), CorrectionKind.NEW_CLASS, LONG)
    for state, kind, label in (
        (State.ACCEPTED, CorrectionKind.NONE, ""),
        (State.REJECTED, CorrectionKind.CLASS, "horse"),
    ):
        make_correction(make_answer(user=member), kind, label, state=state, user=member, reviewed_by=staff)
    ApiKey.make(member, LONG[:100], ["classify", "read"])
    Switch.objects.create(kind=SwitchKind.ACTIVATE, version="animals-1", by=staff, outcome=Outcome.DONE)
    return World(member, staff, answer, monkeypatch, settings)


# In which state the server is


def change_settings(world: World, **fields: object) -> None:
    world.settings.ENVIRONMENT = world.settings.ENVIRONMENT.model_copy(update=fields)


def no_staff(world: World) -> None:
    Switch.objects.all().delete()
    world.staff.delete()
    share(staff_check=StaffCheck())


def heat_maps(world: World) -> None:
    share(model=ready_model(make_mapping_recognizer(world.settings.ENVIRONMENT.data)))


def shipped_model(world: World) -> None:
    """The shipped file, whose first layer is a real one; it answers as the fake does."""
    share(model=ready_model(Recognizer(shipped(), FakeEngine(), second_look=False)))


def convolutions(world: World) -> None:
    share(model=ready_model(convolutional.make_recognizer(world.settings.ENVIRONMENT.data)))


def lose_the_picture(world: World) -> None:
    pictures.remove([world.answer.id])


def compared_by_fakes(world: World) -> None:
    share(guest=Guest(opened))


def switched(outcome: Outcome) -> Callable[[World], object]:
    def arrange(world: World) -> None:
        problem = "animals-2.h5 is damaged." if outcome == Outcome.FAILED else ""
        Switch.objects.create(
            kind=SwitchKind.ACTIVATE, version="animals-2", before="animals-1", outcome=outcome, problem=problem
        )

    return arrange


def one_version(world: World) -> None:
    for stem in ("animals-2", "animals-3"):
        (world.settings.ENVIRONMENT.models / f"{stem}.h5").unlink()


def other_pictures(world: World) -> None:
    """People's pictures are others than before."""
    drifted()


def locked_out(world: World) -> None:
    AccessAttempt.objects.create(username="mia", ip_address="127.0.0.1", failures_since_start=5)


def used_up(world: World) -> None:
    """As if everybody had sent too many forms."""
    used = Allowance(1, 3600)
    used.spend("127.0.0.1")

    class UsedUp(RateLimits):
        def allowance(self, *limits: object) -> Allowance:
            return used

    share(rate_limits=UsedUp())


def broken(world: World) -> None:
    def fail(*given: object, **options: object) -> None:
        raise RuntimeError("This is a test.")

    world.monkeypatch.setattr("webui.versions.views.render", fail)


def dreamt(state: JobState) -> Callable[[World], object]:
    def arrange(world: World) -> None:
        told = {JobState.WAITING: (), JobState.RUNNING: (STEP, PICTURE), JobState.DONE: (STEP, PICTURE, DONE)}
        dream = make_dream(world.answer, *told.get(state, ()), state=state)
        Job.objects.filter(id=dream.job_id, state=JobState.FAILED).update(reason=Reason.NOT_INSTALLED)

    return arrange


def in_studio(state: JobState = JobState.WAITING) -> Callable[[World], object]:
    """A project with a name that is far too long, and a training in some state."""

    def arrange(world: World) -> None:
        world.monkeypatch.setattr("webui.studio.training.find_spec", lambda name: object())
        project = make_project(world.member, LONG[:60], mug=12, **{LONG[:150]: 11})
        PictureClass.objects.create(project=project, name="Other things", is_other=True)
        told = {JobState.RUNNING: (PICTURES, FEATURES), JobState.DONE: (PICTURES, TRAINED)}
        run = make_run(project, *told.get(state, ()), state=state)
        Job.objects.filter(id=run.job_id, state=JobState.FAILED).update(reason=Reason.REFUSED)

    return arrange


def tuning(world: World) -> None:
    """A training whose network is trained itself, at its second round, and what it still names wrongly."""
    in_studio(JobState.RUNNING)(world)
    run = Run.objects.get()
    pictures = [
        {"file": f"mug/{number:08}", "actual": "mug", "said": LONG[:150], "score": 0.9}
        for number in run.project.pictures.order_by("id").values_list("id", flat=True)[:5]
    ]
    wrong = {"event": "wrong", "wrong": 5, "of": 60, "pictures": pictures, "seconds": 45.0}
    events = folder.path_of(run.job_id) / folder.EVENTS
    events.write_text("".join(f"{json.dumps(event)}\n" for event in (PICTURES, *EPOCHS, wrong, FINE_TUNING)))


def found_out(world: World) -> None:
    """A training of which is known what it fails on, what would help, and how others do."""
    in_studio(JobState.DONE)(world)
    run = Run.objects.get()
    others = Rival(model="animals-1", is_active=True, missing=("mug",)), Rival(model="our_mugs-0", is_active=False)
    outcomes.note(
        run,
        rivals=others,
        classes=("mug", f"{LONG[:100]}:"),
        changes=Changes(since="our_mugs-0", added=3, removed=1, moved=2),
    )
    numbers = [picture.pk for picture in run.project.pictures.order_by("id")]
    answers = dict.fromkeys(numbers[:6], ("mug", True)) | dict.fromkeys(numbers[-6:], (LONG[:150], True))
    answers |= {numbers[0]: (LONG[:150], True), numbers[-1]: ("mug", False), numbers[-2]: (LONG[:150], False)}
    versus = {"model": "our_mugs-0", "n": 12, "right": 10, "right_before": 9, "p_value": 0.5, "seen": 2}
    outcomes.write(run, outcomes.outcome_of(run, answers, compared=[versus]))


def to_be_checked(world: World) -> None:
    """A project with a sign of each kind, and a heap that is not sorted, in part with suggestions."""
    in_studio()(world)
    project = Project.objects.get()
    mug, other = (each.pictures.order_by("id") for each in project.classes.exclude(is_other=True))
    long, heap = other[0].picture_class, project.unsorted()
    Sign.objects.create(picture=other[0], kind=SignKind.COPY, other=mug[0])
    Sign.objects.create(picture=mug[1], kind=SignKind.LIKENESS, other_class=long, share=0.9)
    Sign.objects.create(picture=mug[2], kind=SignKind.COPY, other=mug[0])
    Sign.objects.create(picture=mug[3], kind=SignKind.BLURRED)
    Sign.objects.create(picture=mug[4], kind=SignKind.SMALL)
    for number in range(3):
        picture = make_picture(heap, number)
        if number:
            Sign.objects.create(picture=picture, kind=SignKind.LIKENESS, other_class=long, share=0.9)


def exported(world: World) -> None:
    """A version whose exports are in every state, and one that has none yet."""
    can_export(world)
    digest = artifact.digest(world.settings.ENVIRONMENT.models / "animals-1.h5")
    message = f"{LONG}.tgz cannot be fetched."
    make_export(digest, Target.ONNX, state=JobState.DONE)
    make_export(digest, Target.LITERT, state=JobState.RUNNING)
    make_export(digest, Target.OPENVINO)
    make_export(digest, Target.WEB, state=JobState.FAILED, reason=Reason.RUNTIME, message=message)


def can_export(world: World) -> None:
    world.monkeypatch.setattr("webui.exports.asking.can_make", lambda: True)


def cannot_export(world: World) -> None:
    world.monkeypatch.setattr("webui.exports.asking.can_make", lambda: False)


def trained_and_exported(world: World) -> None:
    """A training whose model can be had for other programs."""
    in_studio(JobState.DONE)(world)
    can_export(world)
    path = model_file(world.settings.ENVIRONMENT.models / "our_mugs-1.h5", name="our_mugs", version="1")
    make_export(artifact.digest(path), Target.WEB, state=JobState.DONE)


def follow(*selectors: str) -> Callable[[Page], None]:
    """Clicks through links, and through what has to be opened to see them, each found by a selector."""

    def act(page: Page) -> None:
        for selector in selectors:
            if selector.endswith("summary"):
                page.locator(selector).first.click()
            else:
                submit(page, selector)

    return act


def batched(world: World) -> None:
    """A batch in each state, the one that runs with its progress."""
    for state in JobState:
        job = make_batch(user=world.member, state=state, beat=timezone.now()).job
        step = {"event": "step", "steps": 2, "done": 1, "errors": 1, "share": 0.5, "seconds": 31.0}
        (folder.path_of(job.id) / folder.EVENTS).write_text(json.dumps(step) + "\n")
    Job.objects.filter(state=JobState.FAILED).update(reason=Reason.MODEL_CHANGED)


def can_dream(world: World) -> None:
    world.monkeypatch.setattr("webui.dreams.views.can_dream", lambda: True)


def cannot_dream(world: World) -> None:
    world.monkeypatch.setattr("webui.dreams.views.can_dream", lambda: False)


def drawn_gallery(world: World) -> None:
    model = world.settings.ENVIRONMENT.models / "animals-1.h5"
    place_gallery(model, artifact.digest(model))


# What people do there


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    sent = [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
    page.set_input_files("#choose", sent)  # type: ignore[arg-type]
    page.locator(".result-card:not(.result-card-waiting)").nth(len(files) - 1).wait_for()


def see_one_answer(page: Page) -> None:
    """The answer that is the page, come back from the history, with its heat map and its correction open."""
    upload(page, (f"{LONG}.png", image_bytes(RED, kind="PNG", size=(900, 600))))
    page.reload()
    page.locator("#result-cards button.result-card-heat-switch").click()
    page.locator("#result-cards .result-card-heat").wait_for()
    page.locator("#result-cards .judgement-wrong summary").click()


def see_day_by_day(page: Page) -> None:
    page.locator("section:has(#drift-title) summary").click()


def see_it_large(page: Page) -> None:
    see_one_answer(page)
    page.locator("a.result-card-picture").click()


def see_answers(page: Page) -> None:
    """Every sort of card: with a heat map, with a correction, of no class, an error, cancelled, and one removed."""
    red, blue = image_bytes(RED, kind="PNG"), image_bytes(BLUE, kind="PNG")
    upload(page, (f"{LONG}.png", red), ("sky.png", blue), ("b.png", b"x"), ("c.png", red))
    page.locator("#result-cards button.result-card-heat-switch").first.click()
    page.locator("#result-cards .result-card-heat").first.wait_for()
    page.locator("#result-cards .judgement-wrong summary").first.click()
    page.route("**/api/**", lambda route: None)
    page.set_input_files("#choose", [{"name": "d.png", "mimeType": "image/png", "buffer": red}])
    page.locator("#cancel").click()
    page.locator("#result-cards .result-card-remove").nth(3).click()


def see_the_occlusion(page: Page) -> None:
    page.locator("#ask-map").click()
    page.locator("#hide-map").wait_for()


def choose_a_map(page: Page) -> None:
    page.locator(".tile").nth(1).click()
    page.locator(".ranking").wait_for()


def tick_and_delete(page: Page) -> None:
    page.locator(".history input[type=checkbox]").first.check()
    submit(page, "button[value=ticked]")


def tick_two(page: Page) -> None:
    for box in page.locator(".history input[type=checkbox]").all()[:2]:
        box.check()


def mistype_the_number(page: Page) -> None:
    submit(page, "button[value=all]")
    page.locator("#number").fill("1")
    submit(page, "main button[type=submit]")


def share_it(page: Page) -> None:
    if page.locator(".answer-share form[action$='/share/']").count():  # Another visit may have shared it already.
        submit(page, ".answer-share form button")


def follow_the_share(page: Page) -> None:
    share_it(page)
    page.goto(page.locator("#secret").input_value())


def make_account(page: Page) -> None:
    page.locator("main input[name=username]").fill(f"otto-{page.viewport_size['width']}")  # type: ignore[index]
    submit(page, "main form.sheet button")


def log_in_wrongly(page: Page) -> None:
    page.locator("input[name=username]").fill("mia")
    page.locator("input[name=password]").fill("wrong")
    submit(page, "main form button")


def make_key(page: Page) -> None:
    page.locator("main input[name=name]").fill("my script")
    submit(page, "main form.sheet button")


def change_password_wrongly(page: Page) -> None:
    for field in page.locator("main input[type=password]").all():
        field.fill("no")
    submit(page, "main form button")


def compare(page: Page) -> None:
    page.locator("input[name=answer]").nth(1).check()
    submit(page, "main form button")


def see_a_part_of_a_picture(page: Page) -> None:
    page.locator("#picture").select_option("patch")
    page.locator("#kernel-side").select_option("7")
    page.locator("#padding").select_option("same")


def see_a_filter(page: Page) -> None:
    page.locator("#check.checked").wait_for()
    page.locator("#statistics").select_option("picture")


def submit(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()


def lose_the_cookies(page: Page) -> None:
    page.context.clear_cookies(name="csrftoken")
    log_in_wrongly(page)


DOUBTFUL = ".history-said a:has-text('Perhaps'), .history-said a:has-text('可能')"
TO_RUN = (".studio-projects a", ".studio-runs a")
VISITS = [
    Visit("home", "/"),
    Visit("welcome", "/", arrange=no_staff),
    Visit("one answer", "/", "member", heat_maps, see_one_answer),
    Visit("one picture, large", "/", "member", heat_maps, see_it_large),
    Visit("answers", "/", "member", heat_maps, see_answers, status=422),
    Visit("live", "/live/"),
    Visit("history", "/history/", "member"),
    Visit("history of all", "/history/?who=all&from=x&page=9", "staff"),
    Visit("history as a gallery", "/history/?view=grid", "member", act=tick_two),
    Visit("history of staff without any", "/history/", "staff"),
    Visit("history filtered", "/history/?certainty=unknown&who=999", "staff"),
    Visit("history without match", "/history/?q=zebra", "member"),
    Visit("history of a visitor", "/history/"),
    Visit(
        "history off",
        "/history/",
        arrange=lambda world: (Answer.objects.all().delete(), change_settings(world, keep_days=0)),
    ),
    Visit("answer", "/history/{answer}/", "member"),
    Visit("answer in doubt", "/history/", "member", act=follow(DOUBTFUL)),
    Visit("answer with heat map", "/history/{answer}/?heat=true", "staff", heat_maps),
    Visit("look inside", "/look/{answer}/", "member", heat_maps),
    Visit("look inside a model without maps", "/look/{answer}/", "member"),
    Visit("look inside, covered", "/look/{answer}/cover/", "member", heat_maps, see_the_occlusion),
    Visit("look inside, layers", "/look/{answer}/layers/?layer=2", "member", convolutions, choose_a_map),
    Visit("look inside, no layers", "/look/{answer}/layers/", "member"),
    Visit("look inside, alike", "/look/{answer}/alike/", "member"),
    Visit("look inside, gone", "/look/{answer}/", "member", lose_the_picture, status=404),
    Visit("deletion", "/history/?who=all", "staff", act=tick_and_delete),
    Visit("deletion of all, mistyped", "/history/?who=all", "staff", act=mistype_the_number, status=400),
    Visit("answer that is shared", "/history/{answer}/", "member", act=share_it),
    Visit("shared answer", "/history/{answer}/", "member", act=follow_the_share),
    Visit("nothing shared", "/shared/x/", status=404),
    Visit("review", "/review/", "staff", act=lambda page: page.keyboard.press("?")),
    Visit("review of the uncertain", "/review/uncertain/", "staff"),
    Visit("review of those turned away", "/review/turned-away/", "staff"),
    Visit("review done", "/review/", "staff", lambda world: Answer.objects.all().delete()),
    Visit("reviewed", "/review/reviewed/", "staff"),
    Visit("nothing reviewed", "/review/reviewed/", "staff", lambda world: Answer.objects.all().delete()),
    Visit("models", "/models/", "staff", other_pictures),
    Visit("models for visitors", "/models/"),
    Visit("models, one tried", "/models/", "staff", switched(Outcome.RUNNING)),
    Visit("models, one failed", "/models/", "staff", switched(Outcome.FAILED)),
    Visit("models, one abandoned", "/models/", "staff", switched(Outcome.ABANDONED)),
    Visit("model", "/models/animals-1/", "staff", other_pictures, see_day_by_day),
    Visit("model, exported", "/models/animals-1/", "staff", exported),
    Visit("model, not to be exported", "/models/animals-1/", "staff", cannot_export),
    Visit("broken model", "/models/animals-3/", "staff"),
    Visit("activation", "/models/animals-2/activate/", "staff"),
    Visit("models, only one", "/models/", "staff", one_version),
    Visit("comparison", "/models/compare/", "member", compared_by_fakes, compare),
    Visit("API", "/api/docs", "member", act=lambda page: page.locator("summary").nth(1).click()),
    Visit("lesson", "/learn/", act=lambda page: page.locator("summary").first.click()),
    Visit("convolution by hand", "/learn/convolution/", "member", act=see_a_part_of_a_picture),
    Visit("weight sharing", "/learn/sharing/", act=lambda page: page.locator("#move-left").click()),
    Visit("kinds of convolution", "/learn/kinds/"),
    Visit("first layer", "/learn/first-layer/", "member", shipped_model, see_a_filter),
    Visit("first layer that cannot be shown", "/learn/first-layer/"),
    Visit("scores", "/learn/scores/", act=lambda page: page.locator("#draw").click()),
    Visit("descent", "/learn/descent/", act=lambda page: page.locator("#one-step").click()),
    Visit("gallery", "/models/animals-1/filters/", arrange=drawn_gallery),
    Visit("filters of a picture", "/look/filters/?picture={answer}", "member", drawn_gallery),
    Visit("no gallery", "/models/animals-2/filters/"),
    Visit("studio", "/studio/", "member", in_studio()),
    Visit("no projects", "/studio/", "member"),
    Visit("project", "/studio/", "member", in_studio(), follow(".studio-projects a")),
    Visit("class", "/studio/", "member", in_studio(), follow(".studio-projects a", ".studio-class h2 a")),
    Visit("pictures to check", "/studio/", "member", to_be_checked, follow(".studio-projects a", ".page-head a")),
    Visit("nothing to check", "/studio/", "member", in_studio(), follow(".studio-projects a", ".page-head a")),
    Visit("not sorted yet", "/studio/", "member", to_be_checked, follow(".studio-projects a", "#unsorted a")),
    Visit(
        "class to be deleted",
        "/studio/",
        "member",
        in_studio(),
        follow(".studio-projects a", ".studio-class h2 a", ".studio-more summary", ".studio-more a"),
    ),
    *(
        Visit(f"training {state.value}", "/studio/", "member", in_studio(state), follow(*TO_RUN))
        for state in (JobState.WAITING, JobState.RUNNING, JobState.PAUSED, JobState.DONE, JobState.FAILED)
    ),
    Visit("training, exported", "/studio/", "member", trained_and_exported, follow(*TO_RUN)),
    Visit("training, fine-tuning", "/studio/", "member", tuning, follow(*TO_RUN)),
    Visit("training, found out", "/studio/", "member", found_out, follow(*TO_RUN, "#made-of summary")),
    Visit("batches", "/batches/", "member", batched),
    Visit("no batches", "/batches/"),
    Visit("dreams", "/dreams/", "member", dreamt(JobState.DONE)),
    Visit("no dreams", "/dreams/"),
    Visit("new dream", "/dreams/new/{answer}/", "member", can_dream),
    Visit("new dream without TensorFlow", "/dreams/new/{answer}/", "member", cannot_dream),
    Visit("dream waiting", "/dreams/", "member", dreamt(JobState.WAITING), follow(".dream-list a")),
    Visit("dream under way", "/dreams/", "member", dreamt(JobState.RUNNING), follow(".dream-list a")),
    Visit("dream", "/dreams/", "member", dreamt(JobState.DONE), follow(".dream-list a")),
    Visit("dream that failed", "/dreams/", "member", dreamt(JobState.FAILED), follow(".dream-list a")),
    Visit("login", "/account/login/"),
    Visit("login refused", "/account/login/", act=log_in_wrongly),
    Visit("locked out", "/account/login/", arrange=locked_out, act=log_in_wrongly, status=429),
    Visit("password", "/account/password/", "member"),
    Visit("password refused", "/account/password/", "member", act=change_password_wrongly),
    Visit("account", "/account/", "member"),
    Visit("account of staff", "/account/", "staff"),
    Visit("new key", "/account/", "member", act=make_key),
    Visit("key to revoke", "/account/", "member", act=lambda page: submit(page, ".key-list a")),
    Visit("accounts", "/account/people/", "staff"),
    Visit("new account", "/account/people/", "staff", act=make_account),
    Visit("new password", "/account/people/", "staff", act=lambda page: submit(page, ".people a")),
    Visit("first run", "/account/first-run/", arrange=no_staff),
    Visit("400", "/history/?" + "a=1&" * 101, status=400),
    Visit("403", "/review/", "member", status=403),
    Visit("403 without cookies", "/account/login/", act=lose_the_cookies, status=403),
    Visit("404", "/nothing", status=404),
    Visit("429", "/account/login/", arrange=used_up, act=log_in_wrongly, status=429),
    Visit("500", "/models/", arrange=broken, status=500),
]

_CHANGE_LISTS = ("accounts/user", "accounts/apikey", "admin/logentry", "history/answer", "history/correction")
ADMIN_VISITS = [
    Visit("admin", "/admin/", "staff"),
    *(Visit(f"admin {path}", f"/admin/{path}/", "staff") for path in (*_CHANGE_LISTS, "versions/switch")),
    Visit("admin of one answer", "/admin/history/answer/{answer}/change/", "staff"),
]
