"""The pages of dreams: asked for on one's own picture, watched, looked at, deleted; never somebody else's."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recognizer import Recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.dreams.factories import DONE, PICTURE, STEP, bring
from tests.webui.factories import make_answer
from tests.webui.fakes import image_bytes
from webui.accounts.models import User
from webui.dreams import views
from webui.dreams.command import KIND, command
from webui.dreams.models import Dream
from webui.history import pictures
from webui.history.models import Answer
from webui.inference import served_model
from webui.jobs import folder, kinds, lease, queue, worker_sign
from webui.jobs.models import Job, Reason, State

pytestmark = pytest.mark.django_db

FORM = {"what": "stage:conv4", "strength": "2", "octaves": "3"}


@pytest.fixture(autouse=True)
def dreams(monkeypatch: pytest.MonkeyPatch) -> None:
    """What dreams is installed here."""
    monkeypatch.setattr(views, "can_dream", lambda: True)


@pytest.fixture
def answer(member: User) -> Answer:
    return make_answer(user=member)


@pytest.fixture
def ask(member_client: Client, answer: Answer) -> Callable[..., Dream]:
    """Asks for a dream on the member's picture."""

    def send(**changes: str) -> Dream:
        response = member_client.post(reverse("dream_new", args=[answer.id]), {**FORM, **changes})
        assert response.status_code == 302, response.content
        return Dream.objects.select_related("job").latest("job__created")

    return send


def test_the_form_offers_the_stages_and_the_classes_of_the_model(member_client: Client, answer: Answer) -> None:
    page = member_client.get(reverse("dream_new", args=[answer.id])).content.decode()

    for value in ("stage:conv1", "stage:conv5", "class:0", "class:3"):
        assert f'value="{value}"' in page, value
    assert '<option value="stage:conv4" selected>' in page


def test_a_dream_is_asked_for_by_stage_or_class(ask: Callable[..., Dream]) -> None:
    by_stage, by_class = ask(strength="4"), ask(what="class:2", octaves="1")

    assert (by_stage.stage, by_stage.label, by_stage.strength) == ("conv4", "", 4)
    assert (by_class.stage, by_class.label, by_class.octaves) == ("", "dog", 1)
    assert by_class.job.state == State.WAITING


@pytest.mark.parametrize(
    "changes",
    [{"what": "stage:../x"}, {"what": "class:99"}, {"strength": "3"}, {"octaves": "9"}, {"what": ""}],
    ids=str,
)
def test_what_the_form_does_not_offer_is_not_dreamt(
    member_client: Client, answer: Answer, changes: dict[str, str]
) -> None:
    response = member_client.post(reverse("dream_new", args=[answer.id]), {**FORM, **changes})

    assert response.status_code == 200
    assert not Dream.objects.exists()


def test_who_has_enough_dreams_waiting_reads_so(
    member_client: Client, ask: Callable[..., Dream], answer: Answer
) -> None:
    for _ in range(queue.MOST_OF_ONE):
        ask()

    response = member_client.post(reverse("dream_new", args=[answer.id]), FORM)

    assert response.status_code == 503
    assert "Three jobs of yours wait or run already" in response.content.decode()


def test_when_the_queue_is_full_everybody_reads_so(
    ask: Callable[..., Dream], staff_client: Client, staff: User, settings_of: SettingsOf
) -> None:
    settings_of(jobs=1)
    ask()

    response = staff_client.post(reverse("dream_new", args=[make_answer(user=staff).id]), FORM)

    assert response.status_code == 503
    assert "no more are taken now" in response.content.decode()


def test_without_tensorflow_the_page_says_how_to_get_it(
    member_client: Client, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "can_dream", lambda: False)

    page = member_client.get(reverse("dream_new", args=[answer.id])).content.decode()

    assert "pip install &#x27;menagerie[train]&#x27;" in page or "pip install 'menagerie[train]'" in page
    assert 'name="what"' not in page


def test_one_that_waits_says_how_many_come_first_and_when_there_is_no_worker(
    member_client: Client, ask: Callable[..., Dream]
) -> None:
    ask()
    url = reverse("dream", args=[ask().job_id])

    assert "1 job comes before this one" in member_client.get(url).content.decode()
    assert "No worker is running" in member_client.get(url).content.decode()
    worker_sign.give()
    assert "No worker is running" not in member_client.get(url).content.decode()


def test_while_it_is_made_the_page_shows_how_far_it_is(member_client: Client, ask: Callable[..., Dream]) -> None:
    dream = ask()
    bring(dream, {"event": "started", "steps": 36}, STEP, PICTURE)

    page = member_client.get(reverse("dream", args=[dream.job_id])).content.decode()

    assert '<progress class="dream-progress" max="36" value="3"' in page
    assert "Size 1 of 3, step 3 of 36." in page
    assert "About 40 seconds left" in page
    assert reverse("dream_step", args=[dream.job_id, 3]) in page
    assert "http-equiv" in page, "without script the page loads itself anew"


