"""Where a request comes from, as far as limits are concerned."""

from functools import lru_cache
from ipaddress import IPv6Network, ip_address

from starlette.requests import HTTPConnection


def address_of(request: HTTPConnection) -> str:
    """The client's address; of IPv6 the /64, which is what one customer is given.

    Behind a proxy it is the proxy's word, if the proxy is one of `BAROGRAPH_TRUSTED_PROXIES`.
    """
    return _limited(request.client.host if request.client else "")


@lru_cache(10_000)  # an address is read twice in each request
def _limited(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 6 and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False)) if address.version == 6 else str(address)
