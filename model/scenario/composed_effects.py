"""Effects that are said as what happens, and are made of others: quarrels, successions, blockades.

What each is made of is in `steppe.model.forcing.compositions`. How large they are on the model's
scales is an assumption where a field does not name the codebook.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from steppe.model.core.cast import Cast
from steppe.model.core.field_types import StrictModel, context_of, require_names
from steppe.model.core.suggestions import suggest

from .value_types import Between, Channels, Powers, Republics

TOP_LEVEL = 3.0
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")


def _read_percent(value: Any) -> Any:
    """Take `40%` for 40."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) if match else value


Percent = Annotated[float, Between(0, 100), BeforeValidator(_read_percent)]
Levels = Annotated[float, Between(0, TOP_LEVEL)]


class Scaled(StrictModel):
    """What has an intensity in levels, or in percent of the strongest there is."""

    intensity: Levels | None = Field(None, description="0 to 3")
    percent: Percent | None = Field(None, description="0 to 100")

    @property
    def levels(self) -> float:
        """The intensity, 0 to 3; from percent where that is given."""
        if self.intensity is not None:
            return self.intensity
        return (self.percent or 0.0) * TOP_LEVEL / 100

    @model_validator(mode="after")
    def _require_one_size(self) -> Self:
        if (self.intensity is None) == (self.percent is None):
            both = self.intensity is not None
            raise ValueError(
                f"it says how strong {'twice' if both else 'nowhere'}; give either an intensity, "
                "as in intensity: 1 (of 3), or a percentage, as in percent: 30"
            )
        return self


def _parse_quarrel(words: Any, info: ValidationInfo) -> tuple[int, int]:
    cast: Cast = context_of(info)["cast"]
    names = require_names(words) if isinstance(words, list) else ()
    kinds = [cast.kind_of(name) for name in names]
    if sorted(kinds) == ["power", "power"]:
        raise ValueError(
            f"two powers have a relation; write relation: [{', '.join(names)}], becomes: 3 (rivals)"
        )
    if sorted(kinds) == ["republic", "republic"]:
        raise ValueError(
            "what a quarrel of two republics does is a threat; write shock: threat, republic: "
            f"[{', '.join(names)}]"
        )
    if sorted(kinds) != ["power", "republic"]:
        for kind, name in zip(kinds, names, strict=True):
            if not kind:
                known = [*cast.power_names, *cast.republic_names]
                raise ValueError(f"unknown actor '{name}'; {suggest(name, known, listed=20)}")
        raise ValueError(
            "a quarrel is between a power and a republic: quarrel: [Russia, Kazakhstan]"
        )
    power, republic = (names[kinds.index(kind)] for kind in ("power", "republic"))
    return cast.index("power", power), cast.index("republic", republic)


class Quarrel(Scaled):
    """A power and a republic fall out: their ties fall by `intensity` levels, and the republic's
    stance towards the power becomes as many levels more guarded. Lasts until the event ends."""

    quarrel: Annotated[
        tuple[int, int],
        PlainValidator(_parse_quarrel),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"anyOf": [{"steppe:actor": "power"}, {"steppe:actor": "republic"}]},
            }
        ),
    ] = Field(description="a power and a republic")
    channel: Channels = Field(
        "all", validate_default=True, description="where ties fall: a channel, a list, or all"
    )
    intensity: Levels | None = Field(
        None,
        description="0 to 3 levels: 1 takes a thin tie, 3 the whole scale (an assumption: no "
        "document gives a scale of quarrels)",
    )
    percent: Percent | None = Field(
        None, description="in place of intensity: percent of the gravest quarrel, 0 to 100"
    )
    misplaced_keys: ClassVar = dict.fromkeys(
        ("power", "republic"),
        "a quarrel names both after 'quarrel:' itself, as in quarrel: [Russia, Kazakhstan]",
    )


class Succession(Scaled):
    """An election or a succession: the threat to the regime rises by `intensity` levels and
    fades by half every six quarters; the successor may be more or less guarded: `stance`."""

    succession: Republics = Field(description="where: a republic, a list, or all")
    intensity: Levels | None = Field(
        None,
        description="threat on the codebook's scale: 1 a worry voiced abroad, 2 measures taken "
        "against an upheaval, 3 open fighting",
    )
    percent: Percent | None = Field(
        None, description="in place of intensity: percent of the gravest threat, 0 to 100"
    )
    stance: Annotated[float, Between(-TOP_LEVEL, TOP_LEVEL)] = Field(
        0.0,
        description="levels by which the successor is more guarded towards all patrons (-3 to 3); "
        "a level takes 0.053 from the dependence tolerated, as the codebook has it",
    )
    misplaced_keys: ClassVar = {
        "republic": "a succession names its republic after 'succession:' itself, as in "
        "succession: Kyrgyzstan"
    }


class Blockade(Scaled):
    """A blockade, or a route closed: a part of what a power supplies no longer reaches republics.
    Several add up, at most to all of it. Lasts until the event ends."""

    blockade: Powers = Field(description="whose supply: a power, a list, or all")
    republic: Republics = Field(description="whom it no longer reaches")
    channel: Channels = Field(
        "all", validate_default=True, description="of what: a channel, a list, or all"
    )
    intensity: Levels | None = Field(
        None, description="in place of percent: 3 cuts off all of the supply, 1 a third"
    )
    percent: Percent | None = Field(
        None, description="percent of the supply that is cut off, 0 to 100"
    )
    misplaced_keys: ClassVar = {
        "power": "a blockade names whose supply it cuts after 'blockade:' itself, as in "
        "blockade: Russia"
    }
