"""The outcome of a training, picture by picture, as a JSON file for another program.

which pictures were trained on, which held back | what is said of each of those, and how it looks
    -> how another model does on them, without those that it was trained on

    {"pictures": [{"file": "mug/00000012", "class": "mug", "part": "held_back", "group": 7}, ...],
     "left_out": [{"file": "mug/00000019", "reason": "..."}],
     "answers": [{"file": "mug/00000012", "actual": "mug", "said": "cup", "score": 0.81, "known": true}, ...],
     "signs": [{"sign": "dark", "failures": 6, "of_failures": 9, "others": 4, "of_others": 51, "p_value": 0.0007}],
     "others": {"pictures": 40, "accepted": 3},
     "compared": [{"model": "pets-1", "n": 60, "right": 57, "right_before": 51, "p_value": 0.03, ...}]}

`part` is `training`, `held_back`, or `neither`: a copy of one that is held back. Pictures of the same `group` are
copies or near copies of each other. `others` are pictures of other things, each answered by a rejection that had not
learned from it, and how many of those it takes for one of the classes, counted picture by picture; null where there
are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.stats import fisher_exact

from recognizer import Recognizer, files
from recognizer.errors import MenagerieError
from training.audit.image_check import Quality
from training.audit.inspect import Audit
from training.data.dataset import Dataset
from training.errors import RecipeError
from training.evaluation.compare import Comparison, compare
from training.evaluation.confidence_intervals import Share
from training.evaluation.evaluate import Answered, Evaluation, evaluate
from training.job import Job

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIRST_BYTES = b'{"pictures": '
_MAX_SEEN_BYTES = 64 * 2**20
_SIGNS: dict[str, Callable[[Quality], bool]] = {
    "dark": lambda quality: quality.is_dark,
    "grey": lambda quality: quality.is_grey,
    "blurred": lambda quality: quality.is_blurred,
}
"""What a picture can be that makes it hard to tell."""


@dataclass(frozen=True)
class Rival:
    """Another model, to compare with on the pictures held back."""

    model: Path
    seen: frozenset[str] = frozenset()
    """SHA-256, in hexadecimal, of pictures that it was trained on: on those, and on copies of them, it had it easy."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know of the outcome; by default nothing."""

    file: Path | None = None
    """Where to write what became of each picture."""
    rivals: tuple[Rival, ...] = ()
    """Other models to compare with on the pictures held back."""


@dataclass(frozen=True)
class Versus:
    """How a model does beside the new one."""

    model: str
    """The stem of its file."""
    comparison: Comparison | None
    """None where they cannot be compared."""
    right: int = 0
    """Of the pictures that both answered, how many the new one names rightly."""
    right_before: int = 0
    """How many the other one does."""
    seen: int = 0
    """Pictures held back that do not count, for the other one was trained on them or on copies of them."""
    problem: str = ""
    """Why they cannot be compared."""

    def sentence(self) -> str:
        """The conclusion, for people."""
        if self.comparison is None:
            return f"Not compared with {self.model}: {self.problem}"
        told = f" {self.seen} held back do not count: {self.model} was trained on those." if self.seen else ""
        return f"Compared with {self.model}: {self.comparison.verdict()}{told}"

    def to_dict(self) -> dict[str, Any]:
        """As the JSON file has it."""
        if self.comparison is None:
            return {"model": self.model, "n": 0, "seen": self.seen, "problem": self.problem}
        return {
            "model": self.model,
            "n": self.comparison.n,
            "right": self.right,
            "right_before": self.right_before,
            "p_value": self.comparison.p_value,
            "seen": self.seen,
        }


def read_seen(path: Path) -> frozenset[str]:
    """The pictures that a model was trained on: a SHA-256 in hexadecimal a line.

    Raises:
        RecipeError: the file cannot be read, or has something else in it.
    """
    try:
        lines = files.read_whole(path, _MAX_SEEN_BYTES).decode().split()
    except (OSError, UnicodeDecodeError) as err:
        raise RecipeError(f"{path} cannot be read: {err}") from err
    if wrong := next((line for line in lines if not _DIGEST.fullmatch(line)), None):
        raise RecipeError(f"Expected a SHA-256 in hexadecimal on each line of {path}. Received: {wrong[:80]!r}")
    return frozenset(lines)


