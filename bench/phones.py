"""Lets phones poll the read API while syncs go on: `python -m bench.phones [SECONDS [PHONES]]`.

Each phone asks every 17 s over a connection of its own, with the entity tag that it knows. Printed
are how long answers took and how far behind the database the oldest was, whatever the reference:
the limits are those of people who look at a phone.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sample_upstream import SampleUpstream
from tests.conftest import ROOT, make_environment
from tests.faults.databases import Database
from tests.web.site import DIRECT, manage, serving

PERIOD_SECONDS, SYNC_SECONDS = 17.0, 30.0
SETTINGS = DIRECT | {"MALLOC_ARENA_MAX": "2"}
"""As the image has it."""


@dataclass
class Found:
    """What was measured: seconds of answers, and when each state was stored and seen."""

    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    stored: list[float] = field(default_factory=list)
    seen: list[tuple[float, float]] = field(default_factory=list)

    @property
    def furthest_behind(self) -> float:
        """Seconds that the oldest answer was behind the database."""
        late = 0.0
        for began, as_of in self.seen:
            newer = [at for at in self.stored if as_of < at < began]
            late = max(late, began - min(newer, default=began))
        return late


def main(seconds: float = 180.0, phones: int = 3_000) -> None:
    """Print what the phones were answered."""
    with (
        tempfile.TemporaryDirectory(prefix="booth-sync-bench-") as folder,
        SampleUpstream(booths=40, menus=10, twins=0) as upstream,
    ):
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        manage(database, "migrate", "--verbosity", "0")
        manage(database, "booth_sync", "sync", BOOTH_SYNC_API_URL=upstream.url)
        with serving(database, **SETTINGS) as site:
            found = asyncio.run(_poll(site.origin, database, upstream, seconds, phones))
    took = sorted(found.took)
    shares = (f"{share}: {took[int(len(took) * share)] * 1000:.1f} ms" for share in (0.5, 0.99))
    sys.stdout.write(
        f"{phones} phones, {seconds:.0f} s, {len(found.stored)} syncs, answers {found.statuses}\n"
        f"{', '.join(shares)}, the slowest {took[-1] * 1000:.1f} ms; "
        f"the oldest {found.furthest_behind:.2f} s behind the database\n"
    )


async def _poll(
    origin: str, database: Database, upstream: SampleUpstream, seconds: float, phones: int
) -> Found:
    found = Found()
    end = time.time() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(_sync(found, database, upstream, end))
        for _ in range(phones):
            group.create_task(_be_a_phone(found, origin, end))
    return found


async def _sync(found: Found, database: Database, upstream: SampleUpstream, end: float) -> None:
    environment = make_environment(DATABASE_URL=database.url, BOOTH_SYNC_API_URL=upstream.url)
    while time.time() < end:
        upstream.tick()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "manage.py", "booth_sync", "sync"),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError("a sync failed")
        [(text,)] = database.query("SELECT max(finished_at) FROM booth_syncrun")
        instant = datetime.fromisoformat(f"{text}+00:00").replace(microsecond=0)  # as it is told
        found.stored.append(instant.timestamp())
        await asyncio.sleep(SYNC_SECONDS)


async def _be_a_phone(found: Found, origin: str, end: float) -> None:
    host, _, port = origin.removeprefix("http://").partition(":")
    tag, as_of = "", 0.0
    await asyncio.sleep(random.uniform(0, PERIOD_SECONDS))
    while time.time() < end:
        began = time.time()
        reader, writer = await asyncio.open_connection(host, int(port))
        known = f"If-None-Match: {tag}\r\n" if tag else ""
        writer.write(
            f"GET /booths/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{known}\r\n".encode()
        )
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        found.took.append(time.time() - began)
        status = int(head.split()[1])
        found.statuses[status] = found.statuses.get(status, 0) + 1
        if status == 200:
            as_of = datetime.fromisoformat(json.loads(body)["data"]["as_of"]).timestamp()
            tag = head.partition(b"ETag: ")[2].partition(b"\r\n")[0].decode()
        found.seen.append((began, as_of))
        await asyncio.sleep(PERIOD_SECONDS)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
