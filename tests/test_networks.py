"""Whose request it is, whatever the headers claim."""

from __future__ import annotations

import pytest

from booth.networks import UnknownClient, find_client, is_within, read_network

TRUSTED = [read_network(text) for text in ("10.0.0.0/8", "fd00::/8")]
ALLOWED = [read_network("192.168.0.0/16")]
PROXY, STRANGER, FRIEND = "10.0.0.1", "203.0.113.9", "192.168.1.1"
JUNK = (
    *("", ",", " ", "unknown", "localhost", "-", "_hidden", "null", "None", "192.168.1.1:80"),
    *("[192.168.1.1]", "[::1]:80", "[::1]", "::1%eth0", "::1%x", "fe80::1%1", "0300.0250.1.1"),
    *("192.168.1.01", "0xc0a80101", "3232235777", "192.168.257", "192.168.1.1.", ".192.168.1.1"),
    *('"192.168.1.1"', "'192.168.1.1'", "192.168.1.1/32", "192.168.1.1;", "for=192.168.1.1"),
    *("192.168.1.1 192.168.1.1", "192.168.1.1\t10", "192.168.1.1\n", "\x00192.168.1.1"),
    *("１９２.168.1.1", "192.168.1.1\x00", "::ffff:192.168.1.1%x", "192.168.1.1#", "*"),
)


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("chain", ["{}", "192.168.1.1, {}", "192.168.1.1,{}, 10.0.0.7"])
def test_a_chain_with_anything_but_bare_addresses_names_nobody(chain: str, junk: str) -> None:
    with pytest.raises(UnknownClient):
        find_client(PROXY, chain.format(junk), trusted=TRUSTED)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (STRANGER, None, STRANGER),
        (STRANGER, FRIEND, STRANGER),
        (STRANGER, f"{FRIEND}, {PROXY}", STRANGER),
        (STRANGER, "junk", STRANGER),
        (f"::ffff:{STRANGER}", FRIEND, STRANGER),
        (FRIEND, STRANGER, FRIEND),
        (PROXY, STRANGER, STRANGER),
        (PROXY, f"{FRIEND}, {STRANGER}", STRANGER),
        (PROXY, f"{FRIEND},{STRANGER},10.9.9.9", STRANGER),
        (PROXY, f"{FRIEND}, ::ffff:{STRANGER}", STRANGER),
        (PROXY, f"unknown, {STRANGER}", STRANGER),
        (PROXY, f"{FRIEND}, 10.0.0.2 , fd00::1", FRIEND),
        (f"::ffff:{PROXY}", FRIEND, FRIEND),
        ("fd00::2", FRIEND, FRIEND),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, f"  {FRIEND}\t", FRIEND),
    ],
)
def test_the_first_address_from_the_right_that_is_no_proxy_asks(
    peer: str, forwarded: str | None, client: str
) -> None:
    assert str(find_client(peer, forwarded, trusted=TRUSTED)) == client


@pytest.mark.parametrize("forwarded", [None, "", PROXY, f"{PROXY}, fd00::1", f", {PROXY}"])
def test_proxies_alone_name_nobody(forwarded: str | None) -> None:
    with pytest.raises(UnknownClient):
        find_client(PROXY, forwarded, trusted=TRUSTED)


@pytest.mark.parametrize("peer", ["", "unix:", "@", "/run/socket"])
def test_a_peer_without_an_address_is_nobody(peer: str) -> None:
    with pytest.raises(UnknownClient):
        find_client(peer, FRIEND, trusted=TRUSTED)


def test_an_ipv4_network_may_be_written_as_an_ipv6_one() -> None:
    allowed = [read_network("::ffff:192.168.0.0/112")]
    assert is_within(find_client(FRIEND, None, trusted=[]), allowed)
    assert is_within(find_client(f"::ffff:{FRIEND}", None, trusted=[]), ALLOWED)
