"""What the page `/api/docs` shows: the OpenAPI document as sections, operations and objects, ready for its template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy, pgettext_lazy

from webui.api.parameters import MOST
from webui.api_docs.document import Described, described, openapi
from webui.api_docs.samples import samples

Json = dict[str, Any]

_SECTIONS: dict[str, Promise] = {
    "pictures": gettext_lazy("Pictures"),
    "batches": gettext_lazy("Many pictures"),
    "studio": gettext_lazy("Studio"),
    "history": gettext_lazy("History"),
    "models": gettext_lazy("Models"),
    "server": pgettext_lazy("part of the API", "The server"),
}


@dataclass(frozen=True)
class Member:
    """A parameter, or a member of an object."""

    name: str
    where: str
    """Of a parameter: path, query or header."""
    kind: SafeString
    """What it can be."""
    about: SafeString
    is_required: bool


@dataclass(frozen=True)
class Answer:
    """One status that an operation answers with."""

    status: str
    phrase: str
    about: SafeString
    kind: SafeString
    """Media type and object."""
    example: str
    """JSON; empty where there is none, and of refusals, which are all alike."""

    @property
    def is_refusal(self) -> bool:
        """Whether its status is one of an error."""
        return self.status >= "400"


@dataclass(frozen=True)
class ShownSample:
    """Code in one language, with an id of its own on the page."""

    id: str
    language: str
    code: str


@dataclass(frozen=True)
class Shown:
    """One operation."""

    name: str
    method: str
    path: str
    link: str
    """Where a browser sees the answer; empty of what changes something, or needs something in its address."""
    summary: SafeString
    paragraphs: list[SafeString]
    parameters: list[Member]
    body: SafeString | None
    body_kinds: list[str]
    answers: list[Answer]
    refusals: list[Answer]
    """Those with a status from 400 on."""
    samples: list[ShownSample]


@dataclass(frozen=True)
class Section:
    """The operations about one thing."""

    name: str
    title: Promise
    operations: list[Shown]


@dataclass(frozen=True)
class Kind:
    """A kind of object in bodies and answers."""

    name: str
    about: SafeString
    members: list[Member]
    words: list[str]
    """Of one that is a word: those that it can be."""


def sections(prefix: str, server: str) -> list[Section]:
    """The sections of the page.

    Args:
        prefix: see `openapi`.
        server: the address of the server for the samples, without a slash at the end.
    """
    found: dict[str, list[Shown]] = {name: [] for name in _SECTIONS}
    for each in described():
        entry = openapi(prefix)["paths"][each.path][each.operation.method.lower()]
        link = f"{prefix}{each.path}" if each.operation.method == "GET" and not each.operation.path else ""
        found[each.operation.tag].append(_shown(each, entry, server, link))
    return [Section(name, _SECTIONS[name], operations) for name, operations in found.items()]


def kinds(prefix: str) -> list[Kind]:
    """The objects that bodies and answers are made of, in the order of their names."""
    return [
        Kind(
            name,
            _marked(schema.get("description", "")),
            list(_members(schema)),
            [str(word) for word in schema.get("enum", [])],
        )
        for name, schema in openapi(prefix)["components"]["schemas"].items()
    ]


def _shown(each: Described, entry: Json, server: str, link: str) -> Shown:
    body, name = entry.get("requestBody"), entry["operationId"]
    answers = [_answer(status, answer) for status, answer in entry["responses"].items()]
    return Shown(
        name=name,
        method=each.operation.method,
        path=each.path,
        link=link,
        summary=_marked(entry["summary"]),
        paragraphs=[_marked(text) for text in entry["description"].split("\n\n") if text],
        parameters=[_parameter(parameter) for parameter in entry["parameters"]],
        body=_marked(body["description"]) if body else None,
        body_kinds=list(body["content"]) if body else [],
        answers=[answer for answer in answers if not answer.is_refusal],
        refusals=[answer for answer in answers if answer.is_refusal],
        samples=[
            ShownSample(f"{name}-{number}", sample.language, sample.code)
            for number, sample in enumerate(samples(each, server))
        ],
    )


def _parameter(parameter: Json) -> Member:
    return Member(
        parameter["name"],
        parameter["in"],
        _kind(parameter["schema"]),
        _marked(parameter["description"]),
        parameter.get("required", False),
    )


def _answer(status: str, answer: Json) -> Answer:
    [(media_type, content)] = answer.get("content", {"": {}}).items()
    example = content.get("example")
    schema = content.get("schema", {})
    kind = format_html("{} {}", media_type, _kind(schema) if "$ref" in schema else "")
    shown = "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
    return Answer(status, HTTPStatus(int(status)).phrase, _marked(answer["description"]), kind, shown)


def _members(schema: Json) -> Iterator[Member]:
    required = schema.get("required", [])
    for name, member in schema.get("properties", {}).items():
        about = _marked(member.get("description", ""))
        yield Member(name, "", _kind(member), about, name in required)


def _kind(schema: Json) -> SafeString:
    """What a value can be, in a few words; objects with a link to what they are."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return format_html('<a href="#object-{}">{}</a>', name, name)
    if "anyOf" in schema:
        return SafeString(" | ".join(_kind(one) for one in schema["anyOf"]))
    if "const" in schema:
        return format_html("{}", json.dumps(schema["const"]))
    if "enum" in schema:
        return format_html("{}", " | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return format_html("[{}]", _kind(schema["items"]))
    bounds = f", {schema['minimum']} to {schema['maximum']}" if {"minimum", "maximum"} <= schema.keys() else ""
    bounds = f", at least {schema['minimum']}" if schema.get("maximum") == MOST else bounds
    default = f", default {json.dumps(schema['default'])}" if "default" in schema else ""
    return format_html("{}{}{}", schema.get("format", schema.get("type", "")), bounds, default)


def _marked(text: str) -> SafeString:
    """A text with what stands between backticks as code."""
    pieces = text.split("`")
    return mark_safe(  # noqa: S308 - each piece is escaped.
        "".join(f"<code>{escape(piece)}</code>" if at % 2 else escape(piece) for at, piece in enumerate(pieces))
    )
