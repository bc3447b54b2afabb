"""Django's admin of accounts, keys and the log of staff actions; for superusers."""

from __future__ import annotations

from typing import Any

from axes.models import AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from webui.accounts.admin_roles import ReadOnly
from webui.accounts.models import ApiKey, User

admin.site.site_header = admin.site.site_title = "Menagerie"
admin.site.site_url = reverse_lazy("home")  # type: ignore[assignment]  # Django's own lacks the slash below a path.
admin.site.enable_nav_sidebar = False  # Beside it and the filters, half of a table is cut off.
admin.site.index_title = _("Administration")
# Who may do what follows from two flags of the account; groups and single permissions would say it a second time.
admin.site.unregister(Group)
# Nothing is written into these two; see AXES_ in the settings.
admin.site.unregister([AccessLog, AccessFailureLog])


@admin.register(User)
class MemberAdmin(UserAdmin):  # type: ignore[type-arg]  # Only the stubs know a parameter.
    """Accounts of members and staff in the admin."""

    list_display = ("username", "email", "is_staff", "is_superuser", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Role"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2", "is_staff")}),)
    readonly_fields = ("last_login", "date_joined")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    """API keys in the admin, where they are revoked; only their owners make them."""

    list_display = ("name", "user", "hint", "scopes", "created", "last_used", "revoked")
    list_filter = (("revoked", admin.EmptyFieldListFilter), "created", "last_used")
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__username")
    fields = ("name", "user", "hint", "scopes", "created", "last_used", "revoked")
    actions = ("revoke",)

    @admin.action(description=_("Revoke the chosen keys"), permissions=("view",))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Revokes the chosen API keys at once."""
        keys = list(queryset.filter(revoked=None))
        queryset.filter(revoked=None).update(revoked=timezone.now())
        for key in keys:
            self.log_change(request, key, "Revoked.")
        text = ngettext("%(count)d key is revoked.", "%(count)d keys are revoked.", len(keys))
        messages.success(request, text % {"count": len(keys)})


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly):
    """The log of what staff have done in the admin, in the review and with the versions."""

    list_display = ("action_time", "user", "action_flag", "content_type", "object_repr", "message")
    list_filter = ("action_flag", "content_type")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message", "user__username")
    date_hierarchy = "action_time"

    @admin.display(description=_("what"))
    def message(self, entry: LogEntry) -> str:
        """The change in words; Django keeps its own as JSON."""
        return entry.get_change_message()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False: nobody deletes from the log."""
        return False
