"""Invents the festival as it is at the opening."""

from itertools import islice
from random import Random

from sample_upstream.names import iterate_booth_names, iterate_menu_names
from sample_upstream.world import SEAT_FEE_STOCK, Booth, Menu, World


def invent(*, booths: int = 15, menus: int = 10, seed: int = 1, twins: int = 1) -> World:
    """Return the world at step 0: the same one for the same arguments.

    `booths` bear different names and hold exactly `menus` each. `twins` empty namesakes
    (0 tables, no menus) come on top: of the first booths, while as many of the last ones
    hold a set named like a single (where `menus` leaves room for sets: 4 or more).
    Raises ValueError for a negative size or for more twins than booths.
    """
    if min(booths, menus, twins) < 0 or twins > booths:
        raise ValueError("sizes must not be negative, nor twins outnumber booths")
    rng = Random(f"{seed}/opening")
    names = list(islice(iterate_booth_names(), booths))
    pool = list(islice(iterate_menu_names(), max(24, menus)))
    real = [
        _invent_booth(
            rng,
            index,
            name,
            _pick_menu_names(rng, index, pool, menus, with_twin=index >= booths - twins),
        )
        for index, name in enumerate(names)
    ]
    empty = [
        Booth(key=booths + index, name=name, tables=0, used=0, menus=())
        for index, name in enumerate(names[:twins])
    ]
    return World(seed=seed, step=0, booths=tuple(real + empty), away=())


def _invent_booth(rng: Random, index: int, name: str, menu_names: list[str]) -> Booth:
    tables = 0 if index % 5 == 4 else rng.choice((6, 8, 10, 12, 15, 20))
    menus = tuple(
        Menu(menu, SEAT_FEE_STOCK if menu.startswith("테이블") else rng.randint(3, 60))
        for menu in menu_names
    )
    return Booth(key=index, name=name, tables=tables, used=rng.randint(0, tables), menus=menus)


def _pick_menu_names(
    rng: Random, index: int, pool: list[str], menus: int, *, with_twin: bool
) -> list[str]:
    fees = _pick_seat_fee(index)[: menus // 2]
    set_count = menus // 4
    singles = rng.sample(pool, menus - set_count - len(fees))
    sets = [f"{singles[i]}+{singles[i + 1]} 세트" for i in range(set_count)]
    if with_twin and sets:
        sets[-1] = singles[-1]
    return fees + singles + sets


def _pick_seat_fee(index: int) -> list[str]:
    if index % 6 == 5:
        return []
    return ["테이블 이용료(1인당)" if index % 3 == 1 else "테이블 이용료"]
