"""Where messages may go: the internet and what is allowed, in whatever form an address comes."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.webhooks.addresses import is_allowed, parse_address, parse_networks

INNER = ["127.0.0.1", "10.1.2.3", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1"]
BESIDE = [
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "64:ff9b:1::1",
]


def forms(inner: str) -> list[str]:
    """The same address of IPv4, as IPv6 holds it."""
    number = int(IPv4Address(inner))
    return [
        f"::ffff:{inner}",
        f"::ffff:0:{inner}",
        f"::{inner}",
        f"64:ff9b::{inner}",
        str(IPv6Address((0x2002 << 112) | (number << 80) | 1)),
        str(IPv6Address((0x26070000 << 96) | (0x00005EFE << 32) | number)),
    ]


@pytest.mark.parametrize("text", [*INNER, *BESIDE, *(form for inner in INNER for form in forms(inner))])
def test_what_is_not_the_internet_is_refused(text: str) -> None:
    assert not is_allowed(parse_address(text), [])


@pytest.mark.parametrize("text", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", *forms("93.184.216.34")])
def test_the_internet_is_allowed(text: str) -> None:
    assert is_allowed(parse_address(text), [])


@pytest.mark.parametrize("text", ["10.1.2.3", "::ffff:10.1.2.3", "fd12::1"])
def test_what_the_operator_allows_is_allowed(text: str) -> None:
    networks = parse_networks("10.1.0.0/16, fd12::/16")
    assert is_allowed(parse_address(text), networks)
    assert not is_allowed(parse_address("10.2.2.3"), networks)


@given(st.integers(0, 2**32 - 1))
def test_an_address_within_another_is_judged_as_itself(number: int) -> None:
    inner = IPv4Address(number)
    if not is_allowed(inner, []):
        assert not any(is_allowed(parse_address(form), []) for form in forms(str(inner)))
