"""What a claim may contain: keys, types and bounds. The form is in CODEBOOK.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.field_types import ActorNames, StrictModel

from .expectations import Expectation

CONFIDENCE = {"very high": 0.95, "high": 0.8, "fair": 0.65, "medium": 0.5}
Kind = Literal[
    "tie",
    "institution",
    "need",
    "supply",
    "interest",
    "relation",
    "budget",
    "threat",
    "stance",
    "event",
    "date",
    "target",
    "context",
]
LEVELS = {
    "tie": (0, 3),
    "institution": (0, 3),
    "need": (0, 3),
    "supply": (0, 3),
    "interest": (0, 3),
    "relation": (-3, 3),
    "budget": (-3, 3),
    "threat": (0, 3),
    "stance": (0, 3),
    "event": (-3, 3),
}
NAMES_NEEDED = {
    "tie": ("powers", "republics", "channels"),
    "need": ("republics", "channels"),
    "supply": ("powers", "channels"),
    "interest": ("powers", "republics", "channels"),
    "relation": ("powers", "toward"),
    "budget": ("powers",),
    "threat": ("republics",),
    "stance": ("republics",),
    "institution": ("institution", "channels"),
    "event": ("moves",),
    "date": ("of",),
}


TOP_LEVEL = 3.0  # of a tie
AXES = ("powers", "republics", "channels")  # of the cells of ties
WITH_PARTS = ("tie", "need", "supply", "interest")


PowerNames = Annotated[tuple[str, ...], ActorNames("power")]
RepublicNames = Annotated[tuple[str, ...], ActorNames("republic")]
ChannelNames = Annotated[tuple[str, ...], ActorNames("channel")]


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Reference(StrictModel):
    """Where a public fact can be looked up."""

    publisher: Annotated[str, Field(min_length=2)]
    title: Annotated[str, Field(min_length=3)]
    date: str | int


class Figure(StrictModel):
    """A number that the document gives, and the token of the text that holds it."""

    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: str
    operator: Literal["=", ">", "<", ">=", "<=", "~"] = "="
    as_: Annotated[str, Field(alias="as", min_length=1, max_length=40)]


class Claim(StrictModel):
    """One thing that one document says."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]+$")]
    lines: tuple[int, int] | None = None
    references: tuple[Reference, ...] = ()
    hash: str | None = None
    says: Annotated[str, Field(min_length=10, max_length=220)]
    kind: Kind
    use: Literal["input", "target", "context"]
    confidence: Literal["very high", "high", "fair", "medium"]
    period: tuple[int | str, int | str] | None = None
    powers: PowerNames = ()
    toward: PowerNames = ()
    republics: RepublicNames = ()
    channels: ChannelNames = ()
    level: Annotated[float, Field(ge=-3, le=3)] | None = None
    institution: str | None = None
    moves: (
        Literal["effort", "ties", "supply", "threat", "membership", "budget", "relation"] | None
    ) = None
    change: Literal["found", "join", "leave", "suspend", "dissolve"] | None = None
    permanent: bool = False
    figure: Figure | None = None
    expect: Expectation | None = None
    want: Annotated[str, Field(min_length=3, max_length=80)] | None = None
    ends: str | None = None
    of: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = ()
    cluster: str | None = None
    part: bool = False
    begins: bool = False
    reason: str | None = None

    @field_validator("lines")
    @classmethod
    def _check_lines(cls, lines: tuple[int, int] | None) -> tuple[int, int] | None:
        if lines is not None and not 1 <= lines[0] <= lines[1]:
            raise ValueError(
                f"lines {lines[0]} to {lines[1]}; lines count from 1, "
                "and the first is not after the last"
            )
        return lines

    @field_validator("period")
    @classmethod
    def _check_period(
        cls, period: tuple[int | str, int | str] | None
    ) -> tuple[int | str, int | str] | None:
        if period is not None and parse_quarter(period[0]) > parse_quarter(period[1], last=True):
            raise ValueError(
                f"the period ends ({period[1]}) before it begins ({period[0]}); "
                "the earlier date comes first"
            )
        return period

    @model_validator(mode="after")
    def _check_use(self) -> Claim:
        if self.use == "context" and not self.reason:
            raise ValueError("a context claim without 'reason'; say why the model cannot use it")
        if self.use == "target" and self.confidence == "medium":
            raise ValueError(
                "a claim of medium confidence used as target; "
                "as likely wrong as right, it says nothing about direction, so make it context"
            )
        if self.use == "target" and (self.kind != "target" or self.expect is None):
            raise ValueError(
                "a claim used as target must be of kind target and say what to 'expect'"
            )
        if self.use == "input":
            self._check_input()
        return self

    @model_validator(mode="after")
    def _check_place(self) -> Claim:
        if bool(self.lines) == bool(self.references):
            raise ValueError(
                "a claim has either 'lines' of its document or, in the public record, 'references'"
            )
        if self.references and len(self.references) < 2:
            raise ValueError(
                "a public fact with one reference; give a second one in which it was checked"
            )
        return self

    @model_validator(mode="after")
    def _check_date(self) -> Claim:
        if self.of and self.kind != "date" and self.moves != "ties":
            raise ValueError(
                f"a claim of kind {self.kind} has no 'of'; a date names there what it dates, and "
                "an event that has 'moves: ties' the matter that it changes"
            )
        if self.kind == "event" and len(self.of) + bool(self.ends) > 1:
            raise ValueError(
                "an event that changes or ends several matters; name one in 'of' or 'ends', and "
                "give each other matter an event of its own"
            )
        if self.kind == "date" and self.lines is not None:
            raise ValueError(
                "a date with 'lines'; dates come from the public record, with 'references', and "
                "what a document says of a date is the 'period' of the claim itself"
            )
        return self

    @model_validator(mode="after")
    def _check_want_and_end(self) -> Claim:
        if self.kind == "need" and self.use == "input" and bool(self.powers) != bool(self.want):
            raise ValueError(
                "a need that names a power and no want of it; say in 'want' what is sought, "
                "or leave out 'powers': anyone could supply it"
                if self.powers
                else "a want of nobody; name in 'powers' of whom it is sought, or leave out 'want'"
            )
        if self.want is not None and self.kind not in ("need", "tie"):
            raise ValueError(f"a claim of kind {self.kind} has no 'want'; needs and ties have one")
        if self.ends is not None and self.moves != "ties":
            raise ValueError(
                "'ends' goes with an event that has 'moves: ties'; it takes away a tie, and "
                "nothing else"
            )
        return self

    @model_validator(mode="after")
    def _check_part_and_beginning(self) -> Claim:
        if self.begins and self.kind != "tie":
            raise ValueError(
                f"a claim of kind {self.kind} has no 'begins'; a tie has it whose text says that "
                "it began at the date"
            )
        if self.part and self.kind not in WITH_PARTS:
            raise ValueError(
                f"a claim of kind {self.kind} has no 'part'; kinds with parts: "
                f"{', '.join(WITH_PARTS)}"
            )
        if self.part and self.cluster is None:
            raise ValueError("a part of nothing; name in 'cluster' the matter that it is part of")
        return self

    def _check_input(self) -> None:
        """Raise ValueError if an input claim lacks what its kind needs."""
        if self.kind in ("target", "context"):
            raise ValueError(
                f"a claim of kind {self.kind} used as input; "
                "a claim is input, target or context, never two of them"
            )
        for name in (*NAMES_NEEDED.get(self.kind, ()), "period"):
            if not getattr(self, name):
                raise ValueError(
                    f"a claim of kind {self.kind} without '{name}'; an input of this kind needs it"
                )
        if self.kind == "date":
            return
        if self.moves == "membership":
            if self.change is None or self.institution is None:
                raise ValueError(
                    "an event that moves a membership without 'institution' and 'change'; "
                    "it needs both"
                )
            return
        if self.ends is not None and self.level is None:
            return
        low, high = LEVELS[self.kind]
        if self.level is None or not low <= self.level <= high:
            shown = "no level" if self.level is None else f"the level {self.level:g}"
            raise ValueError(
                f"a claim of kind {self.kind} with {shown}; "
                f"levels of this kind run from {low} to {high}"
            )

    @property
    def matter(self) -> str:
        """What the claim speaks about: what an event changes or ends, its cluster, or itself."""
        changed = self.of[0] if self.kind == "event" and self.of else self.ends
        return changed or self.cluster or self.id

    @property
    def part_lost(self) -> float | None:
        """By what part a tie fell, where the text of a loss says by how many per cent."""
        if self.figure is None or self.figure.unit != "percent":
            return None
        return self.figure.value / 100 if self.moves == "ties" and (self.level or 0) < 0 else None

    @property
    def event_name(self) -> str:
        """The event of the history that a claim on an event gives."""
        return self.cluster or self.id

    @property
    def is_dated(self) -> bool:
        """Whether the public record can date it; budgets and threats are about their period."""
        return self.kind not in ("date", "budget", "threat")

    @property
    def probability(self) -> float:
        """Probability that the claim as coded is right."""
        return CONFIDENCE[self.confidence]

    def quarters(self) -> tuple[int, int]:
        """First and last quarter that the claim is about."""
        if self.period is None:
            raise ValueError(f"claim {self.id} has no period")
        return parse_quarter(self.period[0]), parse_quarter(self.period[1], last=True)

    @property
    def length(self) -> int:
        """Number of quarters that the claim is about."""
        first, last = self.quarters()
        return last - first + 1

    def overlaps(self, first: int, last: int) -> bool:
        """Return whether the claim is about any quarter from the first to the last."""
        begins, ends = self.quarters()
        return begins <= last and first <= ends
