"""A rule for passwords, beside those that Django has."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Django's rule of the minimum length, with a sentence that has been translated."""

    def get_error_message(self) -> str:
        """The sentence for a password that is too short."""
        return self._sentence()

    def get_help_text(self) -> str:
        """The sentence that names the rule beside the field."""
        return self._sentence()

    def _sentence(self) -> str:
        text = ngettext(
            "The password needs at least %(count)d character.",
            "The password needs at least %(count)d characters.",
            self.min_length,
        )
        return text % {"count": self.min_length}
