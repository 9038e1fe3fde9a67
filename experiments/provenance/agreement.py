"""How far the two blind codings agree, on what a passage is and on its level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from steppe.model.core.number_text import format_fixed, format_percent
from steppe.model.core.optional_packages import require_packages
from steppe.model.evidence.codings import Codings, Reading, load_codings

FIELDS = ("powers", "toward", "republics", "channels")
NOTE = (
    "Both coders read the documents and the codebook alone. They were made alike, so agreement is "
    "an upper bound on what strangers would reach."
)


def measure_agreement() -> dict[str, Any]:
    """Agreement on units, kind, use, actors and period, and on levels by kind.

    Alpha is Krippendorff's: nominal for kind and use, ordinal for levels. Levels are compared where
    both coders chose the same kind.
    """
    require_packages("evidence", "krippendorff")
    codings = load_codings()
    pairs = _first_readings(codings)
    levels: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for first, second in pairs:
        if first.kind == second.kind and first.level is not None and second.level is not None:
            levels[first.kind].append((first.level, second.level))
    return {
        "units": _agreement_on_units(codings),
        "choices": {
            "kind": _nominal([(first.kind, second.kind) for first, second in pairs]),
            "use": _nominal([(first.use, second.use) for first, second in pairs]),
            "actors": _alike([_actors(first) == _actors(second) for first, second in pairs]),
            "period": _alike([first.period == second.period for first, second in pairs]),
            "bands": _alike([band.first == band.second for band in codings.bands.values()]),
            "stances": _alike([one.first == one.second for one in codings.stances.values()]),
        },
        "levels": {kind: ordinal_agreement(np.array(found).T) for kind, found in levels.items()},
        "settled": sum(map(len, codings.settled.values())),
        "note": NOTE,
    }


def _first_readings(codings: Codings) -> list[tuple[Reading, Reading]]:
    """The first reading of each coder, of every unit that both found to be a statement."""
    return [
        (codings.first[number][0], codings.second[number][0])
        for number in codings.units
        if codings.first.get(number) and codings.second.get(number)
    ]


def _agreement_on_units(codings: Codings) -> dict[str, Any]:
    """How often both coders found as many statements in a passage."""
    counts = [
        (len(codings.first.get(number, ())), len(codings.second.get(number, ())))
        for number in codings.units
    ]
    return _alike([one == other for one, other in counts])


def _actors(reading: Reading) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(getattr(reading, field)) for field in FIELDS)


def _alike(flags: Sequence[bool]) -> dict[str, Any]:
    return {"units": len(flags), "alike": round(float(np.mean(flags)), 3)}


def _nominal(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Nominal agreement of two codings in words."""
    import krippendorff

    words = sorted({word for pair in pairs for word in pair})
    codes = np.array([[words.index(word) for word in pair] for pair in pairs], dtype=float).T
    alpha = float(krippendorff.alpha(reliability_data=codes, level_of_measurement="nominal"))
    return _alike([one == other for one, other in pairs]) | {"alpha": round(alpha, 3)}


def ordinal_agreement(codings: np.ndarray) -> dict[str, Any]:
    """Agreement of two codings, (2, units); alpha is 1 if there is only one level in both."""
    import krippendorff

    one_level = len(np.unique(codings)) == 1
    alpha = (
        1.0
        if one_level
        else float(krippendorff.alpha(reliability_data=codings, level_of_measurement="ordinal"))
    )
    return {
        "units": codings.shape[1],
        "alpha": round(alpha, 3),
        "alike": round(float((codings[0] == codings[1]).mean()), 3),
        "two_or_more_apart": int((np.abs(codings[0] - codings[1]) >= 2).sum()),
    }


def format_agreement(table: dict[str, Any]) -> str:
    """The agreement as text."""
    lines = [f"{'choice':<12} {'units':>5} {'alpha':>6} {'alike':>6}"]
    for name, row in {"statements": table["units"], **table["choices"]}.items():
        alpha = format_fixed(row["alpha"]) if "alpha" in row else ""
        lines.append(f"{name:<12} {row['units']:>5} {alpha:>6} {format_percent(row['alike']):>6}")
    lines += [
        "",
        f"{'level of':<12} {'units':>5} {'alpha':>6} {'alike':>6}  two or more levels apart",
    ]
    lines += [
        f"{kind:<12} {row['units']:>5} {format_fixed(row['alpha']):>6} "
        f"{format_percent(row['alike']):>6}  {row['two_or_more_apart']}"
        for kind, row in table["levels"].items()
    ]
    return "\n".join(
        [
            *lines,
            "",
            f"{table['settled']} differences between the claims and the codings are settled in "
            "writing (model/evidence/codings/settled.yaml).",
            "Levels less than two apart: the mean is used; otherwise a further reading settled it.",
            table["note"],
        ]
    )
