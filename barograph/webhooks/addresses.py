"""Which addresses of machines messages may go to: those of the internet, and those that the operator allows.

An address that holds another one (IPv4 in IPv6, in its many forms) is judged by both. Pure.

Why: decision 661.
"""

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network
# Prefixes of IPv6 that hold an IPv4 address, and how far it is from the right.
_HOLDING = [
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("::/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
]
# A network's own translation to IPv4, Teredo, and what was deprecated: nobody on the internet is there.
_NOWHERE = [
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("2001::/32"),
    IPv6Network("fec0::/10"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.0.0.0/24"),
]
# An interface's identifier that holds an IPv4 address (ISATAP).
_ISATAP = {0x00005EFE, 0x02005EFE}


def parse_networks(text: str) -> list[IpNetwork]:
    """Networks with commas between them.

    Raises:
        ValueError: one of them is none.
    """
    return [ip_network(each.strip()) for each in text.split(",") if each.strip()]


def parse_address(text: str) -> IpAddress:
    """An address as the resolver writes it, with or without a zone.

    Raises:
        ValueError: it is none.
    """
    return ip_address(text.partition("%")[0])


def is_allowed(address: IpAddress, networks: Sequence[IpNetwork]) -> bool:
    """Whether messages may go there.

    Args:
        networks: what the operator allows beside the internet.
    """
    meant = [address, *_held_by(address)]
    if any(_is_in(each, networks) for each in meant):
        return True
    return all(_is_on_the_internet(each) for each in meant)


def _held_by(address: IpAddress) -> Iterable[IPv4Address]:
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    for network, shift in _HOLDING:
        if address in network:
            yield IPv4Address(number >> shift & 0xFFFFFFFF)
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(number & 0xFFFFFFFF)


def _is_on_the_internet(address: IpAddress) -> bool:
    if isinstance(address, IPv6Address) and any(address in network for network, _ in _HOLDING):
        return not address.is_loopback and not address.is_unspecified
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not _is_in(address, _NOWHERE)
    )


def _is_in(address: IpAddress, networks: Iterable[IpNetwork]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
