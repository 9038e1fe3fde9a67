"""The cast: the powers, republics and channels of a run, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from .suggestions import UnknownNameError

AUTONOMY = "autonomy"
AUTONOMY_COLOUR = "#6E6E6E"


@dataclass(frozen=True)
class Actor:
    """A power, a republic or a channel: its name, short code, colour and other spellings."""

    name: str
    code: str
    colour: str = AUTONOMY_COLOUR
    aliases: tuple[str, ...] = ()

    def matches(self, word: str) -> bool:
        """Return whether a word is one of the spellings, in any case."""
        spellings = (self.name, self.code, *self.aliases)
        return word.casefold() in (spelling.casefold() for spelling in spellings)


@dataclass(frozen=True)
class Cast:
    """Ordered actors. No rule of the model depends on their number or names.

    The budget offset of the first power is zero by definition.
    """

    powers: tuple[Actor, ...]
    republics: tuple[Actor, ...]
    channels: tuple[Actor, ...]
    kinds: tuple[str, ...] = field(default=("power", "republic", "channel"), repr=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of (powers, republics, channels)."""
        return len(self.powers), len(self.republics), len(self.channels)

    @property
    def power_names(self) -> tuple[str, ...]:
        return tuple(actor.name for actor in self.powers)

    @property
    def republic_names(self) -> tuple[str, ...]:
        return tuple(actor.name for actor in self.republics)

    @property
    def channel_names(self) -> tuple[str, ...]:
        return tuple(actor.name for actor in self.channels)

    @property
    def holder_names(self) -> tuple[str, ...]:
        """Holders of shares: every power, and the republic itself as `autonomy`."""
        return (*self.power_names, AUTONOMY)

    def actors(self, kind: str) -> tuple[Actor, ...]:
        """Return the actors of a kind: `power`, `republic` or `channel`."""
        return {"power": self.powers, "republic": self.republics, "channel": self.channels}[kind]

    def kind_of(self, word: str) -> str:
        """Return what a name names, `power`, `republic` or `channel`; empty if nothing."""
        return next((kind for kind in self.kinds if word.casefold() in self._positions[kind]), "")

    def index(self, kind: str, word: str) -> int:
        """Return the position of an actor, by name, code or alias, in any case.

        Raises
        ------
        UnknownNameError
            If no actor of that kind has this spelling.
        """
        position = self._positions[kind].get(word.casefold())
        if position is None:
            raise UnknownNameError(kind, word, [actor.name for actor in self.actors(kind)])
        return position

    @cached_property
    def _positions(self) -> dict[str, dict[str, int]]:
        """Position by kind and spelling; of two actors with a spelling, the first."""
        return {
            kind: {
                spelling.casefold(): position
                for position, actor in reversed(list(enumerate(self.actors(kind))))
                for spelling in (actor.name, actor.code, *actor.aliases)
            }
            for kind in self.kinds
        }

    def indices(self, kind: str, words: str | list[str] | tuple[str, ...]) -> tuple[int, ...]:
        """Return the positions of several actors; the word `all` stands for every one."""
        if isinstance(words, str):
            words = [words]
        if "all" in words:
            return tuple(range(len(self.actors(kind))))
        return tuple(dict.fromkeys(self.index(kind, word) for word in words))

    def colour(self, holder: str) -> str:
        """Return the colour that a power, or autonomy, has in every figure."""
        return (
            AUTONOMY_COLOUR
            if holder == AUTONOMY
            else self.powers[self.index("power", holder)].colour
        )


@cache
def default_cast() -> Cast:
    """Return the nine actors and three channels of `cast.yaml`."""
    rows = yaml.safe_load((Path(__file__).parent / "cast.yaml").read_text(encoding="utf-8"))
    return cast_from_rows(rows)


def cast_from_rows(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Cast:
    """Build a cast from the lists `powers`, `republics` and `channels` of mappings."""
    powers, republics, channels = (
        tuple(Actor(**{**row, "aliases": tuple(row.get("aliases", ()))}) for row in rows[group])
        for group in ("powers", "republics", "channels")
    )
    return Cast(powers, republics, channels)
