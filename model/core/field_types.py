"""Types of fields in files: strict mappings, and names of actors, single, in a list, or `all`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo
from pydantic_core import core_schema

from .cast import Cast

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


class StrictModel(BaseModel):
    """A mapping in which an unknown key is a mistake.

    `misplaced_keys` are keys that people write here although they belong elsewhere, each
    with a hint where.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    misplaced_keys: ClassVar[Mapping[str, str]] = {}


def context_of(info: ValidationInfo) -> dict[str, Any]:
    """Return what the caller knows beside the data, such as the cast; empty if nothing."""
    return info.context or {}


def require_names(words: Any) -> str | list[str]:
    """Return one name or a list of names as it is.

    Raises
    ------
    ValueError
        If the list is empty or something in it is not text.
    """
    listed = words if isinstance(words, list) else [words]
    if not listed:
        raise ValueError("the list is empty; name one, several, or all")
    for word in listed:
        if not isinstance(word, str):
            raise ValueError(
                f"a name was expected, not {word!r}; quote a name that reads as something else"
            )
    names: str | list[str] = words
    return names


class ActorIndices:
    """Annotation of a field: positions in the cast of the actors named."""

    def __init__(self, kind: str):
        self.kind = kind

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self._convert)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """One actor, several, or all; the scenario schema puts the names of the cast in."""
        one = {"steppe:actor": self.kind}
        return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}, {"const": "all"}]}

    def _convert(self, words: Any, info: ValidationInfo) -> tuple[int, ...]:
        cast: Cast = context_of(info)["cast"]
        return cast.indices(self.kind, require_names(words))


class ActorNames:
    """Annotation of a field: names of actors as the cast spells them.

    A word in `also` stays as it is.
    """

    def __init__(self, kind: str, also: tuple[str, ...] = ()):
        self.kind, self.also = kind, also

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self._convert)

    def _convert(self, words: Any, info: ValidationInfo) -> tuple[str, ...] | str:
        cast: Cast = context_of(info)["cast"]
        names = require_names(words)
        if isinstance(names, str) and names in self.also:
            return names
        actors = cast.actors(self.kind)
        return tuple(actors[place].name for place in cast.indices(self.kind, names))
