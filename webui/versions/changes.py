"""Says what changes for those who use the server when one version answers instead of another."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from recognizer.model_file.metadata import ModelMetadata
from webui.wording import class_name, counted

_SHOWN = 20


@dataclass(frozen=True)
class Change:
    """One thing, before and after."""

    name: str
    before: str
    after: str

    @property
    def is_change(self) -> bool:
        """Whether it will be another."""
        return self.before != self.after


@dataclass(frozen=True)
class Changes:
    """Everything that one would want to know before."""

    facts: list[Change]
    gained: list[str]
    """Classes that it did not know."""
    lost: list[str]
    """Classes that it will not know any more."""


def changes(before: ModelMetadata | None, after: ModelMetadata | None) -> Changes | None:
    """Compares two versions; None where the later one cannot be used.

    Args:
        before: of the one that is active; None where none is, or it cannot be used.
        after: of the one that would be.
    """
    if after is None:
        return None
    olds = _facts(before)
    facts = [Change(name, olds.get(name, "–"), value) for name, value in _facts(after).items()]
    old, new = (metadata.class_names if metadata else () for metadata in (before, after))
    return Changes(
        facts,
        gained=[name for name in new if name not in set(old)] if before else [],
        lost=[name for name in old if name not in set(new)],
    )


def _facts(metadata: ModelMetadata | None) -> dict[str, str]:
    if metadata is None:
        return {}
    validation = metadata.measured.validation
    shown = [class_name(name) for name in metadata.class_names[:_SHOWN]]
    return {
        _("Model"): metadata.name,
        _("Version"): metadata.version,
        _("Classes"): pgettext("between classes", ", ").join(shown)
        + (" …" if len(metadata.class_names) > _SHOWN else ""),
        _("Correct"): _("%(percent)s of %(n)d") % {"percent": counted(validation.accuracy), "n": validation.n}
        if validation
        else "–",
        _("Says “none of these”"): _("yes") if metadata.rejection else _("no"),
        _("Network"): metadata.architecture,
    }
