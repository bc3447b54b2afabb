"""POST /api/v1/explain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.recognizer.fakes import GREEN, RED, png
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import WatchedAdmission, image_file, other_file, ready_model, share
from webui.accounts.models import ApiKey, Scope, User
from webui.accounts.rate_limits import RateLimits
from webui.history.models import Answer
from webui.inference.admission import Admission, Weight

URL = "/api/v1/explain"


@pytest.fixture
def mapping(tmp_path: Path) -> Client:
    """A server whose model has heat maps."""
    share(model=ready_model(make_mapping_recognizer(tmp_path)))
    return Client(raise_request_exception=False)


def post(client: Client, *files: Any, query: str = "") -> Any:
    return client.post(URL + query, {"image": list(files)})


def test_a_picture_is_answered_with_a_map_for_each_class(mapping: Client) -> None:
    response = post(mapping, image_file("a.jpg", RED))

    [found] = response.json()["explanations"]
    assert response.status_code == 200
    assert (found["filename"], found["label"], found["method"]) == ("a.jpg", "cat", "class activation map")
    assert [entry["label"] for entry in found["heatmaps"]] == [entry["label"] for entry in found["top"]]
    assert all(entry["image"].startswith("data:image/png;base64,") for entry in found["heatmaps"])
    assert found["backbone"] == []
    assert response["Cache-Control"] == "no-store"


def test_only_as_many_maps_are_drawn_as_are_asked_for(mapping: Client) -> None:
    [found] = post(mapping, image_file(), query="?classes=2").json()["explanations"]

    assert len(found["heatmaps"]) == 2
    assert len(found["top"]) == 4


@pytest.mark.parametrize("classes", ["0", "-1", "101", "two", "1.5", "9" * 400, "", "１"])
def test_a_number_of_classes_that_is_none_is_refused(mapping: Client, classes: str) -> None:
    response = post(mapping, image_file(), query=f"?classes={classes}")

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert "1 to 100" in response.json()["detail"]


def test_a_model_without_maps_says_so_with_an_answer(client: Client) -> None:
    [found] = post(client, image_file("b.jpg", GREEN)).json()["explanations"]

    assert (found["label"], found["method"], found["heatmaps"]) == ("chicken", None, [])


def test_a_bad_picture_takes_nothing_from_the_others(mapping: Client) -> None:
    found = post(mapping, image_file("a.jpg"), other_file("b.txt")).json()["explanations"]

    assert found[0]["label"] == "cat"
    assert found[1]["error"]["code"] in ("invalid_image", "unsupported_format")


def test_if_none_can_be_read_it_is_a_problem(mapping: Client) -> None:
    response = post(mapping, other_file())

    assert response.status_code in (415, 422)
    assert response["Content-Type"] == "application/problem+json"
    assert "errors" not in response.json()


def test_if_none_of_several_can_be_read_the_problem_has_those_of_all(mapping: Client) -> None:
    problem = post(mapping, other_file("a.txt", b"text"), other_file("b.txt", b"")).json()

    assert problem["reason"] == "not_an_image"
    found = [(entry["filename"], entry["error"]["reason"]) for entry in problem["errors"]]
    assert found == [("a.txt", "not_an_image"), ("b.txt", "empty")]


def test_only_post_explains(mapping: Client) -> None:
    response = mapping.get(URL)

    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.usefixtures("kept")
def test_nothing_is_kept(mapping: Client) -> None:
    post(mapping, image_file())

    assert not Answer.objects.exists()


def test_it_waits_as_everything_else_does(client: Client, busy: Admission) -> None:
    response = post(client, image_file())

    assert (response.status_code, response.json()["code"]) == (503, "overloaded")
    assert "Retry-After" in response


def test_its_first_picture_waits_for_what_all_of_them_will_cost(mapping: Client) -> None:
    watched = WatchedAdmission()
    share(admission=watched)
    large = other_file("x.png", png(5000, 8000, b"", colour_type=2))

    post(mapping, image_file(), large)

    assert [load.weight for load in watched.loads] == [Weight.MEDIUM, Weight.MEDIUM]
    assert watched.loads[0].memory_bytes < watched.loads[1].memory_bytes


def test_it_counts_against_the_rate_limit(mapping: Client, settings_of: SettingsOf) -> None:
    settings_of(pictures_per_minute=2)
    share(rate_limits=RateLimits())

    statuses = [post(mapping, image_file()).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


@pytest.mark.django_db
def test_a_key_needs_the_scope_classify(mapping: Client, member: User) -> None:
    tokens = {scope: ApiKey.make(member, "script", [scope])[1] for scope in Scope}

    statuses = {
        scope: mapping.post(URL, {"image": image_file()}, headers={"Authorization": f"Bearer {token}"}).status_code
        for scope, token in tokens.items()
    }

    assert statuses == {scope: 200 if scope == Scope.CLASSIFY else 403 for scope in Scope}
