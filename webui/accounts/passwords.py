"""What a password has to be, beside what Django asks of it."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Django's, with a sentence that has been translated."""

    def get_error_message(self) -> str:
        """What is said of a shorter one."""
        return self._sentence()

    def get_help_text(self) -> str:
        """What is said beforehand."""
        return self._sentence()

    def _sentence(self) -> str:
        text = ngettext(
            "The password needs at least %(count)d character.",
            "The password needs at least %(count)d characters.",
            self.min_length,
        )
        return text % {"count": self.min_length}
