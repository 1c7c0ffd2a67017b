"""Where people issue and revoke the tokens of programs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest

from booth.config.options import MAX_TOKEN_DAYS, TOKEN_DAYS
from booth.web import tokens
from booth.web.models import AccessToken, Press


class TokenForm(forms.ModelForm):
    """A token to be issued."""

    days = forms.IntegerField(
        label="기한(일)", min_value=1, max_value=MAX_TOKEN_DAYS, initial=TOKEN_DAYS
    )

    class Meta:
        model = AccessToken
        fields = ("name", "owner")


@admin.register(AccessToken)
class AccessTokenAdmin(admin.ModelAdmin):
    """Tokens; the text of a new one is shown once."""

    list_display = ("name", "owner", "created_at", "expires_at", "last_used_at")
    list_select_related = ("owner",)
    search_fields = ("name",)
    ordering = ("-id",)

    def get_form(
        self, request: HttpRequest, obj: AccessToken | None = None, change: bool = False, **kw: Any
    ) -> type[Any]:
        """Return the form of a new token; of one that there is, nothing can be changed."""
        return super().get_form(request, obj, change, **(kw if obj else kw | {"form": TokenForm}))

    def get_fields(
        self, _request: HttpRequest, token: AccessToken | None = None
    ) -> tuple[str, ...]:
        """Return what is asked for a new token, and shown of one that there is."""
        if token is None:
            return ("name", "owner", "days")
        return ("name", "owner", "created_at", "expires_at", "last_used_at")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kw: Any) -> Any:
        """Return who a token may be for: oneself, as it may do all that its owner may."""
        if db_field.name == "owner" and not request.user.is_superuser:
            users = get_user_model().objects.filter(username=request.user.get_username())
            kw |= {"queryset": users, "initial": request.user.pk}
        return super().formfield_for_foreignkey(db_field, request, **kw)

    def save_model(self, request: HttpRequest, obj: AccessToken, form: Any, _change: bool) -> None:
        """Issue the token and show its text, this once."""
        issued, text = tokens.issue(obj.owner, name=obj.name, days=form.cleaned_data["days"])
        obj.pk = issued.pk
        messages.warning(request, f"토큰을 지금 복사하세요. 다시 보여 드리지 않습니다: {text}")

    def has_change_permission(self, _request: HttpRequest, _token: Any = None) -> bool:
        """Tell whether a token may be changed: it is revoked, and another one issued."""
        return False


@admin.register(Press)
class PressAdmin(admin.ModelAdmin):
    """Who turned the schedule on and off here, to be read."""

    list_display = ("at", "action", "by", "reason", "changed")
    list_filter = ("action",)
    search_fields = ("by", "reason")
    date_hierarchy = "at"
    ordering = ("-id",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Tell whether people may add a record: a press does that itself."""
        return False

    def has_change_permission(self, _request: HttpRequest, _press: Any = None) -> bool:
        """Tell whether people may change what somebody did."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _press: Any = None) -> bool:
        """Tell whether people may take away what somebody did."""
        return False
