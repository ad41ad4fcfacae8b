"""The type of a sealed compartment inside an event: opaque text, with the model that comes out when it is opened.

Only the type lives here, so that the contract and the pure rules can name it; ``legalaid.sealed`` makes and opens
boxes.
"""

from typing import Any, ClassVar, Final, Generic, TypeVar, get_args

import orjson
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema, to_json

BOX_PATTERN = r"^1\.[A-Za-z0-9_-]{38,}$"
"""Format version, then base64url of nonce, ciphertext and tag."""


class Compartment(BaseModel):
    """What lies in one compartment once it is opened; its ``compartment`` names the key that seals it."""

    compartment: ClassVar[str]

    def to_json(self) -> bytes:
        """What is sealed of it."""
        return to_json(self)


class PlainCompartment(Compartment):
    """One of text, numbers, days and parts made of these alone: the same bytes, in a quarter of Pydantic's time."""

    def to_json(self) -> bytes:
        """What is sealed of it."""
        return orjson.dumps(vars(self), default=vars)


C = TypeVar("C", bound=Compartment)


class Sealed(Generic[C]):
    """Ciphertext of a ``C``: it can be carried, stored and compared, never read, without the keyring."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: Final = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Sealed(<{len(self.text)} characters>)"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text on the wire and in the store; a box made by this process passes as it is."""
        content = get_args(source)
        compartment = getattr(content[0], "compartment", None) if content else None
        if compartment is None:
            message = "Sealed[...] needs a Compartment that names the key that seals it"
            raise TypeError(message)
        from_text = core_schema.no_info_after_validator_function(cls, core_schema.str_schema(pattern=BOX_PATTERN))
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_text]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda box: box.text, return_schema=core_schema.str_schema()
            ),
            metadata={"compartment": compartment},
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Opaque text, with the compartment's name for the reader, and for the gate as ``x-compartment``."""
        compartment = schema["metadata"]["compartment"]
        return {
            "type": "string",
            "pattern": BOX_PATTERN,
            "description": f"Sealed compartment: {compartment}.",
            "x-compartment": compartment,
        }
