"""The seven rules between claims and numbers, each on a few claims and worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evidence_files import CAST, coded, coder, evidence_of, made

from steppe.model.core.calendar import parse_quarter
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.evidence.coding import CodedValue, Coder
from steppe.model.evidence.institutions import InstitutionRow, body_of, load_institutions

# confidence: very high 0.95, high 0.8, fair 0.65, medium 0.5
RUSSIAN = {"kind": "tie", "powers": "Russia", "channels": "economic"}
KAZAKH = {"republics": "Kazakhstan", **RUSSIAN}
CELL = {"powers": "Russia", "republics": "Kazakhstan", "channels": "economic"}
RUSSIA, CHINA, AMERICA, EUROPE = 0, 1, 2, 3
KAZAKHSTAN, KYRGYZSTAN = 0, 1
ECONOMIC, SECURITY, SOFT_POWER = 0, 1, 2


def levels(spells: list[CodedValue]) -> dict[str, float]:
    """Levels on the scale of 0 to 3, by the year and quarter from which they hold."""
    return {
        f"{2000 + spell.since // 4}Q{spell.since % 4 + 1}": round(3 * spell.value, 4)
        for spell in spells
    }


# Rule 2: claims hold from their date until something ends or replaces them


def test_a_claim_gives_way_to_a_later_one_on_the_same_matter():
    first = made("first", level=3, period=(2003, 2006), cluster="gas", **KAZAKH)
    second = made("second", level=1, period=("2010Q3", 2016), cluster="gas", **KAZAKH)
    assert levels(coder(first, second).over_time("tie", **CELL)) == {"2003Q1": 3, "2010Q3": 1}


TAJIK_GAS = {**RUSSIAN, "republics": "Tajikistan", "cluster": "gas"}


def test_a_claim_does_not_give_way_to_a_later_one_on_another_matter():
    """Of the years before 2010 the second says nothing, so the first stands alone (rule 1)."""
    first = made("first", level=3, period=(2003, 2006), cluster="gas", **KAZAKH)
    second = made("second", level=1, period=(2010, 2016), cluster="oil", **KAZAKH)
    assert levels(coder(first, second).over_time("tie", **CELL)) == {"2003Q1": 3, "2010Q1": 2}


def test_what_begins_lowers_no_tie_and_makes_none_before():
    """A thin tie beside one of 3: 1.5 until it begins, then 2. Alone it leaves silence before."""
    strong = made("strong", level=3, **KAZAKH)
    thin = made("thin", level=1, period=(2010, 2019), begins=True, **KAZAKH)
    spells = coder(strong, thin).over_time("tie", **CELL)
    assert levels(spells) == {"2000Q1": 1.5, "2010Q1": 2}
    assert [spell.claims for spell in spells] == [("strong",), ("strong", "thin")]
    assert levels(coder(thin).over_time("tie", **CELL)) == {"2010Q1": 1}


def test_a_beginning_is_told_beside_another_claim_on_its_matter():
    """A sale of level 2 since 2000 and a network bought in 2014, level 3: 2, then 2.5."""
    sale = made("sale", level=2, cluster="gas", **KAZAKH)
    network = made("network", level=3, period=(2014, 2019), cluster="gas", begins=True, **KAZAKH)
    assert levels(coder(sale, network).over_time("tie", **CELL)) == {"2000Q1": 2, "2014Q1": 2.5}


def test_a_part_counts_only_while_no_claim_on_the_whole_is_in_force():
    """A range of level 1 until the base of level 3 opens; beside a loan of 2: 1.5, then 2.5."""
    site = made("site", level=1, cluster="sites", part=True, **KAZAKH)
    base = made("base", level=3, period=(2004, 2019), cluster="sites", begins=True, **KAZAKH)
    loan = made("loan", level=2, **KAZAKH)
    assert levels(coder(site, base, loan).over_time("tie", **CELL)) == {
        "2000Q1": 1.5,
        "2004Q1": 2.5,
    }
    assert coder(site, base, loan).ordinal("tie", **CELL) == coder(base, loan).ordinal(
        "tie", **CELL
    )


def test_what_is_assumed_does_not_move_with_what_others_have():
    """Two neighbours: 3 all along; 0 until 2009, 2 from 2010. Half the mean, (1 + 1/3) / 4."""
    inputs = coded(
        made("strong", level=3, republics="Kyrgyzstan", **RUSSIAN),
        made("none", level=0, period=(2000, 2009), **TAJIK_GAS),
        made("some", level=2, period=(2010, 2019), **TAJIK_GAS),
    )
    assert inputs.ties[RUSSIA, KAZAKHSTAN, ECONOMIC] == pytest.approx((1 + 1 / 3) / 4)


def test_a_structure_outlasts_its_document_though_another_speaks_on():
    """A claim of 2010 and one of 2016 on the same years: neither begins after the other stops."""
    early = made("early", level=3, period=(2000, 2010), cluster="gas", **KAZAKH)
    late = made("late", level=0, period=(2004, 2016), cluster="gas", **KAZAKH)
    assert levels(coder(early, late).over_time("tie", **CELL)) == {"2000Q1": 3, "2004Q1": 1.5}


def test_what_the_text_ends_is_over_though_nothing_takes_its_place():
    """The document speaks until 2016, so a claim to 2005 is ended by the text: 3 and 0, then 3."""
    goes_on = made("goes-on", level=3, period=(2000, 2016), **KAZAKH)
    used_to_be = made("used-to-be", level=0, period=(2000, 2005), **KAZAKH)
    spells = coder(goes_on, used_to_be, stops=2016).over_time("tie", **CELL)
    assert levels(spells) == {"2000Q1": 1.5, "2006Q1": 3}
    assert spells[1].claims == ("goes-on",)


def test_where_every_claim_is_over_the_last_value_is_assumed_to_stay():
    used_to_be = made("used-to-be", level=2, period=(2000, 2005), **KAZAKH)
    spells = coder(used_to_be, stops=2016).over_time("tie", **CELL)
    assert levels(spells) == {"2000Q1": 2, "2006Q1": 2}
    assert [spell.status for spell in spells] == ["coded", "assumption"]


def test_what_a_later_claim_has_replaced_does_not_return():
    """Of two documents; the text of the later one ends its claim in 2014."""
    early = made("early", level=3, period=(2000, 2010), cluster="gas", **KAZAKH)
    late = made("late", level=1, period=(2012, 2014), cluster="gas", **KAZAKH)
    other = made("other", level=2, **KAZAKH)
    evidence = replace(
        evidence_of(early, late, other),
        document_of={"early": "one", "late": "two", "other": "one"},
        last_quarters={"one": 43, "two": 79},
    )
    spells = Coder(evidence).over_time("tie", **CELL)
    assert levels(spells) == {"2000Q1": 2.5, "2012Q1": 1.5, "2015Q1": 2}


def test_a_want_gives_way_where_another_claim_of_its_matter_covers():
    """3 until 2010, both while both cover, and 1 after the first document stops."""
    wish = {"kind": "interest", **{key: KAZAKH[key] for key in ("powers", "republics", "channels")}}
    early = made("early", level=3, period=(2000, 2010), cluster="gas", **wish)
    late = made("late", level=1, period=(2008, 2016), cluster="gas", **wish)
    assert levels(coder(early, late).over_time("interest", **CELL)) == {
        "2000Q1": 3,
        "2008Q1": 2,
        "2011Q1": 1,
    }


def test_before_the_first_claim_a_tie_is_assumed_and_an_interest_is_as_first_coded():
    """The tie of a neighbour, level 3 all along, makes half of 1 the value under silence."""
    inputs = coded(
        made("neighbour", level=3, republics="Kyrgyzstan", **RUSSIAN),
        made("late", level=1, period=(2010, 2016), **KAZAKH),
        made(
            "wish",
            "interest",
            2,
            (2015, 2019),
            powers="China",
            republics="Kazakhstan",
            channels="economic",
        ),
    )
    tie = inputs.trail["tie", "Russia", "Kazakhstan", "economic"]
    assert [(spell.value, spell.status) for spell in tie] == [
        (0.5, "assumption"),
        (pytest.approx(1 / 3), "coded"),
    ]
    turn = parse_quarter("2010Q1")
    series = inputs.ties[RUSSIA, KAZAKHSTAN, ECONOMIC]
    assert series[turn - 1] == 0.5 and series[turn] == pytest.approx(1 / 3)
    wish = inputs.trail["interest", "China", "Kazakhstan", "economic"]
    assert [(spell.since, spell.status) for spell in wish] == [
        (0, "assumption"),
        (parse_quarter("2015Q1"), "coded"),
    ]
    assert inputs.interests[CHINA, KAZAKHSTAN, ECONOMIC] == pytest.approx(2 / 3)


def test_a_need_is_assumed_before_its_claim_and_a_relation_is_not():
    """The mean of the coded needs of the channel is that of Kyrgyzstan, level 2, until 2010."""
    inputs = coded(
        made("neighbour", "need", 2, republics="Kyrgyzstan", channels="economic"),
        made("late", "need", 1, (2010, 2016), republics="Kazakhstan", channels="economic"),
        made("rivals", "relation", 3, (2012, 2016), powers="Russia", toward="China"),
    )
    need = inputs.needs[EUROPE, KAZAKHSTAN, ECONOMIC]
    turn = parse_quarter("2010Q1")
    assert need[turn - 1] == pytest.approx(2 / 3) and need[turn] == pytest.approx(1 / 3)
    assert inputs.relations[RUSSIA, CHINA] == pytest.approx(1)
    assert inputs.trail["relation", "Russia", "China"][0].status == "assumption"


# Rule 3: matters are averaged, with their limits


def test_the_value_is_the_mean_over_matters_weighted_by_confidence():
    """Pipes: (0.95 * 3 + 0.65 * 1) / 1.6 = 2.1875 with weight 0.8; limits: 0 with weight 0.8."""
    one = made("one", level=3, confidence="very high", cluster="pipes", **KAZAKH)
    two = made("two", level=1, confidence="fair", cluster="pipes", **KAZAKH)
    limit = made("limit", level=0, **KAZAKH)
    found = coder(one, two, limit).ordinal("tie", **CELL)
    assert 3 * found.value == pytest.approx(2.1875 / 2)
    assert found.claims == ("one", "two", "limit")
    assert found.how == "mean of 2 matters, level 1.09 of 3, whatever their dates"


def test_a_claim_of_medium_confidence_counts_with_half():
    """(0.5 * 3 + 0.8 * 1 + 0.95 * 1) / (0.5 + 0.8 + 0.95) = 3.25 / 2.25."""
    claims = (
        made("hedged", level=3, confidence="medium", **KAZAKH),
        made("plain", level=1, **KAZAKH),
        made("fact", level=1, confidence="very high", **KAZAKH),
    )
    assert 3 * coder(*claims).ordinal("tie", **CELL).value == pytest.approx(3.25 / 2.25)


def test_telling_a_thing_twice_changes_nothing():
    once = made("once", level=3, cluster="pipes", **KAZAKH)
    again = made("again", level=3, cluster="pipes", **KAZAKH)
    other = made("other", level=1, **KAZAKH)
    assert (
        coder(once, again, other).ordinal("tie", **CELL).value
        == coder(once, other).ordinal("tie", **CELL).value
        == pytest.approx(2 / 3)
    )


def test_relations_are_averaged_with_their_sign():
    """(0.8 * 3 - 0.8 * 1 - 0.65 * 2) / 2.25 = 0.3 / 2.25 of a level."""
    claims = (
        made("rival", "relation", 3, powers="Russia", toward="China"),
        made("partner", "relation", -1, powers="Russia", toward="China"),
        made("friend", "relation", -2, confidence="fair", powers="Russia", toward="China"),
    )
    (spell,) = coder(*claims).over_time("relation", powers="Russia", toward="China")
    assert 3 * spell.value == pytest.approx(0.3 / 2.25)


# Rule 4: a particular claim counts beside the general one


def test_the_particular_replaces_the_general_within_its_matter_only():
    """Kazakhstan: matter pipes 1 by the particular, remittances 3. Others: pipes 3 and 3."""
    claims = (
        made("pipes", level=3, republics="all", cluster="pipes", **RUSSIAN),
        made("kazakh-pipes", level=1, cluster="pipes", **KAZAKH),
        made("remittances", level=3, republics="all", **RUSSIAN),
    )
    inputs = coded(*claims)
    assert 3 * inputs.ties[RUSSIA, :, ECONOMIC, 0] == pytest.approx([2, 3, 3, 3, 3])


@pytest.mark.parametrize(
    ("named", "level"),
    [(1, 1.0), (4, 1.0), (5, 2.0)],  # beside a claim of level 3 on all five
)
def test_a_claim_is_particular_if_it_names_fewer_than_all(named, level):
    claims = (
        made("general", level=3, republics="all", cluster="it", **RUSSIAN),
        made(
            "narrow", level=1, republics=list(CAST.republic_names[:named]), cluster="it", **RUSSIAN
        ),
    )
    assert 3 * coder(*claims).ordinal("tie", **CELL).value == pytest.approx(level)


def test_for_supply_the_particular_names_the_power_alone():
    claims = (
        made("both", "supply", 3, powers=["Russia", "China"], channels="economic", cluster="it"),
        made("china", "supply", 1, powers="China", channels="economic", cluster="it"),
    )
    inputs = coded(*claims)
    assert 3 * inputs.supply[:2, ECONOMIC, 0] == pytest.approx([3, 1])


def test_for_relations_and_budgets_too_the_particular_names_the_power_alone():
    """Of both: -1 towards America, and 0.1 a quarter. Of China alone: 3, and -0.05 a quarter."""
    both, alone = {"powers": ["Russia", "China"]}, {"powers": "China"}
    inputs = coded(
        made("both-views", "relation", -1, toward="United States", cluster="view", **both),
        made("view", "relation", 3, toward="United States", cluster="view", **alone),
        made("both-means", "budget", 2, (2001, 2001), cluster="means", **both),
        made("means", "budget", -1, (2001, 2001), cluster="means", **alone),
    )
    assert 3 * inputs.relations[:2, AMERICA, 0] == pytest.approx([-1, 3])
    assert inputs.ln_means[:2, -1] == pytest.approx([0.4, -0.2])


def test_a_later_claim_on_the_region_follows_an_earlier_particular_one():
    """Kazakhstan: 1 by its own claim while that covers and until the region is spoken of again."""
    claims = (
        made("then", level=1, period=(2002, 2004), cluster="it", **KAZAKH),
        made("later", level=3, period=(2010, 2016), republics="all", cluster="it", **RUSSIAN),
    )
    assert levels(coder(*claims).over_time("tie", **CELL)) == {"2002Q1": 1, "2010Q1": 3}


# Rule 5: organs and successors are one body


def test_an_organ_counts_as_a_matter_of_its_organisation_in_its_channels():
    """Economic: the treaty, 2. Security: the treaty, 2, and a standing office, 3, fair."""
    claims = (
        made("treaty", "institution", 2, institution="SCO", channels=["economic", "security"]),
        made("office", "institution", 3, institution="SCO", channels="security", confidence="fair"),
    )
    inputs = coded(*claims)
    (body,) = [item for item in inputs.institutions if item.name == "SCO"]
    both = (0.8 * 2 + 0.65 * 3) / 1.45
    assert 3 * body.weight_at(0) == pytest.approx([2, both, 0])
    assert inputs.trail["institution", "SCO", "security"][0].claims == ("treaty", "office")


def test_a_successor_is_of_the_body_that_it_succeeds():
    rows = {
        name: InstitutionRow.model_construct(succeeds=before)
        for name, before in (("a", None), ("b", "a"), ("c", "b"), ("alone", None))
    }
    assert [body_of(name, rows) for name in rows] == ["a", "a", "a", "alone"]
    bodies = {item.name: item.body for item in coded().institutions}
    assert bodies["EAEU"] == bodies["EurAsEC"] == "EurAsEC"
    assert all(row.succeeds in (None, *bodies) for row in load_institutions(CAST).values())


# Rule 6: a need is what anyone could supply


def test_a_need_that_names_powers_counts_for_them_alone():
    """What all can meet: level 2. Outlets sought of China: level 3, so China (2 + 3) / 2."""
    inputs = coded(
        made("goods", "need", 2, republics="Kazakhstan", channels="economic"),
        made(
            "outlets",
            "need",
            3,
            powers="China",
            want="outlets for gas",
            republics="Kazakhstan",
            channels="economic",
        ),
        made(
            "credit",
            "need",
            1,
            powers="European Union",
            want="credit",
            republics="Kyrgyzstan",
            channels="economic",
        ),
    )
    needs = 3 * inputs.needs[:, :, ECONOMIC, 0]
    assert needs[:, KAZAKHSTAN] == pytest.approx([2, 2.5, 2, 2])
    assert needs[EUROPE, KYRGYZSTAN] == pytest.approx(1)
    assert needs[RUSSIA, KYRGYZSTAN] == pytest.approx(2)  # silence: the mean of the coded, 2
    assert inputs.trail["need", "Russia", "Kyrgyzstan", "economic"][0].status == "assumption"


# Rule 7: silence in supply


def test_silence_in_supply_is_filled_from_the_powers_own_channels_and_never_from_a_rival():
    """China: half the mean of 3 and 1 is 1 of 3. Europe, of which nothing is said: 0.15."""
    inputs = coded(
        made("goods", "supply", 3, powers="China", channels="economic"),
        made("arms", "supply", 1, powers="China", channels="security"),
        made("rival", "supply", 3, powers="Russia", channels="soft power"),
    )
    assert inputs.supply[CHINA, SOFT_POWER] == pytest.approx(1 / 3)
    assert inputs.supply[EUROPE] == pytest.approx(0.15)
    assert inputs.supply[RUSSIA, SECURITY] == pytest.approx(0.5)
    assert inputs.trail["supply", "China", "soft power"][0].status == "assumption"


# Silence elsewhere


def test_silence_in_ties_needs_and_interests_is_pooled():
    inputs = coded(
        made("strong", level=3, **KAZAKH),
        made("weak", level=1, republics="Kyrgyzstan", **RUSSIAN),
        made("vital", "interest", 3, powers="China", republics="Kazakhstan", channels="economic"),
    )
    assert inputs.ties[RUSSIA, 2:, ECONOMIC] == pytest.approx(1 / 3)  # half the mean of 1 and 1/3
    assert inputs.ties[CHINA] == pytest.approx(0.15)
    assert inputs.interests[CHINA, :, ECONOMIC] == pytest.approx(1)
    assert inputs.interests[RUSSIA] == pytest.approx(1 / 3)
    assert inputs.needs == pytest.approx(1 / 3)


# Everything that ships


def test_every_coded_input_keeps_within_its_scale():
    inputs = default_inputs()
    for name in ("ties", "interests", "needs", "supply", "threat", "stance"):
        series = getattr(inputs, name)
        assert np.all((series >= 0) & (series <= 1)), name
    assert np.all(np.abs(inputs.relations) <= 1)
