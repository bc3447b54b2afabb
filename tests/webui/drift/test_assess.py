from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from recognizer import Recognizer
from tests.recognizer.fakes import BLUE, RED, make_metadata
from tests.recognizer.rejections import make_rejection
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_file
from webui.drift import counters, tally
from webui.drift.assess import Of, Reference, assess
from webui.drift.models import DayCount
from webui.drift.panel import panel
from webui.drift.sentences import sentences, table
from webui.history.models import Answer

pytestmark = pytest.mark.django_db

CERTAIN, UNSURE = 0.999, 0.6


def answered(number: int, *, days_ago: int = 0, **fields: Any) -> None:
    """Counts so many pictures of a day, without the history."""
    once = {"model": "animals-1", "label": "cat", "known": True, "score": CERTAIN, "likeness": 0.9, **fields}
    created = timezone.now() - timedelta(days=days_ago)
    counters.add(Answer(created=created, **once) for _ in range(number))


def said(**fields: Any) -> str:
    return " ".join(sentences(assess(make_metadata(**fields))))


def test_more_pictures_that_are_none_of_the_classes_are_told_with_their_numbers() -> None:
    answered(940, days_ago=20)
    answered(60, days_ago=20, known=False)
    answered(138)
    answered(62, known=False)

    since = tally.first_recent_day(counters.today())
    assert said() == (
        f"Since {since:%B} {since.day} more pictures are unlike what it learned: 31.0% of 200 are none of the classes, "
        "instead of 6.0% of 1000 before."
    )


def test_pictures_that_stay_the_same_are_told_to() -> None:
    answered(1000, days_ago=20)
    answered(200)

    assert said() == "The 200 pictures of the last 7 days are much like those before."


@pytest.mark.parametrize(("now", "before"), [(99, 1000), (1000, 99)])
def test_of_too_few_pictures_nothing_is_said(now: int, before: int) -> None:
    answered(now, known=False)
    answered(before, days_ago=20)

    drift = assess(make_metadata())

    assert drift.is_silent
    assert not drift.found
    assert said() == (
        f"It has answered {now} pictures in the last 7 days. They are compared with those before once there are 100 on "
        "both sides."
    )


def test_no_pictures_are_told() -> None:
    assert said() == "It has answered no pictures in the last 7 days."


def test_other_proportions_of_the_classes_are_told() -> None:
    answered(300, days_ago=20)
    answered(700, days_ago=20, label="dog")
    answered(180)
    answered(20, label="dog")

    assert "the proportions of the classes have changed: " in said()
    assert re.search(r"(cat is 90.0%|dog is 10.0%) of them, instead of (30.0|70.0)% of 1000 before\.", said())
    assert set(assess(make_metadata()).found) == {Of.CLASSES}


def test_other_scores_and_likenesses_are_told() -> None:
    answered(1000, days_ago=20)
    answered(100)
    answered(100, score=UNSURE, likeness=0.55)

    assert "it is almost certain about 50.0% of 200 pictures, instead of 100.0% of 1000 before." in said()
    assert (
        "pictures are less like what it learned: 50.0% of 200 are much like it, instead of 100.0% of 1000 before."
        in said()
    )


def test_where_there_was_nothing_before_the_validation_is_compared_but_not_its_proportions() -> None:
    matrix = [[100, 0, 0, 0], [0, 100, 0, 0], [0, 0, 100, 0], [0, 0, 0, 100]]
    results = {
        "validation": {"accuracy": 1.0, "n": 400, "confusion_matrix": matrix},
        "calibration": {
            "pictures": 400,
            "before": {"expected_calibration_error": 0.1},
            "after": {"expected_calibration_error": 0.1},
            "scores": {"bounds": [0.5, 0.8, 0.95, 0.99], "counts": [0, 0, 0, 0, 400]},
            "likenesses": {"bounds": [0.3], "counts": [1, 399]},
        },
    }
    answered(150)
    answered(50, known=False, score=UNSURE)

    metadata = make_metadata(results=results, rejection=make_rejection(accepted_share=0.975))
    drift = assess(metadata)

    assert {of: change.against for of, change in drift.changes.items()} == {
        Of.UNLIKE: Reference.VALIDATION,
        Of.SCORES: Reference.VALIDATION,
    }
    text = " ".join(sentences(drift))
    assert "25.0% of 200 are none of the classes, instead of 2.5% of 400 held back from training." in text
    assert "almost certain about 75.0% of 200 pictures, instead of 100.0% of 400 held back from training." in text


