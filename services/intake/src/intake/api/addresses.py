"""Where a request came from, as far as a proxy of ours says so."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import Request

_SUBSCRIBER_BITS = 64
"""What one subscriber of IPv6 has: whoever holds it has as many addresses as they like."""


def forwarded(request: Request, header: str) -> str | None:
    """The address that the last proxy wrote into ``header``, or None when there is none, or none is to be believed.

    Of a list the last entry: those before it are what the caller, or somebody between, wrote.
    """
    told = request.headers.getlist(header)[-1:] if header else []
    try:
        address = ip_address("".join(told).rpartition(",")[2].strip())
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, _SUBSCRIBER_BITS), strict=False))
