"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from threading import Thread

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from booth.database import require_migrations, translated_errors
from booth.errors import BoothSyncError, StoreError
from booth.web.access import Handler
from booth.web.envelope import describe_refusal, respond, wrap
from booth.web.public import shelf

READY_SECONDS = 2.0


def answer(get_response: Handler) -> Handler:
    """Return middleware that answers for health before hosts, addresses or users are looked at."""

    def middleware(request: HttpRequest) -> HttpResponse:
        view = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        return view(request) if view else get_response(request)

    return middleware


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process lives; nothing else is asked."""
    return respond(wrap(200, "살아 있습니다.", {"ok": True}))


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say within two seconds whether the database answers and has the tables.

    Who is ready also has the list of booths, and serves it should the database go away at once.
    """
    error = _try_database()
    if error:
        return respond(describe_refusal(error))
    return respond(wrap(200, "준비되었습니다.", {"ok": True}))


def _try_database() -> BoothSyncError | None:
    """Ask the database in a thread, which may wait longer than who asks."""
    found: list[BoothSyncError | None] = []

    def ask() -> None:
        try:
            require_migrations()
            with translated_errors(), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            shelf.fill()
            found.append(None)
        except BoothSyncError as error:
            found.append(error)
        finally:
            connection.close()

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(READY_SECONDS)
    message = "데이터베이스가 2초 안에 답하지 않습니다. 서버의 상태를 확인하세요."
    return found[0] if found else StoreError(message)
