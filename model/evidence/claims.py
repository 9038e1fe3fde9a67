"""Claims: what one document says, where, and what it is used for. The form is in CODEBOOK.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.field_types import ActorNames, StrictModel
from steppe.model.core.type_errors import describe_errors
from steppe.model.core.yaml_source import KeyPath, Place, Source, read_yaml

FOLDER = Path(__file__).parent
CONFIDENCE = {"very high": 0.95, "high": 0.8, "medium": 0.5}
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
    "institution": ("institution",),
    "event": ("moves",),
}


class Figure(StrictModel):
    """A number that the document gives, and the token of the text that holds it."""

    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: str
    operator: Literal["=", ">", "<", ">=", "<=", "~"] = "="
    as_: Annotated[str, Field(alias="as", min_length=1, max_length=40)]


class Quantity(StrictModel):
    """A sum of powers' shares, averaged over channels, in republics, in the mean of a year."""

    powers: Annotated[Any, ActorNames("power", also=("others", "autonomy"))] = None
    republics: Annotated[Any, ActorNames("republic", also=("others",))] = None
    channels: Annotated[Any, ActorNames("channel")] = None
    when: Annotated[int, Field(ge=2000, le=2019)] | None = None


class Expectation(StrictModel):
    """What a target expects: a margin above zero between two quantities, or a figure."""

    more: Quantity | None = None
    less: Quantity | None = None
    across: Literal["mean", "each", "most"] = "mean"
    share: Quantity | None = None
    figure: Annotated[float, Field(gt=0, lt=1)] | None = None
    link: Literal["trade"] | None = None

    @model_validator(mode="after")
    def _one_form(self):
        if (self.more is None) == (self.share is None):
            raise ValueError("an expectation has either 'more' and 'less', or 'share' and 'figure'")
        if self.more is not None and self.less is None:
            raise ValueError("the key 'less' is missing")
        if self.share is not None and self.figure is None:
            raise ValueError("the key 'figure' is missing")
        return self