def versus(
    rival: Rival,
    served: Evaluation,
    job: Job,
    audited: Audit,
    *,
    open_model: Callable[[Path], Recognizer] = Recognizer.open,
) -> Versus:
    """Compares a model with the new one on pictures that neither has seen; what hinders that is told, not raised.

    Args:
        rival: the model.
        served: what the new model answers to the pictures held back.
        job: which those are.
        audited: which are copies of each other.
        open_model: how the rival is opened.
    """
    seen = {audited.groups[image] for image in job.dataset.images if image.digest in rival.seen}
    fair = tuple(image for image in job.parts.validation if audited.groups[image] not in seen)
    left_out = len(job.parts.validation) - len(fair)
    if not fair:
        return Versus(rival.model.stem, None, seen=left_out, problem="It was trained on all pictures held back.")
    try:
        old = evaluate(open_model(rival.model), Dataset(job.class_names, fair))
        comparison = compare(served, old)
    except (MenagerieError, OSError) as err:
        return Versus(rival.model.stem, None, seen=left_out, problem=str(err))
    answered = {picture.path for picture in served.answered}
    before = sum(picture.is_right for picture in old.answered if picture.path in answered)
    right = before + comparison.only_new - comparison.only_old
    return Versus(rival.model.stem, comparison, right, before, left_out)


def check_writable(path: Path, model: Path) -> None:
    """Finds out, before hours of work, whether the file of the outcome can be written.

    Args:
        path: the file of the outcome.
        model: the model file that will be written.

    Raises:
        RecipeError: it cannot, or it would take the place of a file of another kind.
    """
    if not files.is_writable(path):
        raise RecipeError(f"--outcome {path} cannot be written. Choose a file in a folder that is there, of yours.")
    if files.is_same(path, model) or files.begins_otherwise(path, _FIRST_BYTES):
        raise RecipeError(f"--outcome {path} would replace a file of another kind. Choose another one.")


def write(
    path: Path,
    served: Evaluation,
    job: Job,
    audited: Audit,
    compared: Sequence[Versus],
    others: Share | None = None,
) -> None:
    """Writes the file, whole or not at all; in ASCII, so that it can name files whose names are not UTF-8.

    Args:
        path: the file.
        served: what the new model answers to the pictures held back.
        job: how the pictures were divided.
        audited: which are copies of each other, and which were left out.
        compared: how other models do.
        others: of pictures of other things that the rejection had not learned from, those taken for one of the classes.

    Raises:
        OSError: it cannot be written.
    """
    document = {
        "pictures": list(_pictures(job, audited)),
        "left_out": [{"file": job.place_of(image.path), "reason": str(error)} for image, error in audited.left_out],
        "answers": [_answer(job, picture) for picture in served.answered],
        "others": {"pictures": others.whole, "accepted": others.part} if others and others.whole else None,
        "signs": list(signs(served.answered, job, audited)),
        "compared": [each.to_dict() for each in compared],
    }
    files.write_whole(path, json.dumps(document).encode())


def _pictures(job: Job, audited: Audit) -> Iterator[dict[str, Any]]:
    trained_on, held_back = frozenset(job.parts.train), frozenset(job.parts.validation)
    for image in job.dataset.images:
        part = "training" if image in trained_on else "held_back" if image in held_back else "neither"
        group = audited.groups[image]
        yield {"file": job.place_of(image.path), "class": job.class_names[image.label], "part": part, "group": group}


def _answer(job: Job, picture: Answered) -> dict[str, Any]:
    return {
        "file": job.place_of(picture.path),
        "actual": picture.actual,
        "said": picture.predicted,
        "score": round(picture.score, 4),
        "known": picture.prediction.known,
    }


def signs(answered: Sequence[Answered], job: Job, audited: Audit) -> Iterator[dict[str, Any]]:
    """How many of the pictures that a model fails on, and of the others, are dark, grey or blurred.

    It fails on a picture that it takes for another class, or turns away. The p-value is that of Fisher's exact test,
    one-sided: how often chance alone would put as many of them among the failures (Fisher 1935).
    """
    image_at = {image.path: image for image in job.dataset.images}
    for sign, has in _SIGNS.items():
        table = [[0, 0], [0, 0]]  # Failures and others: with the sign, without it.
        for picture in answered:
            quality = audited.qualities[image_at[picture.path]]
            table[picture.is_right and picture.prediction.known][not has(quality)] += 1
        (failures, _), (others, _) = table
        if failures:
            yield {
                "sign": sign,
                "failures": failures,
                "of_failures": sum(table[0]),
                "others": others,
                "of_others": sum(table[1]),
                "p_value": float(fisher_exact(table, alternative="greater").pvalue),
            }
