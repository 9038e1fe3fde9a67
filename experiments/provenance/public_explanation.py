"""`steppe.explain`: where a number, a name or a term comes from, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steppe.model.core.errors import RequestError
from steppe.model.evidence.choice import choose_evidence, evidence_words

from .explain import explain as find_explanation
from .explanation_text import format_explanation


class Explanation(dict[str, Any]):
    """What is behind a name, as data; it prints as text."""

    def __str__(self) -> str:
        return format_explanation(self)

    __repr__ = __str__


def explain(*names: str, evidence: str | Path | Sequence[str | Path] | None = None) -> Explanation:
    """Explain a number, a name or a term, as `steppe explain` does.

    Parameters
    ----------
    names : a power, a republic and a channel for a cell in full; two powers for how they regard
        each other; fewer names for every coded value that they share. Or one parameter, claim,
        document, institution, scenario, lever, event or term such as `autonomy`.
    evidence : a folder with claims or series of your own, `measured` for the series that ship, or
        `documents-only`; or several of them.

    Returns
    -------
    A dictionary of what was found; `print` shows it as text, with documents and lines.

    Raises
    ------
    RequestError
        If a name is unknown (with the nearest), or two are of the same kind.

    Examples
    --------
    >>> import steppe
    >>> steppe.explain("rho")["unit"]
    'per unit excess dependence'
    """
    if not all(isinstance(name, str) for name in names):
        raise RequestError("explain takes names, such as explain('Russia', 'Kazakhstan')")
    chosen = choose_evidence(evidence_words(evidence))
    return Explanation(find_explanation(names, chosen.claims, chosen.series))
