"""Says in plain sentences what a version will get wrong, as far as its own file knows."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognizer.charts.confusion_matrix import ConfusionMatrix
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.rejection_record import Compared, Rejection, Spread
from recognizer.model_file.results import Interval, Provenance, Results
from webui.wording import class_name, counted

# With less than this share of the most pictures that a class has, a class has few.
_FEW = 0.6


def judgement(rejection: Rejection | None) -> Compared | None:
    """How the version's own way of telling other things did, where it was measured."""
    compared = rejection.comparison if rejection else ()
    return next((entry for entry in compared if rejection and entry.method == rejection.method), None)


def limits(
    metadata: ModelMetadata, results: Results, provenance: Provenance, confusion: ConfusionMatrix | None
) -> list[str]:
    """One sentence each, the most important first."""
    return [
        *_mistakes(results, confusion),
        *_new_sources(results),
        *_other_things(metadata.rejection),
        *_few_pictures(provenance),
        *_scores(metadata, results),
    ]


def _mistakes(results: Results, confusion: ConfusionMatrix | None) -> Iterator[str]:
    measured = results.validation
    if measured is None:
        yield _("Nobody has measured how often it is right: its file has no results.")
        return
    wrong = confusion.wrong if confusion else round((1 - measured.accuracy) * measured.n)
    yield _(
        "Of %(all)d pictures held back from its training, it took %(wrong)d for another class. Pictures from elsewhere "
        "are harder: expect more."
    ) % {"all": measured.n, "wrong": wrong}
    if results.cross_validation is not None:
        yield _("Of pictures from sources that it had not seen, it named %(percent)s correctly.") % {
            "percent": counted(results.cross_validation.accuracy_on_groups_left_out)
        }
    if confusion and confusion.mistakes:
        worst = confusion.mistakes[0]
        names = {"actual": class_name(worst.actual), "predicted": class_name(worst.predicted)}
        yield _("Its commonest mistake there: %(actual)s taken for %(predicted)s.") % names


def _new_sources(results: Results) -> Iterator[str]:
    """What a new user should expect, from the worst quarter of sources that it had not learned from to their mean."""
    found = results.by_source
    if found and found.right and found.right.expected:
        yield _(
            "Of pictures from people and places that it has not met, expect it to name %(low)s to %(high)s correctly."
        ) % _from_to(found.right.expected)
    if found and found.accepted and found.accepted.expected:
        yield _(
            "Of pictures of its classes from people and places that it has not met, expect it to accept %(low)s to "
            "%(high)s, and to say “none of these” to the others."
        ) % _from_to(found.accepted.expected)


def _from_to(interval: Interval) -> dict[str, str]:
    low, high = interval
    return {"low": counted(low), "high": counted(high)}


def _other_things(rejection: Rejection | None) -> Iterator[str]:
    if rejection is None:
        yield _("It cannot say “none of these”: whatever a picture shows, it is taken for one of the classes.")
        return
    judged = judgement(rejection)
    for folder, spread in judged.unknown.items() if judged else ():
        yield _("Of pictures of other things (%(folder)s), it takes %(mean)s for one of its classes%(range)s.") % {
            "folder": folder,
            "mean": counted(spread.mean),
            "range": _range(spread),
        }
    if judged is None:
        yield _("How often it takes other things for one of its classes was not measured.")
    yield _(
        "It says “none of these” to %(percent)s of the pictures, held back from its training, that do show one of its "
        "classes. Of pictures from elsewhere expect more."
    ) % {"percent": counted(1 - rejection.accepted_share)}


def _range(spread: Spread) -> str:
    lowest, highest = counted(spread.lowest), counted(spread.highest)
    if lowest == highest:
        return ""
    return _(", between %(lowest)s and %(highest)s depending on their kind") % {"lowest": lowest, "highest": highest}


def _few_pictures(provenance: Provenance) -> Iterator[str]:
    counts = provenance.data.images if provenance.data else None
    most = max(counts.values(), default=0) if counts else 0
    few = [(name, count) for name, count in (counts or {}).items() if count < _FEW * most]
    for name, count in sorted(few, key=lambda entry: entry[1])[:3]:
        yield ngettext(
            "It has seen only %(count)d picture of %(name)s, and %(most)d of another class.",
            "It has seen only %(count)d pictures of %(name)s, and %(most)d of another class.",
            count,
        ) % {"count": count, "name": class_name(name), "most": most}


def _scores(metadata: ModelMetadata, results: Results) -> Iterator[str]:
    if results.calibration is None and metadata.temperature == 1.0:
        yield _(
            "Its scores are not calibrated: of ten answers that it calls 90 percent sure, more or fewer than nine may "
            "be right."
        )
