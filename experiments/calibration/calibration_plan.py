"""What a calibration is made from: history, inputs, targets, and how many particles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.cast import default_cast
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.claims import DOCUMENTS_ONLY, load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.evidence.history import render_history
from steppe.model.scenario.load import Scenario, load_scenario
from steppe.model.scenario.load_history import load_history

from .conclusions import conclusion_targets
from .targets import Target, targets_from_evidence
from .variants import Variant

HASHED_INPUTS = (
    "ties",
    "interests",
    "needs",
    "supply",
    "relations",
    "ln_means",
    "threat",
    "stance",
)


@dataclass(frozen=True)
class CalibrationPlan:
    """Particles that are simulated with these inputs through this history, and fit these targets.

    `unweighted_targets` are evaluated beside the targets but do not affect the fit.
    `variant` changes the rules of the model; None leaves them as they are. `documents_only` says
    that the public record is left out. `statements` are made-up documents: of each target,
    whether they say that it holds or that it does not; None for what the targets say.
    """

    history: Scenario
    inputs: Inputs
    targets: tuple[Target, ...]
    seed: int
    particles: int
    shipped_evidence_fingerprint: str
    unweighted_targets: tuple[Target, ...] = ()
    variant: Variant | None = None
    documents_only: bool = False
    statements: tuple[bool, ...] | None = None

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Every target whose margin is computed: weighted first, then unweighted."""
        return (*self.targets, *self.unweighted_targets)

    @property
    def identity(self) -> str:
        """Hash of everything that determines the fit; names the folder an interrupted run left."""
        parts = [
            self.history.fingerprint,
            self.shipped_evidence_fingerprint,
            MODEL_VERSION,
            self.seed,
            self.particles,
            [repr(target) for target in self.all_targets],
            len(self.targets),
            self.statements,
            [self.variant.name, self.variant.says] if self.variant else None,
        ]
        digest = sha256(json.dumps(parts).encode())
        for name in HASHED_INPUTS:
            digest.update(np.ascontiguousarray(getattr(self.inputs, name)).tobytes())
        return digest.hexdigest()[:16]


def make_plan(evidence_folder: Path | None, seed: int, particles: int) -> CalibrationPlan:
    """Plan for the shipped claims, joined by a user's own if a folder is given.

    With `DOCUMENTS_ONLY` the public record is left out of inputs and history.
    """
    evidence, cast = load_evidence(evidence_folder), default_cast()
    return CalibrationPlan(
        load_history(evidence_folder),
        code_inputs(evidence, cast),
        targets_from_evidence(evidence),
        seed,
        particles,
        fingerprint(evidence),
        conclusion_targets(cast),
        documents_only=evidence_folder == DOCUMENTS_ONLY,
    )


def plan_without_document(plan: CalibrationPlan, document: str, folder: Path) -> CalibrationPlan:
    """A plan for the claims of all other documents, with the plan's own choice of record.

    The inputs and events taken from the document are left out too; its targets are evaluated
    but not weighted. History without it is written to the folder.
    """
    cast = default_cast()
    chosen = DOCUMENTS_ONLY if plan.documents_only else None
    evidence = load_evidence(chosen).without_document(document)
    path = folder / f"history-without-{document}.yaml"
    write_text_atomically(path, render_history(evidence, cast))
    return CalibrationPlan(
        load_scenario(path),
        code_inputs(evidence, cast),
        tuple(target for target in plan.targets if target.document != document),
        plan.seed,
        plan.particles,
        fingerprint(evidence),
        tuple(target for target in plan.targets if target.document == document),
    )
