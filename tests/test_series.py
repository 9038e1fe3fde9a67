"""Series as evidence: what is read, and that every mistake is shown at its line and column."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import click
import numpy as np
import pytest
from evidence_files import run

from steppe.experiments.cli import app
from steppe.model.core.cast import default_cast
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.evidence.choice import EvidenceChoice, choose_evidence
from steppe.model.evidence.claims import DOCUMENTS_ONLY, READ_SERIES, load_evidence
from steppe.model.evidence.series import MEASURED, load_series, series_fingerprint

CAST = default_cast()
OWN = Path(__file__).parent / "own_series"
RECORD, TABLE = "made-up-trade.series.yaml", "made-up-trade.csv"


@pytest.fixture
def own(tmp_path) -> Path:
    return Path(shutil.copytree(OWN, tmp_path / "own"))


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that is there once."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def faults(folder: Path) -> list[str]:
    """What is wrong, without the folder."""
    with pytest.raises(DiagnosticsError) as error:
        load_series([folder])
    return [str(row).replace(f"{folder}/", "") for row in error.value.diagnostics]


def test_the_shipped_pack():
    """Figures of the file of the source, and shares among the powers made of them by hand."""
    (series,) = load_series([MEASURED])
    assert series.years == tuple(range(2000, 2010)) and series.known.all()
    assert series.observable == "trade"
    power, republic = CAST.index("power", "Russia"), CAST.index("republic", "Kazakhstan")
    assert series.value[0, power, republic] == pytest.approx(27.57 / (27.57 + 8.7 + 4.77 + 38.37))
    assert series.value.sum(axis=1) == pytest.approx(np.ones((10, 5)))
    assert series.until(2005).years == tuple(range(2000, 2006))


def test_left_out_years_and_the_floor(own):
    (series,) = load_series([own])
    assert series.years == (2010, 2011, 2012, 2013, 2014)
    kazakhstan, kyrgyzstan = (CAST.index("republic", name) for name in ("Kazakhstan", "Kyrgyzstan"))
    assert series.known[:, kazakhstan].all()
    assert series.known[:, kyrgyzstan].tolist() == [True, True, False, True, True]
    assert series.known.sum() == 9
    table = (own / TABLE).read_text(encoding="utf-8")
    of_2013 = {
        name: float(re.search(f"{name},Kyrgyzstan,2013,(.*)", table)[1])
        for name in CAST.power_names
    }
    of_2013["United States"] = 0.1  # 0 in the table, and the floor of the record
    expected = np.array(list(of_2013.values())) / sum(of_2013.values())
    assert series.value[3, :, kyrgyzstan] == pytest.approx(expected)


def test_parquet_reads_as_csv_does(own):
    parquet = pytest.importorskip("pyarrow.parquet")
    tables = pytest.importorskip("pyarrow.csv")
    (before,) = load_series([own])
    parquet.write_table(tables.read_csv(own / TABLE), own / "made-up-trade.parquet")
    edit(own, RECORD, f"file: {TABLE}", "file: made-up-trade.parquet")
    (after,) = load_series([own])
    assert after.value == pytest.approx(before.value, nan_ok=True)
    (own / "made-up-trade.parquet").write_bytes(b"PAR1, or so it says")
    assert "made-up-trade.parquet  is not a Parquet file" in faults(own)[0]


def test_a_csv_of_another_program(own):
    """Quotation marks, spaces, codes, a byte-order mark and line ends of Windows."""
    (before,) = load_series([own])
    text = (own / TABLE).read_text(encoding="utf-8")
    text = text.replace("United States", '"United States"').replace("Russia,", " rus ,")
    (own / TABLE).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    (after,) = load_series([own])
    assert after.fingerprint == before.fingerprint


ROW = "Russia,Kazakhstan,2012,"
IN_TABLES = {
    "twice": (
        (ROW, "Russia,Kazakhstan,2011,"),
        ":4:19  Russia in Kazakhstan in 2011 is there twice, first at line 3; keep one",
    ),
    "alphabet": (
        (ROW, "Russia,Қазақстан,2012,"),
        ":4:8  unknown republic 'Қазақстан'; it contains the letter 'Қ' (Cyrillic)",
    ),
    "look-alike": (
        (ROW, "Russia,Kаzakhstan,2012,"),
        "contains the letter 'а' (Cyrillic); did you mean 'Kazakhstan'?",
    ),
    "power": (
        (ROW, "Rusia,Kazakhstan,2012,"),
        ":4:1  unknown power 'Rusia'; did you mean 'Russia'",
    ),
    "year": ((ROW, "Russia,Kazakhstan,12,"), ":4:19  '12' is not a year; write it as 2000"),
    "outside": (
        (ROW, "Russia,Kazakhstan,1999,"),
        ":4:19  1999 lies outside the years of a run, 2000 to 2040; take the row out",
    ),
    "comma": ((f"{ROW}20.8", f'{ROW}"20,8"'), ":4:25  '20,8' is not a number; write it with a poi"),
    "words": ((f"{ROW}20.8", f"{ROW}many"), ":4:24  'many' is not a number"),
    "absent": ((f"{ROW}20.8", f"{ROW}n/a"), ":4:24  there is no value; take the row out, and name"),
    "column": (
        ("power,republic,year,value", "power,republics,year,value"),
        ":1:7  unknown column 'republics'; did you mean 'republic'?",
    ),
    "semicolons": (
        ("power,republic,year,value", "power;republic;year;value"),
        ":1:1  columns are separated by semicolons; save the table with commas",
    ),
    "fields": ((ROW, "Russia,Kazakhstan,"), ":4:1  has 3 values, and there are 4 columns"),
    "negative": ((ROW, "Russia,Kazakhstan,2012,-"), "is below 0; parts and amounts are not"),
    "large": ((ROW, f"{ROW}9"), ":4:24  920.8 is above 100; with `unit: percent` nothing is"),
    "sum": (
        (f"{ROW}20.8", f"{ROW}70.8"),
        "Kazakhstan in 2012 add up to 125.50, more than the whole",
    ),
}


@pytest.mark.parametrize("name", IN_TABLES)
def test_a_mistake_in_a_table(own, name):
    (old, new), message = IN_TABLES[name]
    edit(own, TABLE, old, new)
    found = faults(own)
    assert any(message in fault and fault.startswith(TABLE) for fault in found), found


IN_RECORDS = {
    "percent-as-share": (
        ("unit: percent", "unit: share"),
        "these look like percent: write `unit: percent` in line 4 of",
    ),
    "observable": (
        ("observable: trade", "observable: arms"),
        f"{RECORD}:2:13  unknown observable 'arms'; known: trade (a series needs an observable",
    ),
    "no-table": (
        (f"file: {TABLE}", "file: other.csv"),
        f"{RECORD}:3:7  there is no file 'other.csv' beside this record",
    ),
    "no-source": (("source: ", "sources: "), "did you mean 'source'?"),
    "nothing-left-out": (
        ("[2012, 2012]", "[2016, 2017]"),
        f"{RECORD}:15:12  there is nothing to leave out",
    ),
    "zero": (("floor: 0.1", "floor: 0"), "0 has no logarithm; give in the record, as `floor`"),
    "whole": (("out_of: all", "out_of: powers"), "less than 100, and the record says `out_of:"),
    "order": (("[2012, 2012]", "[2013, 2012]"), "the years end in 2012, before they begin in 2013"),
}


@pytest.mark.parametrize("name", IN_RECORDS)
def test_a_mistake_in_a_record(own, name):
    (old, new), message = IN_RECORDS[name]
    edit(own, RECORD, old, new)
    found = faults(own)
    assert any(message in fault for fault in found), found


def without(text: str, *marks: str) -> str:
    return "".join(
        line for line in text.splitlines(True) if not all(mark in line for mark in marks)
    )


def test_holes_and_powers_that_lack_a_year(own):
    text = (own / TABLE).read_text(encoding="utf-8")
    (own / TABLE).write_text(without(text, "Kazakhstan,2012"), encoding="utf-8")
    (fault,) = faults(own)
    assert "Kazakhstan jumps from 2011 to 2013: 2012 is missing" in fault
    assert re.match(f"{TABLE}:\\d+:24  ", fault)
    (own / TABLE).write_text(without(text, "China,Kazakhstan,2012"), encoding="utf-8")
    (fault,) = faults(own)
    assert "Kazakhstan in 2012 has no value for China" in fault
    assert fault.startswith(f"{TABLE}:4:24  ")
    assert without(text, "Kyrgyzstan,2012") != text  # a hole that the record leaves out is none
    (own / TABLE).write_text(without(text, "Kyrgyzstan,2012"), encoding="utf-8")
    assert load_series([own])


def test_shares_declared_as_percent(own):
    lines = (own / TABLE).read_text(encoding="utf-8").splitlines()
    rows = [line.rpartition(",") for line in lines[1:]]
    table = [lines[0], *(f"{names},{float(value) / 100}" for names, _, value in rows)]
    (own / TABLE).write_text("\n".join(table), encoding="utf-8")
    (fault,) = faults(own)
    assert (
        fault == f"{RECORD}:4:7  no value is above 1: these look like shares; write `unit: share`"
    )
    edit(own, RECORD, "unit: percent", "unit: share")
    edit(own, RECORD, "floor: 0.1", "floor: 0.001")
    (series,) = load_series([own])
    assert series.value == pytest.approx(load_series([OWN])[0].value, nan_ok=True)


def test_two_series_of_one_year(own, tmp_path):
    other = shutil.copytree(own, tmp_path / "other")
    with pytest.raises(DiagnosticsError, match=r"counts trade of Kazakhstan in 2010, as .*/own/"):
        load_series([own, other])
    assert len(load_series([MEASURED, own])) == 2  # 2000 to 2009, and 2010 to 2014


def test_what_is_asked_for(own, tmp_path, monkeypatch):
    assert choose_evidence([]) == EvidenceChoice(None, ())
    assert choose_evidence(["measured"]) == EvidenceChoice(None, (MEASURED,))
    assert choose_evidence(["documents-only", str(own)]) == EvidenceChoice(DOCUMENTS_ONLY, (own,))
    with pytest.raises(RequestError, match="measured is given twice"):
        choose_evidence(["measured", "measured"])
    with pytest.raises(RequestError, match="only one of them can hold claims"):
        choose_evidence(["documents-only", str(tmp_path)])
    shutil.copytree(OWN, tmp_path / "measured")  # a folder of this name is written ./measured
    monkeypatch.chdir(tmp_path)
    assert choose_evidence(["./measured"]).series == (tmp_path / "measured",)
    (tmp_path / "measured" / "claims.yaml").write_text("document: x\nclaims: []", encoding="utf-8")
    chosen = choose_evidence(["./measured"])
    assert chosen.claims == tmp_path / "measured" and len(chosen.series) == 1


def test_the_command_checks_series(own):
    result = run("evidence", "check", "--evidence", "measured", "--evidence", own)
    assert result.exit_code == 0
    assert "2 series (trade, 2000 to 2009, 5 republics; trade, 2010 to 2014, 2 rep" in result.output
    edit(own, TABLE, ROW, "Russia,Kazakhstan,1999,")
    result = run("evidence", "check", "--evidence", own, "--json")
    assert result.exit_code == 1
    (fault,) = json.loads(result.stdout)["faults"]
    assert (fault["line"], fault["column"]) == (4, 19)


def test_claims_do_not_read_series(own):
    """A folder that holds claims and series gives the same claims without the series."""
    shutil.copytree(Path(__file__).parent / "own_evidence", own, dirs_exist_ok=True)
    with_series = load_evidence(own)
    for path in (own / RECORD, own / TABLE):
        path.unlink()
    assert [claim.id for claim in with_series.claims] == [c.id for c in load_evidence(own).claims]


def commands_with(option) -> set[str]:
    """Commands that have this option, `evidence check` and the like among them."""
    context, found = click.Context(app.steppe), set()
    for verb in app.steppe.list_commands(context):
        command = app.steppe.get_command(context, verb)
        parts = command.commands if isinstance(command, click.Group) else {}
        for name, one in {verb: command, **{f"{verb} {n}": c for n, c in parts.items()}}.items():
            if any(row.metavar == option for row in one.params if isinstance(row, click.Option)):
                found.add(name)
    return found


def test_a_command_that_reads_documents_alone_says_which_read_series(own, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert commands_with("DIR|measured|documents-only") == set(READ_SERIES)
    for given in ("measured", own):
        result = run("evidence", "coverage", "--evidence", given)
        assert result.exit_code == 1
        said = str(result.exception)
        assert "; series are read by `steppe run`" in said
        assert said.endswith("`steppe backtest` and `steppe evidence check`")


def test_fingerprints_tell_series_apart(own):
    first = load_series([own])
    edit(own, TABLE, ROW, "Russia,Kazakhstan,2012,1")
    assert series_fingerprint(()) == ""
    edit(own, RECORD, "out_of: all", "out_of: all  # of trade with anyone")
    with pytest.raises(DiagnosticsError):
        load_series([own])  # 1 put before the figure makes it too large
    shutil.copy(OWN / TABLE, own / TABLE)
    assert series_fingerprint(load_series([own])) == series_fingerprint(first)
    edit(own, RECORD, "floor: 0.1", "floor: 0.2")
    assert series_fingerprint(load_series([own])) != series_fingerprint(first)
