"""The one tree of errors that booth sync raises on purpose.

    BoothSyncError
    ├── UsageError        64  what was asked for cannot be taken as it is
    ├── ConfigError       78  a setting or the database is not as it has to be
    ├── SourceError       69  the upstream could not be read
    ├── FeedError         65  the upstream's answer is not a feed
    │   └── UnsafePlan    65  the feed would do more harm than good
    ├── SyncInProgress     0  another run holds the lock
    ├── SyncTooSoon       75  somebody has just asked for the same
    ├── StoreError        75  the database refused, try again
    ├── ControlError      69  the Kubernetes API refused or did not answer
    └── Aborted          143  SIGTERM ended the run; 128 + n after any signal n

The figures are the exit codes of ``manage.py booth_sync`` (``sysexits.h``). Every message is one
Korean sentence for an operator and never holds a secret. ``code`` is its name for programs.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Self, TypeAlias

BUG = "예상하지 못한 오류입니다. 로그와 함께 개발자에게 알려 주세요."
"""What is said of an error that nobody raised on purpose."""


ProblemKind: TypeAlias = Literal["missing", "rejected", "conflict", "duplicate"]
"""What may be wrong with an item, the worst first; ``missing`` only where a feed is refused."""


class Problem(NamedTuple):
    """Something to tell people about an item: its kind, its JSON path, a sentence, and its name.

    A menu's name is ``booth / menu``; where a name could not be read or shown, it is left out.
    """

    kind: ProblemKind
    path: str
    reason: str
    name: str = ""

    def describe(self) -> str:
        """Return whose problem it is, what is wrong, and where; names outlive D-Order's order."""
        whose = f"{self.name}: " if self.name else ""
        return f"{whose}{self.reason} ({self.path})"


class BoothSyncError(Exception):
    """Base of all errors raised on purpose; ``str(error)`` is a sentence for people.

    ``retryable`` tells whether another attempt could succeed, ``retry_after`` is the wait in
    seconds that the other side asked for. ``problems`` are the first of the items that were the
    reason, ``more_problems`` is how many there are beside them.
    """

    exit_code = 1
    default_code = ""
    problems: tuple[Problem, ...] = ()
    more_problems = 0

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.retryable = retryable
        self.retry_after = retry_after


class UsageError(BoothSyncError):
    """What was asked for cannot be taken as it is; nothing was done."""

    exit_code = 64


class ConfigError(BoothSyncError):
    """A setting is missing or wrong, or the database will refuse the same again."""

    exit_code = 78
    default_code = "config"


class SourceError(BoothSyncError):
    """The upstream could not be read; ``upstream_status`` is the status of its last answer."""

    exit_code = 69

    def __init__(
        self, message: str, *, upstream_status: int | None = None, **described: Any
    ) -> None:
        super().__init__(message, **described)
        self.upstream_status = upstream_status


class FeedError(BoothSyncError):
    """The bytes are not a D-Order answer, so nothing of them is used."""

    exit_code = 65

    def __init__(
        self,
        message: str,
        *,
        problems: tuple[Problem, ...] = (),
        more_problems: int = 0,
        **described: Any,
    ) -> None:
        super().__init__(message, **described)
        self.problems = problems
        self.more_problems = more_problems

    def found_at(self, address: str) -> Self:
        """Return the same refusal, whose sentence also names the address that answered."""
        return type(self)(
            f"{self.message} (받은 주소: {address})",
            code=self.code,
            problems=self.problems,
            more_problems=self.more_problems,
        )


class UnsafePlan(FeedError):
    """The feed is well-formed, but applying it would empty or halve the site."""


class SyncInProgress(BoothSyncError):
    """Another run holds the lock; this one did nothing, which is no failure."""

    exit_code = 0

    def __init__(self, *, lease: float) -> None:
        """Say after how many seconds at the latest the other run holds the lock no more."""
        message = "다른 동기화가 이미 실행 중이어서 건너뛰었습니다."
        message += f" 늦어도 {lease:.0f}초 뒤에는 다음 실행이 이어받습니다."
        super().__init__(message, code="sync_in_progress")


class SyncTooSoon(BoothSyncError):
    """The last run that somebody asked for began too short a time ago; this one did nothing."""

    exit_code = 75

    def __init__(self, *, wait: float) -> None:
        """Say after how many seconds another one may be asked for."""
        message = f"방금 동기화했습니다. {wait:.0f}초 뒤에 다시 시도하세요."
        super().__init__(message, code="sync_too_soon", retry_after=wait)


class StoreError(BoothSyncError):
    """The database refused or was out of reach; the same run may succeed later."""

    exit_code = 75
    default_code = "database"


class ControlError(BoothSyncError):
    """The Kubernetes API refused or did not answer; ``reason`` names why.

    ``changed`` are the CronJobs that were switched before it failed.
    """

    exit_code = 69

    def __init__(self, message: str, *, reason: str, **described: Any) -> None:
        super().__init__(message, code=f"control_{reason}", **described)
        self.reason = reason
        self.changed: tuple[str, ...] = ()


class Aborted(BoothSyncError):
    """A signal ended the run, after its commit if ``saved``; the exit code is 128 + ``signum``."""

    def __init__(self, signum: int, *, saved: bool = False) -> None:
        message = "종료 신호를 받아 동기화를 중단했습니다. 필요하면 다시 실행하세요."
        if saved:
            message = "종료 신호를 받았지만 이미 모두 저장했습니다. 다시 실행하지 않아도 됩니다."
        super().__init__(message, code="aborted")
        self.exit_code = 128 + signum


class Terminated(KeyboardInterrupt):
    """A signal that ends processes, such as SIGTERM, reached the run.

    A ``KeyboardInterrupt``, because that is what psycopg cancels the running statement for.
    ``signum`` is the signal's number; the process exits with 128 + ``signum``.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.signum = signum
