"""Whoever claims another address gets no nearer; whoever comes from an allowed one gets in."""

from __future__ import annotations

import pytest

from tests.web.site import Site

from .conftest import send

FRIEND, OTHER_FRIEND, STRANGER, PROXY = "127.9.0.1", "127.9.7.7", "127.7.7.7", "127.0.0.1"
HOPS = (
    *(FRIEND, f"{FRIEND},{FRIEND}", f"{FRIEND}, {STRANGER}", f"{STRANGER}, {FRIEND}"),
    *(f"{FRIEND}, {PROXY}", f"{PROXY}, {FRIEND}", f"{FRIEND}, {PROXY}, {PROXY}", PROXY),
    *(f"{FRIEND}:80", f"[{FRIEND}]", f"[{FRIEND}]:80", f'"{FRIEND}"', f"'{FRIEND}'"),
    *(f"{FRIEND}/32", f"{FRIEND}.", f"{FRIEND};", f"{FRIEND} {FRIEND}", f"{FRIEND}\t{FRIEND}"),
    *(f"for={FRIEND}", f"::ffff:{FRIEND}", f"[::ffff:{FRIEND}]", f"::ffff:{FRIEND}%x"),
    *("::ffff:7f09:1", "::127.9.0.1", "127.9.1", "127.589825", "2131296257", "0x7f090001"),
    *("0177.011.0.1", "127.009.000.001", "127.9.0.01", "0x7f.9.0.1", "localhost"),
    *("::1", "::1%x", "::1%eth0", "[::1]:80", "fe80::1%1", "0:0:0:0:0:ffff:127.9.0.1"),
    *("", ",", ", ,", " ", "unknown", "-", "null", "None", "*", "_hidden", "undefined", "0"),
    *(f",{FRIEND}", f"{FRIEND},", f" , {FRIEND}", f"unknown, {FRIEND}", f"{FRIEND}, unknown"),
    *(f"{FRIEND}\x0b", f"{FRIEND}\x85", f"\xa0{FRIEND}", f"\ufeff{FRIEND}", f"{FRIEND}#"),
    *(f"@{FRIEND}", f"http://{FRIEND}/", f"{FRIEND}\\", f"{FRIEND}%00", f"{FRIEND}%0d%0a"),
    *(FRIEND + ",10.0.0.1" * 99, ", ".join([FRIEND] * 200), "-1"),
    *("١٢٧.9.0.1", "１２７.9.0.1", "127。9。0。1"),
)
NAMES = (
    *("x-forwarded-for", "X-FORWARDED-FOR", "X_Forwarded_For", "X-Forwarded_For"),
    *("X_FORWARDED-FOR", "HTTP_X_FORWARDED_FOR", "X-Real-IP", "X_Real_IP", "True-Client-IP"),
    *("CF-Connecting-IP", "CF-Connecting-IPv6", "CF-Pseudo-IPv4", "Client-IP", "X-Client-IP"),
    *("X-Cluster-Client-IP", "Fastly-Client-IP", "X-Originating-IP", "X-Remote-IP", "Via"),
    *("X-Remote-Addr", "Remote-Addr", "REMOTE_ADDR", "Remote_Addr", "X-ProxyUser-Ip"),
    *("WL-Proxy-Client-IP", "X-Azure-ClientIP", "X-Appengine-User-IP", "X-Forwarded"),
    *("X-Envoy-External-Address", "Forwarded-For", "X-Forwarded-Host", "X-Forwarded-By"),
    *("X-Forwarded-Server", "X-Original-Forwarded-For"),
)
LINES = {
    **{f"X-Forwarded-For: {hops}": [f"X-Forwarded-For: {hops}"] for hops in HOPS},
    **{f"{name}: {FRIEND}": [f"{name}: {FRIEND}"] for name in NAMES},
    "Forwarded": [f"Forwarded: for={FRIEND};proto=https;by={PROXY}"],
    "Forwarded, quoted": [f'Forwarded: For="{FRIEND}"'],
    "two lines": [f"X-Forwarded-For: {FRIEND}", f"X-Forwarded-For: {STRANGER}"],
    "two lines, the other way": [f"X-Forwarded-For: {STRANGER}", f"X-Forwarded-For: {FRIEND}"],
    "two lines, both": [f"X-Forwarded-For: {FRIEND}", f"x-forwarded-for: {FRIEND}"],
    "one of each kind": [f"X-Forwarded-For: {STRANGER}", f"X_Forwarded_For: {FRIEND}"],
    "hop by hop": ["Connection: close, X-Forwarded-For", f"X-Forwarded-For: {FRIEND}"],
    "hop by hop alone": ["Connection: close, X-Forwarded-For"],
    "hop by hop, all": ["Connection: close, X-Forwarded-For, X-Forwarded-Proto, Host"],
    "a space before the colon": [f"X-Forwarded-For : {FRIEND}"],
    "a space before the name": [f" X-Forwarded-For: {FRIEND}"],
    "folded": ["X-Forwarded-For:", f" {FRIEND}"],
    "after a bare newline": [f"X-A: b\nX-Forwarded-For: {FRIEND}"],
    "after a bare return": [f"X-A: b\rX-Forwarded-For: {FRIEND}"],
    "with a NUL": [f"X-Forwarded-For: {FRIEND}\x00"],
    "a script of its own": ["SCRIPT_NAME: /booths", f"REMOTE_ADDR: {FRIEND}"],
}
"""The lines of a request that lies, by what they are."""
REFUSED = {400, 403}


