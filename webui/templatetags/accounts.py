"""Template filters of API keys."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from webui.accounts.models import ApiKey, Scope

register = template.Library()


@register.filter
def scope_names(key: ApiKey) -> str:
    """The scopes of a key in the reader's language."""
    return _(", ").join(str(Scope(scope).label) for scope in key.scopes)
