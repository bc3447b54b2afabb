"""Takes pictures of the history into a project: each into the class that somebody has said it is.

answers with a correction -> picture -> class of that name, made where it is missing | other things
"""

from __future__ import annotations

import itertools

from webui.accounts.identity import Caller
from webui.history import pictures
from webui.history.models import Answer, Answers, State
from webui.inference.admission import Turn
from webui.inference.uploads import Upload
from webui.studio import adding, class_names
from webui.studio.adding import Passed, Refusal
from webui.studio.class_names import NoClass
from webui.studio.models import PictureClass, Project

MOST = 200
"""Pictures that are added at a time."""
_MOST_LOOKED_AT = 5000
_THERE = (Refusal.HERE, Refusal.ELSEWHERE)


def corrected(caller: Caller) -> Answers:
    """Answers that somebody has corrected or confirmed: of staff the accepted ones, of others their own."""
    said = Answer.objects.visible_to(caller).filter(picture_bytes__gt=0, correction__isnull=False)
    if caller.is_staff:
        return said.filter(correction__state=State.ACCEPTED)
    return said.exclude(correction__state=State.REJECTED)


def add(project: Project, caller: Caller, turn: Turn) -> tuple[int, Passed | NoClass | None]:
    """Adds pictures that are not there yet, the newest first.

    Returns:
        How many it added, and why it could not add the first of those that it could not; None: there is none such.

    Raises:
        OSError: a file cannot be written; those before it are there.
        TooBusy, ClientGone: see `Turn.next`.
    """
    classes, added = _Classes(project), 0
    refused: Passed | NoClass | None = None
    found = corrected(caller).select_related("correction").order_by("-created")
    for answer in itertools.islice(found.iterator(), _MOST_LOOKED_AT):
        data = pictures.read(answer.id)
        if data is None:
            continue
        target = classes.called(answer.correction.label)
        if isinstance(target, NoClass):
            refused = refused or target
            continue
        outcome = adding.add([Upload(answer.filename, data)], target, turn)
        added += len(outcome.pictures)
        refused = refused or next((each for each in outcome.passed if each.why not in _THERE), None)
        if added >= MOST:
            break
    return added, refused


class _Classes:
    """The classes of a project, by name; made where they are missing."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._found: dict[str, PictureClass | NoClass] = {}

    def called(self, label: str) -> PictureClass | NoClass:
        """The class of a name, or that of other things where it is empty; else why the project can have none such."""
        if label not in self._found:
            self._found[label] = self._named(label) if label else self._project.other_things()
        return self._found[label]

    def _named(self, label: str) -> PictureClass | NoClass:
        try:
            return class_names.named(self._project, label)
        except NoClass as err:
            return err
