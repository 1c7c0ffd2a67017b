"""One run: the stages, in order."""

from __future__ import annotations

import gc
import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGINT

from django.utils import timezone
from msgspec.structs import replace

from booth.config.masking import find_redactor
from booth.config.options import Options, RunRequest
from booth.database import (
    limited_reading,
    require_migrations,
    require_unicode,
    run_in_transaction,
)
from booth.errors import (
    BUG,
    Aborted,
    BoothSyncError,
    ConfigError,
    FeedError,
    SourceError,
    StoreError,
    SyncInProgress,
    SyncTooSoon,
    Terminated,
)
from booth.logs import OUTCOME
from booth.models import SyncRun
from booth.sync import runs, source, store
from booth.sync.announce import announce
from booth.sync.feed import parse
from booth.sync.plan import Plan, Wanted, make_plan, settle
from booth.sync.report import RunReport

logger = logging.getLogger("booth.sync")

ABORT_TIMEOUT = 1.0
"""Seconds left for heartbeat and push each when the process was told to end."""


def run_once(request: RunRequest, options: Options) -> RunReport:
    """Run the stages once and return what it came to, on success and on failure.

    1. Claim the lock by storing a running SyncRun; another one holding it ends this run.
    2. Fetch the upstream's answer and parse it.
    3. In one transaction: fence, read the stored state, plan, apply, close the row.
    4. After a failure or a signal close the row by itself.
    5. Send the heartbeat and push the figures, whatever happened.

    A dry run only fetches, parses, reads and plans. Bugs are raised after the row was closed;
    everything else is in the report's ``error``.
    """
    run = _Run(request, options)
    try:
        with _paused_collector():
            require_migrations()
            require_unicode()
            report = run.rehearse() if request.dry_run else run.execute()
            announce(report, options)
            return report
    except SyncInProgress as error:
        logger.warning("동기화가 이미 실행 중이어서 이번 실행은 건너뜁니다.", extra=OUTCOME)
        return run.report("skipped", error=error)
    except SyncTooSoon as error:
        logger.warning("%s code=%s", error.message, error.code, extra=OUTCOME)
        return run.report("skipped", error=error)
    # Who reads the log may keep it waiting, so the row is closed first.
    except BoothSyncError as error:
        report = run.end("failed", error)
        logger.error("%s code=%s", error.message, error.code, extra=OUTCOME)
        return report
    except KeyboardInterrupt as signal:
        report = run.abort(getattr(signal, "signum", SIGINT))
        if isinstance(signal, Terminated):
            return report
        raise
    except Exception:
        run.end("failed", BoothSyncError(BUG, code="internal"))
        logger.exception("예상하지 못한 오류로 동기화가 실패했습니다.", extra=OUTCOME)
        raise


