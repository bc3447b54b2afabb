"""Template filter of shares that were counted, which may be none or all."""

from __future__ import annotations

from django import template

from webui.versions.limits import percent

register = template.Library()


@register.filter
def counted(share: float) -> str:
    """0.9879 -> 98.8%."""
    return percent(share)
