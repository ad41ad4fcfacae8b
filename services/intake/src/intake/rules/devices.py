"""The devices of a request: which are kept when something changes, and how many there may be."""

from typing import Final

from legalaid.events.people import Contact, Device
from legalaid.events.words import Purpose, Speaker

MOST: Final = 5
"""A person's telephone, the one before it and a browser or two, of the person and of who speaks for them."""


def number_of(contact: Contact, holder: Speaker) -> str | None:
    """The number (E.164) that a device of this holder is registered with."""
    if holder is Speaker.PERSON:
        return contact.person.phone
    return contact.applicant.phone if contact.applicant else None


def holder(contact: Contact, phone: str) -> Speaker | None:
    """Whose number it is: the person's, where both have the same."""
    return next((each for each in Speaker if number_of(contact, each) == phone), None)


def kept(before: Contact, after: Contact) -> tuple[Device, ...]:
    """The devices that stay when the contact changes from ``before`` to ``after``.

    A device goes with the number that it was registered with: it may be for the reason that this is no longer safe. All
    go when the consent is given anew without PUSH_UPDATES, or taken back.
    """
    purposes = after.consent.purposes if after.consent else frozenset()
    if after.consent != before.consent and Purpose.PUSH_UPDATES not in purposes:
        return ()
    return tuple(
        each for each in before.devices if number_of(before, each.holder) == number_of(after, each.holder) is not None
    )


def added(devices: tuple[Device, ...], new: Device) -> tuple[Device, ...]:
    """With ``new`` as the newest; the oldest goes where there would be more than ``MOST``."""
    return (*(each for each in devices if each.id != new.id), new)[-MOST:]


def without(devices: tuple[Device, ...], device_id: str) -> tuple[Device, ...]:
    """All but this one."""
    return tuple(each for each in devices if each.id != device_id)
