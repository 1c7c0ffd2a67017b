"""What the sample remembers between requests; safe to use from many threads."""

import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from sample_upstream.advance import Tick, advance
from sample_upstream.world import World, encode_json, join_body

_REMEMBERED_REQUESTS = 10_000


@dataclass(frozen=True, kw_only=True)
class RecordedRequest:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    """What followed the question mark, undecoded; empty if nothing did."""
    headers: tuple[tuple[str, str], ...]
    received_at: float
    """Seconds on the monotonic clock."""

    def get_header(self, name: str) -> str | None:
        """Return the first header called `name` in whatever case, or None."""
        return next((text for key, text in self.headers if key.lower() == name.lower()), None)


class State:
    """The world, what is answered instead of it, and who asked."""

    def __init__(self, world: World) -> None:
        self._lock = threading.Lock()
        self._world = world
        self._set_fragments: tuple[bytes, ...] | None = None
        self._set_body: bytes | None = None
        self._answers = 0
        self._flaky_calls: Counter[tuple[str, str]] = Counter()
        self._requests: deque[RecordedRequest] = deque(maxlen=_REMEMBERED_REQUESTS)

    @property
    def world(self) -> World:
        """The current truth; a value that later steps do not change."""
        with self._lock:
            return self._world

    @property
    def requests(self) -> list[RecordedRequest]:
        """A copy of the requests so far, oldest first, the last 10,000 at most."""
        with self._lock:
            return list(self._requests)

    def record(self, request: RecordedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(request)

    def forget_requests(self) -> None:
        """Start with an empty list of requests again."""
        with self._lock:
            self._requests.clear()

    def tick(self) -> Tick:
        """Move the world one step on and return what happened."""
        with self._lock:
            self._world, tick = advance(self._world)
            return tick

    def set_body(self, body: bytes | None) -> None:
        """Answer these bytes from now on; None goes back to the world."""
        with self._lock:
            self._set_body, self._set_fragments = body, None

    def set_booths(self, booths: Iterable[object]) -> None:
        """Answer these items, however broken, in this order, in a sound envelope."""
        fragments = tuple(encode_json(booth) for booth in booths)
        with self._lock:
            self._set_body, self._set_fragments = join_body(fragments), fragments

    def make_body(self) -> bytes:
        """Return the next good answer; the world's booths come in an order of its own."""
        with self._lock:
            if self._set_body is not None:
                return self._set_body
            world = self._world
            self._answers += 1
            rng = Random(f"{world.seed}/answer/{self._answers}")
        fragments = [booth.encoded for booth in world.booths]
        rng.shuffle(fragments)
        return join_body(fragments)

    def list_fragments(self) -> list[bytes]:
        """Return the encoded booths in a steady order."""
        with self._lock:
            world, fragments = self._world, self._set_fragments
        if fragments is not None:
            return list(fragments)
        return [booth.encoded for booth in world.booths]

    def count_flaky_call(self, *, name: str, key: str) -> int:
        """Return how many times the flaky fault `name` was asked for with `key`, now included."""
        with self._lock:
            self._flaky_calls[name, key] += 1
            return self._flaky_calls[name, key]
