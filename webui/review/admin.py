"""Django's admin of corrections, for all staff: read, accept, reject."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from webui.accounts.admin_roles import ForStaff
from webui.accounts.models import User
from webui.history.admin import thumbnail
from webui.history.models import Correction, CorrectionKind, State
from webui.review import decisions
from webui.review.decisions import ChangedMeanwhile
from webui.review.judgements import Judgement


@admin.register(Correction)
class CorrectionAdmin(ForStaff):
    """Corrections of answers in the admin."""

    staff_delete = True
    list_display = ("picture", "kind", "label", "said_by_model", "state", "user", "reviewer", "nats", "created")
    list_display_links = ("kind",)
    list_filter = ("state", "kind", "created", "answer__model")
    list_per_page = 50
    list_select_related = ("answer", "user", "reviewed_by")
    search_fields = ("label", "answer__label", "answer__filename", "user__username")
    date_hierarchy = "created"
    fields = (
        *("picture", "kind", "label", "said_by_model", "nats", "user", "created"),
        *("state", "reviewer", "reviewed"),
    )
    actions = ("accept", "reject")

    @admin.display(description=_("picture"))
    def picture(self, correction: Correction) -> SafeString | str:
        """The column with the kept picture."""
        return thumbnail(correction.answer)

    @admin.display(description=_("the model said"), ordering="answer__label")
    def said_by_model(self, correction: Correction) -> str:
        """The column with the model's answer."""
        return correction.answer.label if correction.answer.known else f"- ({correction.answer.label})"

    @admin.display(description=_("reviewed by"), ordering="reviewed_by")
    def reviewer(self, correction: Correction) -> User | None:
        """The column with whoever accepted or rejected the correction."""
        return correction.reviewed_by

    @admin.display(description=_("loss"), ordering="surprise")
    def nats(self, correction: Correction) -> str:
        """The column with the model's loss, in nats."""
        return f"{correction.surprise:.2f}"

    @admin.action(description=_("Accept the chosen corrections"), permissions=("view",))
    def accept(self, request: HttpRequest, queryset: QuerySet[Correction]) -> None:
        """Accepts the chosen corrections that wait for review."""
        _review(request, queryset, State.ACCEPTED)

    @admin.action(description=_("Reject the chosen corrections"), permissions=("view",))
    def reject(self, request: HttpRequest, queryset: QuerySet[Correction]) -> None:
        """Rejects the chosen corrections that wait for review."""
        _review(request, queryset, State.REJECTED)


def _review(request: HttpRequest, chosen: QuerySet[Correction], state: State) -> None:
    assert isinstance(request.user, User)  # noqa: S101 - the admin has seen to it.
    done = 0
    for correction in chosen.filter(state=State.PENDING).select_related("answer"):
        said = Judgement(CorrectionKind(correction.kind), correction.label)
        try:
            decisions.review(correction.answer, state, seen=said, verdict=said, by=request.user)
        except ChangedMeanwhile:
            continue
        done += 1
    text = ngettext("%(count)d correction is reviewed.", "%(count)d corrections are reviewed.", done)
    messages.success(request, text % {"count": done})
