"""The filter form of the history pages, kept in the address: `?label=cat&certainty=uncertain&sort=least`.

A value that makes no sense is named beside its field, a name that means nothing above the list, and the others count.
Staff see their own answers, too, until they choose whose: `?who=all`.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection
from django.db.models import Q, TextChoices
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from webui import wording
from webui.accounts.identity import Caller, identify
from webui.accounts.models import User
from webui.history.models import UNCERTAIN_BELOW, Answer, Answers, State

MINE, ALL, WITHOUT_ACCOUNT = "mine", "all", "visitors"
GRID = "grid"
"""The view with large pictures; the other one is a list."""
_NO_FILTERS = frozenset({"page", "heat"})
"""What else the addresses of these pages have."""
# So many accounts are listed to choose from; others are reached by their name in the list.
_MAX_ACCOUNTS = 100
_NEXT_VALUES = """
WITH RECURSIVE found(value) AS (
    SELECT MIN({column}) FROM {table}
    UNION ALL
    SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > found.value) FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL
"""
"""A loose index scan: one look into the index for each value, instead of one for each row."""
_ANY = pgettext_lazy("filter", "any")
_DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


class Certainty(TextChoices):
    """Choices of how sure the model was."""

    SURE = "sure", pgettext_lazy("filter", "sure")
    UNCERTAIN = "uncertain", pgettext_lazy("filter", "not sure")
    UNKNOWN = "unknown", _("none of these")


class Corrected(TextChoices):
    """Choices of what has been said about an answer."""

    PENDING = State.PENDING.value, State.PENDING.label
    ACCEPTED = State.ACCEPTED.value, State.ACCEPTED.label
    REJECTED = State.REJECTED.value, State.REJECTED.label
    NONE = "none", _("nothing said")


class Sort(TextChoices):
    """Choices of the order."""

    NEWEST = "newest", _("newest first")
    OLDEST = "oldest", _("oldest first")
    LEAST = "least", _("least certain first")
    MOST = "most", _("most certain first")


ORDERS = {
    Sort.NEWEST: ("-created", "-id"),
    Sort.OLDEST: ("created", "id"),
    Sort.LEAST: ("score", "id"),
    Sort.MOST: ("-score", "-id"),
}
"""Each ends with what no two answers have in common, so that none is on two pages."""


def _any(names: type[TextChoices]) -> list[tuple[str, Any]]:
    return [("", _ANY), *names.choices]


class Filter(forms.Form):
    """The form that says which answers are wanted, and in which order."""

    q = forms.CharField(
        label=_("File name or class"), required=False, max_length=100, widget=forms.TextInput({"type": "search"})
    )
    label = forms.CharField(label=_("Class"), required=False, widget=forms.Select)
    certainty = forms.ChoiceField(label=_("Certainty"), required=False, choices=_any(Certainty))
    corrected = forms.ChoiceField(label=_("Correction"), required=False, choices=_any(Corrected))
    model = forms.CharField(label=_("Model"), required=False, widget=forms.Select)
    since = forms.DateField(
        label=pgettext_lazy("filter", "From"),
        required=False,
        validators=_DAYS,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )
    until = forms.DateField(
        label=pgettext_lazy("filter", "To"),
        required=False,
        validators=_DAYS,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )
    who = forms.CharField(label=_("Owner"), required=False, widget=forms.Select)
    sort = forms.ChoiceField(label=pgettext_lazy("filter", "Order"), required=False, choices=Sort.choices)
    view = forms.ChoiceField(required=False, choices=[(GRID, GRID)], widget=forms.HiddenInput)
    zone = forms.CharField(required=False, widget=forms.HiddenInput)
    """In which time zone the dates are meant; the page's script knows. Default: UTC."""

    def __init__(self, asked: QueryDict, caller: Caller) -> None:
        super().__init__(asked, auto_id="filter-%s", label_suffix="")
        self.caller = caller
        if not caller.is_staff:
            del self.fields["who"]
        self.not_understood = [name for name in asked if name not in {*self.fields, *_NO_FILTERS}]
        """Names in the address that are no filters."""
        self.full_clean()

    def offer_choices(self) -> None:
        """Fills the form's lists of choices; a page that shows the form needs them, others do not."""
        self._offer("label", [(name, wording.class_name(name)) for name in values_of("label")])
        self._offer("model", [(name, name) for name in values_of("model")])
        if "who" in self.fields:
            accounts = User.objects.order_by("username").values_list("id", "username")[:_MAX_ACCOUNTS]
            groups = [(ALL, pgettext_lazy("filter", "everybody")), (WITHOUT_ACCOUNT, _("people without an account"))]
            self._offer(
                "who", [*groups, *((str(key), name) for key, name in accounts)], first=pgettext_lazy("filter", "me")
            )

    def clean_who(self) -> str:
        """The owner of the answers: `all`, `visitors`, the number of an account, or nothing: the reader."""
        who = str(self.cleaned_data["who"])
        if who not in {"", MINE, ALL, WITHOUT_ACCOUNT} and not re.fullmatch(r"[0-9]{1,18}", who):
            raise forms.ValidationError(_("There is no such account."))
        return "" if who == MINE else who

    def clean_zone(self) -> str:
        """The time zone of the dates; UTC where the one given does not exist."""
        try:
            return zoneinfo.ZoneInfo(self.cleaned_data["zone"] or "UTC").key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return "UTC"

    @property
    def wanted(self) -> dict[str, Any]:
        """The fields that narrow the list down, and their values."""
        left_out = {"sort", "view", "zone"}
        rest = {name: value for name, value in self.cleaned_data.items() if value and name not in left_out}
        return {**rest, "zone": self._zone} if {"since", "until"} & rest.keys() else rest

    @property
    def narrows(self) -> bool:
        """Whether it finds less than all answers of its owner or owners."""
        return bool(self.wanted.keys() - {"who"}) or self.wanted.get("who", ALL) != ALL

    @property
    def is_of_all(self) -> bool:
        """Whether it finds answers of everybody."""
        return self.wanted.get("who") == ALL

    @property
    def is_grid(self) -> bool:
        """Whether the answers are shown as a gallery."""
        return self.cleaned_data.get("view") == GRID

    @property
    def is_by_time(self) -> bool:
        """Whether answers of one day stand together."""
        return self.order in (ORDERS[Sort.NEWEST], ORDERS[Sort.OLDEST])

    @property
    def order(self) -> tuple[str, str]:
        """The order as Django's `order_by` takes it."""
        return ORDERS[Sort(self.cleaned_data.get("sort") or Sort.NEWEST)]

    @property
    def parameters(self) -> dict[str, Any]:
        """The fields of the filter that belong into an address."""
        return self.wanted | {name: value for name in ("sort", "view") if (value := self.cleaned_data.get(name))}

    @property
    def query(self) -> str:
        """The filter as the end of an address, `?` included; empty where nothing is filtered."""
        return f"?{urlencode(self.parameters)}" if self.parameters else ""

    def apply(self, answers: Answers) -> Answers:
        """Those of the given answers that the filter finds."""
        wanted = self.wanted
        tests: dict[str, Callable[[Any], Q]] = {
            "label": self._of_label,
            "certainty": _of_certainty,
            "corrected": _of_corrected,
            "model": lambda model: Q(model=model),
            "since": lambda day: Q(created__gte=self._midnight(day)),
            "until": lambda day: Q(created__lt=self._midnight(day + timedelta(days=1))),
            "who": self._of_who,
            "q": _of_text,
        }
        for name, test in tests.items():
            if name in wanted:
                answers = answers.filter(test(wanted[name]))
        return answers if "who" in wanted or "who" not in self.fields else answers.filter(user=self.caller.user)

    @property
    def _zone(self) -> str:
        return str(self.cleaned_data.get("zone") or "UTC")

    def _of_label(self, label: str) -> Q:
        """What the page calls by that name: with "none of these" the nearest class, else the class it said."""
        return Q(label=label) if self.wanted.get("certainty") == Certainty.UNKNOWN else Q(label=label, known=True)

    def _of_who(self, who: str) -> Q:
        if who == ALL:
            return Q()
        return Q(user=None) if who == WITHOUT_ACCOUNT else Q(user=int(who))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), zoneinfo.ZoneInfo(self._zone)).astimezone(UTC)

    def _offer(self, name: str, offered: list[tuple[str, Any]], *, first: Promise = _ANY) -> None:
        chosen = self.cleaned_data.get(name)
        if chosen and chosen not in {value for value, _name in offered}:  # Of an old link.
            offered = [*offered, (chosen, chosen)]
        self.fields[name].widget.choices = [("", first), *offered]


def values_of(column: Literal["label", "model"]) -> list[str]:
    """Every class, or every model, that is somewhere in the history, in order. The column must begin an index."""
    statement = _NEXT_VALUES.format(column=column, table=Answer._meta.db_table)  # noqa: SLF001 - Django's own name.
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [str(value) for (value,) in cursor.fetchall()]


def read(request: HttpRequest) -> Filter:
    """The filter in the address of a request."""
    return Filter(request.GET, identify(request))


def _of_certainty(certainty: str) -> Q:
    if certainty == Certainty.UNKNOWN:
        return Q(known=False)
    return (
        Q(known=True, score__lt=UNCERTAIN_BELOW)
        if certainty == Certainty.UNCERTAIN
        else Q(known=True, score__gte=UNCERTAIN_BELOW)
    )


def _of_corrected(corrected: str) -> Q:
    return Q(correction=None) if corrected == Corrected.NONE else Q(correction__state=corrected)


def _of_text(text: str) -> Q:
    """In the file's name, or in that of the class, as the model or the reader's language calls it."""
    wanted = text.casefold()
    labels = [name for name in values_of("label") if wanted in f"{name}\n{wording.class_name(name)}".casefold()]
    return Q(filename__icontains=text) | Q(label__in=labels)
