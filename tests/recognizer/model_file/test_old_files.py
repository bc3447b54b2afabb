"""Model files of earlier releases can be read, whatever fields are called in code by now.

`metadata_*.json` beside this file are what releases have written. They are never changed: a file that somebody has
trained does not change either. A new version of the schema gets a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from recognizer.engines import graph_files
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata

SHIPPED = Path(__file__).resolve().parents[3] / "models" / "animals-3.h5"
SHIPPED_DIGEST = "sha256:b5616e53f832c8ab07ba38d9349df4b5ced4af7e792f37081a9cf663a736cc54"
RECORDS = sorted(Path(__file__).parent.glob("metadata_*.json"))


def unknown_names(record: BaseModel, prefix: str = "") -> Iterator[str]:
    """Names in a file that no field of the records has."""
    yield from (f"{prefix}{name}" for name in record.model_extra or {})
    for name in type(record).model_fields:
        value = getattr(record, name)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for item in inner:
            if isinstance(item, BaseModel):
                yield from unknown_names(item, f"{prefix}{name}.")


LATER = {"spread": None, "hidden_units": 0}
"""What later files say of a rejection beside what is in these."""


def test_there_are_records_of_all_releases() -> None:
    assert [path.stem for path in RECORDS] == ["metadata_0_1_0", "metadata_animals_1", "metadata_animals_2"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_name_that_a_file_has_is_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    metadata = ModelMetadata.from_json(text)

    # The recipe is kept as it is: its options are training's, and change with it.
    names = set(unknown_names(metadata.origin)) | set(unknown_names(metadata.measured))
    assert {name for name in names if not name.startswith("recipe.")} == set()
    stored = json.loads(text)
    written = json.loads(metadata.to_json())
    if metadata.rejection is not None:
        new = written["rejection"].keys() - stored["rejection"].keys()
        assert {name: written["rejection"].pop(name) for name in new}.items() <= LATER.items()
    assert written == stored
    assert metadata.measured.to_dict() == stored["results"]
    assert metadata.origin.to_dict() == stored["provenance"]


def test_the_shipped_file_is_the_one_that_was_released() -> None:
    assert artifact.read(SHIPPED).digest == SHIPPED_DIGEST


def test_the_shipped_graph_is_that_of_the_shipped_file() -> None:
    graphs = graph_files.find(SHIPPED)

    assert graphs is not None
    assert graphs.get("int8") is not None


def test_what_the_first_shipped_file_says_is_understood() -> None:
    metadata = ModelMetadata.from_json(stored("metadata_animals_1"))
    measured, origin, rejection = metadata.measured, metadata.origin, metadata.rejection

    assert measured.validation is not None
    assert measured.validation.accuracy == pytest.approx(0.98795, abs=1e-5)
    assert measured.validation.n == 581
    assert (measured.validation.per_class or {})["horse"].n == 86
    assert (measured.validation.confusion_matrix or ())[1] == (1, 164, 0, 0)
    assert [(phase.unfreeze, phase.learning_rate) for phase in measured.history or ()] == [
        ("conv5", 0.003),
        ("conv1", 0.0003),
    ]
    assert measured.calibration is not None
    assert measured.calibration.after.expected_calibration_error == pytest.approx(0.00201, abs=1e-5)
    assert origin.finished == datetime(2026, 11, 22, 1, 15, 37, tzinfo=UTC)
    assert origin.data is not None
    assert origin.data.images == {"cat": 1100, "chicken": 1100, "dog": 1100, "horse": 576}
    assert origin.starting_weights is not None
    assert origin.starting_weights.kind == "file"
    assert origin.recipe is not None
    assert (origin.recipe.seed, origin.recipe.validation_fraction) == (1, 0.15)
    assert rejection is not None
    assert (rejection.method, rejection.references, rejection.trials) == ("neighbours_and_unknown", 114, 5)


def stored(name: str) -> str:
    return Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")
