"""What every SMS gateway is to us."""

from typing import Protocol


class RefusedError(Exception):
    """The gateway will never take this message. ``code`` is its own code for why: never its words, which may quote."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotNowError(Exception):
    """The gateway certainly did not take the message, and may take it later."""

    def __init__(self, code: str, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class AnswerLostError(Exception):
    """The message may or may not have been taken."""


class SmsGateway(Protocol):
    """Sends messages to numbers. One message has one request id, however often it is sent."""

    name: str
    drops_repeats: bool
    """Whether a second message with the same request id is certainly not sent on."""
    can_be_asked: bool
    """Whether ``was_taken`` works."""

    async def send(self, request_id: str, number: str, text: str) -> None:
        """Return when the gateway took the message; ``number`` is E.164.

        Raises ``RefusedError``, ``NotNowError`` or ``AnswerLostError``.
        """
        ...

    async def was_taken(self, request_id: str) -> bool:
        """Whether the gateway took a message with this id. Raises ``NotNowError`` when it does not say."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
