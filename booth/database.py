"""How booth sync speaks with its database: limits, retries, and errors made for people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import (
    DatabaseError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    transaction,
)

from booth.errors import ConfigError, StoreError

logger = logging.getLogger("booth.database")
T = TypeVar("T")

MAX_ATTEMPTS = 3
RETRIED_SQLSTATES = frozenset({"40P01", "40001", "55P03"})
"""Deadlock, serialization failure, lock not available: the transaction may be run again."""

_TROUBLE = (OperationalError, InterfaceError, InternalError, IntegrityError)
_NO_PRIVILEGE = "42501"
_LIMITS = (
    "SELECT set_config('lock_timeout', '5s', true), "
    "set_config('statement_timeout', '30s', true), "
    "set_config('idle_in_transaction_session_timeout', '15s', true)"
)


@contextmanager
def limited_transaction() -> Iterator[None]:
    """Open a transaction whose waits are bounded, also behind a transaction pooler."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(_LIMITS)
        yield


@contextmanager
def limited_reading() -> Iterator[None]:
    """Bound the waits of what only reads; with SQLite (WAL) readers wait for nobody.

    Raises StoreError and ConfigError as ``translated_errors`` does.
    """
    with translated_errors():
        if connection.vendor != "postgresql":
            yield
            return
        with limited_transaction():
            yield


def run_in_transaction(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, run in one transaction and again after a lost lock race.

    Raises StoreError when the database is in trouble.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            with translated_errors(), limited_transaction():
                return work()
        except StoreError as error:
            if attempt == MAX_ATTEMPTS or _sqlstate(error.__cause__) not in RETRIED_SQLSTATES:
                raise
            logger.warning("데이터베이스 잠금 경합으로 다시 시도합니다 attempt=%d", attempt)
    raise AssertionError("MAX_ATTEMPTS is at least 1")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the database's troubles into StoreError; programming errors pass through.

    Raises ConfigError where there is no usable database in the settings.
    """
    try:
        yield
    except ImproperlyConfigured:
        raise ConfigError("DATABASE_URL을 읽을 수 없습니다. 'manage.py check'를 보세요.") from None
    except Error as error:
        if not _is_trouble(error):
            raise
        message = f"데이터베이스를 쓸 수 없습니다. 잠시 뒤 다시 시도하세요. ({describe(error)})"
        raise StoreError(message) from error


def _is_trouble(error: Error) -> bool:
    is_broken_file = type(error) is DatabaseError  # what SQLite says of a file that is no database
    return isinstance(error, _TROUBLE) or is_broken_file or _sqlstate(error) == _NO_PRIVILEGE


def describe(error: BaseException) -> str:
    """Return the error's kind in a word or two, without any text of the server."""
    sqlstate = _sqlstate(error)
    return f"{type(error).__name__} {sqlstate}" if sqlstate else type(error).__name__


def require_migrations() -> None:
    """Raise ConfigError while the database lacks a migration of this version of booth sync."""
    known = {path.stem for path in (Path(__file__).parent / "migrations").glob("[0-9]*.py*")}
    with translated_errors():
        missing = known - _read_applied_migrations()
    if missing:
        message = (
            f"적용되지 않은 마이그레이션이 {len(missing)}개 있습니다. "
            "먼저 'python manage.py migrate'를 실행하세요."
        )
        raise ConfigError(message, code="migrations")


def _read_applied_migrations() -> set[str]:
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return set()
        cursor.execute("SELECT name FROM django_migrations WHERE app = 'booth'")
        return {name for (name,) in cursor.fetchall()}


def _sqlstate(error: BaseException | None) -> str | None:
    """Return PostgreSQL's code of the error that Django wrapped, or None."""
    state = getattr(getattr(error, "__cause__", None), "sqlstate", None)
    return state if isinstance(state, str) else None
