"""Combinations of parameters under which the model could oscillate or settle in two places."""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed
from steppe.model.equations import adjustment_rate

BEST_REPLY_LIMIT = 0.9
OSCILLATION_LIMIT = 2.0


class GuardError(RequestError, ValueError):
    """Parameters under which the model may have two equilibria, or oscillate."""


def reply_strength(lambda_: FloatArray, theta: FloatArray, chi: FloatArray) -> FloatArray:
    """How strongly powers reply to each other, (m,); must stay below `BEST_REPLY_LIMIT`."""
    return lambda_ * theta * (1 + chi / 2)


def hedging_swing(fastest_rate: FloatArray, rho: FloatArray) -> FloatArray:
    """How far a republic corrects itself in a quarter; must stay below `OSCILLATION_LIMIT`.

    Parameters
    ----------
    fastest_rate : (m,), the highest adjustment rate among the channels. rho : (m,).
    """
    return fastest_rate * (1 + rho / 2)


def broken_guards(
    lambda_: FloatArray, theta: FloatArray, chi: FloatArray, h: FloatArray, rho: FloatArray
) -> BoolArray:
    """Members whose best replies may have two equilibria, or whose hedging may oscillate.

    Parameters
    ----------
    lambda_, theta, chi, rho : (m,); h : (channels, m) quarters.

    Returns
    -------
    (m,) booleans.
    """
    two_equilibria = reply_strength(lambda_, theta, chi) >= BEST_REPLY_LIMIT
    oscillates = hedging_swing(adjustment_rate(h).max(axis=0), rho) >= OSCILLATION_LIMIT
    return np.logical_or(two_equilibria, oscillates)


def require_guards(
    lambda_: FloatArray,
    theta: FloatArray,
    chi: FloatArray,
    h: FloatArray,
    rho: FloatArray,
    members: IntArray | None = None,
) -> None:
    """Refuse members that break a guard.

    Parameters
    ----------
    As for `broken_guards`. members : (m,), their numbers; by default 0, 1, 2, ...

    Raises
    ------
    GuardError
        With the first such member and what to change.
    """
    broken = broken_guards(lambda_, theta, chi, h, rho)
    if not broken.any():
        return
    first = int(np.argmax(broken))
    reply = reply_strength(lambda_, theta, chi)[first]
    swing = hedging_swing(adjustment_rate(h).max(axis=0), rho)[first]
    member = first if members is None else int(members[first])
    raise GuardError(
        f"{int(broken.sum())} of {broken.size} members break a guard, "
        f"the first being member {member}: "
        f"lambda_ * theta * (1 + chi/2) is {format_fixed(reply)} and must stay below "
        f"{BEST_REPLY_LIMIT:g}, max kappa * (1 + rho/2) is {format_fixed(swing)} and must stay "
        f"below {OSCILLATION_LIMIT:g}; "
        "lower lambda_, theta, chi or rho"
    )
