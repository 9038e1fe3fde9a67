"""Targets: what the documents say that simulated shares should show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import Evidence
from steppe.model.evidence.expectations import Expectation

INFLUENCE = "influence"  # what a target is read on that is linked to no observable
NO_DOCUMENT = "conclusion"  # of statements that no document makes, so that none slants them


@dataclass(frozen=True)
class Target:
    """A target claim: its expectation, document, cluster, and confidence in [0.5, 1].

    `location` is the file and line of the claim, for messages; `sizes` weight republics where
    the target is about their total, None weights them equally.
    """

    id: str
    document: str
    cluster: str
    confidence: float
    expect: Expectation
    says: str
    location: str = field(default="", repr=False, compare=False)
    sizes: Mapping[str, float] | None = None

    @property
    def is_numeric(self) -> bool:
        """True if the target gives a figure for a share, false if it compares two quantities."""
        return self.expect.share is not None

    @property
    def read_on(self) -> str:
        """The observable on which it is read, or `influence`."""
        return self.expect.link or INFLUENCE

    @property
    def figure(self) -> float:
        """The expected share of a numeric target; 0, the expected margin, of an ordinal one."""
        return self.expect.figure if self.expect.figure is not None else 0.0


def targets_from_evidence(evidence: Evidence) -> tuple[Target, ...]:
    """The target claims, in the order of the files."""
    return tuple(_target_from_claim(claim, evidence) for claim in evidence.targets())


def _target_from_claim(claim: Claim, evidence: Evidence) -> Target:
    if claim.expect is None:
        raise ValueError(f"the target '{claim.id}' expects nothing")
    file, line, _ = evidence.place(claim.id)
    return Target(
        claim.id,
        evidence.document_of[claim.id],
        claim.cluster or claim.id,
        claim.probability,
        claim.expect,
        claim.says,
        f"{file}:{line}",
        evidence.sizes if claim.expect.across == "size" else None,
    )
