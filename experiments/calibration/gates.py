"""Gates: what a sample must pass before a posterior is written."""

from __future__ import annotations

from dataclasses import dataclass

from steppe.model.core.errors import IncompleteRunError
from steppe.model.core.number_text import format_fixed

from .fit import Fit
from .tempered_smc import FORGOTTEN


@dataclass(frozen=True)
class Gates:
    """Limits on a fit of two runs.

    disagreement : of the two in how often any target is met. effective_size : at least, of both.
    """

    disagreement: float
    effective_size: float


FULL_GATES = Gates(0.03, 1000.0)
QUICK_GATES = Gates(0.1, 250.0)


def failed_gates(fit: Fit, gates: Gates) -> list[str]:
    """Which gates a fit does not pass, and why."""
    failed = []
    differences = fit.disagreement
    worst = int(differences.argmax())
    if differences[worst] >= gates.disagreement:
        failed.append(
            f"two runs differ by {format_fixed(differences[worst], 3)} in how often the target "
            f"{fit.plan.targets[worst].id} is met (below {gates.disagreement:g}): too few particles"
        )
    if fit.effective_size < gates.effective_size:
        failed.append(
            f"the effective size is {format_fixed(fit.effective_size, 0)} (at least "
            f"{gates.effective_size:g}): too many particles descend from few"
        )
    if fit.correlation >= FORGOTTEN:
        failed.append(
            "the correlation with the start of the final moves is "
            f"{format_fixed(fit.correlation)} (below {FORGOTTEN:g}): particles hardly move"
        )
    return failed


def check_gates(fit: Fit, gates: Gates) -> None:
    """Raise IncompleteRunError, which says what fails and why, if a fit does not pass."""
    failed = failed_gates(fit, gates)
    if failed:
        raise IncompleteRunError(
            f"the posterior does not pass its gates: {'; '.join(failed)}; nothing was written; "
            "try more --particles"
        )
