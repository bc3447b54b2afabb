"""Passwords: a rule beside those that Django has, and one that nobody chose, for somebody who changes it."""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that people read as another one."""


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


def random_password() -> str:
    """A password of 79 random bits, to be read aloud or copied: k7mq-x2hd-9rtw-p4ne."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
