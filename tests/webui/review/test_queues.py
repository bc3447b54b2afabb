from __future__ import annotations

from typing import Any

import pytest

from tests.webui.factories import make_answer, make_correction
from webui.history.models import Answer, CorrectionKind, State
from webui.review import queues
from webui.review.queues import CORRECTIONS, TURNED_AWAY, UNCERTAIN, Queue

pytestmark = pytest.mark.django_db


def names(queue: Queue) -> list[str]:
    return [answer.filename for answer in queue.answers()]


def answer(filename: str, **fields: Any) -> Answer:
    return make_answer(filename=filename, picture=False, **fields)


def test_the_highest_loss_comes_first() -> None:
    make_correction(answer("a little"), CorrectionKind.CLASS, "dog")
    make_correction(answer("not"), CorrectionKind.RIGHT, "cat")
    make_correction(answer("a lot"), CorrectionKind.CLASS, "chicken")

    assert names(CORRECTIONS) == ["a lot", "a little", "not"]


def test_what_is_reviewed_waits_no_more() -> None:
    make_correction(answer("accepted"), state=State.ACCEPTED)
    make_correction(answer("rejected"), state=State.REJECTED)

    assert CORRECTIONS.count() == 0


def test_the_least_certain_unjudged_answers_come_first() -> None:
    answer("a bit unsure", score=0.7)
    answer("certain", score=0.99)
    answer("guessing", score=0.3)
    make_correction(answer("judged", score=0.2))
    answer("turned away", score=0.2, known=False)

    assert names(UNCERTAIN) == ["guessing", "a bit unsure"]


def test_of_what_was_turned_away_the_nearly_known_comes_first() -> None:
    answer("far", known=False, familiarity=-3.0)
    answer("near", known=False, familiarity=0.4)
    answer("known", familiarity=0.9)
    make_correction(answer("judged", known=False, familiarity=0.5), CorrectionKind.NONE, "")

    assert names(TURNED_AWAY) == ["near", "far"]


def test_a_queue_gives_an_answer_and_the_one_after_it() -> None:
    for number in range(4):
        answer(str(number), score=0.1 * (number + 1))

    assert [found.filename for found in UNCERTAIN.at(1)] == ["1", "2"]
    assert [found.filename for found in UNCERTAIN.at(3)] == ["3"]


def test_counting_stops_where_nobody_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MAX_COUNTED", 2)
    for number in range(4):
        answer(str(number), score=0.5)

    assert UNCERTAIN.count() == 3
