"""The classes that a correction may name: those of the model, and new ones that can become folders.

"  Red   Panda " -> cleaned() -> "Red Panda" -> matching() -> "red panda", where the model has it
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from recognizer.model_file.class_names import compared
from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH
from webui import services, wording
from webui.history.models import Answer, Correction, CorrectionKind, State
from webui.inference.served_model import State as ServedState

MAX_BYTES = 255
"""Of a folder name on the usual file systems, as UTF-8."""
UNKNOWN = "unknown"
"""The folder of pictures that show none of the classes; no class may be called so."""
_FORBIDDEN = frozenset('/\\:*?"<>|')
# What Windows takes for a device, whatever follows a dot.
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789")}
)


class WrongLabel(ValueError):
    """A text that cannot be a class; the message is for the person who wrote it."""


def of_answer(answer: Answer) -> list[str]:
    """The classes of the model, the likeliest first, as far as the answer or the model served now knows them."""
    likeliest = [str(label) for label, _score in answer.top] or [answer.label]
    return list(dict.fromkeys([*likeliest, *served()]))


def served() -> tuple[str, ...]:
    """The classes of the model that answers now; none while it starts."""
    model = services.current().model
    return model.recognizer().metadata.class_names if model.state is ServedState.READY else ()


def accepted_new_classes(*, limit: int = 100) -> list[str]:
    """Classes that no model had and that staff accepted, in alphabetical order."""
    found = Correction.objects.filter(state=State.ACCEPTED, kind=CorrectionKind.NEW_CLASS).order_by("label")
    return list(found.values_list("label", flat=True).distinct()[:limit])


def accepted() -> list[str]:
    """All classes that accepted corrections name, of models and new ones, in alphabetical order."""
    found = Correction.objects.filter(state=State.ACCEPTED).exclude(label="").order_by("label")
    return list(found.values_list("label", flat=True).distinct())


def matching(text: str, names: Iterable[str]) -> str | None:
    """The class that a text means, by its name or in any language of the pages; None where there is none.

    In any: else "猫" would be a cat on the Chinese pages, and a new class on the English ones. Names that a person
    cannot tell apart mean the same, as for `fit`, which refuses both as folders: "Red Panda", "red_panda".
    """
    wanted = compared(text)
    return next((name for name in names if wanted in map(compared, wording.spellings(name))), None)


def cleaned(text: str) -> str:
    """The name of a new class, in one spelling (Unicode's NFC) and with single spaces.

    Raises:
        WrongLabel: it is empty, too long, or cannot be the name of a folder everywhere.
    """
    label = unicodedata.normalize("NFC", " ".join(text.split()))
    if not label:
        raise WrongLabel(_("Write the name of the class."))
    if len(label) > MAX_CLASS_NAME_LENGTH or len(label.encode(errors="replace")) > MAX_BYTES:
        raise WrongLabel(_("The name of the class is too long."))
    if not label.isprintable() or _FORBIDDEN & set(label) or not label[0].isalnum() or label.endswith("."):
        raise WrongLabel(_('The name of a class begins with a letter or a digit and has none of / \\ : * ? " < > |.'))
    if label.casefold().partition(".")[0].strip() in _DEVICES:
        raise WrongLabel(
            _("A class cannot be called “%(name)s”: Windows has no folder of that name.") % {"name": label}
        )
    if label.casefold() == UNKNOWN:
        raise WrongLabel(_("A class cannot be called “unknown”. Choose “None of these” instead."))
    return label


def is_folder_name(label: str) -> bool:
    """Whether a folder of this name lies where it should, and training finds it. A model's own classes may not."""
    return (
        0 < len(label.encode(errors="replace")) <= MAX_BYTES
        and label.isprintable()
        and not label.startswith(".")
        and not {"/", "\\"} & set(label)
        and label.casefold() != UNKNOWN
    )
