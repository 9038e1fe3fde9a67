"""From claims to coded values: what removing a claim does, and the coding rules worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_files import CAST

from steppe.model.core.calendar import parse_quarter
from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import code_inputs
from steppe.model.evidence.coding import Coder, stance_to_alpha, stance_to_tolerance
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.evidence.levels import level_lookup

# Removing claims


def covers(claim: Claim, key: tuple[str, ...]) -> bool:
    """Whether an input claim speaks of a coded value, told without the coder."""
    fields = {
        "tie": ("powers", "republics", "channels"),
        "interest": ("powers", "republics", "channels"),
        "need": ("republics", "channels"),
        "supply": ("powers", "channels"),
        "relation": ("powers", "toward"),
        "budget": ("powers",),
        "stance": ("republics",),
        "threat": ("republics",),
    }
    if claim.use != "input" or claim.kind != key[0]:
        return False
    if claim.kind == "institution":
        return claim.institution == key[1]
    within = claim.kind != "threat" or parse_quarter(claim.period[0]) < parse_quarter(2020)
    return within and all(
        name in getattr(claim, field)
        for field, name in zip(fields[claim.kind], key[1:], strict=True)
    )


def statuses(trail) -> dict[tuple[str, ...], str]:
    return {key: coded[0].status for key, coded in trail.items()}


def assert_removal_is_exact(evidence: Evidence, *removed: str) -> None:
    """Only values that no other claim covers become assumptions; all other values stay."""
    before = code_inputs(evidence, CAST).trail
    after = code_inputs(evidence.without(*removed), CAST).trail
    for key, coded in before.items():
        left = [
            claim for claim in evidence.claims if claim.id not in removed and covers(claim, key)
        ]
        assert after[key][0].status == ("coded" if left else "assumption"), key
        if coded[0].status == "coded" and not set(removed) & {
            name for value in coded for name in value.claims
        }:
            assert after[key] == coded, key


def test_a_removed_claim_makes_exactly_the_values_on_it_assumptions():
    evidence = load_evidence()
    inputs = [claim for claim in evidence.claims if claim.use == "input" and claim.kind != "event"]
    for claim in [*inputs[::20], evidence.by_id("essay-kazakh-oil-btc-volume")]:
        assert_removal_is_exact(evidence, claim.id)


def test_the_only_claim_behind_a_value():
    evidence = load_evidence()
    before = statuses(code_inputs(evidence, CAST).trail)
    after = statuses(code_inputs(evidence.without("essay-kazakh-oil-btc-volume"), CAST).trail)
    assert {key for key in before if before[key] != after[key]} == {
        ("tie", "European Union", "Kazakhstan", "economic")
    }


def test_a_removed_document_makes_exactly_the_values_on_it_assumptions():
    evidence = load_evidence()
    assert_removal_is_exact(
        evidence,
        *(claim.id for claim in evidence.claims if evidence.document_of[claim.id] == "essay-2010"),
    )


def test_without_claims_everything_is_assumption():
    inputs = code_inputs(Evidence((), {}, {}, {}), CAST)
    assert set(statuses(inputs.trail).values()) == {"assumption"}
    assert (
        np.all(inputs.ties == 0.15)
        and np.all(inputs.interests == 1 / 3)
        and np.all(inputs.needs == 1 / 3)
    )
    assert not inputs.relations.any() and not inputs.ln_means.any() and not inputs.threat.any()


# The coding rules


def made(
    identifier: str, kind: str, level: float, period=(2010, 2010), confidence="high", **fields
) -> Claim:
    """A made-up input claim."""
    data = {
        "id": identifier,
        "lines": [1, 1],
        "says": "made up for a test",
        "kind": kind,
        "use": "input",
        "confidence": confidence,
        "period": list(period),
        "level": level,
        **fields,
    }
    return Claim.model_validate(data, context={"cast": CAST})


def coder(*claims: Claim, second: dict[str, float] | None = None) -> Coder:
    evidence = Evidence(claims, {}, {}, second or {})
    return Coder(evidence, level_lookup(evidence))


RUSSIAN_TIE = {"kind": "tie", "powers": "Russia", "channels": "economic"}
CELL = {"powers": "Russia", "republics": "Kazakhstan", "channels": "economic"}


def test_a_cluster_is_averaged_by_confidence_and_the_largest_cluster_counts():
    one = made(
        "one",
        level=3,
        confidence="very high",
        cluster="told-twice",
        republics="Kazakhstan",
        **RUSSIAN_TIE,
    )
    two = made("two", level=1, cluster="told-twice", republics="Kazakhstan", **RUSSIAN_TIE)
    alone = made("alone", level=2, republics="Kazakhstan", **RUSSIAN_TIE)
    together = (0.95 * 3 + 0.8 * 1) / (0.95 + 0.8)  # 2.0857
    assert coder(one, two, alone).ordinal("tie", **CELL).value == pytest.approx(together / 3)
    assert coder(one, two, alone).ordinal("tie", **CELL).claims == ("one", "two", "alone")
    stronger = made("stronger", level=2.5, republics="Kazakhstan", **RUSSIAN_TIE)
    assert coder(one, two, stronger).ordinal("tie", **CELL).value == pytest.approx(2.5 / 3)


def test_the_two_codings_are_averaged():
    claim = made("one", level=3, republics="Kazakhstan", **RUSSIAN_TIE)
    assert coder(claim, second={"one": 2}).ordinal("tie", **CELL).value == pytest.approx(2.5 / 3)


def test_the_particular_outranks_the_general():
    general = made("general", level=3, republics="all", **RUSSIAN_TIE)
    most_specific = made(
        "particular", level=1, republics=["Kazakhstan", "Kyrgyzstan"], **RUSSIAN_TIE
    )
    three = made(
        "three", level=2, republics=["Kazakhstan", "Tajikistan", "Uzbekistan"], **RUSSIAN_TIE
    )
    coding = coder(general, most_specific, three)
    values = [
        coding.ordinal("tie", powers="Russia", republics=name, channels="economic").value * 3
        for name in CAST.republic_names
    ]
    assert values == pytest.approx(
        [1, 1, 3, 3, 3]
    )  # Kazakhstan and Kyrgyzstan by the particular; three republics are general
    assert (
        coding.ordinal("tie", powers="China", republics="Kazakhstan", channels="economic") is None
    )


def test_for_supply_the_particular_is_about_powers():
    general = made(
        "general", "supply", 3, powers=["Russia", "China", "United States"], channels="economic"
    )
    most_specific = made("particular", "supply", 1, powers="China", channels="economic")
    series, _ = coder(general, most_specific).over_time(
        "supply", powers="China", channels="economic"
    )
    assert series == pytest.approx(1 / 3)
    series, _ = coder(general, most_specific).over_time(
        "supply", powers="Russia", channels="economic"
    )
    assert series == pytest.approx(1)


def test_where_no_claim_covers_a_quarter_the_nearest_speaks():
    early = made("early", "supply", 1, (2001, 2001), powers="China", channels="economic")
    late = made("late", "supply", 3, (2010, 2010), powers="China", channels="economic")
    series, spells = coder(early, late).over_time("supply", powers="China", channels="economic")
    turn = parse_quarter("2006Q1")  # 17 quarters after 2001Q4, 16 before 2010Q1
    assert series[:turn] == pytest.approx(1 / 3) and series[turn:] == pytest.approx(1)
    assert [spell.claims for spell in spells] == [("early",), ("late",)]


def test_relations_are_the_mean_of_clusters():
    rival = made("rival", "relation", 3, powers="Russia", toward="China")
    partner = made("partner", "relation", -1, powers="Russia", toward="China")
    series, _ = coder(rival, partner).over_time(
        "relation", balance=True, powers="Russia", toward="China"
    )
    assert series == pytest.approx(1 / 3)  # (3 - 1) / 2 = 1, of 3


def test_a_budget_is_spread_over_its_period_and_kept():
    growth = made("growth", "budget", 2, (2001, 2001), powers="China")
    series, claims = coder(growth).budget("China")
    assert series[:9] == pytest.approx([0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.4]) and series[
        -1
    ] == pytest.approx(0.4)
    assert claims == ("growth",)
    cut = made("cut", "budget", -1, (2001, 2002), powers="China")
    series, _ = coder(growth, cut).budget("China")
    pace_of_both = (0.2 * 2 / 4 - 0.2 * 1 / 8) / 2  # 0.0375 a quarter while both speak, then -0.025
    assert series[7] == pytest.approx(4 * pace_of_both) and series[-1] == pytest.approx(0.15 - 0.1)


def test_a_threat_holds_within_its_period_only():
    incursion = made("incursion", "threat", 2, ("2010Q2", "2010Q3"), republics="Tajikistan")
    worry = made("worry", "threat", 1, (2010, 2010), republics="all")
    first = parse_quarter("2010Q1")
    series, _ = coder(incursion).threat("Tajikistan")
    assert series[first : first + 4] == pytest.approx(
        [0, 2 / 3, 2 / 3, 0]
    ) and series.sum() == pytest.approx(4 / 3)
    series, _ = coder(incursion, worry).threat("Tajikistan")
    assert series[first : first + 4] == pytest.approx([1 / 3, 2 / 3, 2 / 3, 1 / 3])
    late = made("late", "threat", 3, (2030, 2030), republics="Tajikistan")
    assert coder(late).threat("Tajikistan")[1] == ()


def test_stance_becomes_alpha_and_tolerance():
    assert stance_to_alpha(0) == pytest.approx(1.3) and stance_to_alpha(1) == pytest.approx(2.2)
    assert stance_to_tolerance(0) == pytest.approx(0.08) and stance_to_tolerance(
        1
    ) == pytest.approx(-0.08)
    claims = (
        made("bargains", "stance", 1, republics="Kazakhstan"),
        made("balances", "stance", 2, republics="Kazakhstan"),
    )
    inputs = code_inputs(Evidence(claims, {}, {}, {}), CAST)
    assert inputs.alpha_means["Kazakhstan"] == pytest.approx(
        1.75
    )  # mean level 1.5, half of the scale
    assert inputs.alpha_means["Uzbekistan"] == pytest.approx(1.75)  # no claim: mean of the others
    assert inputs.tolerance_offset[0] == pytest.approx(0)


def test_values_without_claims_are_pooled():
    claims = (
        made("strong", level=3, republics="Kazakhstan", **RUSSIAN_TIE),
        made("weak", level=1, republics="Kyrgyzstan", **RUSSIAN_TIE),
        made("wanted", "need", 2, republics="Kazakhstan", channels="economic"),
        made("vital", "interest", 3, powers="China", republics="Kazakhstan", channels="economic"),
        made("offer", "supply", 3, powers="China", channels="economic"),
        made("less", "supply", 1, powers="Russia", channels="economic"),
    )
    inputs = code_inputs(Evidence(claims, {}, {}, {}), CAST)
    assert inputs.ties[0, :, 0] == pytest.approx(
        [1, 1 / 3, 1 / 3, 1 / 3, 1 / 3]
    )  # half the mean of 1 and 1/3
    assert inputs.ties[1, 0, 0] == pytest.approx(0.15)
    assert inputs.needs[:, 0] == pytest.approx(2 / 3) and inputs.needs[:, 1] == pytest.approx(1 / 3)
    assert inputs.interests[1, :, 0] == pytest.approx(1) and inputs.interests[
        0, 0, 0
    ] == pytest.approx(1 / 3)
    assert inputs.supply[2, 0, 0] == pytest.approx(2 / 3)  # mean of 1 and 1/3


def test_the_fingerprint_follows_levels_and_not_wording():
    evidence = load_evidence()

    def with_change(**change) -> str:
        first, *_others = evidence.inputs("tie")
        kept = [claim for claim in evidence.claims if claim.id != first.id]
        return fingerprint(
            Evidence((*kept, first.model_copy(update=change)), {}, {}, evidence.second_coding)
        )

    same = fingerprint(evidence)
    assert with_change() == same
    assert (
        with_change(says="told in other words altogether") == same
        and with_change(reason="no reason at all") == same
    )
    assert with_change(level=0.5) != same and with_change(confidence="medium") != same
    assert fingerprint(evidence.without(evidence.inputs("tie")[0].id)) != same
