"""A body with a plant in every field that takes words, made from the model that reads it: new fields have theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from dev.look.leaks import Plants


@dataclass(frozen=True)
class Planting:
    """What one person tells."""

    plants: Plants
    who: str
    said: Mapping[str, Any]
    """By path: what a field says that takes no plant (None: nothing), or a sentence with ``{}`` where its plant stands.
    Of choices and yes or no nothing need be said."""

    def body(self, model: type[BaseModel]) -> dict[str, Any]:
        """Raises ``LookupError`` for a field of a fixed form, such as a date, of which nothing is said."""
        schema = model.model_json_schema()
        told: dict[str, Any] = self._value(schema, schema["$defs"], "")
        return told

    def planted(self) -> set[str]:
        """The places of all its plants."""
        return {place for place in self.plants.texts if place.startswith(f"{self.who}.")}

    def _value(self, node: Mapping[str, Any], models: Mapping[str, Any], path: str) -> Any:
        while "$ref" in node or "anyOf" in node:
            node = next(one for one in node.get("anyOf", [node]) if one.get("type") != "null")
            node = models[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        if path in self.said and "{}" not in str(self.said[path]):
            return self.said[path]
        match node:
            case {"properties": properties}:
                told = {
                    name: self._value(one, models, f"{path}.{name}".lstrip(".")) for name, one in properties.items()
                }
                return {name: value for name, value in told.items() if value is not None}
            case {"enum": _} | {"type": "boolean"}:
                return None
            case {"type": "array", "items": items}:
                value = self._value(items, models, path)
                return None if value is None else [value]
            case {"type": "string"} if not node.keys() & {"pattern", "format"}:
                place = f"{self.who}.{path}"
                plant = self.plants.phone(place) if path.endswith("phone") else self.plants.word(place)
                return str(self.said.get(path, "{}")).format(plant)
        raise LookupError(f"say what {path} holds, for it takes no plant")
