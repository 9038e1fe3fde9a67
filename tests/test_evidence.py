"""The evidence that ships: claims against documents, systems, agreement, coverage.

Tests that need the five texts look for them in the folder STEPPE_DOCUMENTS, or else in
`shared/documents` beside the checkout, and are skipped where there are none.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from evidence_files import (
    CAST,
    DOCUMENTS,
    HERE,
    copy_shipped,
    evidence_of,
    made,
    needs_documents,
    run,
)

from steppe.experiments.provenance import coverage as coverage_module
from steppe.experiments.provenance.agreement import measure_agreement, ordinal_agreement
from steppe.experiments.provenance.coverage import count_coverage, format_coverage
from steppe.model.core.text_files import split_lines
from steppe.model.evidence import audit as checking
from steppe.model.evidence import claims as claims_module
from steppe.model.evidence import documents as documents_module
from steppe.model.evidence.audit import check_evidence, used_claims
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.coded_inputs import code_inputs
from steppe.model.evidence.coding import AS_FIRST_CODED, AS_LAST_CODED
from steppe.model.evidence.codings import (
    BandReading,
    Codings,
    Reading,
    Unit,
    load_codings,
)
from steppe.model.evidence.documents import load_documents
from steppe.model.evidence.history import render_history
from steppe.model.evidence.systems import load_systems
from steppe.model.scenario.load import load_scenario


@pytest.fixture
def copied_folder(tmp_path, monkeypatch) -> Path:
    return copy_shipped(tmp_path, monkeypatch)


# What ships


@needs_documents
def test_what_ships_is_sound_and_all_five_texts_are_compared():
    verdict = check_evidence([DOCUMENTS])
    assert verdict.diagnostics == ()
    assert len(verdict.compared) == 5 and verdict.not_compared == ()
    assert verdict.claims >= 150


def test_what_ships_is_sound_without_the_texts():
    verdict = check_evidence()
    assert verdict.diagnostics == () and verdict.compared == ()


@needs_documents
def test_every_figure_of_the_documents_has_a_claim():
    """Digits in the documents are in the figure of a claim, or are dates, names or page numbers."""
    no_figures = re.compile(
        r"\b(?:1[89]|20)\d\d\b|\b\d+(?=th century|’?s\b|st Russian)|"
        r"September 11\b|11 September|\b21 January|\b03 October|"
        r"C5\+1|P\.IVA.*|5 - 20121.*|28 Panfilov"
    )
    evidence, missing = load_evidence(), []
    for name, document in load_documents().by_id.items():
        if document.file is None:
            continue
        tokens = [
            (claim.lines, claim.figure.as_)
            for claim in evidence.claims
            if claim.figure and evidence.document_of[claim.id] == name
        ]
        for number, line in enumerate(
            split_lines((DOCUMENTS / document.file).read_text(encoding="utf-8")), start=1
        ):
            rest = no_figures.sub(" ", line)
            for (first, last), token in sorted(tokens, key=lambda item: -len(item[1])):
                rest = rest.replace(token, " ") if first <= number <= last else rest
            missing += [(name, number, figure) for figure in re.findall(r"\d[\d.,]*", rest)]
    assert missing == []


@needs_documents
def test_no_more_than_four_words_in_a_row_are_copied():
    def words(text: str) -> list[str]:
        return re.findall(r"[a-z0-9]+", text.lower().replace("’", "").replace("'", ""))

    def runs(text: str) -> set[tuple[str, ...]]:
        listed = words(text)
        return {tuple(listed[start : start + 5]) for start in range(len(listed) - 4)}

    theirs = set().union(
        *(
            runs((DOCUMENTS / document.file).read_text(encoding="utf-8"))
            for document in load_documents().by_id.values()
            if document.file is not None
        )
    )
    copied = [
        claim.id
        for claim in load_evidence().claims
        if runs(claim.says) & theirs or runs(claim.reason or "") & theirs
    ]
    assert copied == []


def test_every_coded_value_and_target_leads_to_lines():
    evidence = load_evidence()
    for key, coded in code_inputs(evidence, CAST).trail.items():
        for value in coded:
            as_coded = value.how in (AS_FIRST_CODED, AS_LAST_CODED)
            assert bool(value.claims) == (value.status == "coded" or as_coded), key
            claims = [evidence.by_id(name) for name in value.claims]
            assert all(claim.use == "input" for claim in claims), key
            assert all(claim.hash or len(claim.references) > 1 for claim in claims), key
    assert all(claim.hash and claim.expect for claim in evidence.targets())


def test_history_is_made_from_the_claims():
    evidence = load_evidence()
    shipped = (HERE.parent / "scenarios" / "history.yaml").read_text(encoding="utf-8")
    assert shipped == render_history(evidence, CAST)
    named = {name for event in load_scenario("history").events.values() for name in event.claims}
    assert named <= {claim.id for claim in (*evidence.inputs("event"), *evidence.inputs("date"))}


def test_check_reads_every_file_once_and_codes_once(monkeypatch):
    """Stands for the bound of two seconds, which a busy machine would make a matter of luck."""
    counts: dict[str, int] = {}

    def counted(module, name):
        original = getattr(module, name)

        def wrapper(*arguments, **options):
            key = f"{name} {arguments[1]}" if name == "read_yaml" else name
            counts[key] = counts.get(key, 0) + 1
            return original(*arguments, **options)

        monkeypatch.setattr(module, name, wrapper)

    counted(checking, "code_inputs")
    counted(claims_module, "read_yaml")
    counted(documents_module, "read_yaml")
    assert check_evidence().diagnostics == ()
    assert set(counts.values()) == {1}, counts


# Systems


SYSTEMS = """
CIS; EurAsEC; Single Economic Space; Customs Union; EAEU; CSTO; common air defence; SCO; SCO
anti-terrorist structure; SCO business council; SCO interbank association; C5+1; EU strategies;
Baikonur; Sary-Shagan; Nurek; Issyk-Kul; 201st base; air base in Kyrgyzstan; American bases; arms
supply; officers' training; exercises; oil through Russia; oil to China; oil to Europe; gas
through Russia; gas to China; oil and gas southward; transit by land; uranium; hydropower; gas
networks; fuel at reduced prices; trade; shuttle trade; transit of Chinese goods; investment;
loans; aid; debt relief; labour migration; remittances; language; minorities; media; education;
public support; legislation copied; Afghanistan; extremism; drugs; borders; Xinjiang; regimes;
succession of regimes; sovereignty; diversification
"""


def test_every_system_is_represented_or_left_out_with_a_reason():
    systems = load_systems()
    assert set(systems) == {" ".join(name.split()) for name in SYSTEMS.split(";")}
    evidence = load_evidence()
    used = used_claims(evidence, code_inputs(evidence, CAST).trail) | {
        claim.id for claim in evidence.targets()
    }
    for name, system in systems.items():
        assert bool(system.claims) != bool(system.left_out), name
        assert set(system.claims or ()) <= used, name


def test_a_system_that_names_an_unknown_or_unused_claim_is_found(copied_folder):
    path = copied_folder / "systems.yaml"
    text = path.read_text(encoding="utf-8").rstrip("\n")
    used = next(claim.id for claim in load_evidence().claims if claim.use == "input")
    context = next(claim.id for claim in load_evidence().claims if claim.use == "context")
    path.write_text(f"{text}\n  another: {{claims: [{used}x, {context}]}}\n", encoding="utf-8")
    unknown, unused = (str(diagnostic) for diagnostic in check_evidence().diagnostics)
    line, column = text.count("\n") + 2, len("  another: {claims: [") + 1
    assert unknown == (
        f"model/evidence/systems.yaml:{line}:{column}  unknown claim '{used}x'; "
        f"did you mean '{used}'?"
    )
    assert f":{line}:{column + len(used) + 3}  claim '{context}' is context" in unused


# Agreement and coverage


def test_agreement_against_a_case_worked_by_hand():
    """Four units, (0,0) (1,1) (2,1) (3,3): n = 8 values, n0 n1 n2 n3 = 2 3 1 2.

    Ordinal distances squared: 01 6.25, 02 20.25, 03 36, 12 4, 13 12.25, 23 2.25. Observed:
    2 * 4 = 8. Expected: 2 * (6*6.25 + 2*20.25 + 4*36 + 3*4 + 6*12.25 + 2*2.25) / 7 = 624 / 7.
    """
    pytest.importorskip("krippendorff")
    row = ordinal_agreement(np.array([[0, 1, 2, 3], [0, 1, 1, 3]]))
    assert row == {
        "units": 4,
        "alpha": round(1 - 8 * 7 / 624, 3),
        "alike": 0.75,
        "two_or_more_apart": 0,
    }
    assert ordinal_agreement(np.array([[2, 2], [2, 2]]))["alpha"] == 1
    assert ordinal_agreement(np.array([[0, 3], [3, 1]]))["two_or_more_apart"] == 2


def level_from(levels):
    """The mean of two levels less than two apart; None where the codings do not settle it."""
    first, second = levels
    if first is None or second is None or abs(first - second) >= 2:
        return None
    return (first + second) / 2


def test_a_level_is_what_the_codings_give_or_what_was_settled():
    codings = load_codings()
    wrong = []
    for claim in load_evidence().claims:
        mean = level_from(codings.levels(claim))
        settled = codings.settled.get(claim.id, {}).get("level", "")
        given = re.match(r"-?\d", settled)
        expected = float(given[0]) if given else mean
        if claim.use == "input" and claim.level is not None and expected is not None:
            wrong += [claim.id] if claim.level != expected else []
    assert wrong == []


def test_a_band_is_what_both_codings_give():
    bands = load_codings().bands
    targets = {claim.id: claim for claim in load_evidence().targets()}
    assert set(bands) == set(targets)
    for name, claim in targets.items():
        plain = claim.expect.model_copy(update={"band": None})
        settled = bands[name].settled
        both = pytest.approx((settled.m0, settled.top or np.inf), abs=0.002)  # 1.1 is ln 3
        assert claim.expect.band_limits == both, name
        assert (claim.expect.band is None) == (plain.band_limits == both), name


def test_a_stance_is_towards_those_whom_both_coders_name():
    stances = load_codings().stances
    claims = list(load_evidence().inputs("stance"))
    assert set(stances) == {claim.id for claim in claims}
    for claim in claims:
        assert claim.powers == stances[claim.id].first == stances[claim.id].second, claim.id


def test_coders_who_differ_on_a_band():
    """0 to 0.7 and 0.25 without end: 0.125 without end."""
    reading = BandReading.model_validate({"first": {"top": 0.7}, "second": {"m0": 0.25}})
    assert (reading.settled.m0, reading.settled.top) == (0.125, None)


def test_a_coder_who_speaks_of_another_power_gives_no_level():
    """Of 'only Russia has bases' the coders gave the level of Russia, not of those kept out."""
    tie = {"republics": "Kazakhstan", "channels": "security"}
    kept_out = made("kept-out", "tie", 0, powers="China", **tie)
    let_in = made("let-in", "tie", 3, powers="Russia", **tie)
    coded = {"kind": "tie", "use": "input", "level": 3, "powers": "Russia", **tie}
    reading = Reading.model_validate(coded, context={"cast": CAST})
    units = {1: Unit(document="d", lines=(1, 1), claims=("kept-out", "let-in"))}
    codings = Codings(units, {1: (reading,)}, {1: (reading,)}, {})
    assert codings.levels(let_in) == (3, 3) and codings.levels(kept_out) == (None, None)


def test_the_codings_know_every_claim_they_name():
    codings, evidence = load_codings(), load_evidence()
    named = {name for unit in codings.units.values() for name in unit.claims}
    assert {name for name in named | set(codings.settled) if evidence.by_id(name) is None} == set()


def test_agreement_says_what_it_is_worth():
    pytest.importorskip("krippendorff")
    table = measure_agreement()
    assert table["levels"]["tie"]["units"] > 20 and all(
        -1 <= row["alpha"] <= 1 for row in table["levels"].values()
    )
    assert set(table["choices"]) == {"kind", "use", "actors", "period", "bands", "stances"}
    assert json.loads(run("evidence", "agreement", "--json").output) == table
    output = run("evidence", "agreement").output
    assert "upper bound" in output and f"{table['settled']} differences" in output


def test_coverage_tells_what_rests_on_the_name_of_a_republic(monkeypatch):
    """Kazakhstan by name, all five by a claim on the region, and nothing on Chinese ties."""
    tie = {"powers": "Russia", "channels": "economic"}
    claims = (
        made("kazakh", "tie", 3, republics="Kazakhstan", **tie),
        made("region", "tie", 1, republics="all", **tie),
        made("want", "need", 2, republics="all", channels="security"),
        made("offer", "supply", 2, powers="China", channels="economic"),
    )
    monkeypatch.setattr(coverage_module, "load_evidence", lambda folder: evidence_of(*claims))
    table = count_coverage()
    assert table["kinds"]["tie"] == {"coded": 5, "named": 1, "assumption": 55}
    assert table["kinds"]["need"] == {"coded": 5, "named": 0, "assumption": 10}  # once for all
    assert table["kinds"]["supply"] == {"coded": 1, "named": 1, "assumption": 11}
    marks = {table["ties"][f"Russia / {name} / economic"] for name in CAST.republic_names}
    assert marks == {"named", "region"}
    grid = next(line for line in format_coverage(table).splitlines() if line.startswith("Russia"))
    assert grid.split() == ["Russia", "#..", "+..", "+..", "+..", "+.."]


def test_coverage_counts_every_value_once():
    table = count_coverage()
    rows = table["kinds"].values()
    assert sum(row["coded"] + row["assumption"] for row in rows) == table["values"]
    assert all(row["named"] <= row["coded"] for row in rows)
    assert table["share_evidenced"] == pytest.approx(
        sum(row["coded"] for row in rows) / table["values"], abs=5e-4
    )
    assert sum(table["claims"].values()) == len(load_evidence().claims)
    assert len(table["ties"]) == 60
    assert json.loads(run("evidence", "coverage", "--json").output) == table


def test_pages_say_how_much_the_documents_tell():
    table, root = count_coverage(), HERE.parent
    coded, named = (f"{table[key]:.0%}" for key in ("share_evidenced", "share_named"))
    pages = {name: (root / name).read_text("utf-8") for name in ("README.md", "model/README.md")}
    assert f"Of the coded inputs {coded} name the lines" in pages["README.md"]
    assert f"({named} lines that speak of the republic itself" in pages["README.md"]
    assert f"({1 - table['share_evidenced']:.0%} of coded values)" in (root / "MODEL.md").read_text(
        "utf-8"
    )
    for page in pages.values():
        assert re.search(rf"\b{len(load_evidence().targets())}\s+statements of the documents", page)
