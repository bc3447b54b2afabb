"""Finds the head that a backbone came with, which knows many kinds of things beside the classes that are trained.

weights = model: the one that the model file keeps | imagenet: Keras's | a file: recipe's rejection.backbone_head

It fits the backbone only as that came: where a phase trains some of it, there is none.
"""

from __future__ import annotations

import zipfile
from io import BufferedReader
from pathlib import Path

import numpy as np

from recognizer import architectures, files
from recognizer.model_file.numbers import Floats, rounded
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from training.config import Recipe
from training.errors import WeightsError
from training.network import starting_weights

_MAX_NUMBERS = 4 * 2**20
"""A thousand outputs for 4,096 features; what a record of a rejection may have more is for the classes."""
_MAX_BYTES = 16 * _MAX_NUMBERS


def find(recipe: Recipe) -> BackboneHead | None:
    """The head of the backbone that a recipe's model will have; None where it has none.

    Raises:
        WeightsError: Keras's cannot be downloaded, or the file that the recipe names is no head of that backbone.
    """
    stays = recipe.head.training == "probe" and not recipe.fine_tune.phases()
    if recipe.rejection.backbone_head is not None:
        if not stays:
            raise WeightsError(
                "Expected no rejection.backbone_head in a recipe that trains the backbone, which it would then no"
                " longer fit. Leave it out, or take --recipe animals."
            )
        return _of_file(Path(recipe.rejection.backbone_head), recipe.architecture)
    if not stays or recipe.weights == "none":
        return None
    if recipe.weights == "imagenet":
        download = architectures.get(recipe.architecture).keras_imagenet_head
        found = None if download is None else starting_weights.downloaded(download)
        return None if found is None else BackboneHead(*found, centre=None)
    if starting_weights.path_of(recipe.weights).name.endswith(".weights.h5"):
        return None
    score = starting_weights.source_of(recipe.architecture, recipe.weights).ood_score
    return score.backbone if isinstance(score, HeadScore) else None


def _of_file(path: Path, architecture: str) -> BackboneHead:
    if not architectures.get(architecture).averages_feature_map:
        raise WeightsError(
            f"Expected no rejection.backbone_head with architecture={architecture}, whose embedding is not the average"
            " of its feature map."
        )
    head = _read(path)
    size = architectures.build(architecture, 2).get_layer(architectures.EMBEDDING_LAYER).output.shape[-1]
    if head.kernel.shape[1] != size:
        raise WeightsError(
            f"Expected a head for the {size} features of {architecture} in {path}."
            f" Received: {head.kernel.shape[1]} features"
        )
    return head


def _read(path: Path) -> BackboneHead:
    try:
        with files.open_plain(path) as file:
            _refuse_large(file)
            with np.load(file, allow_pickle=False) as stored:
                kernel, bias = (np.asarray(stored[name], np.float32) for name in ("kernel", "bias"))
                centre = np.asarray(stored["centre"], np.float32) if "centre" in stored else None
    except Exception as err:  # zipfile, zlib and NumPy raise many kinds for a file that is damaged.
        raise WeightsError(
            f"Expected rejection.backbone_head: an .npz file with `kernel`, `bias` and, if known, `centre`."
            f" Received: {path} ({err})"
        ) from err
    _refuse_unfit(path, kernel, bias, centre)
    return BackboneHead(np.ascontiguousarray(kernel.T), bias, centre)


def _refuse_large(file: BufferedReader) -> None:
    """Before any of it is unpacked.

    Raises:
        ValueError: it is.
    """
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > _MAX_BYTES:
        raise ValueError(f"{unpacked:,} bytes, of at most {_MAX_BYTES:,}")
    file.seek(0)


def _refuse_unfit(path: Path, kernel: Floats, bias: Floats, centre: Floats | None) -> None:
    """Before the training, at whose end they go into a model file."""
    numbers = [kernel, bias, *([] if centre is None else [centre])]
    wanted = [kernel.shape, kernel.shape[1:], kernel.shape[:1]]
    if kernel.ndim != 2 or any(found.shape != shape for found, shape in zip(numbers, wanted, strict=False)):
        raise WeightsError(
            f"Expected numbers of the shapes (D, K), (K,) and (D,) in {path}."
            f" Received: {[found.shape for found in numbers]}"
        )
    if kernel.shape[1] < 2 or kernel.size > _MAX_NUMBERS:
        raise WeightsError(
            f"Expected a head of 2 outputs or more, and of at most {_MAX_NUMBERS:,} weights, in {path}."
            f" Received: shape={kernel.shape}"
        )
    with np.errstate(over="ignore"):
        if not all(np.isfinite(rounded(found)).all() for found in numbers):
            raise WeightsError(f"Expected finite numbers below 65,504, the largest of half precision, in {path}.")
