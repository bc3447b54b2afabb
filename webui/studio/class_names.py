"""The class that a name means, made where a project has none such."""

from __future__ import annotations

from collections.abc import Container, Sequence

from django.utils.translation import gettext as _

from recognizer.model_file.class_names import compared
from webui.problems import InvalidRequest
from webui.studio.forms import ClassForm
from webui.studio.models import MOST_CLASSES, PictureClass, Project


class NoClass(InvalidRequest):
    """A class cannot be made; carries the sentence for people."""

    def __init__(self, sentence: str) -> None:
        super().__init__("Expected a name that a class can have.")
        self.sentence = sentence


def named(project: Project, name: str) -> PictureClass:
    """The class that a name means, which may be spelled a little differently; made where there is none.

    Raises:
        NoClass: no class can be called so, or there are too many.
    """
    return project.class_like(name) or new(project, name)


def known(project: Project) -> set[str]:
    """What the names of a project's classes look like, by which `placed` knows their folders."""
    return {compared(each.name) for each in project.classes.all()}


def placed(folders: Sequence[str], known: Container[str]) -> tuple[str, str]:
    """The class of a picture and the folder inside that of the class, by the folders that it lies in.

    The innermost folder that is called as a class of the project is that class; where there is none, the innermost one.

    Args:
        folders: outermost first; at least one.
        known: what the names of the project's classes look like, see `known`.
    """
    at = max((at for at, folder in enumerate(folders) if compared(folder) in known), default=len(folders) - 1)
    return folders[at], "".join(folders[at + 1 : at + 2])


def new(project: Project, name: str) -> PictureClass:
    """A new class of a project.

    Raises:
        NoClass: no class can be called so, there is one already, or there are too many.
    """
    form = ClassForm(project, {"name": name})
    if not form.is_valid():
        raise NoClass(" ".join(map(str, form.errors["name"])))
    made = project.class_called(form.cleaned_data["name"])
    if made is None:
        raise NoClass(_("A project has at most %(n)d classes.") % {"n": MOST_CLASSES})
    return made
