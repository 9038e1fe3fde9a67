"""What a target expects, and which forms the codebook's rules for reading targets allow."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from steppe.model.core.field_types import ActorNames, StrictModel

Reading = Literal[
    "lead", "change", "balance", "relative", "volume", "channels", "republics", "figure"
]


class Quantity(StrictModel):
    """Shares of powers, averaged over channels, in republics, in the mean of a year.

    `take` says what several powers are together. `against` names powers whose shares are
    subtracted, `among` powers within which the share is taken: s / (s + those).
    """

    powers: Annotated[Any, ActorNames("power", also=("others", "autonomy"))] = None
    republics: Annotated[Any, ActorNames("republic", also=("others",))] = None
    channels: Annotated[Any, ActorNames("channel")] = None
    when: Annotated[int, Field(ge=2000, le=2019)] | None = None
    take: Literal["sum", "largest", "smallest"] | None = None
    against: Annotated[Any, ActorNames("power")] = None
    among: Annotated[Any, ActorNames("power")] = None


class Expectation(StrictModel):
    """What a target expects: a margin above zero between two quantities, or a figure.

    `quantifier` is the word of the text behind `across: each` or `most`.
    """

    reading: Reading
    more: Quantity | None = None
    less: Quantity | None = None
    across: Literal["mean", "each", "most", "size"] = "mean"
    quantifier: Annotated[str, Field(min_length=2, max_length=20)] | None = None
    share: Quantity | None = None
    figure: Annotated[float, Field(gt=0, lt=1)] | None = None
    link: Literal["trade"] | None = None

    @model_validator(mode="after")
    def _check_form(self) -> Expectation:
        if (self.more is None) == (self.share is None):
            raise ValueError("an expectation has either 'more' and 'less', or 'share' and 'figure'")
        if self.more is not None and self.less is None:
            raise ValueError("the key 'less' is missing")
        if self.share is not None and self.figure is None:
            raise ValueError("the key 'figure' is missing")
        if (self.share is not None) != (self.reading == "figure"):
            raise ValueError("'reading: figure' goes with 'share' and 'figure', and only with them")
        return self

    @model_validator(mode="after")
    def _check_rules(self) -> Expectation:
        if self.more is not None and self.less is not None:
            problem = forbidden_form(self, self.more, self.less)
            if problem is not None:
                raise ValueError(problem)
        if (self.across in ("each", "most")) != (self.quantifier is not None):
            raise ValueError(
                f"'across: {self.across}' without 'quantifier'; give the word of the text, such "
                "as all, only or most (rule 8)"
                if self.quantifier is None
                else f"a 'quantifier' with 'across: {self.across}'; it goes with each or most"
            )
        return self


def forbidden_form(expect: Expectation, more: Quantity, less: Quantity) -> str | None:
    """Say which rule an ordinal expectation breaks, None if it keeps them."""
    differs = {
        name
        for name in ("powers", "republics", "channels", "when")
        if getattr(less, name) not in (None, getattr(more, name))
    }
    reading = expect.reading
    wanted = {
        "lead": {"powers"},
        "change": {"when"},
        "balance": {"when"},
        "relative": {"when"},
        "channels": {"channels"},
        "republics": {"republics"},
    }.get(reading)
    if wanted is not None and differs != wanted:
        (only,) = wanted
        return f"'reading: {reading}' compares two {_PLURALS[only]}, and nothing else differs"
    for key, of in (("against", "balance"), ("among", "relative")):
        if (getattr(more, key) is not None) != (reading == of):
            return f"'{key}' goes with 'reading: {of}', and only with it (rule {_RULE[of]})"
    if (expect.link == "trade") != (reading == "volume"):
        return "'reading: volume' goes with 'link: trade', and only with it (rule 3)"
    return _forbidden_volume(expect, more, differs) if reading == "volume" else None


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
    if expect.across == "mean" and len(more.republics or ()) > 1:
        return "a volume of several republics has 'across: size', each or most (rule 3)"
    return None
