"""How booth sync speaks with its database: limits, retries, and errors made for people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from django import db
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from booth.errors import ConfigError, StoreError
from booth.names import MAX_NAME
from booth.refusals import find_state, judge

logger = logging.getLogger("booth.database")
T = TypeVar("T")

MAX_ATTEMPTS = 3
RETRIED_SQLSTATES = frozenset({"40P01", "40001", "55P03", "23505", "23503"})
"""Deadlock, serialization failure, lock not available; then uniqueness and foreign keys, which also
break where somebody else wrote between the run's reading and its writing."""

_LIMITS = (  # and the only styles of times that psycopg reads
    "SELECT set_config('lock_timeout', '5s', true), "
    "set_config('statement_timeout', '30s', true), "
    "set_config('idle_in_transaction_session_timeout', '15s', true), "
    "set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true)"
)

_MODELS = ("Booth", "BoothDetail", "Menu", "SyncRun")
_COLUMNS = {  # of the catalogues, which answer also while somebody holds locks on the tables
    "postgresql": "SELECT relname, attname FROM pg_class c, pg_attribute WHERE attrelid = c.oid "
    "AND relname IN ({}) AND pg_table_is_visible(c.oid) AND NOT attisdropped",
    "sqlite": "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c "
    "WHERE t.name IN ({})",
}
_FOREIGN_TABLES = (
    "django_migrations에는 'booth'의 마이그레이션이 적용되어 있지만, 표가 booth sync의 것이 아니라 "
    "이름이 같은 다른 앱의 것입니다. 'migrate'로는 고칠 수 없으니 docs/adopting.md를 따르세요."
)
_OTHER_KIND = (
    "booth sync는 PostgreSQL과 SQLite에서만 동작합니다(지금은 {}). DATABASE_URL을 바꾸세요."
)
_NO_DATABASE = "데이터베이스가 설정되지 않았습니다. 'manage.py check'를 보세요."
_approved: set[str] = set()


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
    with translated_errors(), ExitStack() as stack:
        if connection.vendor == "postgresql":
            stack.enter_context(limited_transaction())
        yield


def run_in_transaction(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, run in one transaction and again after a lost race.

    Raises StoreError and ConfigError as ``translated_errors`` does.
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            with translated_errors(), limited_transaction():
                return work()
        except (StoreError, ConfigError) as error:
            if attempt == MAX_ATTEMPTS or find_state(error.__cause__) not in RETRIED_SQLSTATES:
                raise
            logger.warning("데이터베이스 경합으로 다시 시도합니다 attempt=%d", attempt)
    raise AssertionError("MAX_ATTEMPTS is at least 1")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what the database refuses into errors for people; bugs of ours pass through.

    Raises StoreError for trouble that passes. Raises ConfigError for what somebody has to mend: no
    usable database in the settings, a constraint (``constraint``), missing rights (``rights``),
    tables of another version (``schema``).
    """
    try:
        yield
    except ImproperlyConfigured:
        told = getattr(settings, "BOOTH_SYNC_SETTING_PROBLEMS", {}).get("DATABASE_URL", "")
        raise ConfigError(told or _NO_DATABASE) from None
    except db.Error as error:
        raise judge(error) from error


def require_migrations() -> None:
    """Raise ConfigError while the tables are not those of this version of booth sync.

    What was found right is remembered for this process and database; a failure is not, so that
    ``migrate`` mends it. Raises StoreError.
    """
    with translated_errors():
        name = str(connection.settings_dict["NAME"])
        if name not in _approved:
            _examine_tables()
            _approved.add(name)


def require_unicode() -> None:
    """Raise ConfigError where the database cannot hold every name that may come. Raises StoreError.

    Only for what writes: whatever was stored can be read.
    """
    if connection.vendor != "postgresql":
        return
    with translated_errors():
        connection.ensure_connection()
    encoding = connection.connection.info.parameter_status("server_encoding")  # told on connecting
    if encoding != "UTF8":
        message = f"데이터베이스의 인코딩({encoding})은 모든 이름을 담지 못합니다."
        raise ConfigError(f"{message} UTF8 데이터베이스로 옮기세요.", code="encoding")


def _examine_tables() -> None:
    models = [apps.get_model("booth", name) for name in _MODELS]
    fields = [field for model in models for field in model._meta.concrete_fields]
    wanted = {(field.model._meta.db_table, field.column) for field in fields}
    tables = ["django_migrations", *(model._meta.db_table for model in models)]
    applied: set[str] = set()
    with connection.cursor() as cursor:
        if connection.vendor not in _COLUMNS:
            raise ConfigError(_OTHER_KIND.format(connection.display_name), code="engine")
        cursor.execute(_COLUMNS[connection.vendor].format(", ".join(["%s"] * 5)), tables)
        present = set(cursor.fetchall())
        if ("django_migrations", "name") in present:
            cursor.execute("SELECT name FROM django_migrations WHERE app = 'booth'")
            applied = {name for (name,) in cursor.fetchall()}
    known = {path.stem for path in (Path(__file__).parent / "migrations").glob("[0-9]*.py*")}
    missing = known - applied
    # a namesake's 0001_initial passes for ours: only tables and columns tell whose they are
    has_runs = (apps.get_model("booth", "SyncRun")._meta.db_table, "id") in present
    if not wanted <= present and (not missing or applied - known or (applied and not has_runs)):
        raise ConfigError(_FOREIGN_TABLES, code="schema")
    if missing:
        message = f"적용되지 않은 마이그레이션이 {len(missing)}개 있습니다."
        message += " 먼저 'python manage.py migrate'를 실행하세요."
        if schemas := _find_hidden_schemas(tables):
            message += f" 표가 스키마 {schemas}에 있다면 search_path부터 바로잡으세요."
        raise ConfigError(message, code="migrations")
    short = [f"{f}" for f in fields if f.name == "name" and (f.max_length or MAX_NAME) < MAX_NAME]
    if short:
        message = f"{', '.join(short)}: max_length가 {MAX_NAME} 이상이어야 합니다."
        raise ConfigError(f"{message} docs/adopting.md를 따르세요.", code="schema")


def _find_hidden_schemas(tables: list[str]) -> str:
    """Return where tables of these names are that the search path does not show."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relnamespace::regnamespace::text FROM pg_class "
            "WHERE relname = ANY(%s) AND NOT pg_table_is_visible(oid) ORDER BY 1",
            [tables],
        )
        return ", ".join(schema for (schema,) in cursor.fetchall())
