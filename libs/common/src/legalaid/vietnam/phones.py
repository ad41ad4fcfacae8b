"""Telephone numbers, by the numbering plans that the package phonenumbers carries."""

from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType


class PhoneKind(StrEnum):
    """What can reach the number: an SMS only a mobile."""

    MOBILE = "MOBILE"
    LANDLINE = "LANDLINE"
    OTHER = "OTHER"


@dataclass(frozen=True)
class Phone:
    """A valid number. ``e164`` is how it is kept: ``+84912345678``."""

    e164: str
    kind: PhoneKind


_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
}


def parse(raw: str) -> Phone:
    """The number in ``raw``, read as dialled in Vietnam unless it begins with + or 00.

    Raises ``ValueError`` when it is no valid number; the message does not repeat the number.
    """
    try:
        number = phonenumbers.parse(raw, "VN")
    except NumberParseException:
        raise ValueError("not a telephone number") from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise ValueError("not a valid telephone number")
    kind = _KINDS.get(phonenumbers.number_type(number), PhoneKind.OTHER)
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind)
