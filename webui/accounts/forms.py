"""The forms of accounts: login, the first staff account, a new API key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm, UsernameField
from django.utils.translation import gettext_lazy as _

from webui.accounts.models import ApiKey, Scope, User

MAX_KEYS = 20
"""Of one account, that are not revoked."""


class LoginForm(AuthenticationForm):
    """User name and password. Django tells only browsers how long a name may be, and axes writes down what is tried."""

    username = UsernameField(max_length=150, widget=forms.TextInput(attrs={"autofocus": True}))


class AdminForm(UserCreationForm):  # type: ignore[type-arg]  # Only the stubs know a parameter.
    """User name and password of a new superuser."""

    class Meta:
        model = User
        fields = ("username",)

    def save(self, commit: bool = True) -> User:  # noqa: FBT002 - as Django has it.
        """Creates the account, with staff and superuser rights."""
        self.instance.is_staff = self.instance.is_superuser = True
        user: User = super().save(commit=commit)
        return user


class KeyForm(forms.Form):
    """Name and scopes of a new API key."""

    name = forms.CharField(
        label=_("Name"),
        max_length=ApiKey.NAME_LENGTH,
        help_text=_("What will use the key, so that you recognise it later."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("The key may"),
        choices=Scope.choices,
        initial=[Scope.CLASSIFY.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Refuses a key where the account has `MAX_KEYS` already."""
        if self.user.api_keys.filter(revoked=None).count() >= MAX_KEYS:
            raise forms.ValidationError(
                _("You have %(count)d keys. First revoke one that you no longer use."),
                params={"count": MAX_KEYS},
            )
        return self.cleaned_data

    def save(self) -> tuple[ApiKey, str]:
        """Creates the key; see `ApiKey.make`."""
        return ApiKey.make(self.user, self.cleaned_data["name"], self.cleaned_data["scopes"])
