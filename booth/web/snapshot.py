"""The booths as the public sees them, read at most once in two seconds by each process."""

from __future__ import annotations

import gzip
import logging
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any

import msgspec
from django.db.models import Q

from booth import texts
from booth.config.load import get_stale_after
from booth.database import limited_reading, require_migrations
from booth.documents import format_instant
from booth.errors import BoothSyncError
from booth.models import Booth, Menu, SyncRun
from booth.status import find_last_success, is_stale
from booth.sync.report import SUCCESSES
from booth.web.envelope import wrap

logger = logging.getLogger("booth.web")
MAX_AGE_SECONDS = 2.0
MAX_READINGS = 3
CHANGING = ("created", "updated", "missing")


class Tables(msgspec.Struct, frozen=True):
    """How many tables a booth has."""

    total: int
    used: int
    free: int


class MenuItem(msgspec.Struct, frozen=True):
    """Something a booth sells; ``stock`` is null where nobody counts it."""

    id: int
    name: str
    price: int
    stock: int | None
    in_stock: bool


class PublicBooth(msgspec.Struct, frozen=True):
    """A booth as the public sees it; ``tables`` is null where nothing is known of them."""

    id: int
    name: str
    category: str
    description: str
    is_dorder: bool
    tables: Tables | None
    menus: tuple[MenuItem, ...]


class Freshness(msgspec.Struct, frozen=True):
    """How old the list is; all of it comes from the database, so that every process says the same.

    ``as_of`` is the end of the last success, ``updated_at`` of the last one that changed a row.
    """

    as_of: str | None
    updated_at: str | None
    stale: bool


class Body(msgspec.Struct, frozen=True):
    """An answer as it is sent, plain and compressed, each with its own entity tag.

    ``packed`` is None where it is not yet known that somebody wants it.
    """

    plain: bytes
    packed: bytes | None
    tag: str
    packed_tag: str


class Snapshot(msgspec.Struct, frozen=True):
    """All booths at one instant, and the answer that lists them."""

    booths: tuple[PublicBooth, ...]
    freshness: Freshness
    modified: datetime | None
    body: Body


class Shelf:
    """Keeps the newest snapshot; of many who find it old one reads anew, the others take it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: Snapshot | None = None
        self._read_at = float("-inf")
        self._failure: BoothSyncError | None = None
        self._failed_at = float("-inf")

    def get(self) -> Snapshot:
        """Return a snapshot of the last two seconds.

        Where the database fails it is the last one that was read, marked as stale. Raises
        StoreError, ConfigError where none was read yet.
        """
        kept = self._kept
        if kept and time.monotonic() - self._read_at < MAX_AGE_SECONDS:
            return kept
        if kept and not self._lock.acquire(blocking=False):
            return kept
        if not kept:
            self._lock.acquire()
        try:
            if self._failure and time.monotonic() - self._failed_at < MAX_AGE_SECONDS:
                raise self._failure  # of all who waited one has tried
            if time.monotonic() - self._read_at >= MAX_AGE_SECONDS or not self._kept:
                self._kept = self._read_anew()
                self._read_at = time.monotonic()
            return self._kept
        except BoothSyncError as error:
            if error is not self._failure:
                self._failure, self._failed_at = error, time.monotonic()
            raise
        finally:
            self._lock.release()

    def fill(self) -> None:
        """Read a snapshot where none was read yet. Raises StoreError, ConfigError."""
        if self._kept is None:
            self.get()

    def _read_anew(self) -> Snapshot:
        try:
            snapshot = read_snapshot()
        except BoothSyncError as error:
            if self._kept is None:
                raise
            logger.error("%s code=%s", error.message, error.code)
            if self._kept.freshness.stale:
                return self._kept
            return make_snapshot(
                self._kept.booths,
                msgspec.structs.replace(self._kept.freshness, stale=True),
                modified=self._kept.modified,
            )
        same = self._kept and self._kept.body.tag == snapshot.body.tag
        return self._kept if same and self._kept else snapshot


def read_snapshot() -> Snapshot:
    """Read the booths that are there now. Raises StoreError, ConfigError.

    Each query may see another instant: where a sync was stored meanwhile, all is read again.
    """
    require_migrations()
    with limited_reading():
        last, age = find_last_success()
        for _ in range(MAX_READINGS):
            booths, before = tuple(_read_booths()), last
            last, age = find_last_success()
            if last == before:
                break
        succeeded = SyncRun.objects.filter(status__in=SUCCESSES).order_by("-pk")
        changed = succeeded.filter(_changed_something()).first()
    freshness = Freshness(
        as_of=format_instant(last.finished_at if last else None),
        updated_at=format_instant(changed.finished_at if changed else None),
        stale=is_stale(age, stale_after=timedelta(seconds=get_stale_after())),
    )
    return make_snapshot(booths, freshness, modified=last.finished_at if last else None)


def make_snapshot(
    booths: tuple[PublicBooth, ...], freshness: Freshness, *, modified: datetime | None
) -> Snapshot:
    """Return a snapshot with its answer made."""
    body = make_body(describe_list(booths, freshness))
    body = msgspec.structs.replace(body, packed=pack(body.plain))
    return Snapshot(booths=booths, freshness=freshness, modified=modified, body=body)


def describe_list(booths: Iterable[PublicBooth], freshness: Freshness) -> dict[str, Any]:
    """Return the document of a list."""
    data = msgspec.structs.asdict(freshness) | {"booths": list(booths)}
    return wrap(200, texts.LIST_READ, data)


def make_body(document: dict[str, Any]) -> Body:
    """Return a document as it is sent; public, so that nothing in it can be a secret."""
    plain = msgspec.json.encode(document)
    tag = sha256(plain).hexdigest()[:32]
    return Body(plain=plain, packed=None, tag=f'"{tag}"', packed_tag=f'"{tag}-gzip"')


def pack(plain: bytes) -> bytes:
    """Return an answer compressed, always to the same bytes."""
    return gzip.compress(plain, 6, mtime=0)


def _read_booths() -> Iterator[PublicBooth]:
    menus: dict[int, list[MenuItem]] = {}
    sold = Menu.objects.filter(missing_since=None).order_by("name", "pk")
    for booth, number, name, price, stock in sold.values_list(
        "booth_id", "pk", "name", "price", "ingredient"
    ):
        item = MenuItem(id=number, name=name, price=price, stock=stock, in_stock=stock != 0)
        menus.setdefault(booth, []).append(item)
    there = Booth.objects.filter(missing_since=None).order_by("name", "pk")
    for number, name, category, is_dorder, text, total, used in there.values_list(
        *("pk", "name", "category", "is_dorder"),
        *("detail__description", "detail__all_table", "detail__usage_table"),
    ):
        known = total is not None and used is not None
        yield PublicBooth(
            id=number,
            name=name,
            category=category,
            description=text or "",
            is_dorder=is_dorder,
            tables=Tables(total, used, max(0, total - used)) if known else None,
            menus=tuple(menus.get(number, ())),
        )


def _changed_something() -> Q:
    found = Q()
    for entity in ("booths", "menus"):
        for count in CHANGING:
            found |= Q(**{f"counts__{entity}__{count}__gt": 0})
    return found
