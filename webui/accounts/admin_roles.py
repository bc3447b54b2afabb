"""Who may do what in Django's admin.

    staff       read and delete what `ForStaff` shows; accept, reject: actions
    superusers  everything: Django lets them, and nobody else has any of its permissions

Nothing that the model, the review or a key's owner writes is typed here.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from webui.accounts.models import User


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # Only the stubs know a parameter.
    """An admin page whose rows nobody adds or changes."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False: nobody adds rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False: nobody changes rows."""
        return False


class ForStaff(ReadOnly):
    """An admin page that all staff see, and whose rows they may delete where `staff_delete` says so."""

    staff_delete = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the page is in the account's list of pages."""
        return _is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the account may read the rows."""
        return _is_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the account may delete rows."""
        return self.staff_delete and _is_staff(request)


def _is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_active and request.user.is_staff
