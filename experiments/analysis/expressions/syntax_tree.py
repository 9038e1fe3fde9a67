"""The table of functions that expressions can use, and the syntax trees of expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steppe.model.observables.declarations import OBSERVABLES

OWN_RUN, BASELINE = "", "baseline"


@dataclass(frozen=True)
class Function:
    """A function, with its required and optional arguments."""

    name: str
    arguments: tuple[str, ...]
    optional: tuple[str, ...]
    result_kind: str
    unit: str
    meaning: str
    example: str

    @property
    def signature(self) -> str:
        words = [*map(str.upper, self.arguments), *(f"[{word.upper()}]" for word in self.optional)]
        return f"{self.name}({', '.join(words)})"


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "share",
        ("holder", "place"),
        ("channel", "year"),
        "number",
        "share",
        "share held by a power, or autonomy; for `all` and `region` the mean",
        "share(Russia, Kazakhstan, security, 2040)",
    ),
    Function(
        "autonomy",
        ("place",),
        ("channel", "year"),
        "number",
        "share",
        "share of a republic that no power holds",
        "autonomy(region)",
    ),
    Function(
        "dependence",
        ("place", "power"),
        ("year",),
        "number",
        "share",
        "mean of a power's shares over the channels",
        "dependence(Tajikistan, China)",
    ),
    Function(
        "leverage",
        ("place", "power"),
        ("year",),
        "number",
        "1",
        "-ln(1 - dependence), which grows without bound",
        "leverage(Tajikistan, China)",
    ),
    Function(
        "concentration",
        ("place",),
        ("year",),
        "number",
        "1",
        "how far one power holds everything that powers hold, 0 to 1 (HHI* over channels)",
        "concentration(Kyrgyzstan)",
    ),
    Function(
        "multivector",
        ("place",),
        ("year",),
        "number",
        "1",
        "1 - concentration",
        "multivector(Uzbekistan)",
    ),
    Function(
        "leads",
        ("power", "places"),
        ("channel", "year"),
        "condition",
        "true or false",
        "the power has the largest share: in one republic, in `all`, in `3 of 5`, or in the mean "
        "of the `region`",
        "leads(China, 3 of 5, security)",
    ),
    *(
        Function(
            row.name,
            ("power", "place"),
            ("year",),
            "number",
            "share",
            f"{row.meaning}; for `all` and `region` the mean",
            f"{row.name}(China, Kazakhstan, 2030)",
        )
        for row in OBSERVABLES.values()
    ),
    Function(
        "P",
        ("condition",),
        (),
        "number",
        "probability",
        "share of members in which a condition holds",
        "P(leads(China, all, economic)) > 0.5",
    ),
    Function(
        "mean",
        ("number",),
        (),
        "number",
        "as its argument",
        "mean over members",
        "mean(autonomy(region)) < 0.3",
    ),
    Function(
        "median",
        ("number",),
        (),
        "number",
        "as its argument",
        "median over members",
        "median(share(China, all, economic))",
    ),
)
BY_NAME = {row.name.casefold(): row for row in FUNCTIONS}
AGGREGATES = ("P", "mean", "median")
GRAMMAR_NOTES = (
    "arithmetic + - * / and brackets; comparisons < <= > >=; and, or, not",
    "baseline.share(...) is the same member, with the same noise, under the baseline",
    "without a channel, or with `all`: the mean over channels; without a year: the last of the run",
)


def help_lines() -> list[str]:
    """The table of functions as lines for `--help`."""
    width = max(len(row.signature) for row in FUNCTIONS)
    return [f"{row.signature:<{width}}  {row.meaning}" for row in FUNCTIONS] + [*GRAMMAR_NOTES]


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float
    kind = "number"
    is_aggregate = False
    is_constant = True


@dataclass(frozen=True)
class Call:
    """A function of the shares in one quarter of a run.

    Holder, republics and channels are positions; no holder stands for autonomy. `at_least` is
    in how many republics a power must lead; 0 is in their mean.
    """

    name: str
    run: str
    quarter: int
    holder: int | None = None
    republics: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    at_least: int = 0
    is_aggregate = False
    is_constant = False

    @property
    def kind(self) -> str:
        return BY_NAME[self.name.casefold()].result_kind


@dataclass(frozen=True)
class Operation:
    """An operator with two operands, or one for `negative` and `not`."""

    operator: str
    parts: tuple[Node, ...]
    kind: str

    @property
    def is_aggregate(self) -> bool:
        return not self.is_constant and all(
            part.is_aggregate or part.is_constant for part in self.parts
        )

    @property
    def is_constant(self) -> bool:
        return all(part.is_constant for part in self.parts)


@dataclass(frozen=True)
class Aggregate:
    """P, mean or median over all members."""

    name: str
    part: Node
    kind = "number"
    is_aggregate = True
    is_constant = False


Node = Number | Call | Operation | Aggregate


@dataclass(frozen=True)
class Expression:
    """The text of an expression and its syntax tree."""

    text: str
    root: Node

    @property
    def is_aggregate(self) -> bool:
        """True if it has one value for all members together."""
        return self.root.is_aggregate

    @property
    def is_condition(self) -> bool:
        return self.root.kind == "condition"

    @property
    def observables(self) -> set[str]:
        """The observables that it reads."""
        return {call.name for call in iterate_calls(self.root)} & set(OBSERVABLES)

    @property
    def quarters_by_run(self) -> dict[str, set[int]]:
        """The quarters whose shares it reads, by run."""
        found: dict[str, set[int]] = {}
        for call in iterate_calls(self.root):
            found.setdefault(call.run, set()).add(call.quarter)
        return found


def iterate_calls(node: Node) -> Iterator[Call]:
    """All functions of shares in a tree."""
    if isinstance(node, Call):
        yield node
    elif isinstance(node, Aggregate):
        yield from iterate_calls(node.part)
    elif isinstance(node, Operation):
        for part in node.parts:
            yield from iterate_calls(part)
