"""Whose request it is: the client's address, told by the peer or by proxies that are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class UnknownClient(ValueError):
    """Nobody who can be believed tells whose request it is."""


def find_client(peer: str, forwarded: str | None, *, trusted: Sequence[Network]) -> Address:
    """Return who asks: the peer, or whom trusted proxies name in ``X-Forwarded-For``.

    Each proxy appends the address that it saw, so the chain is read from its right end: the first
    that is no trusted proxy is the client, and what stands before it may be forged. A chain that
    holds anything else than bare addresses, or trusted proxies alone, names nobody.

    Raises UnknownClient.
    """
    address = read_address(peer)
    hops = (forwarded or "").split(",")
    while is_within(address, trusted):
        if not hops:
            raise UnknownClient("the chain holds no client")
        address = read_address(hops.pop().strip(" \t"))
    return address


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether an address is in one of the networks."""
    return any(address in network for network in networks)


def do_overlap(one: Network, other: Network) -> bool:
    """Tell whether two networks share an address."""
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    if isinstance(one, IPv6Network) and isinstance(other, IPv6Network):
        return one.overlaps(other)
    return False


def read_address(text: str) -> Address:
    """Return a bare address, an IPv4 one also where it is written as an IPv6 one.

    Raises UnknownClient for all else: a zone, a port, brackets, a name.
    """
    try:
        address = ip_address(text)
    except ValueError:
        raise UnknownClient("no bare address") from None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise UnknownClient("an address with a zone")
        return address.ipv4_mapped or address
    return address


def read_network(text: str) -> Network:
    """Return a network, an IPv4 one also where it is written as an IPv6 one.

    Raises ValueError where it is none, has host bits, or is wider than the IPv4 addresses in IPv6.
    """
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        if network.prefixlen < 96:
            raise ValueError("wider than IPv4")
        return IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network
