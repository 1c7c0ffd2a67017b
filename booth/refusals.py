"""What the database's refusals mean: whether they pass, who has to mend what, and its name."""

from __future__ import annotations

import re
from typing import NamedTuple

from django import db

from booth.errors import BoothSyncError, ConfigError, StoreError

_TROUBLE = (db.OperationalError, db.InterfaceError, db.InternalError)


class _Refusal(NamedTuple):
    kind: type[BoothSyncError]
    code: str
    sentence: str


_PASSING = _Refusal(
    StoreError,
    code="database",
    sentence="데이터베이스를 쓸 수 없습니다. 서버의 상태와 DATABASE_URL을 확인하세요. "
    "잠깐의 문제라면 다음 실행이 다시 시도합니다.",
)
_LOGIN = _PASSING._replace(
    sentence="데이터베이스 서버가 접속을 받아들이지 않습니다. DATABASE_URL의 사용자, 암호, "
    "데이터베이스 이름과 서버의 접속 한도를 확인하세요.",
)
_READ_ONLY = _PASSING._replace(
    sentence="데이터베이스가 읽기 전용입니다. 쓰기 권한과 접속한 서버를 확인하세요."
)
_CONSTRAINT = _Refusal(
    ConfigError,
    code="constraint",
    sentence="데이터베이스의 제약 때문에 저장할 수 없습니다. 그 제약이나 열을 고치세요.",
)
_RIGHTS = _Refusal(
    ConfigError,
    code="rights",
    sentence="데이터베이스 사용자에게 권한이 없습니다. 권한(GRANT)을 주세요.",
)
_SCHEMA = _Refusal(
    ConfigError,
    code="schema",
    sentence="데이터베이스의 표가 모델과 다릅니다. 'python manage.py migrate'를 실행하세요.",
)
_NAMESAKE = _SCHEMA._replace(
    sentence="만들려는 표나 열이 이미 있습니다. docs/adopting.md를 따르세요.",
)
_REFUSALS = {
    ("42P07", "42701"): _NAMESAKE,
    ("22", "23", "27", "44", "P0"): _CONSTRAINT,
    ("SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_TOOBIG"): _CONSTRAINT,
    ("42501",): _RIGHTS,
    ("42", "3F", "0A", "SQLITE_ERROR"): _SCHEMA,
    ("25006", "SQLITE_READONLY"): _READ_ONLY,
}
"""What the database's own codes mean, by how they begin; all else is trouble that passes."""
_TELLING = frozenset({"22001", "42501", "42703", "42P01"})
"""Codes whose text holds names and types but no value."""
_SQLITE_NAMES = re.compile("constraint failed: .+|no such .+|.+ has no column named .+")
_PLPGSQL = re.compile(r"PL/pgSQL function (\S+?)\(")


def judge(error: db.Error) -> BoothSyncError:
    """Return the error for people. Raises ``error`` where it is a bug of ours.

    It names no value. StoreError is trouble that passes. ConfigError is what somebody has to mend:
    a constraint (``constraint``), missing rights (``rights``), tables that differ (``schema``).
    """
    refusal = _find_refusal(error)
    details = " ".join(filter(None, [type(error).__name__, find_state(error)]))
    details = ": ".join(filter(None, [details, ", ".join(_list_names(error))]))
    return refusal.kind(f"{refusal.sentence} ({details})", code=refusal.code)


def explain(error: Exception) -> BoothSyncError | None:
    """Return what any error means to people, one of ours as it is, None where it is a bug."""
    if isinstance(error, BoothSyncError):
        return error
    try:
        return judge(error) if isinstance(error, db.Error) else None
    except db.Error:
        return None


def find_constraint(error: db.Error) -> str:
    """Return the name of the constraint that refused, with SQLite its columns, or nothing."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis:
        return diagnosis.constraint_name or ""
    return _find_names(error).rpartition("constraint failed: ")[2]


def find_state(error: BaseException | None) -> str:
    """Return the code, PostgreSQL's or SQLite's, of the error that Django wrapped, if any."""
    cause = getattr(error, "__cause__", None)
    return getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""


def _find_refusal(error: db.Error) -> _Refusal:
    state = find_state(error)
    if state == "SQLITE_ERROR" and str(error).endswith(" already exists"):
        return _NAMESAKE
    for states, refusal in _REFUSALS.items():
        if state.startswith(states):
            return refusal
    if _was_asked_for_password(error):
        return _LOGIN
    # PostgreSQL's unknown codes are a trigger's own; SQLite's are files of another kind
    if type(error) is db.DatabaseError and state and not state.startswith("SQLITE"):
        return _CONSTRAINT
    if isinstance(error, _TROUBLE) or type(error) is db.DatabaseError:
        return _PASSING
    raise error


def _was_asked_for_password(error: db.Error) -> bool:
    """Tell whether a connection came as far as the login: waiting does not mend a wrong one."""
    attempt = getattr(error.__cause__, "pgconn", None)
    return bool(attempt and (attempt.needs_password or attempt.used_password))


def _list_names(error: db.Error) -> list[str]:
    """Return tables, columns, constraints and functions that the error names, but no value."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if not diagnosis:
        return list(filter(None, [_find_names(error)]))
    function = _PLPGSQL.search(diagnosis.context or "")
    is_telling = diagnosis.source_function != "exec_stmt_raise" and find_state(error) in _TELLING
    names = (
        diagnosis.table_name,
        diagnosis.column_name,
        diagnosis.constraint_name,
        function and function[1],
        is_telling and diagnosis.message_primary,
    )
    return [name for name in names if name]


def _find_names(error: db.Error) -> str:
    """Return what SQLite names; a trigger's own text may hold anything."""
    found = _SQLITE_NAMES.search(str(error))
    return found[0] if found and find_state(error) != "SQLITE_CONSTRAINT_TRIGGER" else ""
