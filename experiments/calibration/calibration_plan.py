"""What a calibration simulates: which draws, through which history, against which targets."""

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
    """Prior draws to simulate with these inputs and this history, weighted by these targets.

    `unweighted_targets` are evaluated beside the targets but do not affect the weights.
    `variant` changes the rules of the model; None leaves them as they are. `documents_only` says
    that the public record is left out.
    """

    history: Scenario
    inputs: Inputs
    targets: tuple[Target, ...]
    seed: int
    draw_count: int
    shipped_evidence_fingerprint: str
    unweighted_targets: tuple[Target, ...] = ()
    variant: Variant | None = None
    documents_only: bool = False

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Every target whose margin is computed: weighted first, then unweighted."""
        return (*self.targets, *self.unweighted_targets)

    @property
    def identity(self) -> str:
        """Hash of everything that determines the draws; names the folder an interrupted run left.

        The number of draws is left out: a longer run reuses the files of a shorter one.
        """
        parts = [
            self.history.fingerprint,
            self.shipped_evidence_fingerprint,
            MODEL_VERSION,
            self.seed,
            [repr(target) for target in self.all_targets],
            [self.variant.name, self.variant.says] if self.variant else None,
        ]
        digest = sha256(json.dumps(parts).encode())
        for name in HASHED_INPUTS:
            digest.update(np.ascontiguousarray(getattr(self.inputs, name)).tobytes())
        return digest.hexdigest()[:16]


def make_plan(evidence_folder: Path | None, seed: int, draw_count: int) -> CalibrationPlan:
    """Plan for the shipped claims, joined by a user's own if a folder is given.

    With `DOCUMENTS_ONLY` the public record is left out of inputs and history.
    """
    evidence, cast = load_evidence(evidence_folder), default_cast()
    return CalibrationPlan(
        load_history(evidence_folder),
        code_inputs(evidence, cast),
        targets_from_evidence(evidence),
        seed,
        draw_count,
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
        plan.draw_count,
        fingerprint(evidence),
        tuple(target for target in plan.targets if target.document == document),
    )
