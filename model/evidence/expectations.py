"""What a target expects, and which forms the codebook's rules for reading targets allow."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from steppe.model.core.field_types import ActorNames, StrictModel, context_of
from steppe.model.core.suggestions import suggest
from steppe.model.observables.declarations import OBSERVABLES

Reading = Literal[
    "lead", "change", "balance", "relative", "volume", "channels", "republics", "figure"
]


LEAD_TOP, MOVE_TOP = log(3.0), 0.7  # where a plain lead and a plain move end, unless coded


class Band(StrictModel):
    """How much a claim says: ln(more / less) from `m0` to `top`, without end if strong words
    give an `m0` and no `top`."""

    m0: Annotated[float, Field(ge=0, le=1)] = 0.0
    top: Annotated[float, Field(gt=0, le=5)] | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Band:
        if self.top is not None and self.top <= self.m0:
            raise ValueError(
                f"a band upside down: 'top: {self.top:g}' is not above 'm0: {self.m0:g}'; "
                "both are ln(more / less), m0 the least that the words say, top the most"
            )
        return self


class Quantity(StrictModel):
    """Shares of powers, averaged over channels, in republics, in the mean of a year.

    `take` says what several powers are together. `against` names powers by whose shares it is
    divided, `among` powers within which the share is taken: s / (s + those).
    """

    powers: Annotated[Any, ActorNames("power", also=("others", "autonomy"))] = None
    republics: Annotated[Any, ActorNames("republic", also=("others",))] = None
    channels: Annotated[Any, ActorNames("channel")] = None
    when: Annotated[int, Field(ge=2000, le=2019)] | None = None
    take: Literal["sum", "largest", "smallest"] | None = None
    against: Annotated[Any, ActorNames("power")] = None
    among: Annotated[Any, ActorNames("power")] = None


class Expectation(StrictModel):
    """What a target expects: more of one quantity than of another, or a figure.

    `quantifier` is the word of the text behind `across: each` or `most`. `link` is the observable
    on which it is read; without it, influence shares are. `band` says how much more; without one
    a lead ends at `LEAD_TOP` and a move at `MOVE_TOP`.
    """

    reading: Reading
    more: Quantity | None = None
    less: Quantity | None = None
    across: Literal["mean", "each", "most", "size"] = "mean"
    quantifier: Annotated[str, Field(min_length=2, max_length=20)] | None = None
    share: Quantity | None = None
    figure: Annotated[float, Field(gt=0, lt=1)] | None = None
    link: str | None = None
    band: Band | None = None

    @property
    def band_limits(self) -> tuple[float, float]:
        """The least and the most of ln(more / less) that the claim says; the most may be inf."""
        band = self.band or Band()
        if band.top is not None:
            return band.m0, band.top
        if band.m0 > 0:
            return band.m0, inf
        return 0.0, MOVE_TOP if self.is_move else LEAD_TOP

    @property
    def is_move(self) -> bool:
        """True if the two quantities are of different years."""
        return (
            self.more is not None
            and self.less is not None
            and self.less.when not in (None, self.more.when)
        )

    @field_validator("link")
    @classmethod
    def _check_link(cls, link: str | None) -> str | None:
        readable = [row.name for row in OBSERVABLES.values() if row.reading != "none"]
        if link is not None and link not in readable:
            raise ValueError(f"unknown observable '{link}'; {suggest(link, readable)}")
        return link

    @model_validator(mode="after")
    def _check_form(self) -> Expectation:
        if (self.more is None) == (self.share is None):
            raise ValueError("an expectation has either 'more' and 'less', or 'share' and 'figure'")
        if self.more is not None and self.less is None:
            raise ValueError("the key 'less' is missing")
        if self.share is not None and self.figure is None:
            raise ValueError("the key 'figure' is missing")
        if self.share is not None and self.band is not None:
            raise ValueError("a 'band' with a 'figure'; it goes with 'more' and 'less'")
        if (self.share is not None) != (self.reading == "figure"):
            raise ValueError("'reading: figure' goes with 'share' and 'figure', and only with them")
        return self

    @model_validator(mode="after")
    def _check_rules(self, info: ValidationInfo) -> Expectation:
        channels = context_of(info)["cast"].channel_names
        problem = (
            incomplete_quantity(self) or forbidden_link(self, channels) or forbidden_average(self)
        )
        if problem is None and self.more is not None and self.less is not None:
            problem = forbidden_form(self, self.more, self.less)
        if problem is not None:
            raise ValueError(problem)
        return self


def incomplete_quantity(expect: Expectation) -> str | None:
    """Say what `more` or `share` lacks, or which word or key stands where it cannot; or None."""
    name, whole = ("share", expect.share) if expect.more is None else ("more", expect.more)
    for key in ("powers", "republics", "channels", "when"):
        if getattr(whole, key) is None:
            return f"'{name}' without '{key}'; it has 'powers', 'republics', 'channels' and 'when'"
    if whole is not None and whole.powers == "others":
        return f"'powers: others' in '{name}'; others are those not in 'more', so name the powers"
    if whole is not None and whole.republics == "others":
        named = expect.less.republics if expect.less is not None else None
        if named in (None, "others"):
            return f"'republics: others' in '{name}', and none to tell them from; name them"
    for key in ("against", "among"):
        if expect.less is not None and getattr(expect.less, key) is not None:
            return f"'{key}' in 'less'; write it in 'more', from which 'less' takes it"
    return None


def forbidden_link(expect: Expectation, channels: Sequence[str]) -> str | None:
    """Say that a quantity is not of the channel that its observable follows, or None (rule 3).

    channels : of the cast; a cast without that channel has nothing better to offer.
    """
    whole = expect.share if expect.more is None else expect.more
    if expect.link is None or whole is None:
        return None
    channel = OBSERVABLES[expect.link].channel
    if channel not in channels or list(whole.channels) == [channel]:
        return None
    return f"'link: {expect.link}' with other channels; write 'channels: [{channel}]' (rule 3)"


def forbidden_average(expect: Expectation) -> str | None:
    """Say what is wrong with how republics are put together, or None (rules 3 and 8)."""
    across = expect.across
    if (across in ("each", "most")) != (expect.quantifier is not None):
        return (
            f"'across: {across}' without 'quantifier'; give the word of the text, such "
            "as all, only or most (rule 8)"
            if expect.quantifier is None
            else f"a 'quantifier' with 'across: {across}'; it goes with each or most"
        )
    if across == "size" and expect.link is None:
        return "'across: size' without 'link: trade'; only volumes have totals (rule 3)"
    if across in ("each", "most") and expect.reading == "figure":
        return f"'across: {across}' of a figure; a figure is of one republic, or of their mean"
    if across == "most" and expect.reading == "republics":
        return "'across: most' between republics; it compares within the same republics"
    return None


def forbidden_form(expect: Expectation, more: Quantity, less: Quantity) -> str | None:
    """Say which rule an ordinal expectation breaks, None if it keeps them."""
    differs = {
        name
        for name in ("powers", "republics", "channels", "when")
        if getattr(less, name) not in (None, getattr(more, name))
    }
    reading = expect.reading
    wanted = _DIFFERENCES.get(reading)
    if wanted is not None and differs != {wanted}:
        return f"'reading: {reading}' compares two {_PLURALS[wanted]}, and nothing else differs"
    for key, of in (("against", "balance"), ("among", "relative")):
        if (getattr(more, key) is not None) != (reading == of):
            return f"'{key}' goes with 'reading: {of}', and only with it (rule {_RULE[of]})"
    if (expect.link is not None) != (reading == "volume"):
        return "'reading: volume' goes with 'link: trade', and only with it (rule 3)"
    return _forbidden_volume(expect, more, differs) if reading == "volume" else None


_DIFFERENCES = {
    "lead": "powers",
    "change": "when",
    "balance": "when",
    "relative": "when",
    "channels": "channels",
    "republics": "republics",
}
_PLURALS = {
    "powers": "powers",
    "when": "years",
    "channels": "sets of channels",
    "republics": "sets of republics",
}
_RULE = {"balance": 5, "relative": 6}


def _forbidden_volume(expect: Expectation, more: Quantity, differs: set[str]) -> str | None:
    if "republics" in differs:
        return "volumes are not compared across republics; compare within them (rule 3)"
    if differs not in ({"powers"}, {"when"}):
        return "'reading: volume' compares two powers or two years, and nothing else differs"
    if expect.across == "mean" and len(more.republics or ()) > 1:
        return "a volume of several republics has 'across: size', each or most (rule 3)"
    return None