class _Run:
    """One run on its way: what is known of it so far, and each way it can end."""

    def __init__(self, request: RunRequest, options: Options) -> None:
        self.request = request
        self.options = options
        self.started = time.monotonic()
        self.stages: dict[str, float] = {}
        self.known = RunReport(
            run=None, status="running", trigger=request.trigger, dry_run=request.dry_run
        )
        self.row = SyncRun(trigger=request.trigger, requested_by=request.requested_by)
        self.written: RunReport | None = None
        self.saved: RunReport | None = None

    def execute(self) -> RunReport:
        """Claim, read, write and close. Raises BoothSyncError."""
        runs.claim(self.row, options=self.options.run, pause=self.request.pause)
        with self._address_named():
            wanted = self._read_list()
            self.saved = run_in_transaction(lambda: self._write(wanted))
        _log_success(self.saved)
        return self.saved

    def rehearse(self) -> RunReport:
        """Read and plan, without a row, a write or a push. Raises BoothSyncError."""
        with self._address_named():
            wanted = self._read_list()
            with limited_reading():
                plan = self._make_plan(wanted)
        return self.report(_judge(plan), plan=plan)

    def abort(self, signum: int) -> RunReport:
        """End after a signal, unless all was saved already, and announce it fast."""
        if self.saved is None and self.written is not None and self._has_committed():
            self.saved = self.written
        error = Aborted(signum, saved=self.saved is not None)
        if self.saved is None:
            report = self.end("aborted", error, timeout=ABORT_TIMEOUT)
        else:
            report = replace(self.saved, error=error)
            announce(report, self.options, timeout=ABORT_TIMEOUT)
        logger.warning("%s", error.message, extra=OUTCOME)
        return report

    def end(self, status: str, error: BoothSyncError, *, timeout: float | None = None) -> RunReport:
        """Close the row of a run that wrote nothing, announce it, and return the report."""
        report = self.report(status, error=error)
        if self.row.pk is not None:
            try:
                runs.close_failed(self.row, report)
            except (StoreError, ConfigError) as trouble:
                logger.error("실행 기록을 닫지 못했습니다: %s", trouble.message)
        announce(report, self.options, timeout=timeout)
        return report

    def _has_committed(self) -> bool:
        """Tell whether a commit that a signal interrupted came through all the same."""
        try:
            return runs.has_succeeded(self.row)
        except (StoreError, ConfigError):
            return False

    @contextmanager
    def _address_named(self) -> Iterator[None]:
        """Let a refusal say which address the list came from, unless that is a file."""
        try:
            yield
        except FeedError as error:
            if self.request.from_file:
                raise
            raise error.found_at(self.options.source.public_url) from None

    def _read_list(self) -> Wanted:
        """Return what D-Order lists. Only a list that is sound by itself counts as a success."""
        logger.info("부스 데이터 API 호출 시작")
        with self._stage("fetch"):
            answer = self._fetch()
        self.known = replace(
            self.known,
            feed_bytes=len(answer.body),
            feed_sha256=hashlib.sha256(answer.body).hexdigest(),
            http_status=answer.http_status,
        )
        with self._stage("parse"):
            where = "--from-file의 파일을" if self.request.from_file else "BOOTH_SYNC_API_URL을"
            feed = parse(answer.body, holds_secret=find_redactor().finds, checked=where)
            wanted = settle(feed)
        logger.info("부스 데이터 API 호출 성공: %d개 부스", len(feed.items))
        if not feed.items:
            logger.warning("부스 데이터가 없습니다.")
        return wanted

    def _fetch(self) -> source.Answer:
        options = self.options.source
        try:
            if self.request.from_file:
                return source.read_file(
                    self.request.from_file,
                    max_bytes=options.max_bytes,
                    seconds=options.fetch_timeout,
                )
            return source.fetch(options)
        except SourceError as error:
            self.known = replace(self.known, http_status=error.upstream_status)
            raise

    def _write(self, wanted: Wanted) -> RunReport:
        runs.fence(self.row)
        plan = self._make_plan(wanted)
        with self._stage("store"):
            store.apply(plan, now=timezone.now())
        report = self.report(_judge(plan), plan=plan)
        runs.close(self.row, report)
        self.written = report
        return report

    def _make_plan(self, wanted: Wanted) -> Plan:
        with self._stage("plan"):
            return make_plan(
                wanted,
                store.read_state(),
                now=timezone.localtime(),
                allow_shrink=self.request.allow_shrink,
            )

    def report(
        self, status: str, *, plan: Plan | None = None, error: BoothSyncError | None = None
    ) -> RunReport:
        """Return what it came to so far."""
        return replace(
            self.known,
            run=self.row.pk,
            status=status,
            plan=plan,
            stages=dict(self.stages),
            duration=time.monotonic() - self.started,
            error=error,
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.request.observe(name)
        began = time.monotonic()
        try:
            yield
        finally:
            self.stages[name] = time.monotonic() - began


@contextmanager
def _paused_collector() -> Iterator[None]:
    """Keep the cyclic collector from walking every item of a large feed again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _judge(plan: Plan) -> str:
    is_partial = plan.counts.booths.rejected or plan.counts.menus.rejected
    return SyncRun.Status.PARTIAL if is_partial else SyncRun.Status.SUCCEEDED


def _log_success(report: RunReport) -> None:
    booths, menus = report.counts.booths, report.counts.menus
    if booths.rejected or menus.rejected:
        logger.warning("거부한 항목이 있습니다 booths=%d menus=%d", booths.rejected, menus.rejected)
    if report.plan and logger.isEnabledFor(logging.DEBUG):
        for booth in report.plan.booths:
            logger.debug("부스 %s name=%s", booth.kind, booth.name)
        for menu in report.plan.menus:
            logger.debug("메뉴 %s booth=%s name=%s", menu.kind, menu.booth, menu.name)
    handled = booths.created + booths.updated + booths.unchanged
    logger.info("부스 데이터 저장 완료: %d개 부스 처리됨", handled)
    logger.info("부스 데이터 동기화 완료 (소요시간: %.2f초)", report.duration)
