"""Ties together what the card of one version shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from recognizer.charts.confusion_matrix import ConfusionMatrix, confusion_matrix
from recognizer.charts.learning_curves import LearningCurve, learning_curves
from recognizer.engines.graph_files import PRECISIONS, Parity
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.rejection_record import HeadRejection, Rejection, SimilarityRejection
from recognizer.model_file.results import ClassResults, Results
from webui.versions import origin
from webui.versions.limits import judgement, limits
from webui.versions.listing import Listed
from webui.versions.origin import Fact
from webui.wording import counted

MOST_CLASSES = 50
"""Of more classes, the worst are shown."""
_MOST_CLASSES_IN_MATRIX = 25


@dataclass(frozen=True)
class Tile:
    """One figure at the head of the card."""

    name: str
    figure: str
    note: str


@dataclass(frozen=True)
class ClassRow:
    """How one class did."""

    name: str
    figures: ClassResults


@dataclass(frozen=True)
class Card:
    """Everything that one version's page says of it."""

    metadata: ModelMetadata
    results: Results
    tiles: list[Tile]
    classes: list[ClassRow]
    shows_worst: bool
    """Whether `classes` are only the worst of all."""
    confusion: ConfusionMatrix | None
    limits: list[str]
    rejection: list[str]
    charts: list[LearningCurve]
    facts: list[Fact]
    options: list[Fact]
    looking: list[str]
    temperature: str
    parity: list[Fact]
    """Of each precision that was compared with Keras: how close it comes."""


def card(version: Listed, metadata: ModelMetadata) -> Card:
    """Reads what a version's file says of itself."""
    results, provenance = metadata.measured, metadata.origin
    confused = confusion_matrix(
        results.validation.confusion_matrix if results.validation else None,
        metadata.class_names,
        most_classes=_MOST_CLASSES_IN_MATRIX,
    )
    classes = _classes(results)
    parity = version.contents.parity or {}
    return Card(
        metadata,
        results,
        tiles=_tiles(metadata, results),
        classes=classes[:MOST_CLASSES],
        shows_worst=len(classes) > MOST_CLASSES,
        confusion=confused,
        limits=limits(metadata, results, provenance, confused),
        rejection=_rejection(metadata.rejection),
        charts=learning_curves(results.history),
        facts=origin.facts(metadata, provenance),
        options=origin.options(provenance),
        looking=origin.way_of_looking(metadata.preprocessing),
        temperature=f"{metadata.temperature:.3g}",
        parity=[
            (_("Compiled, %(precision)s") % {"precision": name}, _closeness(parity[name]))
            for name in PRECISIONS
            if name in parity
        ],
    )


def _closeness(parity: Parity) -> str:
    """How close a compiled graph comes to Keras."""
    values = {"share": counted(parity.agreement), "n": parity.pictures}
    compared = (
        _("the same class as Keras for %(share)s of %(n)d drawn patterns")
        if parity.drawn
        else _("the same class as Keras for %(share)s of %(n)d pictures")
    )
    return (
        compared % values if parity.accepted else _("%(compared)s: too few, not used") % {"compared": compared % values}
    )


def _tiles(metadata: ModelMetadata, results: Results) -> list[Tile]:
    tiles = []
    if results.validation is not None:
        note = _("of %(n)d pictures held back from training") % {"n": results.validation.n}
        tiles.append(Tile(_("Correct"), counted(results.validation.accuracy), note))
    if results.calibration is not None:
        off = results.calibration.after.expected_calibration_error
        note = _("on average, after calibration; before, %(before)s") % {
            "before": counted(results.calibration.before.expected_calibration_error)
        }
        tiles.append(Tile(_("Its scores are off by"), counted(off), note))
    judged = judgement(metadata.rejection)
    if judged is not None and judged.unknown:
        folder, spread = max(judged.unknown.items(), key=lambda item: item[1].mean)
        note = _("of the pictures in “%(folder)s”") % {"folder": folder}
        tiles.append(Tile(_("Other things taken for a class"), counted(spread.mean), note))
    return tiles


def _classes(results: Results) -> list[ClassRow]:
    """In the order of the file; of very many, the worst first."""
    measured = (results.validation.per_class if results.validation else None) or {}
    rows = [ClassRow(name, figures) for name, figures in measured.items()]
    return sorted(rows, key=lambda row: row.figures.f1) if len(rows) > MOST_CLASSES else rows


def _rejection(rejection: Rejection | None) -> list[str]:
    """How it tells that a picture is none of its classes."""
    if rejection is None:
        return []
    sentences = [
        *_method(rejection),
        (
            _("The threshold lets %(share)s of pictures pass that show one of the classes, from sources left out.")
            if rejection.left_out
            else _("The threshold lets %(share)s of pictures pass that show one of the classes.")
        )
        % {"share": counted(rejection.accepted_share)},
    ]
    if rejection.unknown_pictures:
        counts = {"pictures": rejection.unknown_pictures, "kinds": rejection.unknown_kinds}
        sentences.append(_("It was taught by %(pictures)d pictures of other things, of %(kinds)d kinds.") % counts)
    return sentences


def _method(rejection: Rejection) -> Iterator[str]:
    if isinstance(rejection, SimilarityRejection):
        yield _(
            "A picture is compared with %(references)d examples that the file holds as numbers. What is less familiar "
            "than the threshold %(threshold)s is none of the classes."
        ) % {"references": rejection.references, "threshold": f"{rejection.threshold:.3g}"}
    if isinstance(rejection, HeadRejection):
        yield _(
            "Before these classes, the network learned to tell %(kinds)d kinds of things apart, and it has kept what "
            "it knew. A picture that is more like other things than like the classes is none of them."
        ) % {"kinds": rejection.backbone_classes}
        if rejection.second_look:
            yield _(
                "Where it is unsure, it looks a second time, at the part of the picture that speaks most for one of "
                "the classes."
            )
