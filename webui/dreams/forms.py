"""The form of a dream: of what, how strongly, how large its patterns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognizer.model_file.artifact import Artifact
from webui.dreams import choices
from webui.dreams.choices import Choice
from webui.dreams.models import Strength

_OCTAVES = [(1, _("fine")), (2, _("medium")), (3, _("large")), (4, _("very large"))]
USUAL_OCTAVES = 3


class DreamForm(forms.Form):
    """What is to be dreamt on a picture."""

    what = forms.ChoiceField(label=_("Dream of"))
    strength = forms.TypedChoiceField(
        label=_("How strongly"), choices=Strength.choices, coerce=int, initial=Strength.MEDIUM
    )
    octaves = forms.TypedChoiceField(
        label=_("Patterns"),
        choices=_OCTAVES,
        coerce=int,
        initial=USUAL_OCTAVES,
        help_text=_("Larger ones take longer."),
    )

    def __init__(self, source: Artifact, *args: Any, **kwargs: Any) -> None:
        """Prepares the form for what the model can dream of."""
        super().__init__(*args, **kwargs)
        self._stages, self._classes = choices.stages(source), choices.classes(source)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 - as declared above; the stubs do not know.
        what.choices = [
            (gettext("What a stage of the network sees"), [(choice.value, choice.text) for choice in self._stages]),
            (gettext("A class"), [(choice.value, choice.text) for choice in self._classes]),
        ]
        usual = self._stages[max(0, len(self._stages) - 2)] if self._stages else self._classes[0]
        self.initial.setdefault("what", usual.value)

    def chosen(self) -> Choice:
        """What is to be dreamt of, of a form that is valid."""
        value = self.cleaned_data["what"]
        return next(choice for choice in (*self._stages, *self._classes) if choice.value == value)
