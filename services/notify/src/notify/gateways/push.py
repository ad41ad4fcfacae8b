"""What all push has in common: what a device is told, and which answers say that it is gone.

A push holds the id of its notice and of what kind it is. The app fetches the text from us, and a telephone that shows
something before the app could shows the same to everybody: no case, no name, no code.
"""

from datetime import timedelta
from typing import Final

from notify.gateways.base import Message

NEUTRAL: Final = "Có cập nhật mới"
TTL: Final = timedelta(days=1)
"""So long a push waits for a device that is off; by then another way has told the news."""
REPEATS_KNOWN_FOR: Final = timedelta(days=28)
"""A repeat takes the place of the first message, at the push service and on the device, which both know by the notice's
id: no person hears twice. As long as a push service keeps anything (FCM: four weeks)."""
FORGETS: Final = frozenset(
    {
        "webpush-404",
        "webpush-410",
        "webpush-host",
        "webpush-subscription",
        "fcm-UNREGISTERED",
        "fcm-SENDER_ID_MISMATCH",
    }
)
"""Codes of ``Refused`` after which the token or subscription is of no more use to anybody."""


def content(message: Message) -> dict[str, str]:
    """What the app is given."""
    return {"notice": message.request_id, "kind": "case-news"}
