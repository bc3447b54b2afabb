from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry

from tests.webui.factories import make_answer, make_correction, make_user
from webui.accounts.models import User
from webui.history.models import Correction, CorrectionKind, State
from webui.review import decisions
from webui.review.decisions import ChangedMeanwhile
from webui.review.judgements import Judgement

pytestmark = pytest.mark.django_db

DOG, HORSE = Judgement(CorrectionKind.CLASS, "dog"), Judgement(CorrectionKind.CLASS, "horse")


@pytest.fixture
def correction() -> Correction:
    return make_correction(make_answer(picture=False))


def state(correction: Correction) -> tuple[str, str, str, User | None]:
    correction.refresh_from_db()
    return correction.state, correction.kind, correction.label, correction.reviewed_by


def logged() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


@pytest.mark.parametrize(("decided", "message"), [("accepted", "Accepted as dog."), ("rejected", "Rejected as dog.")])
def test_a_decision_is_written_and_logged(correction: Correction, staff: User, decided: str, message: str) -> None:
    decisions.review(correction.answer, State(decided), seen=DOG, verdict=DOG, by=staff)

    assert state(correction) == (decided, "class", "dog", staff)
    assert logged() == [message]


def test_staff_may_accept_something_else(correction: Correction, staff: User) -> None:
    before = correction.surprise

    decisions.review(correction.answer, State.ACCEPTED, seen=DOG, verdict=HORSE, by=staff)

    assert state(correction) == ("accepted", "class", "horse", staff)
    assert correction.surprise > before
    assert logged() == ["Accepted as horse, changed from dog."]


def test_a_decision_of_somebody_else_is_not_overwritten(correction: Correction, staff: User) -> None:
    other = make_user("tom", is_staff=True)
    decisions.review(correction.answer, State.REJECTED, seen=DOG, verdict=DOG, by=other)

    with pytest.raises(ChangedMeanwhile):
        decisions.review(correction.answer, State.ACCEPTED, seen=DOG, verdict=DOG, by=staff)

    assert state(correction) == ("rejected", "class", "dog", other)
    assert len(logged()) == 1


def test_what_was_changed_meanwhile_is_not_accepted_unseen(correction: Correction, staff: User) -> None:
    Correction.objects.update(label="horse")

    with pytest.raises(ChangedMeanwhile):
        decisions.review(correction.answer, State.ACCEPTED, seen=DOG, verdict=DOG, by=staff)

    assert state(correction) == ("pending", "class", "horse", None)


def test_a_judgement_of_staff_is_accepted_at_once(staff: User) -> None:
    answer = make_answer(picture=False)

    decisions.judge(answer, DOG, by=staff)

    assert state(answer.correction) == ("accepted", "class", "dog", staff)
    assert (answer.correction.user, logged()) == (staff, ["Judged as dog."])


def test_staff_do_not_judge_over_what_somebody_said_meanwhile(correction: Correction, staff: User) -> None:
    with pytest.raises(ChangedMeanwhile):
        decisions.judge(correction.answer, HORSE, by=staff)

    assert state(correction) == ("pending", "class", "dog", None)


def test_undoing_a_change_brings_back_what_was_said(correction: Correction, staff: User) -> None:
    surprise = correction.surprise
    decision = decisions.review(correction.answer, State.ACCEPTED, seen=DOG, verdict=HORSE, by=staff)

    decisions.undo(decision, by=staff)

    assert state(correction) == ("pending", "class", "dog", None)
    assert correction.surprise == surprise
    assert logged()[-1] == "Undid the review: waiting as dog."


def test_undoing_ones_own_judgement_takes_it_away(staff: User) -> None:
    decision = decisions.judge(make_answer(picture=False), DOG, by=staff)

    decisions.undo(decision, by=staff)

    assert not Correction.objects.exists()
    assert logged() == ["Judged as dog.", "Took back the judgement."]


def test_a_decision_of_somebody_else_cannot_be_undone(correction: Correction, staff: User) -> None:
    decision = decisions.review(correction.answer, State.ACCEPTED, seen=DOG, verdict=DOG, by=staff)

    with pytest.raises(ChangedMeanwhile):
        decisions.undo(decision, by=make_user("tom", is_staff=True))

    assert state(correction) == ("accepted", "class", "dog", staff)


def test_only_ones_latest_decision_can_be_undone(correction: Correction, staff: User) -> None:
    decision = decisions.review(correction.answer, State.ACCEPTED, seen=DOG, verdict=DOG, by=staff)
    correction.refresh_from_db()
    decisions.reopen(correction, by=staff)
    decisions.review(correction.answer, State.REJECTED, seen=DOG, verdict=DOG, by=staff)

    with pytest.raises(ChangedMeanwhile):
        decisions.undo(decision, by=staff)

    assert state(correction)[0] == "rejected"


def test_a_reopened_correction_waits_again(correction: Correction, staff: User) -> None:
    decisions.review(correction.answer, State.ACCEPTED, seen=DOG, verdict=DOG, by=staff)
    correction.refresh_from_db()

    decisions.reopen(correction, by=staff)

    assert state(correction) == ("pending", "class", "dog", None)
    assert logged()[-1] == "Reopened."


def test_what_waits_cannot_be_reopened(correction: Correction, staff: User) -> None:
    with pytest.raises(ChangedMeanwhile):
        decisions.reopen(correction, by=staff)
