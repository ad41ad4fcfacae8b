"""Everybody who carries messages, behind one interface."""

from collections.abc import Callable, Mapping

from notify.gateways.base import Gateway, Lost, Message, NotNow, Ours, Outcome, Proving, Refused, RouteCannot, Taken
from notify.gateways.bucket import Bucket
from notify.gateways.esms import EsmsGateway
from notify.gateways.simulated import SimulatedGateway
from notify.gateways.speedsms import SpeedSmsGateway
from notify.gateways.stringee import StringeeGateway
from notify.gateways.vietguys import VietGuysGateway
from notify.gateways.vmg import VmgGateway
from notify.settings import GatewayKind, GatewaySettings


def _smpp(settings: GatewaySettings) -> Gateway:
    from notify.gateways.smpp import SmppGateway  # noqa: PLC0415 - its library is an extra of notify

    return SmppGateway(settings)


_KINDS: Mapping[GatewayKind, Callable[[GatewaySettings], Gateway]] = {
    "simulated": SimulatedGateway,
    "esms": EsmsGateway,
    "vietguys": VietGuysGateway,
    "vmg": VmgGateway,
    "speedsms": SpeedSmsGateway,
    "stringee": StringeeGateway,
    "smpp": _smpp,
}


def connect(settings: GatewaySettings) -> Gateway:
    """The gateway that the settings name. Connects when it is first used."""
    return _KINDS[settings.kind](settings)


def connect_all(settings: Mapping[str, GatewaySettings]) -> dict[str, Gateway]:
    """The gateways that the settings name, each under its own name."""
    gateways = {name: connect(each) for name, each in settings.items()}
    for name, gateway in gateways.items():
        gateway.name = name
    return gateways


__all__ = [
    "Bucket",
    "Gateway",
    "Lost",
    "Message",
    "NotNow",
    "Ours",
    "Outcome",
    "Proving",
    "Refused",
    "RouteCannot",
    "Taken",
    "connect",
    "connect_all",
]
