"""The forms of Studio: the names of projects and classes, and how thoroughly to train."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognizer.bulk.image_files import why_no_folder
from recognizer.model_file.class_names import class_name, is_seen, looks
from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH
from webui.history.sorted_zip import safe
from webui.studio.models import Picture, PictureClass, Project, Recipe

_MOST_NAME_BYTES = 200
"""Of a class: it becomes a folder's name."""
_MOST_DIGITS = 18


class ProjectForm(forms.ModelForm[Project]):
    """The name of a project."""

    class Meta:
        model = Project
        fields = ("name",)
        labels = {"name": _("Name")}  # noqa: RUF012 - as Django has it.
        help_texts = {"name": _("Such as: our mugs, birds at the feeder.")}  # noqa: RUF012

    def clean_name(self) -> str:
        """Refuses a name of which nothing is seen: a link that is called so could not be pressed."""
        name: str = self.cleaned_data["name"]
        if not is_seen(name):
            raise forms.ValidationError(gettext("Give the project a name that can be seen."))
        return name


class ClassForm(forms.Form):
    """The name of a class of a project, new or in place of another."""

    name = forms.CharField(label=_("Name of the class"), max_length=MAX_CLASS_NAME_LENGTH)

    def __init__(self, project: Project, *args: Any, renamed: PictureClass | None = None, **kwargs: Any) -> None:
        """Prepares the form of a project's class: of a new one, or of the one that is to be renamed."""
        super().__init__(*args, **kwargs)
        self._project, self._renamed = project, renamed

    def clean_name(self) -> str:
        """The name as a folder can have it, and as no other class of the project has."""
        name = class_name(self.cleaned_data["name"])
        if not is_seen(name):
            raise forms.ValidationError(gettext("Give the class a name."))
        if name.startswith(".") or any(letter in "/\\" or unicodedata.category(letter) == "Cc" for letter in name):
            raise forms.ValidationError(gettext("A name may not begin with a full stop, nor contain / or \\."))
        if why_no_folder(Path(name)):
            raise forms.ValidationError(gettext("Computers call folders of their own so. Choose another name."))
        if len(name.encode()) > _MOST_NAME_BYTES:
            raise forms.ValidationError(gettext("This name is too long."))
        for other in self._project.classes.all():
            if other != self._renamed and looks(safe(other.name)) == looks(safe(name)):
                raise forms.ValidationError(gettext("There is a class “%(name)s” already.") % {"name": other.name})
        return name


class TrainForm(forms.Form):
    """How thoroughly to train."""

    recipe = forms.ChoiceField(label=_("How thoroughly"), choices=Recipe.choices, widget=forms.RadioSelect)
    by_groups = forms.BooleanField(required=False)
    """Whether whole folders or days are held back."""


class _Pictures(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Pictures by their numbers."""

    def clean(self, value: Any) -> Any:
        """The pictures; a number that no column can hold is that of none, and not asked of the database."""
        for number in value or ():
            if len(str(number)) > _MOST_DIGITS:
                raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": number})
        return super().clean(value)


class ChosenForm(forms.Form):
    """What to do with some pictures of a project."""

    pictures = _Pictures(queryset=Picture.objects.none())
    target = forms.ModelChoiceField(queryset=PictureClass.every.none(), required=False)
    """The class that they go to, or the place of unsorted ones; none: they are deleted."""

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        """Prepares the form for the pictures of a project."""
        super().__init__(*args, **kwargs)
        pictures, target = self.fields["pictures"], self.fields["target"]
        assert isinstance(pictures, forms.ModelMultipleChoiceField)  # noqa: S101 - as above; the stubs do not know.
        assert isinstance(target, forms.ModelChoiceField)  # noqa: S101
        pictures.queryset = project.pictures.all()
        target.queryset = PictureClass.every.filter(project=project)

    def clean(self) -> dict[str, Any]:
        """Refuses what does not say where to: else a broken form would delete."""
        if "target" not in self.data:
            raise forms.ValidationError(gettext("Say what to do with the pictures."))
        return super().clean() or self.cleaned_data
