"""Template tag for the place between two sentences."""

from __future__ import annotations

from django import template
from django.utils.translation import pgettext

register = template.Library()


@register.simple_tag
def gap() -> str:
    """A space; nothing in Chinese, whose full stop brings its own."""
    return pgettext("sentences", "%(first)s %(second)s") % {"first": "", "second": ""}
