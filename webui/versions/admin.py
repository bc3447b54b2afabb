"""The log of activated versions in the admin, read only."""

from __future__ import annotations

from django.contrib import admin

from webui.accounts.admin_roles import ForStaff
from webui.versions.models import Switch


@admin.register(Switch)
class SwitchAdmin(ForStaff):
    """Changes of the active version in the admin: who activated what, and what became of it."""

    list_display = ("asked", "kind", "version", "before", "by", "outcome", "finished")
    list_filter = ("outcome", "kind", "asked")
    search_fields = ("version", "before", "by__username", "problem")
    list_select_related = ("by",)
    date_hierarchy = "asked"
