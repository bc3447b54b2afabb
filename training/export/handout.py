"""A folder with an exported model that can be handed on: the model, what its numbers mean, a program that runs it.

model file -> standalone -> FOLDER/model.onnx, say
           -> FOLDER/model.json, picture.py, classify.py, README.md -> tried on drawn pictures -> agreement
    for "web": such a folder, tried -> FOLDER/index.html and what belongs to it
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image

from recognizer.errors import OperatorError
from recognizer.images import icc
from recognizer.images.decode import decode
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Preprocessing, resize_and_crop
from training.export import half_floats, standalone, web_page, web_runtime
from training.export.standalone import TARGETS, Target

if TYPE_CHECKING:
    import keras

Handout = Target | Literal["web"]
"""What can be handed out: a model for another program, or a page that runs it in the browser."""

HANDOUTS: tuple[Handout, ...] = (*TARGETS, "web")

_EXAMPLES = Path(__file__).with_name("examples")
_DRAWN, _PROFILED = 4, 3
_TIMEOUT_S = 300
MOST_DIFFERENCE = 0.01
"""Of a probability or a likeness, between the exported model and the network it was made of."""

_README = """# {name}, version {version}, for {target}

It takes pictures of {size} x {size} pixels, uint8 RGB, and answers for each with

- `probabilities`: how likely each of its classes is, in the order of `class_names` in model.json; calibrated, so that
  of a hundred answers at 0.8 some 80 are right;
- `known`: 0 where the picture is none of the classes; then the probabilities say nothing;
- `likeness`: how like what it learned the picture is, 0 to 1, 0.5 at the border of `known`.

Not every model has the last two. `python classify.py PICTURE ...` shows how it is called; its first line says what has
to be installed. picture.py scales a picture just as the model was trained. Menagerie looks a second time at pictures
that it is unsure of; this model looks once.

Made from a model file with the digest {digest}.
"""

_README_OF_A_PAGE = """# {name}, version {version}, in the browser

Open index.html: a double click is enough. The model runs in the browser, pictures stay on the device, and nothing is
fetched from anywhere. The whole folder belongs together.

The page scales a picture just as the model was trained, and answers with calibrated probabilities and "none of these".
Menagerie looks a second time at pictures that it is unsure of; this page looks once. Weights are stored in 16 bits.

parts/onnxruntime.js and parts/runtime-*.js are ONNX Runtime Web {runtime}, MIT, by Microsoft.