def ask(origin: str, lines: list[str], *, source: str) -> tuple[int, bytes]:
    """Return status and body of what a question of the operators' with these lines is told."""
    given = ["GET /booths/sync/status/ HTTP/1.1", "Host: localhost", *lines, "", ""]
    return send(origin, "\r\n".join(given).encode(), source=source)


def test_there_are_enough_of_them() -> None:
    assert len(LINES) >= 80


@pytest.fixture(params=["directly", "through nginx"])
def origin(request: pytest.FixtureRequest, site: Site, nginx: str) -> str:
    """Where to ask: gunicorn itself, or nginx before it."""
    return site.origin if request.param == "directly" else nginx


def test_no_claim_lets_a_stranger_in(origin: str) -> None:
    let_in = []
    for name, lines in LINES.items():
        status, answer = ask(origin, lines, source=STRANGER)
        if status not in REFUSED:
            let_in.append((name, status, answer[-200:]))
    assert let_in == []


def test_what_a_stranger_is_told_is_that_the_address_is_not_allowed(origin: str) -> None:
    status, answer = ask(origin, [f"X-Forwarded-For: {FRIEND}"], source=STRANGER)
    assert status == 403
    assert b'"code":"address_denied"' in answer


@pytest.mark.parametrize("source", [FRIEND, OTHER_FRIEND])
@pytest.mark.parametrize(
    "lines",
    [
        *([], ["X-Forwarded-For: unknown"], [f"X-Forwarded-For: {STRANGER}"]),
        *([f"X-Real-IP: {STRANGER}"], [f"Forwarded: for={STRANGER}"], ["X-Forwarded-For: ,"]),
    ],
)
def test_an_allowed_address_is_let_in_whatever_it_says(
    nginx: str, lines: list[str], source: str
) -> None:
    status, answer = ask(nginx, lines, source=source)
    assert (status, b'"code":"not_authenticated"' in answer) == (401, True)


def test_an_allowed_address_that_comes_without_a_proxy_is_let_in(site: Site) -> None:
    status, answer = ask(site.origin, ["X-Forwarded-Proto: https"], source=FRIEND)
    assert status in {301, 401}  # 301: what says https is not believed of it
    assert b"address_denied" not in answer


def test_a_proxy_itself_is_nobody(site: Site) -> None:
    assert ask(site.origin, [], source=PROXY)[0] == 403
    assert ask(site.origin, [f"X-Forwarded-For: {PROXY}"], source=PROXY)[0] == 403
