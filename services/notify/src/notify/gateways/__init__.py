"""SMS gateways behind one interface."""

from notify.gateways.base import AnswerLostError, NotNowError, RefusedError, SmsGateway
from notify.gateways.bucket import Bucket
from notify.gateways.esms import EsmsGateway
from notify.gateways.simulated import SimulatedGateway
from notify.settings import GatewaySettings


def connect(settings: GatewaySettings) -> SmsGateway:
    """The gateway that the settings name. Connects when it is first used."""
    match settings.kind:
        case "simulated":
            return SimulatedGateway(settings)
        case "esms":
            return EsmsGateway(settings)


__all__ = ["AnswerLostError", "Bucket", "NotNowError", "RefusedError", "SmsGateway", "connect"]
