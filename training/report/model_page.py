"""The HTML page of a model: how good it is, class by class, with its mistakes, its scores and its training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from recognizer import files
from recognizer.charts.confusion_matrix import confusion_matrix
from recognizer.charts.learning_curves import learning_curves
from recognizer.errors import CallerError, OperatorError
from recognizer.model_file.results import flat
from training.evaluation import reliability
from training.evaluation.confidence_intervals import Interval, Share
from training.evaluation.evaluate import Answered, Evaluation
from training.evaluation.open_set import AnsweredUnknown, ScoreName, UnknownKind, score, score_name, separation
from training.evaluation.reliability import ReliabilityDiagram
from training.report import figures, html_page, summary, tables
from training.report.contents import Contents
from training.report.photographs import Photograph, photographs
from training.report.svg import ACCENT, FAULT, SERIES

_TEMPLATE = Path(__file__).with_name("model_page.html.jinja")
_MAX_MISTAKES = 48
_MAX_UNCERTAIN = 24
_MAX_LISTED = 1000
_MOST_CLASSES_IN_MATRIX = 50


class ReportError(OperatorError):
    """The page of a model cannot be written."""

    code = "report_not_written"
    title = "The report cannot be written"


@dataclass(frozen=True)
class _Card:
    answered: Answered
    photograph: Photograph | None


def default_path(model: Path) -> Path:
    """The path of a model's page, beside the model: `models/animals-1.h5` -> `models/animals-1.report.html`."""
    return model.with_suffix(".report.html")


def check_writable(path: Path) -> None:
    """Finds out, before minutes of work, whether a model's page can be written.

    Raises:
        ReportError: its folder cannot be written to.
        CallerError: it is no HTML file by its name; a model would be replaced.
    """
    if not files.is_writable(path):
        what = (
            f"{path} is a folder" if path.is_dir() else f"{path.absolute().parent} is no folder that can be written to"
        )
        raise ReportError(f"{what}. Choose another place with --out.")
    if not html_page.is_named_so(path):
        raise CallerError(f"Expected a file name such as pets-1.report.html. Received: --out {path}")


def write(path: Path, contents: Contents) -> None:
    """Writes the page of a model, whole or not at all.

    Raises:
        ReportError: the page cannot be written there.
    """
    page = render(contents)
    check_writable(path)
    try:
        html_page.write(path, page)
    except OSError as err:
        raise ReportError(f"{path}: {err.strerror or err}.") from err


def render(contents: Contents) -> str:
    """The page."""
    return html_page.fill(_TEMPLATE, _values(contents), {"percent": summary.percent, "range": _range})


def _values(contents: Contents) -> dict[str, Any]:
    evaluation, metadata = contents.evaluation, contents.recognizer.metadata
    mistakes = evaluation.mistakes
    return {
        "contents": contents,
        "evaluation": evaluation,
        "metadata": metadata,
        "model": contents.recognizer.model_info(),
        "engine": contents.recognizer.engine.name,
        "written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "headline": summary.headline(evaluation.correct),
        "sentences": summary.sentences(contents),
        "confusion": confusion_matrix(
            evaluation.confusion_matrix.tolist(), evaluation.class_names, most_classes=_MOST_CLASSES_IN_MATRIX
        ),
        "mistakes": _cards(contents, mistakes[:_MAX_MISTAKES]),
        "more_mistakes": mistakes[_MAX_MISTAKES:_MAX_LISTED],
        "max_listed": _MAX_LISTED,
        "uncertain": _cards(contents, _uncertain(evaluation)),
        "reliability_diagrams": _reliability_diagrams(evaluation, metadata.temperature),
        "histograms": _histograms(contents),
        "precision_recall": figures.precision_recall(evaluation),
        "sources": tables.sources(contents.divided, photographs=contents.photographs),
        "recorded_sources": tables.recorded(metadata.measured.by_source),
        "folders": _folders(contents),
        "separation": separation(evaluation.answered, contents.unknown.pictures) if contents.unknown else None,
        "learning_curves": learning_curves(metadata.measured.history),
        "findings": tables.findings(contents.audit),
        "recipe": list(flat(metadata.provenance.get("recipe", {}))),
        "provenance": list(flat({k: v for k, v in metadata.provenance.items() if k != "recipe"})),
        "calibrated": list(flat(metadata.results.get("calibration", {}), "calibration")),
    }


def _cards(contents: Contents, pictures: Sequence[Answered]) -> list[_Card]:
    shown = photographs(contents.recognizer, pictures) if contents.photographs else [None] * len(pictures)
    return [_Card(answered, photograph) for answered, photograph in zip(pictures, shown, strict=True)]


def _uncertain(evaluation: Evaluation) -> list[Answered]:
    """Right answers with the lowest scores: the mistakes are shown already."""
    right = (picture for picture in evaluation.answered if picture.is_right)
    return sorted(right, key=lambda picture: picture.score)[:_MAX_UNCERTAIN]


def _reliability_diagrams(evaluation: Evaluation, temperature: float) -> list[tuple[str, ReliabilityDiagram, Markup]]:
    """Title, figures and drawing: as the model answers and, where that differs, as it would without temperature."""
    now = evaluation.reliability.equal_width
    diagrams = [("As it answers", now, figures.reliability_diagram("reliability", now))]
    if temperature != 1.0:
        raw = reliability.without_temperature(evaluation.probabilities, temperature).max(axis=1)
        before = reliability.equal_width(raw, evaluation.right)
        title = f"Before its temperature, {temperature:.3g}, was applied"
        diagrams.insert(0, (title, before, figures.reliability_diagram("reliability-before", before)))
    return diagrams


def _histograms(contents: Contents) -> list[tuple[str, Markup]]:
    """Title and drawing for each score that the model gives."""
    evaluation = contents.evaluation
    unknown = contents.unknown.pictures if contents.unknown else ()
    everything = [picture.prediction for picture in evaluation.answered] + [picture.prediction for picture in unknown]
    titles: dict[ScoreName, str] = {"probability": "Score of the best class", "familiarity": "In-distribution score"}
    rejection = contents.recognizer.metadata.rejection
    return [
        (
            title,
            figures.histogram(
                f"histogram-{name}",
                _groups(evaluation, unknown, name),
                label=title.lower(),
                threshold=rejection.threshold if rejection and name == "familiarity" else None,
            ),
        )
        for name, title in titles.items()
        if name in ("probability", score_name(everything))
    ]


def _groups(
    evaluation: Evaluation, unknown: Sequence[AnsweredUnknown], name: ScoreName
) -> list[tuple[str, str, figures.Floats]]:
    def scores(pictures: Iterable[Answered | AnsweredUnknown]) -> figures.Floats:
        return np.array([score(picture.prediction, name) for picture in pictures])

    right = [picture for picture in evaluation.answered if picture.is_right]
    return [
        ("named rightly", ACCENT, scores(right)),
        ("named wrongly", FAULT, scores(evaluation.mistakes)),
        ("other things", SERIES[2], scores(unknown)),
    ]


def _folders(contents: Contents) -> list[tuple[str, Share, list[UnknownKind]]]:
    """Each top folder of unknown pictures with its kinds."""
    unknown = contents.unknown
    if unknown is None:
        return []
    return [
        (folder, share, tables.kinds(unknown, folder, photographs=contents.photographs))
        for folder, share in unknown.by_folder.items()
    ]


def _range(interval: Interval | None, digits: int = 1) -> str:
    """An interval in percent; nothing where there is none."""
    return "" if interval is None else f"{100 * interval[0]:.{digits}f} to {100 * interval[1]:.{digits}f}"