def test_when_it_is_done_it_can_be_seen_and_downloaded(member_client: Client, ask: Callable[..., Dream]) -> None:
    dream = ask()
    bring(dream, STEP, PICTURE, DONE, state=State.DONE)

    page = member_client.get(reverse("dream", args=[dream.job_id])).content.decode()
    shown = member_client.get(reverse("dream_result", args=[dream.job_id]))
    kept = member_client.get(reverse("dream_result", args=[dream.job_id]), {"download": ""})

    assert "http-equiv" not in page
    assert (shown["Content-Type"], shown.content) == ("image/jpeg", image_bytes())
    assert "Content-Disposition" not in shown
    assert "private" in shown["Cache-Control"]
    assert kept["Content-Disposition"].startswith("attachment")
    assert member_client.get(reverse("dream_step", args=[dream.job_id, 4])).status_code == 404


def test_one_that_failed_says_why(member_client: Client, ask: Callable[..., Dream]) -> None:
    dream = ask()
    Job.objects.update(state=State.FAILED, reason=Reason.NOT_INSTALLED)

    assert "TensorFlow is not installed" in member_client.get(reverse("dream", args=[dream.job_id])).content.decode()


def test_one_whose_worker_fell_silent_waits_again_when_somebody_looks(
    member_client: Client, ask: Callable[..., Dream]
) -> None:
    dream = ask()
    bring(dream, STEP)
    Job.objects.update(beat=timezone.now() - lease.LEASE - timedelta(seconds=1))

    page = member_client.get(reverse("dream", args=[dream.job_id])).content.decode()

    assert 'data-state="waiting"' in page


def test_the_list_has_ones_own_dreams(member_client: Client, staff_client: Client, ask: Callable[..., Dream]) -> None:
    dream = ask(what="class:2")
    bring(dream, DONE, state=State.DONE)

    assert str(dream.job_id) in member_client.get(reverse("dreams")).content.decode()
    assert "No dreams yet" in staff_client.get(reverse("dreams")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_deleted_it_is_gone_with_its_files(member_client: Client, ask: Callable[..., Dream]) -> None:
    dream = ask()
    bring(dream, STEP, PICTURE)

    member_client.post(reverse("dream_delete", args=[dream.job_id]))

    assert not Dream.objects.exists()
    assert not folder.path_of(dream.job_id).exists()
    assert not lease.hold(dream.job), "its worker stops"


@pytest.mark.django_db(transaction=True)
def test_it_goes_with_the_picture_that_it_is_made_from(ask: Callable[..., Dream], answer: Answer) -> None:
    dream = ask()
    bring(dream, STEP, PICTURE)

    Answer.objects.filter(id=answer.id).delete()

    assert not Job.objects.exists()
    assert not folder.path_of(dream.job_id).exists()


def test_there_is_no_dream_on_somebody_elses_picture_or_on_none(
    staff_client: Client, member_client: Client, answer: Answer, member: User
) -> None:
    without = make_answer(user=member, picture=False)
    for client, answer_id in ((staff_client, answer.id), (member_client, without.id), (member_client, uuid.uuid4())):
        assert client.get(reverse("dream_new", args=[answer_id])).status_code == 404
        assert client.post(reverse("dream_new", args=[answer_id]), FORM).status_code == 404


# The command


def test_the_command_names_picture_model_and_what_is_dreamt_of(
    ask: Callable[..., Dream], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recognizer: Recognizer
) -> None:
    (tmp_path / recognizer.artifact.path.name).touch()
    monkeypatch.setattr(served_model, "model_path", lambda: tmp_path / recognizer.artifact.path.name)
    dream = ask(what="class:2", octaves="1")

    words = command(dream.job, tmp_path)

    assert words[:3] == ["training", "dream", str(pictures.path_of(dream.answer_id))]
    assert {"--class=dog", "--octaves=1", "--strength=2", "--side=512", "--threads=1"} <= set(words)


def test_a_picture_or_a_model_that_is_gone_is_said(
    ask: Callable[..., Dream], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_of: SettingsOf
) -> None:
    settings_of(models=tmp_path, data=tmp_path)
    monkeypatch.setattr(served_model, "model_path", lambda: tmp_path / "other-1.h5")
    dream = ask()

    with pytest.raises(kinds.CannotRun, match=Reason.MODEL.value):
        command(dream.job, tmp_path)
    pictures.remove([dream.answer_id])
    with pytest.raises(kinds.CannotRun, match=Reason.GONE.value):
        command(dream.job, tmp_path)
    assert kinds._kinds[KIND].command is command
