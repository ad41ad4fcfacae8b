"""SMS gateways behind one interface."""

from notify.gateways.base import AnswerLostError, NotNowError, RefusedError, SmsGateway
from notify.gateways.bucket import Bucket
from notify.gateways.esms import EsmsGateway
from notify.gateways.simulated import SimulatedGateway
from notify.settings import GatewaySettings


def connect(settings: GatewaySettings) -> SmsGateway:
    """The gateway that the settings name. Connects when it is first used."""
    return EsmsGateway(settings) if settings.kind == "esms" else SimulatedGateway(settings)


__all__ = ["AnswerLostError", "Bucket", "NotNowError", "RefusedError", "SmsGateway", "connect"]
