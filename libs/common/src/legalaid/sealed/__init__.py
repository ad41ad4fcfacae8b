"""The sealed box: what people tell us travels as ciphertext under keys of their own (docs/sealed-box.md)."""

from legalaid.sealed.box import SealError
from legalaid.sealed.index import BlindIndex
from legalaid.sealed.keyring import Keyring, Phones
from legalaid.sealed.keys import COMPARTMENTS, Keys, NotEntitledError, new_settings
from legalaid.sealed.parties import MarkedParty, Parties, Party

__all__ = [
    "COMPARTMENTS",
    "BlindIndex",
    "Keyring",
    "Keys",
    "MarkedParty",
    "NotEntitledError",
    "Parties",
    "Party",
    "Phones",
    "SealError",
    "new_settings",
]
