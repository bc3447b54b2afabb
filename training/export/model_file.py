"""Writes a trained network as a model file, with its results measured on the file itself."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer
from recognizer.engines import graph_files
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.results import ClassResults, Results, Validation
from recognizer.preprocessing import fingerprint
from recognizer.registry.file_names import name_and_version
from training.evaluation.evaluate import Evaluation, evaluate
from training.job import Job

# Numbers grow with the square of the classes: of 1,000, they take 8 MB.
_MOST_CLASSES_IN_MATRIX = 1_000


def export(
    weights: list[npt.NDArray[np.float32]],
    out: Path,
    job: Job,
    *,
    provenance: dict[str, Any],
    results: Results,
) -> Evaluation:
    """Writes `out`, evaluates it through `Recognizer` on the pictures held back, and records the result in it.

    Nothing stands at `out` before the file is complete.
    """
    model = job.build_network()
    model.set_weights(weights)
    name, version = name_and_version(out)
    metadata = ModelMetadata(
        name=name,
        version=version,
        architecture=job.recipe.architecture,
        unit_embedding_size=job.recipe.head.unit_embedding_size,
        class_names=job.class_names,
        preprocessing=job.preprocessing,
        preprocessing_fingerprint=fingerprint(job.preprocessing),
        provenance=provenance,
        results={},
    )
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder, out.name)
        artifact.write(draft, model, metadata)
        evaluation = evaluate(Recognizer.open_reference(draft), job.held_back)
        measured = results.model_copy(update={"validation": validation(evaluation)})
        artifact.copy_with_metadata(draft, out, metadata.model_copy(update={"results": measured.to_dict()}))
    return evaluation


def publish(draft: Path, out: Path) -> None:
    """Puts a finished model file to where it is found, and its graph beside it; the graph first.

    Raises:
        ArtifactError: it cannot be written there.
    """
    graphs = graph_files.find(draft)
    with artifact.written_whole(out) as whole:
        shutil.copyfile(draft, whole)
        if graphs is not None:
            graph_files.copy_graphs(graphs, out, artifact.read(whole))


def validation(evaluation: Evaluation) -> Validation:
    """The evaluation without file names: a model is passed on, the names of somebody's pictures are not.

    Of many classes it has no confusion matrix, either.
    """
    fits = len(evaluation.class_names) <= _MOST_CLASSES_IN_MATRIX
    return Validation(
        accuracy=evaluation.accuracy,
        n=evaluation.n,
        per_class={figures.name: ClassResults(**figures.to_dict()) for figures in evaluation.classes},
        confusion_matrix=evaluation.confusion_matrix.tolist() if fits else None,
    )
