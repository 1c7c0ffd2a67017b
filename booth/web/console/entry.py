"""Who gets into the console, and how far."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from booth.web.console.banners import say
from booth.web.envelope import READING, describe_failure, wrap
from booth.web.pages import show_failure
from booth.web.people import may_operate, may_see

View = Callable[..., HttpResponse]
OTHER_ACCOUNT = "다른 계정으로 로그인"
LATE_PRESS = "로그인이 끝나 있어서 누른 것을 처리하지 않았습니다. 로그인하고 다시 누르세요."
NO_RIGHT = (
    "이 계정에는 콘솔을 볼 권한이 없습니다. 관리자에게 스태프 권한과 "
    "'Can view 동기화 실행' 권한을 요청하세요."
)
ONLY_SEES = (
    "이 계정은 보기만 할 수 있습니다. 켜고 끄고 동기화하려면 관리자에게 "
    "'동기화를 켜고 끄고 실행할 수 있음' 권한을 요청하세요."
)


class SeeOther(HttpResponseRedirect):
    """Leads from a press to the page that tells what came of it; going back presses nothing."""

    status_code = 303


def for_viewers(view: View) -> View:
    """Return a page for who may see, compressed and never cached."""
    return _guard(view, methods=READING, may=may_see, refusal=NO_RIGHT)


def for_operators(*methods: str) -> Callable[[View], View]:
    """Return a decorator for what who may operate asks for by these methods."""
    return partial(_guard, methods=methods, may=may_operate, refusal=ONLY_SEES)


def _guard(
    view: View, *, methods: tuple[str, ...], may: Callable[[Any], bool], refusal: str
) -> View:
    @never_cache
    @gzip_page
    @wraps(view)
    def judge(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        if request.method not in methods:
            response = show_failure(describe_failure("method_not_allowed"))
            response.headers["Allow"] = ", ".join(methods)
            return response
        if not request.user.is_authenticated:
            return _lead_to_login(request)
        if not may(request.user):
            return _refuse(refusal)
        return view(request, *arguments, **options)

    return judge


def _refuse(refusal: str) -> HttpResponse:
    document = wrap(403, refusal, {"code": "permission_denied"})
    if refusal == NO_RIGHT:  # the console would only say so again
        return show_failure(document, way=resolve_url("console:login"), leads_to=OTHER_ACCOUNT)
    return show_failure(document)


def _lead_to_login(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        say(request, "warning", LATE_PRESS)
        way = resolve_url("console:board")
    else:
        way = request.get_full_path()
    return SeeOther(f"{resolve_url('console:login')}?{urlencode({'next': way})}")
