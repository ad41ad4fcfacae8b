"""Identities: made from what caused a thing, so that doing it again makes the same one.

Ids are canonical lower-case UUID text everywhere: in events, as Kafka keys, as ``_id`` and in URLs.
"""

import secrets
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from pydantic import StringConstraints
from stdnum import verhoeff

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Id = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]

RECEIPT_PATTERN = r"^[0-9]{10}$"
ReceiptCode = Annotated[str, StringConstraints(pattern=RECEIPT_PATTERN)]

_NAMESPACE = UUID("6f1c1a1e-9d5b-5c6e-8a53-18001233aaaa")
_SEPARATOR = "\x1f"
"""A control character that no part can hold, so that ("a", "bc") and ("ab", "c") differ."""


def _derived(*parts: str) -> str:
    return str(uuid5(_NAMESPACE, _SEPARATOR.join(parts)))


def request_id(client: str, idempotency_key: str) -> str:
    """The id of a request: a front end that sends the same key again means the same request."""
    return _derived("request", client, idempotency_key)


def call_id(exchange: str, exchange_call_id: str) -> str:
    """The id of a call, from the telephone exchange's own name for it."""
    return _derived("call", exchange, exchange_call_id)


def event_id(cause: str, event_type: str, index: int = 0) -> str:
    """The id of an event: ``cause`` is the id of the event or command that led to it.

    ``index`` tells apart several events of one type with one cause.
    """
    return _derived("event", cause, event_type, str(index))


def command_id(aggregate: str, idempotency_key: str) -> str:
    """The id of a person's command on an aggregate, the cause of the events that follow from it."""
    return _derived("command", aggregate, idempotency_key)


def notice_id(case_event: str, template: str, channel: str) -> str:
    """The id of one message to one person about one event; also its request id at the gateway."""
    return _derived("notice", case_event, template, channel)


def token_id(provider: str) -> str:
    """The owner of the key under which a provider's tokens are sealed."""
    return _derived("token", provider)


def incoming_id(provider: str, provider_id: str) -> str:
    """The id of a message that came in, from the provider's own id of it."""
    return _derived("incoming", provider, provider_id)


def device_id(request_id: str, address: str) -> str:
    """The id of a device of a request, from the token or endpoint that it is reached by: whoever has neither guesses it
    not, so that knowing it is leave to remove it.
    """
    return _derived("device", request_id, address)


def random_id() -> str:
    """An id that means nothing, for what has no cause: a lease, a process, a test."""
    return str(uuid4())


def new_receipt_code() -> str:
    """Nine random digits and a Verhoeff check digit, which finds every wrong digit and every swap of neighbours."""
    digits = f"{secrets.randbelow(10**9):09d}"
    return digits + verhoeff.calc_check_digit(digits)


def is_receipt_code(text: str) -> bool:
    """Whether ``text`` is ten digits with a right check digit. Spaces must be gone: see ``compact_receipt_code``."""
    return len(text) == 10 and text.isascii() and text.isdigit() and verhoeff.is_valid(text)  # noqa: PLR2004 - RECEIPT_PATTERN


def compact_receipt_code(text: str) -> str:
    """What a person typed, without the spaces, dots and dashes that people put between groups."""
    return "".join(character for character in text if character not in " .-\u00a0")


def spoken_receipt_code(code: str) -> str:
    """In groups that can be read over a telephone: ``123 456 7890``."""
    return f"{code[:3]} {code[3:6]} {code[6:]}"
