"""The evidence: claims against documents, the coding rules, coverage, a user's own document.

Tests that need the five texts look for them in the folder STEPPE_DOCUMENTS, or else in
`shared/documents` beside the checkout, and are skipped where there are none. Goldens are
refreshed with `pytest tests/test_evidence.py --refresh-goldens`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from steppe.experiments.cli import steppe
from steppe.experiments.evidence_tables import _agreement_of, agreement_table, coverage_table
from steppe.experiments.explain import as_text, explanation
from steppe.experiments.problems import Refused
from steppe.model.calendar import parse_quarter
from steppe.model.cast import default_cast
from steppe.model.evidence import checking
from steppe.model.evidence import claims as claims_module
from steppe.model.evidence import documents as documents_module
from steppe.model.evidence.checking import check_evidence, used_claims
from steppe.model.evidence.claims import Claim, Evidence, load_evidence
from steppe.model.evidence.coding import Coder, stance_to_alpha, stance_to_tolerance
from steppe.model.evidence.documents import hash_of, load_documents
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.evidence.history import history_yaml
from steppe.model.evidence.levels import level_in_use
from steppe.model.evidence.systems import load_systems
from steppe.model.inputs import code_inputs
from steppe.model.scenario.library import load_scenario

HERE = Path(__file__).parent
OWN = HERE / "own_evidence"
DOCUMENTS = Path(os.environ.get("STEPPE_DOCUMENTS", HERE.parent.parent / "shared" / "documents"))
needs_documents = pytest.mark.skipif(
    not DOCUMENTS.is_dir(), reason="the five texts are not here; name their folder in STEPPE_DOCUMENTS"
)
CAST = default_cast()


def run(*arguments: str | Path):
    """The command line in this process: exit code and everything it wrote."""
    return CliRunner().invoke(steppe, [str(word) for word in arguments])


# What ships


@needs_documents
def test_what_ships_is_sound_and_all_five_texts_are_compared():
    verdict = check_evidence([DOCUMENTS])
    assert verdict.faults == ()
    assert len(verdict.compared) == 5 and verdict.not_compared == ()
    assert verdict.claims >= 150


def test_what_ships_is_sound_without_the_texts():
    verdict = check_evidence()
    assert verdict.faults == () and verdict.compared == ()


@needs_documents
def test_every_figure_of_the_documents_has_a_claim():
    """Digits in the documents stand in the figure of a claim, or are dates, names and page furniture."""
    no_figures = re.compile(
        r"\b(?:1[89]|20)\d\d\b|\b\d+(?=th century|’?s\b|st Russian)|September 11\b|11 September|\b21 January|\b03 October|C5\+1|P\.IVA.*|5 - 20121.*|28 Panfilov"
    )
    evidence, missing = load_evidence(), []
    for name, document in load_documents().by_id.items():
        tokens = [(claim.lines, claim.figure.as_) for claim in evidence.claims if claim.figure and evidence.document_of[claim.id] == name]
        for number, line in enumerate((DOCUMENTS / document.file).read_text(encoding="utf-8").splitlines(), start=1):
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

    theirs = set().union(*(runs((DOCUMENTS / document.file).read_text(encoding="utf-8")) for document in load_documents().by_id.values()))
    copied = [claim.id for claim in load_evidence().claims if runs(claim.says) & theirs or runs(claim.reason or "") & theirs]
    assert copied == []


def test_every_coded_value_and_target_leads_to_lines():
    evidence = load_evidence()
    for key, coded in code_inputs(evidence, CAST).trail.items():
        for value in coded:
            assert (value.status == "coded") == bool(value.claims), key
            assert all(evidence.by_id(name).use == "input" and evidence.by_id(name).hash for name in value.claims), key
    assert all(claim.hash and claim.expect for claim in evidence.targets())


def test_history_is_made_from_the_claims():
    evidence = load_evidence()
    shipped = (HERE.parent / "scenarios" / "history.yaml").read_text(encoding="utf-8")
    assert shipped == history_yaml(evidence, CAST)
    named = {name for event in load_scenario("history").events.values() for name in event.claims}
    assert named <= {claim.id for claim in evidence.inputs("event")}


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
    assert check_evidence().faults == ()
    assert set(counts.values()) == {1}, counts


# Systems

SYSTEMS = """
CIS; EurAsEC; Single Economic Space; Customs Union; EAEU; CSTO; common air defence; SCO; SCO anti-terrorist structure;
SCO business council; SCO interbank association; C5+1; EU strategies; Baikonur; Sary-Shagan; Nurek; Issyk-Kul; 201st base;
air base in Kyrgyzstan; American bases; arms supply; officers' training; exercises; oil through Russia; oil to China; oil to Europe;
gas through Russia; gas to China; oil and gas southward; transit by land; uranium; hydropower; gas networks; fuel at reduced prices;
trade; shuttle trade; transit of Chinese goods; investment; loans; aid; debt relief; labour migration; remittances; language; minorities;
media; education; public support; legislation copied; Afghanistan; extremism; drugs; borders; Xinjiang; regimes; succession of regimes;
sovereignty; diversification
"""


def test_every_system_is_represented_or_left_out_with_a_reason():
    systems = load_systems()
    assert set(systems) == {" ".join(name.split()) for name in SYSTEMS.split(";")}
    evidence = load_evidence()
    used = used_claims(evidence, code_inputs(evidence, CAST).trail) | {claim.id for claim in evidence.targets()}
    for name, system in systems.items():
        assert bool(system.claims) != bool(system.left_out), name
        assert set(system.claims or ()) <= used, name


def test_a_system_that_names_an_unknown_or_unused_claim_is_found(copied_folder):
    path = copied_folder / "systems.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[eprs-kazakh-uranium]", "[eprs-kazakh-uranum]").replace("[ispi-kyrgyz-cheap-fuel]", "[eprs-wages-abroad]"), encoding="utf-8")
    messages = [str(fault) for fault in check_evidence().faults]
    assert len(messages) == 2
    assert any("unknown claim 'eprs-kazakh-uranum'; did you mean 'eprs-kazakh-uranium'?" in message for message in messages)
    assert any("claim 'eprs-wages-abroad' is context" in message for message in messages)


@pytest.fixture
def copied_folder(tmp_path, monkeypatch) -> Path:
    """A copy of the shipped evidence that the check reads instead."""
    from steppe.model.evidence import systems as systems_module

    folder = tmp_path / "evidence"
    shutil.copytree(claims_module.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    for module in (claims_module, documents_module, systems_module):
        monkeypatch.setattr(module, "FOLDER", folder)
    return folder


# Bad input, planted in a copy of the user's folder, whose text ships with these tests


@pytest.fixture
def own(tmp_path) -> Path:
    """A copy of the made-up document, its record and its claims."""
    return Path(shutil.copytree(OWN, tmp_path / "own"))


FILE = "made-up-2018.yaml"
TIE = "    kind: tie\n    powers: [China]"
HASH_OF_FIRST = re.search(r"hash: (\w+)", (OWN / FILE).read_text(encoding="utf-8"))[1]
PLANTED = {
    "unknown kind": [TIE, "    kind: @tye\n    powers: [China]", "unknown kind 'tye'; did you mean 'tie'?"],
    "unknown actor": ["[China]\n    republics: [Uzbekistan]\n    channels: [economic]\n    period: [2018, 2018]\n    level",
                      "@[Chyna]\n    republics: [Uzbekistan]\n    channels: [economic]\n    period: [2018, 2018]\n    level", "did you mean 'China'?"],
    "range outside the file": ["lines: [3, 3]", "lines: @[3, 300]", "lines 3 to 300, but the document has 7"],
    "lines upside down": ["lines: [3, 3]", "lines: @[3, 2]", "the first is not after the last"],
    "hash of other lines": [HASH_OF_FIRST, "@0123456789ab", "are not those that were coded"],
    "no hash": [f"    hash: {HASH_OF_FIRST}\n", "", f"has no hash; write hash: {HASH_OF_FIRST}"],
    "figure not in its lines": ['value: 40, unit: percent, as: "Two', '@value: 40, unit: percent, as: "Three', "the figure 'Three in five' does not occur in line 3"],
    "figure misread": ["value: 900,", "@value: 90,", "is 90, but '900' reads 900"],
    "one id twice": ["id: market-eu-scholarships", "id: @market-lorries-to-china", "two claims are called 'market-lorries-to-china', the first at"],
    "cluster of one": ["    use: input\n\n  - id: market-china", "    use: input\n    cluster: @alone\n\n  - id: market-china", "cluster 'alone' has one claim only"],
    "target used as input": ["  - id: market-china-passes-russia", "  - @id: market-china-passes-russia", "a claim of kind target used as input"],
    "input that nothing uses": [TIE, "    kind: threat\n    powers: [China]", "no coded value rests on 'market-lorries-to-china'"],
    "lines without text": ["lines: [3, 3]", "lines: @[4, 4]", "no text in line 4"],
    "unknown document": ["document: made-up-2018", "document: @made-up-2081", "unknown document 'made-up-2081'; did you mean 'made-up-2018'?"],
    "unknown key": ["    level: 2\n", "    @levle: 2\n", "unknown key 'levle'; did you mean 'level'?"],
    "level off the scale": ["level: 2\n", "level: -1\n", "a claim of kind tie with the level -1; levels of this kind run from 0 to 3"],
    "medium confidence": ["confidence: high\n    use: input\n\n  - id: market-eu", "confidence: medium\n    use: input\n\n  - id: market-eu", "a claim of medium confidence used as input"],
    "unknown institution": ["    level: 2\n", "    institution: @CTSO\n    level: 2\n", "unknown institution 'CTSO'; did you mean 'CSTO'?"],
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_at_its_place(own, name):
    before, after, message = PLANTED[name]
    path = own / FILE
    text = path.read_text(encoding="utf-8")
    assert before in text
    text = text.replace(before, after, 1)
    place = text.index("@") if "@" in text else None
    text = text.replace("@", "")
    if name == "target used as input":
        text = text.replace("use: target", "use: input")
    if name == "input that nothing uses":
        text = text.replace("period: [2018, 2018]", "period: [2030, 2030]", 1)
    path.write_text(text, encoding="utf-8")
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert len(lines) == 1, result.output
    assert message in lines[0]
    found = re.match(re.escape(str(path)) + r":(\d+):(\d+)  ", lines[0])
    assert found, lines[0]
    if place is not None:
        expected = (text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
        shifted = 1 if "figure" in name else 0  # a figure is reported at the bracket that opens it
        assert (int(found[1]), int(found[2])) == (expected[0], expected[1] - shifted)


def test_one_fact_as_input_and_target_is_found(own):
    path = own / FILE
    text = path.read_text(encoding="utf-8")
    text = text.replace("    use: input\n", "    use: input\n    cluster: lorries\n", 1).replace("    use: target\n", "    use: target\n    cluster: lorries\n")
    path.write_text(text, encoding="utf-8")
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1
    assert "cluster 'lorries' is used both as input and as target" in result.output and len(result.output.splitlines()) == 1


def claim_text(identifier: str, **changes) -> dict:
    """A sound claim on the made-up document, with changes."""
    text = (OWN / "made-up-2018.txt").read_text(encoding="utf-8").splitlines()
    sound = {"id": identifier, "lines": [3, 3], "hash": hash_of(text[2:3]), "says": "Freight leaves Uzbekistan for China.", "kind": "tie",
             "powers": ["China"], "republics": ["Uzbekistan"], "channels": ["economic"], "period": [2018, 2018], "level": 2,
             "confidence": "high", "use": "input"}
    return {**sound, **changes}


def test_all_faults_are_found_in_one_pass(own):
    faulty = [
        claim_text("bad-kind", kind="tye"), claim_text("bad-actor", republics=["Atlantis"]), claim_text("bad-range", lines=[3, 300]),
        claim_text("bad-hash", hash="0123456789ab"), claim_text("bad-figure", figure={"value": 7, "unit": "lorries", "as": "seven"}),
        claim_text("bad-hash"), claim_text("bad-cluster", cluster="alone"), claim_text("bad-use", kind="target"),
        claim_text("bad-period", kind="threat", period=[2030, 2030]), claim_text("bad-lines", lines=[4, 4]),
    ]
    (own / "faulty.yaml").write_text(yaml.safe_dump({"document": "made-up-2018", "claims": faulty}, sort_keys=False), encoding="utf-8")
    (own / "stray.yaml").write_text(yaml.safe_dump({"document": "made-up-2081", "claims": [claim_text("stray")]}), encoding="utf-8")
    result = run("evidence", "check", "--evidence", own)
    expected = [
        "unknown kind 'tye'", "Atlantis", "lines 3 to 300", "'bad-hash' are not those", "the figure 'seven'", "two claims are called 'bad-hash'",
        "cluster 'alone'", "used as input", "rests on 'bad-period'", "no text in line 4", "unknown document 'made-up-2081'",
    ]
    lines = result.output.splitlines()
    assert result.exit_code == 1 and len(lines) == len(expected), result.output
    for part in expected:
        assert sum(part in line for line in lines) == 1, part
    assert all(re.match(r".+\.yaml:\d+:\d+  ", line) for line in lines)
    rows = json.loads(run("evidence", "check", "--evidence", own, "--json").output)["faults"]
    assert [f"{row['file']}:{row['line']}:{row['column']}  {row['message']}" for row in rows] == lines


def test_a_faulty_claim_does_not_make_its_cluster_look_small(own):
    path = own / FILE
    text = path.read_text(encoding="utf-8").replace("    use: input\n", "    use: input\n    cluster: both\n").replace("kind: tie", "kind: tye", 1)
    path.write_text(text, encoding="utf-8")
    assert len(run("evidence", "check", "--evidence", own).output.splitlines()) == 1


def test_a_process_ends_with_one(own):
    path = own / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("kind: tie", "kind: tye", 1), encoding="utf-8")
    command = [sys.executable, "-c", "from steppe.experiments.cli import main; main()", "evidence", "check", "--evidence", str(own)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr == f"{path}:7:11  unknown kind 'tye'; did you mean 'tie'?\n"


@needs_documents
def test_one_changed_word_of_a_document_is_found(tmp_path):
    folder = Path(shutil.copytree(DOCUMENTS, tmp_path / "texts"))
    document = load_documents().by_id["eprs-2016"]
    path = folder / document.file
    path.chmod(0o644)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("heroin", "cotton", 1), encoding="utf-8")
    result = run("evidence", "check", "--documents", folder)
    on_line = [claim.id for claim in load_evidence().claims if claim.id.startswith("eprs-") and claim.lines == (48, 48)]
    assert result.exit_code == 1
    assert result.output.count("are not those that were coded") == len(on_line) > 5
    assert f"{document.file} is not the text that was coded" in result.output
    assert len(result.output.splitlines()) == len(on_line) + 1


def test_a_changed_word_of_ones_own_document_is_found(own):
    path = own / "made-up-2018.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("900 students", "900 teachers"), encoding="utf-8")
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1 and len(result.output.splitlines()) == 2
    assert "the lines of 'market-eu-scholarships' are not those" in result.output and "made-up-2018.txt is not the text" in result.output


@needs_documents
def test_refresh_writes_nothing_where_all_is_well(copied_folder):
    before = {path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()}
    assert checking.refresh_hashes([DOCUMENTS]) == 0
    assert before == {path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()}


def test_refresh_leaves_claims_alone_whose_text_is_missing(copied_folder, own):
    before = {path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()}
    (own / FILE).write_text(re.sub(r"    hash: \w+\n", "", (OWN / FILE).read_text(encoding="utf-8")), encoding="utf-8")
    assert checking.refresh_hashes([], own) == 3
    assert (own / FILE).read_text(encoding="utf-8") == (OWN / FILE).read_text(encoding="utf-8")
    assert checking.refresh_hashes([own]) == 0
    assert before == {path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()}


# Removing claims


def covers(claim: Claim, key: tuple[str, ...]) -> bool:
    """Whether an input claim speaks of a coded value, told without the coder."""
    fields = {"tie": ("powers", "republics", "channels"), "interest": ("powers", "republics", "channels"), "need": ("republics", "channels"),
              "supply": ("powers", "channels"), "relation": ("powers", "toward"), "budget": ("powers",), "stance": ("republics",), "threat": ("republics",)}
    if claim.use != "input" or claim.kind != key[0]:
        return False
    if claim.kind == "institution":
        return claim.institution == key[1]
    within = claim.kind != "threat" or parse_quarter(claim.period[0]) < parse_quarter(2020)
    return within and all(name in getattr(claim, field) for field, name in zip(fields[claim.kind], key[1:], strict=True))


def statuses(trail) -> dict[tuple[str, ...], str]:
    return {key: coded[0].status for key, coded in trail.items()}


def assert_removal_is_exact(evidence: Evidence, *removed: str) -> None:
    """Exactly the values that no other claim covers become assumptions; values on other claims stay as they are."""
    before = code_inputs(evidence, CAST).trail
    after = code_inputs(evidence.without(*removed), CAST).trail
    for key, coded in before.items():
        left = [claim for claim in evidence.claims if claim.id not in removed and covers(claim, key)]
        assert after[key][0].status == ("coded" if left else "assumption"), key
        if coded[0].status == "coded" and not set(removed) & {name for value in coded for name in value.claims}:
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
    assert {key for key in before if before[key] != after[key]} == {("tie", "European Union", "Kazakhstan", "economic")}


def test_a_removed_document_makes_exactly_the_values_on_it_assumptions():
    evidence = load_evidence()
    assert_removal_is_exact(evidence, *(claim.id for claim in evidence.claims if evidence.document_of[claim.id] == "essay-2010"))


def test_without_claims_everything_is_assumption():
    inputs = code_inputs(Evidence((), {}, {}, {}), CAST)
    assert set(statuses(inputs.trail).values()) == {"assumption"}
    assert np.all(inputs.ties == 0.15) and np.all(inputs.interests == 1 / 3) and np.all(inputs.needs == 1 / 3)
    assert not inputs.relations.any() and not inputs.ln_means.any() and not inputs.threat.any()


# The coding rules, worked by hand


def made(identifier: str, kind: str, level: float, period=(2010, 2010), confidence="high", **fields) -> Claim:
    """A made-up input claim."""
    data = {"id": identifier, "lines": [1, 1], "says": "made up for a test", "kind": kind, "use": "input", "confidence": confidence,
            "period": list(period), "level": level, **fields}
    return Claim.model_validate(data, context={"cast": CAST})


def coder(*claims: Claim, second: dict[str, float] | None = None) -> Coder:
    evidence = Evidence(claims, {}, {}, second or {})
    return Coder(evidence, level_in_use(evidence))


RUSSIAN_TIE = {"kind": "tie", "powers": "Russia", "channels": "economic"}
CELL = {"powers": "Russia", "republics": "Kazakhstan", "channels": "economic"}


def test_a_cluster_is_averaged_by_confidence_and_the_largest_cluster_counts():
    one = made("one", level=3, confidence="very high", cluster="told-twice", republics="Kazakhstan", **RUSSIAN_TIE)
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
    particular = made("particular", level=1, republics=["Kazakhstan", "Kyrgyzstan"], **RUSSIAN_TIE)
    three = made("three", level=2, republics=["Kazakhstan", "Tajikistan", "Uzbekistan"], **RUSSIAN_TIE)
    coding = coder(general, particular, three)
    values = [coding.ordinal("tie", powers="Russia", republics=name, channels="economic").value * 3 for name in CAST.republic_names]
    assert values == pytest.approx([1, 1, 3, 3, 3])  # Kazakhstan and Kyrgyzstan by the particular; three republics are general
    assert coding.ordinal("tie", powers="China", republics="Kazakhstan", channels="economic") is None


def test_for_supply_the_particular_is_about_powers():
    general = made("general", "supply", 3, powers=["Russia", "China", "United States"], channels="economic")
    particular = made("particular", "supply", 1, powers="China", channels="economic")
    series, _ = coder(general, particular).over_time("supply", powers="China", channels="economic")
    assert series == pytest.approx(1 / 3)
    series, _ = coder(general, particular).over_time("supply", powers="Russia", channels="economic")
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
    series, _ = coder(rival, partner).over_time("relation", balance=True, powers="Russia", toward="China")
    assert series == pytest.approx(1 / 3)  # (3 - 1) / 2 = 1, of 3


def test_a_budget_is_spread_over_its_period_and_kept():
    growth = made("growth", "budget", 2, (2001, 2001), powers="China")
    series, claims = coder(growth).budget("China")
    assert series[:9] == pytest.approx([0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.4]) and series[-1] == pytest.approx(0.4)
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
    assert series[first : first + 4] == pytest.approx([0, 2 / 3, 2 / 3, 0]) and series.sum() == pytest.approx(4 / 3)
    series, _ = coder(incursion, worry).threat("Tajikistan")
    assert series[first : first + 4] == pytest.approx([1 / 3, 2 / 3, 2 / 3, 1 / 3])
    late = made("late", "threat", 3, (2030, 2030), republics="Tajikistan")
    assert coder(late).threat("Tajikistan")[1] == ()


def test_stance_becomes_alpha_and_tolerance():
    assert stance_to_alpha(0) == pytest.approx(1.3) and stance_to_alpha(1) == pytest.approx(2.2)
    assert stance_to_tolerance(0) == pytest.approx(0.08) and stance_to_tolerance(1) == pytest.approx(-0.08)
    claims = (made("bargains", "stance", 1, republics="Kazakhstan"), made("balances", "stance", 2, republics="Kazakhstan"))
    inputs = code_inputs(Evidence(claims, {}, {}, {}), CAST)
    assert inputs.alpha_means["Kazakhstan"] == pytest.approx(1.75)  # mean level 1.5, half of the scale
    assert inputs.alpha_means["Uzbekistan"] == pytest.approx(1.75)  # no claim: mean of the others
    assert inputs.tolerance_offset[0] == pytest.approx(0)


def test_values_without_claims_are_pooled():
    claims = (
        made("strong", level=3, republics="Kazakhstan", **RUSSIAN_TIE), made("weak", level=1, republics="Kyrgyzstan", **RUSSIAN_TIE),
        made("wanted", "need", 2, republics="Kazakhstan", channels="economic"),
        made("vital", "interest", 3, powers="China", republics="Kazakhstan", channels="economic"),
        made("offer", "supply", 3, powers="China", channels="economic"), made("less", "supply", 1, powers="Russia", channels="economic"),
    )
    inputs = code_inputs(Evidence(claims, {}, {}, {}), CAST)
    assert inputs.ties[0, :, 0] == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 1 / 3])  # half the mean of 1 and 1/3
    assert inputs.ties[1, 0, 0] == pytest.approx(0.15)
    assert inputs.needs[:, 0] == pytest.approx(2 / 3) and inputs.needs[:, 1] == pytest.approx(1 / 3)
    assert inputs.interests[1, :, 0] == pytest.approx(1) and inputs.interests[0, 0, 0] == pytest.approx(1 / 3)
    assert inputs.supply[2, 0, 0] == pytest.approx(2 / 3)  # mean of 1 and 1/3


def test_the_fingerprint_follows_levels_and_not_wording():
    evidence = load_evidence()

    def with_change(**change) -> str:
        first, *others = evidence.inputs("tie")
        kept = [claim for claim in evidence.claims if claim.id != first.id]
        return fingerprint(Evidence((*kept, first.model_copy(update=change)), {}, {}, evidence.second_coding))

    same = fingerprint(evidence)
    assert with_change() == same
    assert with_change(says="told in other words altogether") == same and with_change(reason="no reason at all") == same
    assert with_change(level=0.5) != same and with_change(confidence="medium") != same
    assert fingerprint(evidence.without(evidence.inputs("tie")[0].id)) != same


# Agreement and coverage


def test_agreement_against_a_case_worked_by_hand():
    """Four units, (0,0) (1,1) (2,1) (3,3): n = 8 values, n0 n1 n2 n3 = 2 3 1 2.

    Ordinal distances squared: 01 6.25, 02 20.25, 03 36, 12 4, 13 12.25, 23 2.25. Observed:
    2 * 4 = 8. Expected: 2 * (6*6.25 + 2*20.25 + 4*36 + 3*4 + 6*12.25 + 2*2.25) / 7 = 624 / 7.
    """
    pytest.importorskip("krippendorff")
    row = _agreement_of(np.array([[0, 1, 2, 3], [0, 1, 1, 3]]))
    assert row == {"units": 4, "alpha": round(1 - 8 * 7 / 624, 3), "alike": 0.75, "two_or_more_apart": 0}
    assert _agreement_of(np.array([[2, 2], [2, 2]]))["alpha"] == 1
    assert _agreement_of(np.array([[0, 3], [3, 1]]))["two_or_more_apart"] == 2


def test_agreement_says_what_it_is_worth():
    pytest.importorskip("krippendorff")
    table = agreement_table()
    assert table["kinds"]["tie"]["units"] > 40 and all(-1 <= row["alpha"] <= 1 for row in table["kinds"].values())
    output = run("evidence", "agreement").output
    assert "made by the same team" in output and "upper bound" in output


def test_coverage_counts_every_value_once():
    table = coverage_table()
    rows = table["kinds"].values()
    assert sum(row["coded"] + row["assumption"] for row in rows) == table["values"]
    assert table["share_evidenced"] == pytest.approx(sum(row["coded"] for row in rows) / table["values"], abs=5e-4)
    assert sum(table["claims"].values()) == len(load_evidence().claims)
    assert len(table["ties"]) == 60
    assert json.loads(run("evidence", "coverage", "--json").output) == table


# Explain


@pytest.mark.parametrize("words", ["Russia Kazakhstan security", "China Turkmenistan economic", "EU Uzbekistan soft_power"])
def test_explain_three_cells(golden, words):
    golden(f"explain-{words.replace(' ', '-')}.txt", as_text(explanation(words.split())) + "\n")


def test_explain_follows_a_value_to_its_lines_and_back():
    found = json.loads(run("explain", "security", "kazakhstan", "russia", "--json").output)
    tie = found["values"][0]
    assert tie["what"] == "tie" and {"eprs-kazakh-arms", "essay-baikonur"} <= {claim["id"] for claim in tie["claims"]}
    assert all(claim["document"] and claim["lines"] for claim in tie["claims"])
    back = explanation(["eprs-kazakh-arms"])
    assert {"kind": "tie", "names": ["Russia", "Kazakhstan", "security"], "value": tie["value"]} in back["values_resting_on_it"]
    assert explanation(["eprs-sco-membership"])["events_resting_on_it"] == ["eprs-sco-membership"]


def test_explain_two_powers_gives_their_relation():
    found = explanation(["China", "US"])
    assert [value["what"] for value in found["values"]] == ["China towards United States", "United States towards China"]
    assert "Contradictions" in as_text(found)


@pytest.mark.parametrize("words, message", [
    (["Rusia"], "'Rusia' is no power, republic, channel, parameter or claim; did you mean 'Russia'?"),
    (["Russia", "Russia"], "'Russia' is named twice; name one power, one republic, one channel"),
    (["Russia", "China", "economic"], "'China' is a second power beside 'Russia'; name one power, one republic, one channel"),
])
def test_explain_refuses_in_one_line(words, message):
    with pytest.raises(Refused) as refusal:
        explanation(words)
    assert str(refusal.value) == message


# A user's own evidence


def test_a_sixth_document_without_touching_code(own):
    """What the page on one's own evidence walks through."""
    path = own / FILE
    path.write_text(re.sub(r"    hash: \w+\n", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert run("evidence", "check", "--evidence", own).output.count("has no hash") == 3
    refreshed = run("evidence", "check", "--evidence", own, "--refresh")
    assert refreshed.exit_code == 0
    assert "compared with its text: made-up-2018; not compared, no text given: thesis-2020" in refreshed.output
    before, after = (explanation(["China", "Uzbekistan", "economic"], extra) for extra in (None, own))
    assert before["values"][0]["status"] == "assumption"
    assert after["values"][0]["value"] == pytest.approx(0.667) and after["values"][0]["claims"][0]["id"] == "market-lorries-to-china"
    assert [claim["id"] for claim in after["targets"]][-1] == "market-china-passes-russia"
    assert coverage_table(own)["kinds"]["tie"]["coded"] == coverage_table()["kinds"]["tie"]["coded"] + 2


@needs_documents
def test_all_six_texts_in_two_folders(own):
    result = run("evidence", "check", "--evidence", own, "--documents", DOCUMENTS)
    assert result.exit_code == 0 and "6 documents, all compared" in result.output
    elsewhere = Path(shutil.move(own / "made-up-2018.txt", own.parent / "made-up-2018.txt")).parent
    assert run("evidence", "check", "--evidence", own, "--documents", DOCUMENTS).output.count("no file made-up-2018.txt in") == 1
    result = run("evidence", "check", "--evidence", own, "--documents", DOCUMENTS, "--documents", elsewhere)
    assert result.exit_code == 0 and "6 documents, all compared" in result.output


def test_a_missing_text_is_a_fault_where_only_the_shipped_claims_are_checked(tmp_path):
    document = load_documents().by_id["thesis-2020"]
    (tmp_path / document.file).write_text("another text\n", encoding="utf-8")
    result = run("evidence", "check", "--documents", tmp_path)
    assert result.exit_code == 1
    assert result.output.count("give its folder with --documents") == 4 and "is not the text that was coded" in result.output


@pytest.mark.parametrize("arguments, message", [
    (["check", "--documents", "{folder}"], "holds none of the texts; one of these is expected there: 000_"),
    (["check", "--documents", "{folder}/none"], "is no folder; --documents takes a folder that holds texts"),
    (["check", "--evidence", "{folder}/none"], "is no folder; --evidence takes a folder with documents.yaml and files of claims"),
    (["coverage", "--evidence", "{folder}/none"], "is no folder; --evidence takes a folder with documents.yaml and files of claims"),
    (["check", "--refresh"], "--refresh without texts to read; give their folder with --documents"),
])
def test_a_wrong_request_is_refused(tmp_path, arguments, message):
    result = run("evidence", *(word.format(folder=tmp_path) for word in arguments))
    assert isinstance(result.exception, Refused) and message in str(result.exception)


def test_an_empty_folder_of_claims_and_an_unrecorded_document(tmp_path, own):
    empty = run("evidence", "check", "--evidence", tmp_path / "own" / "..")
    assert empty.exit_code == 1 and "holds no file of claims; put one beside documents.yaml" in empty.output
    (own / "documents.yaml").unlink()
    stray = run("evidence", "check", "--evidence", own)
    assert stray.exit_code == 1 and "unknown document 'made-up-2018'" in stray.output and len(stray.output.splitlines()) == 1


def test_a_document_that_takes_a_shipped_name_is_refused(own):
    for path in (own / FILE, own / "documents.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("made-up-2018:", "eprs-2016:").replace("document: made-up-2018", "document: eprs-2016"), encoding="utf-8")
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1
    assert "document 'eprs-2016' is recorded already in model/evidence/documents.yaml; give yours another name" in result.output


def test_an_own_claim_that_outranks_a_shipped_one_is_no_fault(own):
    outranking = claim_text("russian-arms", powers=["Russia"], republics=list(CAST.republic_names)[:2], channels=["soft power"], level=1)
    others = [claim_text(f"russian-arms-{number}", powers=["Russia"], republics=[name], channels=["soft power"], level=1)
              for number, name in enumerate(CAST.republic_names)]
    (own / "more.yaml").write_text(yaml.safe_dump({"document": "made-up-2018", "claims": [outranking, *others]}), encoding="utf-8")
    assert run("evidence", "check", "--evidence", own).exit_code == 0


@pytest.mark.parametrize("command", [["explain"], ["evidence"], ["evidence", "check"], ["evidence", "coverage"], ["evidence", "agreement"]])
def test_help_gives_an_example(command):
    result = run(*command, "--help")
    assert result.exit_code == 0 and "Example" in result.output and "..." not in result.output.replace("]...", "")


def test_an_unknown_verb_is_refused():
    result = run("evidence", "chek")
    assert result.exit_code == 2 and "unknown command 'chek'; did you mean 'check'?" in result.output
