"""The forms of accounts: login, the first staff account, an account for somebody else, passwords, a new API key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UserCreationForm, UsernameField
from django.utils.translation import gettext_lazy as _

from webui.accounts.models import ApiKey, Role, Scope, User

MAX_KEYS = 20
"""Of one account, that are not revoked."""


class LoginForm(AuthenticationForm):
    """User name and password. Django tells only browsers how long a name may be, and axes writes down what is tried."""

    username = UsernameField(max_length=150, widget=forms.TextInput(attrs={"autofocus": True}))


class AdminForm(UserCreationForm):  # type: ignore[type-arg]  # Only the stubs know a parameter.
    """User name and password of a new superuser."""

    class Meta(UserCreationForm.Meta):
        model = User

    def validate_password_for_user(self, user: User, password_field_name: str = "") -> None:
        """Says what is wrong with a password at the password, not at its repetition as Django does."""
        super().validate_password_for_user(user, "password1")  # type: ignore[misc]  # The stubs lack it.

    def save(self, commit: bool = True) -> User:  # noqa: FBT002 - as Django has it.
        """Creates the account, with staff and superuser rights."""
        self.instance.is_staff = self.instance.is_superuser = True
        user: User = super().save(commit=commit)
        return user


class NewPasswordForm(PasswordChangeForm):
    """The old password and a new one."""

    def validate_password_for_user(self, user: User, password_field_name: str = "") -> None:
        """Says what is wrong with a password at the password, not at its repetition as Django does."""
        super().validate_password_for_user(user, "new_password1")


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # As above.
    """User name and role of an account for somebody else, who gets a password that nobody chose."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER, widget=forms.RadioSelect)

    class Meta(UserCreationForm.Meta):
        model = User

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The name is somebody else's: no browser should offer one that it knows.
        self.fields["username"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        if not by.is_superuser:
            del self.fields["role"]

    def clean_username(self) -> str:
        """Refuses a name that another account has, in whatever case."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("There is an account of this name already."))
        return name

    def save_with(self, password: str) -> User:
        """Creates the account."""
        role = Role(self.cleaned_data.get("role", Role.MEMBER))
        self.instance.is_staff, self.instance.is_superuser = role != Role.MEMBER, role == Role.ADMINISTRATOR
        self.instance.set_password(password)
        user: User = self.save()
        return user


class KeyForm(forms.Form):
    """Name and scopes of a new API key."""

    name = forms.CharField(
        label=_("Name"),
        max_length=ApiKey.NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
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
        offered = [scope for scope in Scope if user.is_staff or scope != Scope.ACTIVATE]
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in offered]  # type: ignore[attr-defined]

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
