"""The URLs of the account pages."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from webui.accounts import first_run, login, people_views, views

urlpatterns = [
    path("", views.account, name="account"),
    path("login/", login.login, name="login"),
    path("logout/", login.logout, name="logout"),
    path("who/", login.who, name="who"),
    path("password/", views.password, name="password"),
    path("keys/", views.make_key, name="make_key"),
    path("keys/<int:pk>/revoke/", views.revoke_key, name="revoke_key"),
    path("people/", people_views.people, name="people"),
    path("people/new/", people_views.make, name="make_account"),
    path("people/<int:pk>/password/", people_views.new_password, name="account_password"),
    path("people/<int:pk>/active/", people_views.set_active, name="account_active"),
    path("first-run/", first_run.first_run, name="first_run"),
]

instead_of_the_admins_own = [
    path("login/", login.admin_login),
    path("logout/", login.logout),
    path("password_change/", RedirectView.as_view(pattern_name="password")),
]
"""Under `/admin/`: there is one page for each of these."""
