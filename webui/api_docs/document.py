"""The OpenAPI document: what the endpoints declare, in the words of OpenAPI 3.1.

https://spec.openapis.org/oas/v3.1.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

import recognizer
from recognizer.predictions.documents import Document
from webui.api.endpoint import EVERYWHERE, Endpoint, Media, Operation
from webui.api_docs.problem_examples import PROBLEMS
from webui.problems import Problem, problem, status_of

Json = dict[str, Any]

_ABOUT = """The JSON API of Menagerie: says what is in pictures, with a model that you trained yourself.

Who has an API key sends it as `Authorization: Bearer mng_...`; each key has scopes, and each operation says which it
needs. Pages of this server use the API without a key. Answers may get more members; those that are here stay.
A request that is no proper HTTP, or arrives too slowly, is refused with 400, 408, 414, 431 or 501, and the connection
ends."""
_TAGS = {
    "pictures": "What is in pictures, and where.",
    "batches": "Thousands of pictures in one request, answered when there is time.",
    "studio": "Your own projects of pictures, and trainings on them.",
    "history": "Your own answers, and what you say about them.",
    "models": "The versions of the model, and which one answers.",
    "server": "Whether the server lives, and whether it is ready.",
}
_PROBLEM_TYPE = "application/problem+json"
_HEADERS = {
    "X-Request-ID": "The id of the request: the one that it came with, or else a new one. The server's log has it.",
    "Retry-After": "In how many seconds to try again.",
    "WWW-Authenticate": "`Bearer`: send an API key.",
    "ETag": "Stands for just this answer; send it as `If-None-Match` to be told whether it has changed.",
}
_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "An id for the request: up to 64 letters, digits and `.`, `_`, `~` or `-`; others are replaced.",
    "schema": {"type": "string"},
    "example": "upload-42",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of an answer that you have: 304 says that it is still the same.",
    "schema": {"type": "string"},
    "example": '"9f86d081884c7d659a2feaa0c55ad015"',
}
_PARTS = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer", "minimum": 0}}


@dataclass(frozen=True)
class Described:
    """An operation and the address that it is at, with the parts that vary in braces."""

    path: str
    operation: Operation
    converters: Mapping[str, str]
    """By the name of a part that varies, Django's word for what it may be: uuid, str, ..."""


class _Schemas(GenerateJsonSchema):
    """JSON schemas without what only Python needs: defaults, which are never left out of answers, and titles."""

    def default_schema(self, schema: Any) -> Json:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def openapi(prefix: str) -> Json:
    """The whole document.

    Args:
        prefix: of the server's addresses; empty where they begin at the root.
    """
    found = list(described())
    references, schemas = _schemas(found)
    paths: dict[str, Json] = {}
    for each in found:
        paths.setdefault(each.path, {})[each.operation.method.lower()] = _operation(each, references)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Menagerie",
            "version": recognizer.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": prefix or "/"}],
        "tags": [{"name": name, "description": about} for name, about in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": {name: _header(about) for name, about in _HEADERS.items()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key: `mng_...`"}},
        },
    }


def described() -> Iterator[Described]:
    """Every operation that an endpoint of this project declares, in the order of the URL patterns."""
    for route, callback in _routes(get_resolver()):
        if isinstance(callback, Endpoint):
            converters = {name: kind or "str" for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", route)}
            path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
            yield from (Described(path, operation, converters) for operation in callback.operations)


def _routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here, pattern.callback
        else:
            yield from _routes(pattern, here)


def _schemas(found: list[Described]) -> tuple[dict[type[Document], Json], Json]:
    """The reference to each document's schema, and the schemas."""
    operations = [each.operation for each in found]
    sent = [form for one in operations if one.body for form in one.body.forms.values()]
    answered = [answer for one in operations for answer in one.answers.values()]
    wanted = {(type(form), "validation") for form in sent if isinstance(form, Document)}
    wanted |= {(type(answer), "serialization") for answer in answered if isinstance(answer, Document)}
    wanted.add((Problem, "serialization"))
    references, definitions = models_json_schema(
        sorted(wanted, key=lambda each: each[0].__name__),  # type: ignore[arg-type]  # The words are of two kinds.
        ref_template="#/components/schemas/{model}",
        schema_generator=_Schemas,
    )
    schemas = definitions["$defs"]
    for schema in schemas.values():
        _unwrap(schema)
    return {kind: references[kind, mode] for kind, mode in wanted}, schemas  # type: ignore[index]  # As above.


def _unwrap(schema: Json) -> None:
    """Puts the docstrings of an object and its members into one line each."""
    schema.pop("title", None)
    for each in (schema, *schema.get("properties", {}).values()):
        if "description" in each:
            each["description"] = _plain(each["description"])


def _operation(each: Described, references: Mapping[type[Document], Json]) -> Json:
    operation = each.operation
    summary, _, more = operation.text.partition("\n\n")
    scope = operation.scope.value if operation.scope else None
    needs = [f"A key needs the scope `{scope}`."] if scope else []
    found: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": _plain(summary).removesuffix("."),
        "description": "\n\n".join([*map(_plain, more.split("\n\n")), *needs]).strip(),
        "parameters": [*_path_parameters(each), *_query(operation), *_header_parameters(operation)],
        "responses": _responses(operation, references),
    }
    if operation.body is not None:
        forms = operation.body.forms.items()
        content = {kind: _content(form, references) if isinstance(form, Document) else form for kind, form in forms}
        found["requestBody"] = {"description": operation.body.about, "content": content, "required": True}
    if scope:
        found["security"] = [{"key": [scope]}] if operation.needs_key else [{}, {"key": [scope]}]
    return found


def _path_parameters(each: Described) -> Iterator[Json]:
    for name, kind in each.converters.items():
        part = each.operation.path[name]
        schema = _PARTS.get(kind, {"type": "string"})
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": part.about,
            "schema": schema,
            "example": int(part.example) if kind == "int" else part.example,
        }


def _query(operation: Operation) -> Iterator[Json]:
    for parameter in operation.parameters:
        is_list = parameter.schema["type"] == "array"
        value: Any = parameter.example.split(",") if is_list else parameter.example
        if parameter.schema["type"] in {"integer", "boolean"}:
            value = parameter.parse(parameter.example)
        shape = {"style": "form", "explode": False} if is_list else {}
        yield {
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "schema": dict(parameter.schema),
            "example": value,
            **shape,
        }


def _header_parameters(operation: Operation) -> list[Json]:
    return [_REQUEST_ID, _IF_NONE_MATCH] if operation.conditional else [_REQUEST_ID]


def _responses(operation: Operation, references: Mapping[type[Document], Json]) -> Json:
    answers = operation.answers.items()
    found = {str(status): _answer(status, answer, operation, references) for status, answer in answers}
    if operation.conditional:
        found["304"] = {"description": "Nothing has changed.", "headers": _headers("X-Request-ID", "ETag")}
    codes = [*operation.problems, *(EVERYWHERE if operation.scope else ())]
    if operation.parameters and "invalid_request" not in codes:
        codes.append("invalid_request")
    by_status: dict[HTTPStatus, list[str]] = {}
    for code in codes:
        by_status.setdefault(status_of(PROBLEMS[code]), []).append(code)
    found |= {str(status.value): _refusal(status, names, references) for status, names in by_status.items()}
    found |= {"414": _too_long("The address is too long"), "431": _too_long("The headers are too long")}
    return dict(sorted(found.items()))


def _too_long(what: str) -> Json:
    """A refusal of the server below the application, which has neither an id nor a document."""
    return {"description": f"{what}; the connection ends.", "content": {"text/html": {}}}


def _answer(
    status: int, answer: Document | Media | None, operation: Operation, references: Mapping[type[Document], Json]
) -> Json:
    names = ["X-Request-ID", *(["ETag"] if operation.conditional else [])]
    names += ["Retry-After"] if status == HTTPStatus.SERVICE_UNAVAILABLE else []
    headers = _headers(*names) | {name: _header(about) for name, about in operation.headers.items()}
    if answer is None:
        return {"description": "Done; there is nothing to say.", "headers": headers}
    if isinstance(answer, Media):
        content = {answer.media_type: {"schema": {"type": "string", "format": "binary"}}}
        return {"description": answer.about, "headers": headers, "content": content}
    about = _plain(type(answer).__doc__ or "")
    return {"description": about, "headers": headers, "content": {"application/json": _content(answer, references)}}


def _refusal(status: HTTPStatus, codes: list[str], references: Mapping[type[Document], Json]) -> Json:
    names = ["X-Request-ID"]
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        names.append("Retry-After")
    if status == HTTPStatus.UNAUTHORIZED:
        names.append("WWW-Authenticate")
    examples = {code: {"value": problem(PROBLEMS[code])} for code in codes}
    content = {_PROBLEM_TYPE: {"schema": references[Problem], "examples": examples}}
    about = "; ".join(f"`{code}`: {PROBLEMS[code].title[0].lower()}{PROBLEMS[code].title[1:]}" for code in codes)
    return {"description": f"{about}.", "headers": _headers(*names), "content": content}


def _content(example: Document, references: Mapping[type[Document], Json]) -> Json:
    return {"schema": references[type(example)], "example": example.to_dict()}


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _header(about: str) -> Json:
    return {"description": about, "schema": {"type": "string"}}


def _plain(text: str) -> str:
    """A docstring's paragraph in one line."""
    return " ".join(text.split())
