"""Moves the festival one step on: the same steps for the same seed."""

import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from itertools import islice
from random import Random

from sample_upstream.names import NICKNAMES, iterate_menu_names
from sample_upstream.world import Booth, Menu, World

_BUSY_SHARE = 0.4


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to a booth or to one of its menus."""

    kind: str
    """`tables_changed`, `stock_fell`, `stock_rose`, `menu_added`, `menu_vanished`,
    `booth_renamed`, `booth_vanished` or `booth_returned`."""
    booth: str
    menu: str | None = None
    before: int | str | None = None
    after: int | str | None = None


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What one step brought."""

    step: int
    events: tuple[Event, ...]

    def count_kinds(self) -> dict[str, int]:
        """Return how many events there were of each kind."""
        return dict(Counter(event.kind for event in self.events))

    def as_item(self) -> dict[str, object]:
        """Return the step for JSON; absent fields are left out."""
        events = [
            {key: value for key, value in asdict(event).items() if value is not None}
            for event in self.events
        ]
        return {"step": self.step, "counts": self.count_kinds(), "events": events}


def advance(world: World) -> tuple[World, Tick]:
    """Return the world one step later and what happened on the way.

    Tables and stock move in every step. In turns of three steps a booth is renamed; one
    vanishes while a menu is added and stock rises; it returns while a menu vanishes.
    """
    step = _Step(world)
    step.move_tables()
    step.sell_stock()
    if step.number % 3 == 1:
        step.rename_booth()
    elif step.number % 3 == 2:
        step.hide_booth()
        step.add_menu()
        step.restock()
    else:
        step.bring_back()
        step.drop_menu()
    return step.finish()


class _Step:
    """One step under way."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.number = world.step + 1
        self._rng = Random(f"{world.seed}/step/{self.number}")
        self._booths = list(world.booths)
        self._away = list(world.away)
        self._events: list[Event] = []

    def finish(self) -> tuple[World, Tick]:
        world = replace(
            self._world,
            step=self.number,
            booths=tuple(self._booths),
            away=tuple(self._away),
        )
        return world, Tick(step=self.number, events=tuple(self._events))

    def move_tables(self) -> None:
        seated = [i for i, booth in enumerate(self._booths) if booth.tables]
        for i in self._pick_share(seated, _BUSY_SHARE):
            booth = self._booths[i]
            choices = [n for n in range(booth.used - 4, booth.used + 5) if n != booth.used]
            used = self._rng.choice([n for n in choices if 0 <= n <= booth.tables])
            self._booths[i] = replace(booth, used=used)
            self._tell("tables_changed", booth, before=booth.used, after=used)

    def sell_stock(self) -> None:
        selling = [i for i, booth in enumerate(self._booths) if _list_sellable(booth)]
        for i in self._pick_share(selling, _BUSY_SHARE):
            sellable = _list_sellable(self._booths[i])
            count = min(len(sellable), self._rng.randint(1, 4))
            for position in sorted(self._rng.sample(sellable, count)):
                stock = self._booths[i].menus[position].stock
                self._set_stock(i, position, stock - min(stock, self._rng.randint(1, 5)))

    def restock(self) -> None:
        stocked = [i for i, booth in enumerate(self._booths) if _list_dishes(booth)]
        for i in self._pick_share(stocked, 0.1):
            menus = self._booths[i].menus
            scarcest = min(_list_dishes(self._booths[i]), key=lambda n: menus[n].stock)
            self._set_stock(i, scarcest, menus[scarcest].stock + self._rng.randint(20, 50))

    def rename_booth(self) -> None:
        real = self._list_real()
        if not real:
            return
        i = self._rng.choice(real)
        booth = self._booths[i]
        self._booths[i] = replace(booth, name=self._invent_name(booth.name))
        self._tell("booth_renamed", booth, before=booth.name, after=self._booths[i].name)

    def hide_booth(self) -> None:
        real = self._list_real()
        if len(real) < 2:
            return
        booth = self._booths.pop(self._rng.choice(real))
        self._away.append(booth)
        self._tell("booth_vanished", booth)

    def bring_back(self) -> None:
        for booth in self._away:
            self._booths.append(booth)
            self._tell("booth_returned", booth)
        self._away.clear()

    def add_menu(self) -> None:
        real = self._list_real()
        if not real:
            return
        i = self._rng.choice(real)
        menus = self._booths[i].menus
        taken = {menu.name for menu in menus}
        spare = (name for name in iterate_menu_names() if name not in taken)
        added = Menu(self._rng.choice(list(islice(spare, 8))), self._rng.randint(20, 60))
        place = next((n for n, menu in enumerate(menus) if menu.name.endswith(" 세트")), len(menus))
        self._replace_menus(i, (*menus[:place], added, *menus[place:]))
        self._tell("menu_added", self._booths[i], menu=added.name, after=added.stock)

    def drop_menu(self) -> None:
        rich = [i for i in self._list_real() if len(_list_dishes(self._booths[i])) > 1]
        if not rich:
            return
        i = self._rng.choice(rich)
        menus = self._booths[i].menus
        place = self._rng.choice(_list_dishes(self._booths[i]))
        self._replace_menus(i, menus[:place] + menus[place + 1 :])
        self._tell("menu_vanished", self._booths[i], menu=menus[place].name)

    def _set_stock(self, i: int, position: int, stock: int) -> None:
        booth, menus = self._booths[i], self._booths[i].menus
        old = menus[position]
        self._replace_menus(i, (*menus[:position], Menu(old.name, stock), *menus[position + 1 :]))
        kind = "stock_rose" if stock > old.stock else "stock_fell"
        self._tell(kind, booth, menu=old.name, before=old.stock, after=stock)

    def _replace_menus(self, i: int, menus: tuple[Menu, ...]) -> None:
        self._booths[i] = replace(self._booths[i], menus=menus)

    def _tell(
        self,
        kind: str,
        booth: Booth,
        *,
        menu: str | None = None,
        before: int | str | None = None,
        after: int | str | None = None,
    ) -> None:
        event = Event(kind=kind, booth=booth.name, menu=menu, before=before, after=after)
        self._events.append(event)

    def _pick_share(self, positions: list[int], share: float) -> list[int]:
        count = min(len(positions), max(1, round(len(positions) * share)))
        return sorted(self._rng.sample(positions, count))

    def _list_real(self) -> list[int]:
        """Return where the booths with menus and without a namesake are."""
        names = Counter(booth.name for booth in self._booths)
        return [i for i, b in enumerate(self._booths) if b.menus and names[b.name] == 1]

    def _invent_name(self, name: str) -> str:
        taken = {booth.name for booth in (*self._booths, *self._away)}
        base = re.sub(r" '[^']*'$", "", name)
        wished = [f"{base} '{nick}'" for nick in self._rng.sample(NICKNAMES, len(NICKNAMES))]
        return next((wish for wish in wished if wish not in taken), f"{name}!")


def _list_dishes(booth: Booth) -> list[int]:
    return [n for n, menu in enumerate(booth.menus) if not menu.is_seat_fee]


def _list_sellable(booth: Booth) -> list[int]:
    return [n for n in _list_dishes(booth) if booth.menus[n].stock > 0]