@pytest.mark.parametrize(
    "stored",
    [
        {"bounds": [0.5, 0.4], "counts": [1, 2, 3]},
        {"bounds": [0.5, 0.8, 0.95, 0.99], "counts": [1]},
        {"bounds": [0.5, 0.8, 0.95, 0.99], "counts": [-1, 0, 0, 0, 0]},
        {"bounds": [float("inf")], "counts": [1, 1]},
        {"bounds": [], "counts": []},
        "much",
        [[1] * 1000],
    ],
)
def test_a_file_that_says_something_else_of_its_validation_says_nothing(stored: object) -> None:
    error = {"expected_calibration_error": 0.1}
    results = {"calibration": {"pictures": 400, "before": error, "after": error, "scores": stored}}

    found = tally.of_validation(make_metadata(results=results))

    assert found.scores == ()


def test_other_versions_and_days_of_long_ago_do_not_count() -> None:
    answered(500, days_ago=64, known=False)
    answered(500, model="animals-2", known=False)
    answered(100, days_ago=62)

    drift = assess(make_metadata())

    assert (drift.recent.pictures, drift.before.pictures) == (0, 100)


def test_old_counts_are_removed() -> None:
    answered(1, days_ago=64)
    answered(1, days_ago=63)

    counters.remove_old()

    assert DayCount.objects.filter(kind="class").count() == 1


def test_counts_of_the_same_day_are_one_row() -> None:
    answered(3)
    answered(4)

    [row] = DayCount.objects.filter(kind="class")
    assert (row.day, row.number) == (counters.today(), 7)


def test_the_table_shows_all_sides() -> None:
    answered(90, days_ago=20)
    answered(10, days_ago=20, known=False, likeness=0.1)
    answered(100)

    rows = {row.name: tuple(row.shares[:2]) for row in table(assess(make_metadata()))}

    assert rows == {
        "None of these": ("0.0%", "10.0%"),
        "cat": ("100.0%", "90.0%"),
        "Almost certain": ("100.0%", "100.0%"),
        "Much like what it learned": ("100.0%", "90.0%"),
    }


def test_answers_are_counted_with_the_history(client: Client, kept: None) -> None:
    for colour in (RED, RED, BLUE):
        assert client.post("/api/v1/classify", {"image": image_file(colour=colour)}).status_code == 200

    counted = {row.value: row.number for row in DayCount.objects.filter(kind="class")}
    assert sum(counted.values()) == 3 == Answer.objects.count()
    assert counted["cat"] == Answer.objects.filter(label="cat").count() == 2


def test_nothing_is_counted_where_nothing_is_kept(client: Client, served: Recognizer) -> None:
    assert client.post("/api/v1/classify", {"image": image_file()}).status_code == 200

    assert not DayCount.objects.exists()


def drifted() -> None:
    answered(940, days_ago=20)
    answered(60, days_ago=20, known=False)
    answered(62, known=False)
    answered(138)


def test_a_page_takes_two_queries_for_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    drifted()
    with django_assert_num_queries(2):
        assert panel(make_metadata())


def test_it_is_said_in_chinese() -> None:
    drifted()
    with translation.override("zh-hans"):
        [sentence] = sentences(assess(make_metadata()))

    assert "31.0%" in sentence
    assert not re.search(r"[A-Za-z]", sentence)


def test_prometheus_is_told(served: Recognizer, settings_of: SettingsOf) -> None:
    drifted()
    settings_of(metrics_token="a-token-for-prometheus", keep_days=30)
    client = Client()

    figures = client.get("/metrics", headers={"Authorization": "Bearer a-token-for-prometheus"}).content.decode()

    assert 'menagerie_drift_found{of="none_of_these"} 1.0' in figures
    assert 'menagerie_drift_none_ratio{period="recent"} 0.31' in figures
    assert 'menagerie_drift_pictures{period="before"} 1000.0' in figures