Made from a model file with the digest {digest}.
"""


class ExportFailed(OperatorError):
    """The exported model is not what it was made of, or could not be tried."""

    code = "export_failed"
    title = "The model could not be exported"


@dataclass(frozen=True)
class Agreement:
    """How far an exported model is from the network that it was made of, on drawn pictures."""

    largest_difference: float
    """Of a probability."""


def make(source: Artifact, target: Handout, folder: Path, runtime: Path | None = None) -> Agreement | None:
    """Writes the folder, whole or not at all.

    Args:
        source: the model file.
        target: for which program.
        folder: must not exist yet.
        runtime: for "web", the package of ONNX Runtime Web, instead of fetching it.

    Returns:
        The agreement; None where the program that runs the model is not installed here.

    Raises:
        ExportFailed: the folder is there already; the exported model answers otherwise than the network.
        RuntimeMissing: for "web", what runs it cannot be had.
        ArtifactError: the network cannot be built.
    """
    if folder.exists():
        raise ExportFailed(f"{folder} is there already. Remove it, or name another folder with --out.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        draft = Path(name, "draft")
        draft.mkdir()
        agreement = _make_page(source, draft, runtime) if target == "web" else _make_model(source, target, draft)
        draft.rename(folder)
    return agreement


def _make_model(source: Artifact, target: Target, folder: Path, *, halved: bool = False) -> Agreement | None:
    model = standalone.standalone(source)
    path = standalone.save(model, target, folder)
    if halved:
        half_floats.halve(path)
    _describe(source, target, folder)
    return _tried(model, source.metadata.preprocessing, folder)


def _make_page(source: Artifact, folder: Path, package: Path | None) -> Agreement | None:
    runtime = web_runtime.find(package)
    with tempfile.TemporaryDirectory() as name:
        tried = Path(name)
        agreement = _make_model(source, "onnx", tried, halved=True)
        web_page.write(tried / "model.onnx", tried / "model.json", runtime, folder)
    metadata = source.metadata
    text = _README_OF_A_PAGE.format(
        name=metadata.name, version=metadata.version, runtime=web_runtime.VERSION, digest=source.digest
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    return agreement


def _describe(source: Artifact, target: Target, folder: Path) -> None:
    metadata, pixels = source.metadata, source.metadata.preprocessing
    meaning = {
        "name": metadata.name,
        "version": metadata.version,
        "digest": source.digest,
        "class_names": metadata.class_names,
        "input_size": pixels.input_size,
        "fit": pixels.fit,
        "crop_fraction": pixels.crop_fraction,
        "interpolation": pixels.interpolation,
    }
    (folder / "model.json").write_text(json.dumps(meaning, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.copyfile(_EXAMPLES / "picture.py", folder / "picture.py")
    shutil.copyfile(_EXAMPLES / f"{target}.py", folder / "classify.py")
    text = _README.format(
        name=metadata.name, version=metadata.version, target=target, size=pixels.input_size, digest=source.digest
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def _tried(model: keras.Model, preprocessing: Preprocessing, folder: Path) -> Agreement | None:
    """Runs the program of the folder on drawn pictures, and compares its answers with the network's."""
    with tempfile.TemporaryDirectory() as name:
        paths = _draw(Path(name))
        pixels = [resize_and_crop(decode(path.read_bytes()).rgb, preprocessing) for path in paths]
        expected = model(np.stack(pixels))
        answers = _run(folder, paths)
    if answers is None:
        return None
    found = np.array([answer["probabilities"] for answer in answers])
    difference = float(np.abs(found - np.asarray(expected["probabilities"])).max())
    if not difference <= MOST_DIFFERENCE:  # No number is neither more than it nor less.
        raise ExportFailed(f"The exported model answers otherwise: a probability differs by {difference:.3f}.")
    if not all(answer["known"] in allowed for answer, allowed in zip(answers, _known(expected), strict=True)):
        raise ExportFailed(
            "The exported model answers otherwise: it knows a picture that the network does not, or not."
        )
    return Agreement(difference)


def _known(expected: Mapping[str, Any]) -> Iterator[set[bool]]:
    """For each picture what an exported model may say of `known`: either, right at the border."""
    count = len(expected["probabilities"])
    known = np.asarray(expected.get("known", np.ones(count)), bool)
    likeness = np.asarray(expected.get("likeness", known))
    for is_known, like in zip(known, likeness, strict=True):
        yield {True, False} if abs(like - 0.5) < MOST_DIFFERENCE else {bool(is_known)}


def _run(folder: Path, paths: Sequence[Path]) -> list[dict[str, Any]] | None:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - the program that was written here.
            [sys.executable, folder / "classify.py", *paths],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as err:
        raise ExportFailed(f"The exported model does not answer {len(paths)} pictures in {_TIMEOUT_S} s.") from err
    if done.returncode and "ModuleNotFoundError" in done.stderr:
        return None
    if done.returncode:  # What the system has killed, for its memory, say, says nothing.
        why = done.stderr.strip().rpartition("\n")[2] or f"it ended with {done.returncode}"
        raise ExportFailed(f"The exported model does not run: {why}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _draw(folder: Path) -> list[Path]:
    """Pictures of noise, coarse and fine, of several proportions, each stored in another way."""
    rng, paths = np.random.default_rng(0), []
    for number in range(_DRAWN):
        coarse = Image.fromarray(rng.integers(0, 256, (4 + 9 * number, 5 + 4 * number, 4), np.uint8))
        noise = coarse.resize((320 + 40 * number, 300), Image.Resampling.BICUBIC)
        paths.append(folder / f"{number}.png")
        profile = icc.ADOBE_RGB if number == _PROFILED else None
        _stored(noise, number).save(paths[-1], icc_profile=profile)
    return paths


def _stored(noise: Image.Image, number: int) -> Image.Image:
    """Transparent, a grey of 16 bits, or in plain colours."""
    match number:
        case 1:
            return noise
        case 2:
            return Image.fromarray(np.asarray(noise.convert("L"), np.uint16) * 257)
        case _:
            return noise.convert("RGB")
