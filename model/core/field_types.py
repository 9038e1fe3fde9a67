"""Types of fields in files: strict mappings, and names of actors, single, in a list, or `all`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo
from pydantic_core import core_schema

from .cast import Cast
from .suggestions import UnknownNameError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


class MeaninglessError(ValueError):
    """A value that means nothing to its field; the message goes on with what the field means."""


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
        if isinstance(words, dict):
            raise ValueError(_mapping_message(words, str(info.field_name)))
        try:
            return cast.indices(self.kind, require_names(words))
        except UnknownNameError as error:
            raise ValueError(_unknown_message(error, self.kind, cast)) from None


def _mapping_message(given: dict[str, Any], key: str) -> str:
    """Say that keys belong beside a name, not under it."""
    name = next((value for value in given.values() if isinstance(value, str)), "NAME")
    beside = ", ".join(inner for inner, value in given.items() if value != name)
    message = f"a name was expected, not a mapping; write {key}: {name}"
    return message + (f", and beside it {beside}" if beside else "")


def _unknown_message(error: UnknownNameError, kind: str, cast: Cast) -> str:
    """Say what an unknown name may have been meant for, if none is near."""
    word = error.word
    if other := cast.kind_of(word):
        names = ", ".join(actor.name for actor in cast.actors(kind))
        return f"'{word}' is a {other}; a {kind} belongs here: {names}"
    if "," in word:
        return f"{error}; several names stand in brackets: [{word}]"
    if "did you mean" in str(error) or kind == "channel":
        return str(error)
    return f"{error}; a new one is added with cast: {{{word}: {{kind: {kind}}}}}"


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
