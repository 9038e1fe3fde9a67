"""Types of fields in files: names of actors, single, in a list, or `all`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
)

from .cast import Cast


class StrictModel(BaseModel):
    """A mapping in which an unknown key is a mistake.

    `misplaced_keys` has keys that people write here and that belong elsewhere, with the words that say where.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    misplaced_keys: ClassVar[Mapping[str, str]] = {}


def require_names(words: Any) -> Any:
    """The words as they are; raises ValueError if one of them is no text."""
    listed = words if isinstance(words, list) else [words]
    if not listed:
        raise ValueError("the list is empty; name one, several, or all")
    for word in listed:
        if not isinstance(word, str):
            raise ValueError(
                f"a name was expected, not {word!r}; quote a name that reads as something else"
            )
    return words


def actor_indices(kind: str):
    """Field type: positions in the cast of the actors named."""

    def placed(words: str | list[str], info: ValidationInfo) -> tuple[int, ...]:
        return info.context["cast"].indices(kind, words)

    return Annotated[Any, AfterValidator(placed), BeforeValidator(require_names), _several(kind)]


def _several(kind: str) -> WithJsonSchema:
    """One actor, several, or all; the scenario schema puts the names of the cast in."""
    one = {"steppe:actor": kind}
    return WithJsonSchema(
        {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}, {"const": "all"}]}
    )


def actor_names(kind: str, also: tuple[str, ...] = ()):
    """Field type: names of the actors, as the cast spells them; a word in `also` stays as it is."""

    def named(words: str | list[str], info: ValidationInfo) -> tuple[str, ...] | str:
        cast: Cast = info.context["cast"]
        if isinstance(words, str) and words in also:
            return words
        return tuple(cast.actors(kind)[place].name for place in cast.indices(kind, words))

    return Annotated[Any, AfterValidator(named), BeforeValidator(require_names)]
