"""Coverage of the coded values by claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.number_text import format_percent
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import code_inputs
from steppe.model.evidence.coding import CodedValue
from steppe.model.evidence.systems import load_systems

NAMED, REGION, ASSUMPTION = "named", "region", "assumption"
BASES = (NAMED, REGION, ASSUMPTION)  # of a coded value, the best first
MARKS = {NAMED: "#", REGION: "+", ASSUMPTION: "."}


def count_coverage(evidence_folder: Path | None = None) -> dict[str, Any]:
    """Evidenced and assumed values by kind, and for ties by power, republic and channel."""
    cast = default_cast()
    evidence = load_evidence(evidence_folder)
    trail = code_inputs(evidence, cast).trail
    kinds: dict[str, dict[tuple[str, ...], str]] = defaultdict(dict)
    for key, coded in trail.items():
        # a need is counted once, whoever may meet it, and a stance once, towards whomever
        place = key[2:] if key[0] in ("need", "stance") else key[1:]
        basis = _basis(coded, key, evidence, cast)
        kinds[key[0]][place] = min(kinds[key[0]].get(place, basis), basis, key=BASES.index)
    rows = {
        kind: {
            "coded": sum(basis != ASSUMPTION for basis in bases.values()),
            "named": sum(basis == NAMED for basis in bases.values()),
            "assumption": sum(basis == ASSUMPTION for basis in bases.values()),
        }
        for kind, bases in kinds.items()
    }
    ties = {" / ".join(place): basis for place, basis in kinds["tie"].items()}
    uses: dict[str, int] = defaultdict(int)
    for claim in evidence.claims:
        uses[claim.use] += 1
    systems = load_systems()
    left_out = {name: system.left_out for name, system in systems.items() if system.left_out}
    total = sum(len(bases) for bases in kinds.values())
    return {
        "share_evidenced": round(sum(row["coded"] for row in rows.values()) / total, 3),
        "share_named": round(sum(row["named"] for row in rows.values()) / total, 3),
        "values": total,
        "kinds": rows,
        "claims": dict(uses),
        "ties": ties,
        "systems": {"represented": len(systems) - len(left_out), "left_out": left_out},
    }


def _basis(
    coded: Sequence[CodedValue], key: tuple[str, ...], evidence: Evidence, cast: Cast
) -> str:
    """Whether a value rests on claims that name its republic, on others, or on none."""
    names = [name for value in coded if value.status == "coded" for name in value.claims]
    if not names:
        return ASSUMPTION
    claims = [evidence.claim(name) for name in names]
    if not set(key) & set(cast.republic_names):  # a value of powers or of an organisation
        return NAMED
    everyone = len(cast.republics)
    return NAMED if any(len(claim.republics) < everyone for claim in claims) else REGION


def format_coverage(table: dict[str, Any]) -> str:
    """The coverage as text, ties as a grid."""
    cast = default_cast()
    lines = [
        f"{format_percent(table['share_evidenced'])} of {table['values']} coded values are based "
        f"on claims, {format_percent(table['share_named'])} on claims that name the republic\n"
        "(where there is one); the others are assumptions",
        "",
    ]
    lines += [
        f"{kind:<12} {row['coded']:>3} coded, {row['named']:>3} by name  "
        f"{row['assumption']:>3} assumption"
        for kind, row in table["kinds"].items()
    ]
    lines += [
        "",
        "ties (# a claim names the republic, + one on the region, . assumption; economic, "
        "security, soft power)",
        " " * 16 + "".join(f"{name:<14}" for name in cast.republic_names),
    ]
    for power in cast.power_names:
        marks = [
            "".join(
                MARKS[table["ties"][f"{power} / {republic} / {channel}"]]
                for channel in cast.channel_names
            )
            for republic in cast.republic_names
        ]
        lines.append(f"{power:<16}" + "".join(f"{mark:<14}" for mark in marks))
    counts = ", ".join(f"{number} {use}" for use, number in table["claims"].items())
    systems = table["systems"]
    lines += [
        "",
        f"claims: {counts}",
        f"subjects of the documents: {systems['represented']} represented, "
        f"{len(systems['left_out'])} left out",
    ]
    return "\n".join(
        [*lines, *(f"    {name}: {reason}" for name, reason in systems["left_out"].items())]
    )
