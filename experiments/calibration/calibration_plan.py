"""What a calibration is made from: history, inputs, targets, and how many particles."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.text_files import read_text
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.choice import EvidenceChoice
from steppe.model.evidence.claims import DOCUMENTS_ONLY, load_evidence
from steppe.model.evidence.coded_inputs import DATED, Inputs, code_inputs
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.evidence.history import render_history
from steppe.model.evidence.series import Series, join_series, load_series, series_fingerprint
from steppe.model.parameters.discrepancy import HYPERPARAMETERS
from steppe.model.scenario.find_files import SHIPPED_HISTORY
from steppe.model.scenario.load import Scenario, load_scenario
from steppe.model.scenario.load_history import load_history

from .conclusions import conclusion_targets
from .margins import HISTORY_YEARS
from .series_latents import SPREADS
from .targets import Target, targets_from_evidence
from .variants import Variant

HASHED_INPUTS = (*DATED, "stance")


@dataclass(frozen=True)
class CalibrationPlan:
    """Particles that are simulated with these inputs through this history, and fit these targets.

    `unweighted_targets` are evaluated beside the targets but do not affect the fit.
    `variant` changes the rules of the model; None leaves them as they are. `documents_only` says
    that the public record is left out. `statements` are made-up documents: of each target,
    whether they say that it holds or that it does not; None for what the targets say. `series`
    are fitted beside the targets; without any, nothing of them is read.
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
    series: tuple[Series, ...] = ()

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
        if self.series:
            parts.append([series_fingerprint(self.series), HYPERPARAMETERS, SPREADS])
        digest = sha256(json.dumps(parts).encode())
        for name in HASHED_INPUTS:
            digest.update(np.ascontiguousarray(getattr(self.inputs, name)).tobytes())
        return digest.hexdigest()[:16]


def make_plan(evidence_folder: Path | None, seed: int, particles: int) -> CalibrationPlan:
    """Plan for the shipped claims, joined by a user's own if a folder is given.

    With `DOCUMENTS_ONLY` the public record is left out of inputs and history.

    Raises
    ------
    RequestError
        If the shipped history is not the one that the shipped claims give.
    """
    evidence, cast = load_evidence(evidence_folder), default_cast()
    if evidence_folder != DOCUMENTS_ONLY and (
        read_text(SHIPPED_HISTORY) != render_history(load_evidence(), cast)
    ):
        raise RequestError(
            f"{SHIPPED_HISTORY} is not the history that the claims give; refresh it first: "
            "python -m steppe.experiments.generated"
        )
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


def plan_of(evidence: EvidenceChoice, seed: int, particles: int) -> CalibrationPlan:
    """Plan for claims and the series that were chosen, one for each observable.

    Raises
    ------
    RequestError
        If a series goes on after history, which is all that is learnt from.
    """
    plan = make_plan(evidence.claims, seed, particles)
    series = join_series(load_series(evidence.series))
    for row in series:
        if row.years[-1] not in HISTORY_YEARS:
            raise RequestError(
                f"{row.name}: goes on to {row.years[-1]}, and what is learnt from must lie in "
                f"history, which ends with {HISTORY_YEARS[-1]}; leave later years out in the "
                "record (`leave_out`)"
            )
    return replace(plan, series=series)


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
