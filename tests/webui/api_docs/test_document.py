"""The OpenAPI document says of every endpoint what it does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.webui.conftest import SettingsOf
from webui.accounts.models import Scope
from webui.api.endpoint import Endpoint
from webui.api_docs.document import described, openapi
from webui.api_docs.problem_examples import PROBLEMS
from webui.problems import STATUS_BY_CODE, problem

DOCUMENT = openapi("")
OPERATIONS = {(path, method): each for path, methods in DOCUMENT["paths"].items() for method, each in methods.items()}


def within(value: Any) -> Iterator[dict[str, Any]]:
    """All objects of a document."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from within(inner)


def test_it_is_served_to_everybody(client: Client, settings_of: SettingsOf) -> None:
    settings_of(access="staff")

    response = client.get("/api/openapi.json")

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json() == json.loads(json.dumps(DOCUMENT))
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_a_prefix_is_the_servers_address() -> None:
    assert openapi("/animals")["servers"] == [{"url": "/animals"}]
    assert DOCUMENT["servers"] == [{"url": "/"}]


def test_every_address_of_the_api_is_in_it() -> None:
    views = {
        f"/{pattern.pattern}": pattern.callback
        for pattern in get_resolver().url_patterns
        if pattern.pattern and hasattr(pattern, "callback")
    }
    ours = {re.sub(r"<\w+:(\w+)>", r"{\1}", path) for path in views if path.startswith("/api/v1/")}

    assert ours | {"/livez", "/readyz"} == set(DOCUMENT["paths"])
    assert all(isinstance(views[path], Endpoint) for path in views if path.startswith("/api/v1/"))


def test_operations_have_names_of_their_own_and_say_what_they_do() -> None:
    names = [each["operationId"] for each in OPERATIONS.values()]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Z][^.]+", each["summary"]) for each in OPERATIONS.values())
    assert {tag for each in OPERATIONS.values() for tag in each["tags"]} == {tag["name"] for tag in DOCUMENT["tags"]}


def test_every_reference_leads_somewhere() -> None:
    for found in within(DOCUMENT):
        if "$ref" in found:
            target: Any = DOCUMENT
            for step in found["$ref"].removeprefix("#/").split("/"):
                target = target[step]


def test_every_parameter_body_and_answer_has_an_example() -> None:
    without = [
        (case, parameter["name"])
        for case, each in OPERATIONS.items()
        for parameter in each["parameters"]
        if "example" not in parameter
    ]
    documents = [
        (case, content)
        for case, each in OPERATIONS.items()
        for answer in (*each["responses"].values(), each.get("requestBody", {}))
        for kind, content in answer.get("content", {}).items()
        if kind in {"application/json", "application/problem+json"}
    ]

    assert without == []
    assert documents
    assert [case for case, content in documents if not {"example", "examples"} & content.keys()] == []


def test_every_part_of_an_address_is_described() -> None:
    for each in described():
        assert set(re.findall(r"{(\w+)}", each.path)) == set(each.operation.path), each.path


def test_every_member_of_an_answer_that_is_no_plain_name_is_described() -> None:
    plain = {"name", "version", "label", "score", "model", "filename", "id", "error", "state", "status", "answers"}
    schemas = DOCUMENT["components"]["schemas"]
    bare = {
        (name, member)
        for name, schema in schemas.items()
        for member, inner in schema.get("properties", {}).items()
        if "description" not in inner and member not in plain
    }

    assert bare == set()


def test_every_code_has_an_example_with_its_status() -> None:
    assert PROBLEMS.keys() == STATUS_BY_CODE.keys()
    assert {code: problem(error)["status"] for code, error in PROBLEMS.items()} == STATUS_BY_CODE


def test_refusals_say_which_codes_they_have() -> None:
    for case, each in OPERATIONS.items():
        for status, answer in each["responses"].items():
            for code in answer.get("content", {}).get("application/problem+json", {}).get("examples", {}):
                assert STATUS_BY_CODE[code] == int(status), case


@pytest.mark.parametrize("path", sorted(path for path in DOCUMENT["paths"] if path.startswith("/api/")))
def test_the_scope_that_a_key_needs_is_named(path: str) -> None:
    for each in DOCUMENT["paths"][path].values():
        [scope] = {name for entry in each["security"] for name in entry.get("key", [])}
        assert scope in set(Scope)
        assert f"scope `{scope}`" in each["description"]


def test_an_answer_is_described_once_only() -> None:
    """Two classes of one name would get long names, with their modules in it."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []
