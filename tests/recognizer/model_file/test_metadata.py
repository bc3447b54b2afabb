"""What a model file says about itself is believed only where it makes sense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recognizer.errors import ArtifactError
from recognizer.model_file.metadata import ModelMetadata
from tests.recognizer.fakes import make_metadata


def record(**changes: Any) -> dict[str, Any]:
    return {**json.loads(make_metadata().to_json()), **changes}


def test_a_record_comes_back_as_it_was() -> None:
    metadata = make_metadata(
        class_names=("猫", "Hähnchen", "a b"),
        temperature=1.25,
        provenance={"data": {"train": 3}, "note": None},
        results={"validation": {"accuracy": 0.5}},
    )

    assert ModelMetadata.from_json(metadata.to_json()) == metadata


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        make_metadata().name = "other"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema_version", 2),
        ("schema_version", "1"),
        ("name", ""),
        ("name", "../animals"),
        ("name", "a b"),
        ("name", 7),
        ("name", "x" * 101),
        ("version", ""),
        ("version", "1/2"),
        ("version", "1-2"),
        ("version", 1),
        ("architecture", None),
        ("class_names", []),
        ("class_names", ["cat"]),
        ("class_names", ["cat", ""]),
        ("class_names", ["cat", 3]),
        ("class_names", ["cat", "cat"]),
        ("class_names", ["x" * 201, "dog"]),
        ("class_names", [str(i) for i in range(10_001)]),
        ("class_names", "cat"),
        ("preprocessing", None),
        ("preprocessing", {}),
        ("temperature", 0),
        ("temperature", -1.0),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("temperature", "1"),
        ("temperature", None),
        ("preprocessing_fingerprint", 5),
        ("provenance", []),
        ("provenance", None),
        ("results", "good"),
        ("surprise", 1),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(ArtifactError, match=field):
        ModelMetadata.from_json(json.dumps(record(**{field: value})))


@pytest.mark.parametrize(
    "field",
    sorted(set(ModelMetadata.model_fields) - {"schema_version", "temperature", "rejection", "unit_embedding_size"}),
)
def test_a_missing_field_is_named(field: str) -> None:
    wrong = record()
    del wrong[field]

    with pytest.raises(ArtifactError, match=field):
        ModelMetadata.from_json(json.dumps(wrong))


def test_a_wrong_field_inside_preprocessing_is_named() -> None:
    wrong = record()
    wrong["preprocessing"]["input_size"] = -1

    with pytest.raises(ArtifactError, match=r"preprocessing\.input_size"):
        ModelMetadata.from_json(json.dumps(wrong))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none_inside_preprocessing_are_refused(number: str) -> None:
    text = make_metadata().to_json().replace("103.939", number)

    with pytest.raises(ArtifactError, match=r"preprocessing\.mean"):
        ModelMetadata.from_json(text)


def test_pixels_that_are_made_differently_now_are_refused_with_a_cure() -> None:
    with pytest.raises(ArtifactError, match=r"pixels differently.*requirements\.txt"):
        ModelMetadata.from_json(json.dumps(record(preprocessing_fingerprint="sha256:0")))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name":' * 100_000,
        b'{"name": "\\ud800"}',
        b"[" + b"0," * 500_000 + b"0]",
    ],
    ids=lambda text: repr(text[:10]),
)
def test_what_is_no_record_is_refused(text: bytes) -> None:
    with pytest.raises(ArtifactError, match="metadata is wrong"):
        ModelMetadata.from_json(text)


def test_a_deeply_nested_provenance_is_refused() -> None:
    nested = json.dumps(record()).replace(
        '"provenance": {}', '"provenance": {"a": ' + "[" * 10_000 + "]" * 10_000 + "}"
    )

    with pytest.raises(ArtifactError):
        ModelMetadata.from_json(nested)


def test_the_reason_stays_readable_where_everything_is_wrong() -> None:
    wrong = record(class_names=[0] * 10_000)

    with pytest.raises(ArtifactError) as caught:
        ModelMetadata.from_json(json.dumps(wrong))

    assert len(str(caught.value)) < 2000


def test_a_record_from_before_there_were_projections_has_none() -> None:
    fields = record()
    del fields["unit_embedding_size"]

    assert ModelMetadata.from_json(json.dumps(fields)).unit_embedding_size is None


@pytest.mark.parametrize("size", [0, 1, 2.5, "128", 10**9])
def test_a_projection_of_an_absurd_size_is_refused(size: object) -> None:
    fields = record(unit_embedding_size=size)

    with pytest.raises(ArtifactError, match="unit_embedding_size"):
        ModelMetadata.from_json(json.dumps(fields))
