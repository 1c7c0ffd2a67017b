"""Over 1,000 malformed answers, each with the paths of what is wrong, None where all is refused."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.conftest import make_feed

BOOTHS, MENUS = 3, 2
HERE = "@@here@@"
BOOTH_COUNTS = ("boothAllTable", "boothUsageTable")
MENU_COUNTS = ("menuIngredidentReminder", "menuSalesQuantity")
LONG = "9" * 4301
DEEP = "[" * 100_000 + "]" * 100_000

NO_COUNT = (
    *("true", "false", '"5"', '""', '"\uff15"', "5.0", "5e0", "0.5", "-0.5", "1e999", "-1e999"),
    *("-1", "-2147483648", "2147483648", "9223372036854775808", LONG, f"-{LONG}", "[]", "{}"),
)
NO_NAME = (
    *("true", "5", "null", "[]", "{}", '""', '" \\t"'),
    *(r'"\u0000"', r'"\u200b\u3164"', r'"\u2800"', f'"{"가" * 101}"'),
    *(r'"\ud800"', r'"\ude80\ud83d"', f'"{"́" * 501}"'),
)
NO_MENUS = ("null", "{}", '""', "5", "true", '"[]"')
NO_OBJECT = ("null", "[]", '"x"', "5", "true", "1e999")
NO_JSON = (
    *("NaN", "Infinity", "-Infinity", "05", "+5", "5.", ".5", "0x5", "5_0", "nul", "'5'", ""),
    *('"\x00"', '"\n"', r'"\x41"', '"a', DEEP, "[1,]"),
)

Case = tuple[str, bytes, set[str] | None]


def make_booth(index: int) -> dict[str, Any]:
    menus = [
        {"menuName": f"메뉴{i}", "menuIngredidentReminder": 7, "menuSalesQuantity": 1}
        for i in range(MENUS)
    ]
    return {"boothName": f"부스{index}", "boothAllTable": 9, "boothUsageTable": 3, "Menus": menus}


def list_places() -> Iterator[tuple[str, int, int | None]]:
    """Yield the path of each booth and each menu, with its indexes."""
    for i in range(BOOTHS):
        yield f"data.boothDetails[{i}]", i, None
        for j in range(MENUS):
            yield f"data.boothDetails[{i}].Menus[{j}]", i, j


def change(i: int, j: int | None, edit: Callable[[dict[str, Any]], Any]) -> str:
    """Return a sound feed's text in which ``edit`` was done to one booth or menu."""
    booths = [make_booth(index) for index in range(BOOTHS)]
    edit(booths[i] if j is None else booths[i]["Menus"][j])
    return make_feed(booths).decode()


def empty(item: dict[str, Any]) -> None:
    item.clear()
    item[HERE] = 0


def spell(text: str, raw: str) -> bytes:
    assert text.count(f'"{HERE}"') == 1
    return text.replace(f'"{HERE}"', raw).encode()


def make_broken_items() -> Iterator[Case]:
    for path, i, j in list_places():
        keys = BOOTH_COUNTS if j is None else MENU_COUNTS
        name = "boothName" if j is None else "menuName"
        broken = [(key, raw) for key in keys for raw in NO_COUNT]
        broken += [(name, raw) for raw in NO_NAME]
        if j is None:
            broken += [("Menus", raw) for raw in NO_MENUS] + [(key, "null") for key in keys]
        for key, raw in broken:
            text = change(i, j, lambda item, key=key: item.update({key: HERE}))  # type: ignore[misc]
            yield f"{path}.{key}={raw[:12]}", spell(text, raw), {f"{path}.{key}"}
        for key in (name,) if j is not None else (name, *keys, "Menus"):
            text = change(i, j, lambda item, key=key: item.pop(key))  # type: ignore[misc]
            yield f"{path} without {key}", text.encode(), {f"{path}.{key}"}
        text = change(i, j, empty)
        for raw in NO_OBJECT:
            yield f"{path}={raw}", text.replace(f'{{"{HERE}": 0}}', raw).encode(), {path}


def make_broken_json() -> Iterator[Case]:
    for path, i, j in list_places():
        for key in ("boothName", "boothAllTable", "Menus") if j is None else MENU_COUNTS:
            text = change(i, j, lambda item, key=key: item.update({key: HERE}))  # type: ignore[misc]
            for raw in NO_JSON:
                yield f"{path}.{key}: {raw[:12]!r}", spell(text, raw), None
        for key in make_booth(0) if j is None else make_booth(0)["Menus"][0]:
            text = change(i, j, lambda item: item.update({HERE: 0}))
            for spelling in (key, f"\\u{ord(key[0]):04x}{key[1:]}"):
                yield f"{path}: {spelling} twice", text.replace(HERE, spelling).encode(), None


def make_broken_bytes() -> Iterator[Case]:
    sound = make_feed([make_booth(i) for i in range(BOOTHS)])
    for offset in range(0, len(sound), 11):
        yield f"cut at {offset}", sound[:offset], None
    for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80"):
        for offset in range(0, len(sound) + 1, 97):
            yield f"{bad.hex()} at {offset}", sound[:offset] + bad + sound[offset:], None
    for name, body in {
        "empty": b"",
        "white space": b" \r\n",
        "two BOMs": b"\xef\xbb\xbf" * 2 + sound,
        "UTF-16": sound.decode().encode("utf-16"),
        "CP949": sound.decode().encode("cp949"),
        "HTML": "<!doctype html><title>서버 오류</title>".encode(),
        "twice": sound * 2,
        "a tail": sound + b"x",
        "a NUL tail": sound + b"\x00",
        "deep": DEEP.encode(),
        "open and deep": b'{"data":' * 100_000,
    }.items():
        yield name, body, None


def make_broken_envelopes() -> Iterator[Case]:
    for key in ("statusCode", "message", "data"):
        for spelling in (key, f"\\u{ord(key[0]):04x}{key[1:]}"):
            text = make_feed([make_booth(0)], **{HERE: 0}).decode()
            yield f"{spelling} twice", text.replace(HERE, spelling).encode(), None
    for raw in (
        "true",
        '"200"',
        "200.0",
        "null",
        "[]",
        LONG,
        "9" * 4000,
        "201",
        "404",
        "-200",
        "1e999",
        DEEP,
    ):
        yield f"statusCode {raw[:12]}", spell(make_feed([], statusCode=HERE).decode(), raw), None
    for listing in ("null", "{}", '""', "5", "true", '"[]"', DEEP):
        text = make_feed([], data={"boothDetails": HERE}).decode()
        yield f"boothDetails {listing[:12]}", spell(text, listing), None
        text = make_feed([], data=HERE).decode()
        yield f"data {listing[:12]}", spell(text, listing), None
    for body in (b"null", b"[]", b"{}", b"5", b'"x"', b'{"statusCode":200}', b'{"detail":"x"}'):
        yield repr(body), body, None
    yield "no boothDetails", make_feed([], data={"booths": []}), None
    yield "other case", make_feed([]).replace(b"boothDetails", b"BoothDetails"), None


MAKERS = (make_broken_items, make_broken_json, make_broken_bytes, make_broken_envelopes)
CASES = [case for make in MAKERS for case in make()]
