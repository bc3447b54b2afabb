"""The first staff account, made in the browser by whoever sits at the server."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from webui import services
from webui.accounts.client_address import comes_from_this_machine
from webui.accounts.forms import AdminForm
from webui.accounts.identity import forget_visitor
from webui.accounts.models import User

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class StaffCheck:
    """Knows whether there are staff accounts; asks the database until there is one, and then never again."""

    def __init__(self) -> None:
        self._exist = False

    def exist(self) -> bool:
        """Whether there are staff accounts.

        Raises:
            DatabaseError: the database cannot be asked.
        """
        if not self._exist:
            self._exist = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).exists()
        return self._exist


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """`/account/first-run/`: a form for the first staff account; there is such a page only while `first_run_offered`.

    Raises:
        Http404: it is not.
    """
    if not _may_be_first(request):
        raise Http404
    form = AdminForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "webui/accounts/first_run.html", {"form": form})
    user = _save(form)
    login(request, user, backend=_BACKEND)
    messages.success(request, _welcome(user))
    response = redirect("home")
    forget_visitor(response)
    return response


def _welcome(user: User) -> str:
    """Says who is logged in now, and what such an account is for, with links."""
    places = {
        "studio": _("train your own recogniser"),
        "review": _("review corrections"),
        "models": _("look at the models"),
        "people": _("create accounts"),
    }
    links = [format_html('<a href="{}">{}</a>', reverse(name), text) for name, text in places.items()]
    sentence = _("You are logged in as {name}. Now you can {studio}, {review}, {models} or {people}.")
    return format_html(sentence, name=user.get_username(), **dict(zip(places, links, strict=True)))


def first_run_offered(request: HttpRequest) -> bool:
    """Whether a page offers to make the first staff account; it does not while the database cannot be asked."""
    try:
        return services.current().database.can_be_read and _may_be_first(request)
    except DatabaseError:  # The page that asks works without accounts.
        return False


def _may_be_first(request: HttpRequest) -> bool:
    """Whether a request may make the first staff account: it comes from this machine, and there are no staff yet."""
    return comes_from_this_machine(request) and not services.current().staff_check.exist()


@transaction.atomic
def _save(form: AdminForm) -> User:
    """Makes the account, if nobody else has made one meanwhile.

    Raises:
        Http404: somebody has.
    """
    # Two that come at the same time take turns: SQLite's transactions do anyway, PostgreSQL's wait for this row.
    ContentType.objects.select_for_update().get(app_label="accounts", model="user")
    if services.current().staff_check.exist():
        raise Http404
    return form.save()
