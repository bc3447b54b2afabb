"""A model card as Hugging Face's Hub reads it: README.md with YAML at its head, of what a model file records.

model file -> FOLDER/README.md, FOLDER/<name>-<version>.h5 -> huggingface-cli upload
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2

from recognizer import architectures
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.results import Results, flat
from recognizer.terminal import percent
from training.errors import RecipeError
from training.export.handout import ExportFailed

MISSING = "not recorded"
_MOST_CLASSES = 200
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,40}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# What Markdown and HTML would take for something else than text.
_MARKUP = re.compile(r"([\\`*_\[\]<>|#&~$!])")

_jinja = jinja2.Environment(  # noqa: S701 - it is Markdown; `_cell` is its escape.
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def make(source: Artifact, folder: Path, *, license_id: str = "") -> None:
    """Writes a folder with the card and a copy of the model file, whole or not at all.

    Args:
        source: the model file.
        folder: must not exist yet.
        license_id: the licence under which it is published, as the Hub spells it; a model file records none.

    Raises:
        ExportFailed: the folder is there already.
        RecipeError: the licence is none that the Hub can know.
    """
    if folder.exists():
        raise ExportFailed(f"{folder} is there already. Remove it, or name another folder with --out.")
    text = card(source, license_id=license_id)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        draft = Path(name, "draft")
        draft.mkdir()
        (draft / "README.md").write_text(text, encoding="utf-8")
        shutil.copyfile(source.path, draft / _file_name(source.metadata))
        draft.rename(folder)


def card(source: Artifact, *, license_id: str = "") -> str:
    """The text of README.md. What the file does not record is said to be so.

    Raises:
        RecipeError: see `make`.
    """
    if license_id and not _LICENSE.fullmatch(license_id):
        raise RecipeError(
            f"Expected a licence as the Hub spells it, such as apache-2.0, cc-by-4.0 or other. Received: {license_id!r}"
        )
    metadata = source.metadata
    measured, origin, rejection = metadata.measured, metadata.origin, metadata.rejection
    _jinja.filters |= {"cell": _cell, "share": percent}
    text = _jinja.get_template("hub_card.md.jinja").render(
        front_matter="".join(f"{line}\n" for line in _yaml(_front_matter(metadata, license_id))),
        metadata=metadata,
        pixels=metadata.preprocessing,
        file=_file_name(metadata),
        digest=source.digest,
        license=license_id,
        most_classes=_MOST_CLASSES,
        missing=MISSING,
        measured=measured,
        validation=measured.validation,
        rejection=rejection,
        judged=next((each for each in rejection.comparison if each.method == rejection.method), None)
        if rejection
        else None,
        origin=origin,
        data=origin.data,
        imported=origin.imported,
        weights=origin.starting_weights,
        options=list(flat(origin.recipe.to_dict())) if origin.recipe else [],
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _front_matter(metadata: ModelMetadata, license_id: str) -> dict[str, Any]:
    """The keys that the Hub knows. Data sets of the Hub and a base model there are nothing that a file records."""
    found: dict[str, Any] = {
        "license": license_id or "unknown",
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": [
            "menagerie",
            *([metadata.architecture] if metadata.architecture in architectures.ARCHITECTURES else []),
        ],
    }
    results = list(_results(metadata.measured, metadata))
    if results:
        found["metrics"] = sorted({metric["type"] for result in results for metric in result["metrics"]})
        found["model-index"] = [{"name": f"{metadata.name}-{metadata.version}", "results": results}]
    return found


def _results(measured: Results, metadata: ModelMetadata) -> Iterator[dict[str, Any]]:
    held_back = {"name": "Pictures held back from training", "type": "imagefolder", "split": "validation"}
    data = metadata.origin.data
    digest = data.validation_digest if data else None
    args = {"digest": digest} if digest and _DIGEST.fullmatch(digest) else {}
    metrics = []
    if measured.validation:
        metrics.append({"type": "accuracy", "value": measured.validation.accuracy, "name": "Accuracy"})
    if measured.calibration:
        error = measured.calibration.after.expected_calibration_error
        metrics.append({"type": "expected_calibration_error", "value": error, "name": "Expected calibration error"})
    if metrics:
        n = measured.validation.n if measured.validation else measured.calibration.pictures  # type: ignore[union-attr]
        yield _result({**held_back, "args": {**args, "pictures": n}}, metrics)
    if measured.cross_validation:
        share = measured.cross_validation.accuracy_on_groups_left_out
        left_out = {"name": "Sources left out of training", "type": "imagefolder", "split": "test"}
        yield _result(left_out, [{"type": "accuracy", "value": share, "name": "Accuracy"}])


def _result(dataset: dict[str, Any], metrics: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "task": {"type": "image-classification", "name": "Image classification"},
        "dataset": dataset,
        "metrics": metrics,
    }


def _yaml(value: Any, indent: str = "") -> Iterator[str]:
    """Lines of YAML in block style; strings as JSON writes them, which YAML reads."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield f"{indent}{key}:"
                yield from _yaml(item, f"{indent}  ")
            else:
                yield f"{indent}{key}: {json.dumps(item)}"
        return
    for item in value:
        first, *others = _yaml(item, f"{indent}  ") if isinstance(item, dict) else [f"{indent}  {json.dumps(item)}"]
        yield f"{indent}- {first.lstrip()}"
        yield from others


def _file_name(metadata: ModelMetadata) -> str:
    return f"{metadata.name}-{metadata.version}.h5"


def _cell(text: object) -> str:
    """Text that stands in a table or a sentence as it is, whatever is in it."""
    readable = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return _MARKUP.sub(r"\\\1", readable)
