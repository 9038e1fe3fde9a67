"""The words of the little language of outputs and outcomes: the one table of what can be asked, and trees of it."""

from __future__ import annotations

from dataclasses import dataclass

OWN, BASELINE = "", "baseline"


@dataclass(frozen=True)
class Function:
    """One row of the table of what can be asked. Arguments in brackets may be left out."""

    name: str
    arguments: tuple[str, ...]
    optional: tuple[str, ...]
    gives: str
    unit: str
    meaning: str
    example: str

    @property
    def form(self) -> str:
        words = [*map(str.upper, self.arguments), *(f"[{word.upper()}]" for word in self.optional)]
        return f"{self.name}({', '.join(words)})"


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "share",
        ("holder", "place"),
        ("channel", "year"),
        "number",
        "share",
        "share that a power, or autonomy, holds; the mean over what is called `all` or `region`",
        "share(Russia, Kazakhstan, security, 2040)",
    ),
    Function(
        "autonomy",
        ("place",),
        ("channel", "year"),
        "number",
        "share",
        "what a republic keeps to itself",
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
        "how far one power holds all that powers hold, 0 to 1 (HHI* over channels)",
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
        "the power's share is the largest: in one republic, in `all`, in `3 of 5`, or in the mean of the `region`",
        "leads(China, 3 of 5, security)",
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
    "a channel left out, or `all`, is the mean over channels; a year left out is the last of the run",
)


def help_lines() -> list[str]:
    """The table as lines for `--help`."""
    width = max(len(row.form) for row in FUNCTIONS)
    return [f"{row.form:<{width}}  {row.meaning}" for row in FUNCTIONS] + [*GRAMMAR_NOTES]


@dataclass(frozen=True)
class Number:
    value: float
    kind = "number"
    over = False
    fixed = True


@dataclass(frozen=True)
class Call:
    """A function of shares in one run: `cells` are positions of holders, republics and channels."""

    name: str
    run: str
    quarter: int
    holder: int | None = None
    republics: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    at_least: int = 0
    over = False
    fixed = False

    @property
    def kind(self) -> str:
        return BY_NAME[self.name.casefold()].gives


@dataclass(frozen=True)
class Combined:
    """Two parts, or one after `-` or `not`, joined by an operator."""

    operator: str
    parts: tuple
    kind: str

    @property
    def over(self) -> bool:
        return not self.fixed and all(part.over or part.fixed for part in self.parts)

    @property
    def fixed(self) -> bool:
        return all(part.fixed for part in self.parts)


@dataclass(frozen=True)
class Over:
    """Something about all members: P, mean or median."""

    name: str
    part: object
    kind = "number"
    over = True
    fixed = False


Node = Number | Call | Combined | Over


@dataclass(frozen=True)
class Expression:
    """An expression that was read: its text and its tree."""

    text: str
    root: Node

    @property
    def over_members(self) -> bool:
        """Whether it is one number or truth for all members together."""
        return self.root.over

    @property
    def condition(self) -> bool:
        return self.root.kind == "condition"

    @property
    def needs(self) -> dict[str, set[int]]:
        """Quarters whose shares it reads, by run."""
        found: dict[str, set[int]] = {}
        for call in calls_of(self.root):
            found.setdefault(call.run, set()).add(call.quarter)
        return found


def calls_of(node: Node):
    """Every function of shares in a tree."""
    if isinstance(node, Call):
        yield node
    for part in getattr(node, "parts", ()) or ([node.part] if isinstance(node, Over) else []):
        yield from calls_of(part)
