"""Marks of telephone numbers: by them messages are counted and joined, without the numbers.

Marks of another purpose, such as the keyring's, cannot be compared with them.
"""

from legalaid.events.words import NoticeChannel
from legalaid.sealed import BlindIndex
from notify.store import MESSAGES

_UNREACHED = "unreached"


class Marks:
    """Makes them."""

    def __init__(self, index: BlindIndex) -> None:
        self._index = index

    def of(self, number: str | None, channel: NoticeChannel) -> str | None:
        """What the messages to a number are counted by, on each channel by itself.

        A number may be a stranger's, whoever typed it, so what goes to it is counted on any channel. A device has
        proved whose it is: pushes are not counted. The next rung is never kept back by the one before.
        """
        if number is None or channel is NoticeChannel.PUSH:
            return None
        purpose = MESSAGES if channel is NoticeChannel.SMS else f"{MESSAGES} {channel}"
        return self._index.mark(purpose, number.encode())

    def unreached(self, recipient: str, channel: NoticeChannel) -> str:
        """What a number or a device is known by that a channel does not reach."""
        return self._index.mark(_UNREACHED, f"{channel} {recipient}".encode())
