"""Django's admin of answers, for all staff."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from webui.accounts.admin_roles import ForStaff
from webui.accounts.models import User
from webui.history.models import Answer
from webui.templatetags import scores


def thumbnail(answer: Answer) -> SafeString | str:
    """The kept picture of an answer, as an HTML image."""
    if not answer.picture_bytes:
        return "-"
    return format_html('<img class="thumbnail" src="{}" alt="" loading="lazy">', reverse("picture", args=[answer.pk]))


@admin.register(Answer)
class AnswerAdmin(ForStaff):
    """Answers of the models in the admin."""

    staff_delete = True
    list_display = ("picture", "filename", "label", "known", "percent", "created", "user", "model")
    list_display_links = ("filename",)
    # No date_hierarchy: at 100,000 rows it takes SQLite two seconds.
    list_filter = ("known", "created", "model", "correction__state")
    list_per_page = 50
    list_select_related = ("user",)
    search_fields = ("filename", "label", "user__username")
    fields = (
        *("picture", "filename", "label", "known", "percent", "familiarity", "likeness", "passes"),
        *("top", "model", "model_digest", "user", "width", "height", "created"),
    )

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Answer]) -> list[LogEntry]:
        """Leaves no file names in the log, which nobody deletes: people call files after themselves."""
        user = cast("User", request.user)
        return LogEntry.objects.bulk_create(
            LogEntry(
                user=user,
                content_type=ContentType.objects.get_for_model(Answer),
                object_id=str(answer.pk),
                object_repr=f"the answer {answer.pk}",
                action_flag=DELETION,
            )
            for answer in queryset  # Or a list of one.
        )

    @admin.display(description=_("picture"))
    def picture(self, answer: Answer) -> SafeString | str:
        """The column with the kept picture."""
        return thumbnail(answer)

    @admin.display(description=_("score"), ordering="score")
    def percent(self, answer: Answer) -> str:
        """The column with the score in percent."""
        return scores.percent(answer.score)
