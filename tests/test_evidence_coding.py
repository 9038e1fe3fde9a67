"""What removing claims does to coded values, and what the fingerprint of the evidence follows."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from evidence_files import CAST, evidence_of, made

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import parse_quarter
from steppe.model.evidence import claim_schema
from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import DATED, Inputs, Trail, code_inputs
from steppe.model.evidence.coding import CodedValue
from steppe.model.evidence.fingerprint import fingerprint

# Removing claims

FIELDS = {  # of claims that a coded value of this kind takes its names from
    "tie": ("powers", "republics", "channels"),
    "interest": ("powers", "republics", "channels"),
    "need": ("powers", "republics", "channels"),
    "supply": ("powers", "channels"),
    "relation": ("powers", "toward"),
    "budget": ("powers",),
    "stance": ("powers", "republics"),
    "threat": ("republics",),
    "institution": ("institution", "channels"),
}
POOLED = {  # what a cell under silence shares with those that it is pooled from
    "tie": ("powers", "channels"),
    "interest": ("powers", "channels"),
    "need": ("powers", "channels"),
    "supply": ("powers",),
    "stance": (),
}


def speaks_of(claim: Claim, key: tuple[str, ...], fields: tuple[str, ...]) -> bool:
    """Whether an input claim names these actors of a coded value, told without the coder."""
    if claim.use != "input" or not gives(claim, key[0]):
        return False
    named = dict(zip(FIELDS[key[0]], key[1:], strict=True))
    anyone = ("powers",) if claim.kind in ("need", "stance") and not claim.powers else ()
    return all(
        field in anyone
        or named[field] == getattr(claim, field)
        or (field != "institution" and named[field] in getattr(claim, field))
        for field in fields
    )


def gives(claim: Claim, kind: str) -> bool:
    """Whether a claim gives coded values of a kind; an event on ties gives a tie before it."""
    return claim.kind == kind or (kind == "tie" and claim.moves == "ties")


def covers(claim: Claim, key: tuple[str, ...]) -> bool:
    """Whether an input claim speaks of a coded value at some time in history."""
    speaks = speaks_of(claim, key, FIELDS[key[0]])
    return speaks and parse_quarter(claim.period[0]) < parse_quarter(2020)


def coded_spells(coded: list[CodedValue]) -> list[CodedValue]:
    return [value for value in coded if value.status == "coded"]


def names_of(coded: list[CodedValue]) -> set[str]:
    return {name for value in coded for name in value.claims}


def assert_removal_is_exact(evidence: Evidence, before: Trail, *removed: str) -> None:
    """Values that rest on the claims change or lose them; others stay, but for those pooled."""
    after = code_inputs(evidence.without(*removed), CAST).trail
    gone = [evidence.claim(name) for name in removed]
    for key, coded in before.items():
        left = [
            claim for claim in evidence.claims if claim.id not in removed and covers(claim, key)
        ]
        assert bool(coded_spells(after[key])) == bool(left), key
        if set(removed) & names_of(coded):
            assert not set(removed) & names_of(after[key]), key
            continue
        pooled = key[0] in POOLED and any(
            speaks_of(claim, key, POOLED[key[0]]) for claim in gone if gives(claim, key[0])
        )
        if pooled:
            assert coded_spells(after[key]) == coded_spells(coded), key
        else:
            assert after[key] == coded, key


def coded_claims(evidence: Evidence) -> list[Claim]:
    """Input claims that give coded values."""
    return [
        claim
        for claim in evidence.claims
        if claim.use == "input" and claim.kind not in ("event", "date")
    ]


def test_a_removed_claim_moves_exactly_what_rests_on_it():
    evidence = load_evidence()
    before = code_inputs(evidence, CAST).trail
    for claim in coded_claims(evidence)[::15]:
        assert_removal_is_exact(evidence, before, claim.id)


def weights(inputs: Inputs) -> list[FloatArray]:
    return [row.weight for row in inputs.institutions]


@pytest.mark.slow  # codes all inputs anew for each input claim
def test_few_claims_move_no_coded_value(monkeypatch):
    monkeypatch.setattr(claim_schema, "parse_quarter", cache(claim_schema.parse_quarter))
    evidence = load_evidence()
    before = code_inputs(evidence, CAST)

    def moves(claim: Claim) -> bool:
        after = code_inputs(evidence.without(claim.id), CAST)
        arrays = [
            *((getattr(before, name), getattr(after, name)) for name in (*DATED, "stance")),
            *zip(weights(before), weights(after), strict=True),
        ]
        return any((array != other).any() for array, other in arrays)

    claims = coded_claims(evidence)
    assert len(claims) > 200
    assert sum(not moves(claim) for claim in claims) < 40


def test_a_removed_document_moves_exactly_what_rests_on_it():
    evidence = load_evidence()
    assert_removal_is_exact(
        evidence,
        code_inputs(evidence, CAST).trail,
        *(claim.id for claim in evidence.claims if evidence.document_of[claim.id] == "essay-2010"),
    )


def test_without_its_only_claim_a_value_is_assumed():
    tie = {"powers": "Russia", "channels": "economic"}
    evidence = evidence_of(
        made("only", "tie", 3, republics="Kazakhstan", **tie),
        made("other", "tie", 1, republics="Kyrgyzstan", **tie),
    )
    series = code_inputs(evidence.without("only"), CAST).ties[0, :2, 0, 0]
    assert series == pytest.approx([1 / 6, 1 / 3])  # half of the neighbour's level 1


def test_without_claims_everything_is_assumption():
    inputs = code_inputs(evidence_of(), CAST)
    assert {value.status for coded in inputs.trail.values() for value in coded} == {"assumption"}
    assert (
        np.all(inputs.ties == 0.15)
        and np.all(inputs.interests == 1 / 3)
        and np.all(inputs.needs == 1 / 3)
        and np.all(inputs.supply == 0.15)
    )
    assert not inputs.relations.any() and not inputs.ln_means.any() and not inputs.threat.any()


# The fingerprint


def test_the_fingerprint_follows_levels_and_not_wording():
    evidence = load_evidence()

    def with_change(**change) -> str:
        first, *_others = evidence.inputs("tie")
        kept = [claim for claim in evidence.claims if claim.id != first.id]
        changed = (*kept, first.model_copy(update=change))
        return fingerprint(replace(evidence, claims=changed))

    same = fingerprint(evidence)
    assert with_change() == same
    assert (
        with_change(says="told in other words altogether") == same
        and with_change(reason="no reason at all") == same
        and with_change(want="something else") == same
    )
    assert with_change(level=0.1) != same and with_change(confidence="medium") != same
    assert with_change(period=(1991, 1992)) != same
    assert fingerprint(evidence.without(evidence.inputs("tie")[0].id)) != same
