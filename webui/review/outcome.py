"""Says what a correction is good for: to whoever makes one, and on the page of its answer.

waiting -> accepted: it teaches the next version; of a new class: so many more, and it can be learned
        -> rejected: it is not used
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from webui.history.models import Correction, CorrectionKind, State
from webui.review.judgements import Judgement

ENOUGH_FOR_A_CLASS = 24
"""Pictures with which a new class is worth training: two dozen. Training takes two, which is not useful."""


def thanks(judgement: Judgement) -> str:
    """The answer to somebody who has said what is in a picture."""
    return _sentences(
        _("Thank you. Noted: %(what)s.") % {"what": judgement}, _progress(judgement.kind, judgement.label)
    )


def accepted(judgement: Judgement) -> str:
    """The answer to staff who have accepted what is in a picture."""
    return _sentences(_("Accepted: %(what)s.") % {"what": judgement}, _progress(judgement.kind, judgement.label))


def of_correction(correction: Correction) -> str:
    """What has become of a correction, or will."""
    if correction.state == State.REJECTED:
        return _("It was not accepted, so it is not used for training.")
    if correction.state == State.PENDING:
        first = _("Staff review it before the model learns from it.")
    elif correction.answer.picture_bytes:
        first = _("Accepted: this picture will teach the next version.")
    else:
        return _("It was accepted, but its picture is not kept, so nothing can be learned from it.")
    return _sentences(first, _progress(correction.kind, correction.label))


def _progress(kind: str, label: str) -> str:
    """How many pictures a new class still needs; empty for anything else."""
    if kind != CorrectionKind.NEW_CLASS:
        return ""
    there_are = Correction.objects.filter(kind=kind, label=label).exclude(state=State.REJECTED).count()
    missing = ENOUGH_FOR_A_CLASS - there_are
    if missing <= 0:
        return _("There are enough pictures now to learn “%(label)s”.") % {"label": label}
    sentence = ngettext(
        "%(count)d more like it, and it can learn “%(label)s”.",
        "%(count)d more like it, and it can learn “%(label)s”.",
        missing,
    )
    return sentence % {"count": missing, "label": label}


def _sentences(first: str, second: str) -> str:
    """Both, as the reader's language joins them; Chinese has no space between sentences."""
    return pgettext("sentences", "%(first)s %(second)s") % {"first": first, "second": second} if second else first
