"""Finds the head that a backbone came with, which knows many kinds of things beside the classes that are trained.

weights = model: the one that the model file keeps | imagenet: Keras's | a file: recipe's rejection.backbone_head

It fits the backbone only as that came: where a phase trains some of it, there is none.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from recognizer import architectures, files
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from training.config import Recipe
from training.errors import WeightsError
from training.network import starting_weights

_MAX_BYTES = 256 * 2**20


def find(recipe: Recipe) -> BackboneHead | None:
    """The head of the backbone that a recipe's model will have; None where it has none.

    Raises:
        WeightsError: the file that the recipe names cannot be read, or is no such head.
    """
    if recipe.head.training != "probe" or recipe.fine_tune.phases():
        return None
    if recipe.rejection.backbone_head is not None:
        return _read(Path(recipe.rejection.backbone_head))
    if recipe.weights == "imagenet":
        download = architectures.get(recipe.architecture).keras_imagenet_head
        found = None if download is None else download()
        return None if found is None else BackboneHead(*found, centre=None)
    if recipe.weights == "none" or starting_weights.path_of(recipe.weights).name.endswith(".weights.h5"):
        return None
    score = starting_weights.source_of(recipe.architecture, recipe.weights).ood_score
    return score.backbone if isinstance(score, HeadScore) else None


def _read(path: Path) -> BackboneHead:
    try:
        with files.open_plain(path) as file, np.load(file, allow_pickle=False) as stored:
            kernel, bias = (np.asarray(stored[name], np.float32) for name in ("kernel", "bias"))
            centre = np.asarray(stored["centre"], np.float32) if "centre" in stored else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadZipFile) as err:
        raise WeightsError(
            f"Expected rejection.backbone_head: an .npz file with `kernel`, `bias` and, if known, `centre`."
            f" Received: {path} ({err})"
        ) from err
    shapes = [kernel.shape, bias.shape, *([] if centre is None else [centre.shape])]
    if kernel.ndim != 2 or bias.shape != kernel.shape[1:] or (centre is not None and centre.shape != kernel.shape[:1]):
        raise WeightsError(f"Expected numbers of the shapes (D, K), (K,) and (D,) in {path}. Received: {shapes}")
    if not all(np.isfinite(numbers).all() for numbers in (kernel, bias, *([] if centre is None else [centre]))):
        raise WeightsError(f"Expected finite numbers in {path}.")
    return BackboneHead(np.ascontiguousarray(kernel.T), bias, centre)
