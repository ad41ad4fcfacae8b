"""On which devices a person may be told that there is news, as far as whose they are goes."""

import json
from dataclasses import dataclass
from enum import StrEnum

from legalaid.events.people import Contact, Device


class By(StrEnum):
    """Which push service knows a device."""

    FCM = "fcm"
    WEB = "webpush"


@dataclass(frozen=True)
class Target:
    """One device, as a gateway wants it."""

    by: By
    recipient: str
    """A token, or the subscription as JSON."""


def targets(contact: Contact) -> list[Target]:
    """The devices of whom the person wants us to speak to, the newest first. Nobody else's is ever used instead.

    Each has its consent to PUSH_UPDATES: intake keeps none without. Whether a push may go at all is another rule: never
    to a ``shared_phone``, nor to who is ``at_risk`` or of whom that is not known.
    """
    own = [each for each in contact.devices if each.holder is contact.wishes.speak_to]
    return [target for each in reversed(own) if (target := _target(each)) is not None]


def recipient(contact: Contact) -> str:
    """All of them, as ``gateways.app`` reads it; empty where there is none."""
    found = [(each.by, each.recipient) for each in targets(contact)]
    return json.dumps(found) if found else ""


def _target(device: Device) -> Target | None:
    if device.token is not None:
        return Target(By.FCM, device.token)
    if device.web is None:
        return None
    web = device.web
    keys = {"p256dh": web.p256dh, "auth": web.auth}
    return Target(By.WEB, json.dumps({"endpoint": web.endpoint, "keys": keys}))