class Claim(StrictModel):
    """One thing that one document says."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]+$")]
    lines: tuple[int, int]
    hash: str | None = None
    says: Annotated[str, Field(min_length=10, max_length=220)]
    kind: Kind
    use: Literal["input", "target", "context"]
    confidence: Literal["very high", "high", "medium"]
    period: tuple[int | str, int | str] | None = None
    powers: Annotated[tuple[str, ...], ActorNames("power")] = ()
    toward: Annotated[tuple[str, ...], ActorNames("power")] = ()
    republics: Annotated[tuple[str, ...], ActorNames("republic")] = ()
    channels: Annotated[tuple[str, ...], ActorNames("channel")] = ()
    level: Annotated[float, Field(ge=-3, le=3)] | None = None
    institution: str | None = None
    moves: (
        Literal["effort", "ties", "supply", "threat", "membership", "budget", "relation"] | None
    ) = None
    change: Literal["found", "join", "leave", "suspend", "dissolve"] | None = None
    permanent: bool = False
    figure: Figure | None = None
    expect: Expectation | None = None
    cluster: str | None = None
    reason: str | None = None

    @field_validator("lines")
    @classmethod
    def _upright(cls, lines):
        if not 1 <= lines[0] <= lines[1]:
            raise ValueError(
                f"lines {lines[0]} to {lines[1]}; lines count from 1, and the first is not after the last"
            )
        return lines

    @field_validator("period")
    @classmethod
    def _dates(cls, period):
        if period is not None and parse_quarter(period[0]) > parse_quarter(period[1], last=True):
            raise ValueError(
                f"the period ends ({period[1]}) before it begins ({period[0]}); the earlier date comes first"
            )
        return period

    @model_validator(mode="after")
    def _complete(self):
        if self.use == "context" and not self.reason:
            raise ValueError("a context claim without 'reason'; say why the model cannot use it")
        if self.use != "context" and self.confidence == "medium":
            raise ValueError(
                f"a claim of medium confidence used as {self.use}; it carries no information, so make it context"
            )
        if self.use == "target" and (self.kind != "target" or self.expect is None):
            raise ValueError(
                "a claim used as target must be of kind target and say what to 'expect'"
            )
        if self.use == "input":
            self._check_input()
        return self

    def _check_input(self) -> None:
        if self.kind in ("target", "context"):
            raise ValueError(
                f"a claim of kind {self.kind} used as input; a claim is input, target or context, never two of them"
            )
        for name in (*NAMES_NEEDED.get(self.kind, ()), "period"):
            if not getattr(self, name):
                raise ValueError(
                    f"a claim of kind {self.kind} without '{name}'; an input of this kind names it"
                )
        if self.moves == "membership":
            if self.change is None or self.institution is None:
                raise ValueError(
                    "an event that moves a membership without 'institution' and 'change'; it gives both"
                )
            return
        low, high = LEVELS[self.kind]
        if self.level is None or not low <= self.level <= high:
            shown = "no level" if self.level is None else f"the level {self.level:g}"
            raise ValueError(
                f"a claim of kind {self.kind} with {shown}; levels of this kind run from {low} to {high}"
            )

    @property
    def probability(self) -> float:
        """Probability that the claim as coded is right."""
        return CONFIDENCE[self.confidence]

    def quarters(self) -> tuple[int, int]:
        """First and last quarter that the claim speaks of."""
        if self.period is None:
            raise ValueError(f"claim {self.id} has no period")
        return parse_quarter(self.period[0]), parse_quarter(self.period[1], last=True)


@dataclass(frozen=True)
class Evidence:
    """All claims in use, and where each stands.

    `document_of` gives the document of a claim; `sources` the file that it stands in, and
    the path to it there.
    """

    claims: tuple[Claim, ...]
    document_of: dict[str, str]
    sources: dict[str, tuple[Source, KeyPath]]
    second_coding: dict[str, float]

    def place(self, identifier: str, key: str = "id") -> Place:
        """File, line and column of a key of a claim."""
        source, at = self.sources[identifier]
        return source.place((*at, key))

    def by_id(self, identifier: str) -> Claim | None:
        return self._index.get(identifier)

    @cached_property
    def _index(self) -> dict[str, Claim]:
        return {claim.id: claim for claim in self.claims}

    def inputs(self, kind: str) -> list[Claim]:
        return [claim for claim in self.claims if claim.use == "input" and claim.kind == kind]

    def targets(self) -> list[Claim]:
        return [claim for claim in self.claims if claim.use == "target"]

    def without(self, *identifiers: str) -> Evidence:
        """The evidence with some claims taken out."""
        kept = tuple(claim for claim in self.claims if claim.id not in identifiers)
        return Evidence(kept, self.document_of, self.sources, self.second_coding)

    def without_document(self, document: str) -> Evidence:
        """The evidence with every claim of one document taken out."""
        return self.without(
            *(claim.id for claim in self.claims if self.document_of[claim.id] == document)
        )


def load_evidence(evidence_folder: Path | None = None, cast: Cast | None = None) -> Evidence:
    """The shipped claims, and those of a folder of the user's own.

    Raises
    ------
    DiagnosticsError
        With every mistake in every file.
    """
    if evidence_folder is None and cast is None:
        return _shipped_evidence()
    return _load(evidence_folder, cast or default_cast())


@cache
def _shipped_evidence() -> Evidence:
    return _load(None, default_cast())


def claim_files(evidence_folder: Path | None = None) -> list[tuple[Path, str]]:
    """Every file of claims, and the name by which to show it."""
    files = [
        (path, f"model/evidence/claims/{path.name}")
        for path in sorted((FOLDER / "claims").glob("*.yaml"))
    ]
    if evidence_folder is not None:
        if not evidence_folder.is_dir():
            raise DiagnosticsError(
                [
                    Diagnostic(
                        str(evidence_folder),
                        0,
                        0,
                        "is no folder; --evidence takes a folder with documents.yaml and files of claims",
                    )
                ]
            )
        mine = sorted(
            path for path in evidence_folder.glob("*.yaml") if path.name != "documents.yaml"
        )
        if not mine:
            raise DiagnosticsError(
                [
                    Diagnostic(
                        str(evidence_folder),
                        0,
                        0,
                        "holds no file of claims; put one beside documents.yaml, such as my-document.yaml",
                    )
                ]
            )
        files += [(path, str(path)) for path in mine]
    return files


@dataclass(frozen=True)
class ParsedClaims:
    """Files of claims as far as they can be read: sound claims, faults, and each claim as it was written.

    `own` holds the ids of the claims in a user's own folder.
    """

    evidence: Evidence
    diagnostics: tuple[Diagnostic, ...]
    written: tuple[dict, ...]
    own: frozenset[str]


def read_claims(evidence_folder: Path | None, cast: Cast) -> ParsedClaims:
    """Every file of claims, with the mistakes in them; none stops the reading of the others."""
    problems: list[Diagnostic] = []
    written: list[dict] = []
    claims: list[Claim] = []
    own: set[str] = set()
    document_of: dict[str, str] = {}
    sources: dict[str, tuple[Source, KeyPath]] = {}
    for path, shown in claim_files(evidence_folder):
        try:
            source = read_yaml(path, shown)
        except DiagnosticsError as found:
            problems += found.diagnostics
            continue
        if not _has_claims(source, problems):
            continue
        written += [raw for raw in source.data["claims"] if isinstance(raw, dict)]
        for claim, at in _claims_of(source, cast, problems):
            if claim.id in sources:
                file, line, _ = _id_place(sources[claim.id])
                problems.append(
                    Diagnostic(
                        *_id_place((source, at)),
                        f"two claims are called '{claim.id}', the first at {file}:{line}; give this one another id",
                    )
                )
                continue
            claims.append(claim)
            document_of[claim.id] = source.data["document"]
            sources[claim.id] = (source, at)
            if evidence_folder is not None and path.parent == evidence_folder:
                own.add(claim.id)
    evidence = Evidence(tuple(claims), document_of, sources, _second_coding())
    return ParsedClaims(evidence, tuple(problems), tuple(written), frozenset(own))


def _load(evidence_folder: Path | None, cast: Cast) -> Evidence:
    reading = read_claims(evidence_folder, cast)
    if reading.diagnostics:
        raise DiagnosticsError(reading.diagnostics)
    return reading.evidence


def _id_place(where: tuple[Source, KeyPath]) -> Place:
    source, at = where
    return source.place((*at, "id"))


def _has_claims(source: Source, problems: list[Diagnostic]) -> bool:
    """Whether a file has the form of a file of claims; what is wrong with it is added to `problems`."""
    data = source.data
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("claims"), list)
        or not isinstance(data.get("document"), str)
    ):
        problems.append(
            Diagnostic(
                source.file,
                1,
                1,
                "a file of claims has the keys 'document' (a name) and 'claims' (a list)",
            )
        )
        return False
    for key in data:
        if key not in ("document", "claims"):
            problems.append(
                source.diagnostic(
                    (key,),
                    f"unknown key '{key}'; a file of claims has 'document' and 'claims'",
                    of_key=True,
                )
            )
    return True


def _claims_of(
    source: Source, cast: Cast, problems: list[Diagnostic]
) -> Iterator[tuple[Claim, KeyPath]]:
    """The sound claims of a file, each with the path to it; mistakes are added to `problems`."""
    for number, raw in enumerate(source.data["claims"]):
        at = ("claims", number)
        try:
            yield Claim.model_validate(raw, context={"cast": cast}), at
        except ValidationError as error:
            problems.extend(describe_errors(error, source, Claim, at))


@cache
def _second_coding() -> dict[str, float]:
    path = FOLDER / "second_coding.yaml"
    return read_yaml(path, f"model/evidence/{path.name}").data["levels"] if path.exists() else {}
