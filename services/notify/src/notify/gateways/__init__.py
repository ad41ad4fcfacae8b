"""Everybody who carries messages, behind one interface."""

from notify.gateways.base import Gateway, Lost, Message, NotNow, Ours, Outcome, Proving, Refused, RouteCannot, Taken
from notify.gateways.bucket import Bucket
from notify.gateways.esms import EsmsGateway
from notify.gateways.simulated import SimulatedGateway
from notify.gateways.speedsms import SpeedSmsGateway
from notify.gateways.stringee import StringeeGateway
from notify.gateways.vietguys import VietGuysGateway
from notify.gateways.vmg import VmgGateway
from notify.settings import GatewaySettings


def connect(settings: GatewaySettings) -> Gateway:
    """The gateway that the settings name. Connects when it is first used."""
    match settings.kind:
        case "simulated":
            return SimulatedGateway(settings)
        case "esms":
            return EsmsGateway(settings)
        case "vietguys":
            return VietGuysGateway(settings)
        case "vmg":
            return VmgGateway(settings)
        case "speedsms":
            return SpeedSmsGateway(settings)
        case "stringee":
            return StringeeGateway(settings)


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
]
