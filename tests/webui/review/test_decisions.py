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


def new(label: str) -> Judgement:
    return Judgement(CorrectionKind.NEW_CLASS, label)


@pytest.mark.parametrize(("first", "second"), [("Fox", "fox"), ("Red Panda", "red_panda")])
def test_a_new_class_has_one_spelling_among_what_is_accepted(staff: User, first: str, second: str) -> None:
    said = [make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, label) for label in (first, second)]

    for one in said:
        seen = new(one.label)
        decision = decisions.review(one.answer, State.ACCEPTED, seen=seen, verdict=seen, by=staff)

    assert [state(one)[:3] for one in said] == [("accepted", "new_class", first)] * 2
    assert decision.verdict == new(first)
    assert logged()[-1] == f"Accepted as {first}, changed from {second}."


def test_a_new_class_that_the_model_has_by_now_is_accepted_as_the_models(staff: User) -> None:
    answer = make_answer(picture=False, top=[["horse", 0.5], ["dog", 0.4]], label="horse", score=0.5)
    make_correction(answer, CorrectionKind.NEW_CLASS, "Dog")

    decisions.review(answer, State.ACCEPTED, seen=new("Dog"), verdict=new("Dog"), by=staff)

    assert state(answer.correction)[:3] == ("accepted", "class", "dog")


def test_what_staff_judge_takes_the_accepted_spelling_too(staff: User) -> None:
    make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, "Fox", state=State.ACCEPTED)

    assert decisions.judge(make_answer(picture=False), new("fox"), by=staff).verdict == new("Fox")


def test_what_is_rejected_stays_as_it_was_said(staff: User) -> None:
    make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, "Fox", state=State.ACCEPTED)
    said = make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, "fox")

    decisions.review(said.answer, State.REJECTED, seen=new("fox"), verdict=new("fox"), by=staff)

    assert state(said)[:3] == ("rejected", "new_class", "fox")


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
