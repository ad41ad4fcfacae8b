"""Which numbers can get an SMS."""

from legalaid.events.people import Contact
from legalaid.vietnam import phones
from notify.rules import reach


def is_mobile(contact: Contact) -> bool:
    """Whether the number of whom we speak to can get an SMS."""
    number = reach.number(contact)
    try:
        return number is not None and phones.parse(number).kind is phones.PhoneKind.MOBILE
    except ValueError:
        return False
