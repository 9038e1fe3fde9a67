"""Every file that is read may have a byte-order mark or other line ends; UTF-16 is named."""

import json
import shutil
from hashlib import sha256

import pytest
from evidence_files import FILE, own_evidence
from small_batches import make_batch

from steppe.experiments.analysis.folder import MANIFEST_NAME, read_identity
from steppe.experiments.analysis.page import load_summary
from steppe.experiments.calibration.scorecard.record import read_record
from steppe.experiments.report.scorecard_section import UNREADABLE, scorecard_section
from steppe.experiments.storage.locations import resolve_location
from steppe.experiments.storage.manifest import BEFORE, load_manifest
from steppe.model.core.cast import default_cast
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR, SHIPPED_SCORECARD
from steppe.model.core.text_files import decode_text, split_lines
from steppe.model.core.yaml_source import parse_yaml
from steppe.model.evidence import fingerprint as fingerprint_module
from steppe.model.evidence.audit import check_evidence, refresh_hashes
from steppe.model.evidence.claims import FOLDER, load_evidence
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.parameters.posterior import PosteriorError, read_posterior
from steppe.model.parameters.table import all_labels
from steppe.model.scenario.load import load_scenario

REWRITTEN = {
    "a byte-order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "lines of Windows": lambda raw: raw.replace(b"\n", b"\r\n"),
    "both": lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"),
}
UTF16 = {
    "with a mark": lambda raw: raw.decode().encode("utf-16"),
    "little-endian": lambda raw: raw.decode().encode("utf-16-le"),
    "big-endian": lambda raw: raw.decode().encode("utf-16-be"),
}
rewritten = pytest.mark.parametrize("rewrite", REWRITTEN.values(), ids=REWRITTEN)
utf16 = pytest.mark.parametrize("encode", UTF16.values(), ids=UTF16)


@rewritten
def test_weights_are_read_however_an_editor_saved_them(tmp_path, rewrite):
    path = tmp_path / "mine.csv"
    path.write_bytes(rewrite(SHIPPED_POSTERIOR.read_bytes()))
    labels = all_labels(default_cast())
    read, shipped = read_posterior(path, labels), read_posterior(SHIPPED_POSTERIOR, labels)
    assert read.fingerprint == shipped.fingerprint and read.size == shipped.size


@utf16
def test_weights_in_utf_16_are_named_as_such(tmp_path, encode):
    path = tmp_path / "mine.csv"
    path.write_bytes(encode(SHIPPED_POSTERIOR.read_bytes()))
    with pytest.raises(PosteriorError, match=r"UTF-16.*; save the file as UTF-8"):
        read_posterior(path, ())


@rewritten
def test_a_scenario_is_the_same_however_an_editor_saved_it(tmp_path, rewrite):
    raw = b"title: Mine\nextends: baseline\nnarrative: >-\n  One line\n  and another\n"
    path = tmp_path / "mine.yaml"
    path.write_bytes(raw)
    plain = load_scenario(path)
    path.write_bytes(rewrite(raw))
    again = load_scenario(path)
    assert (again.fingerprint, again.narrative) == (plain.fingerprint, plain.narrative)


@utf16
def test_a_scenario_in_utf_16_is_named_as_such(tmp_path, encode):
    path = tmp_path / "mine.yaml"
    path.write_bytes(encode(b"title: Mine\nextends: baseline\n"))
    with pytest.raises(DiagnosticsError, match=r"UTF-16.*; save the file as UTF-8"):
        load_scenario(path)


def test_text_that_is_not_utf_8_has_a_place():
    with pytest.raises(DiagnosticsError, match=r"it:2:4  is not UTF-8 text"):
        decode_text("title\nab ц\n".encode("cp1251"), "it")


JSON = {**REWRITTEN, **{f"UTF-16 {name}": encode for name, encode in UTF16.items()}}


@pytest.mark.parametrize("rewrite", JSON.values(), ids=JSON)
def test_records_are_read_however_an_editor_saved_them(tmp_path, rewrite):
    out = make_batch(tmp_path / "batch", ["baseline"])
    raw = (out / "manifest.json").read_bytes()
    older = json.loads(raw) | {"blocks": {}}
    (out / BEFORE).write_text(json.dumps(older), encoding="utf-8")
    (out / "manifest.json").write_bytes(rewrite(raw))
    assert load_manifest(out).blocks  # the newest, not the one before

    record = tmp_path / "scorecard.json"
    record.write_bytes(rewrite(SHIPPED_SCORECARD.read_bytes()))
    assert read_record(record) == read_record()
    assert scorecard_section(record) != UNREADABLE

    elsewhere = {"request": {"results": "memory://there"}}
    (out / "manifest.json").write_bytes(rewrite(json.dumps(elsewhere).encode()))
    shutil.rmtree(out / "results.zarr")
    assert resolve_location(out / "results.zarr") == "memory://there"

    summary = {"verb": "tipping", "command": "steppe", "created": "", "request": {}}
    text = json.dumps(summary | {"identity": "it"})
    (tmp_path / MANIFEST_NAME).write_bytes(rewrite(text.encode()))
    assert read_identity(tmp_path) == "it"
    assert load_summary(tmp_path).verb == "tipping"


@rewritten
def test_hashes_of_claims_are_refreshed_however_an_editor_saved_them(tmp_path, rewrite):
    folder = own_evidence(tmp_path)
    path = folder / FILE
    sound = path.read_text(encoding="utf-8")
    stale = sound.replace("hash: ", "hash: 0", 1)
    path.write_bytes(rewrite(stale.encode()))
    assert refresh_hashes([folder], folder) == 1
    assert path.read_text(encoding="utf-8") == sound


# Documents

LATE_LINES = "first\fpage\vtwo\x1c\x1d\x1e\x85\u2028\u2029end\nsecond\n"


def test_lines_are_numbered_as_editors_number_them(tmp_path):
    assert split_lines(LATE_LINES) == LATE_LINES.split("\n")[:2]
    folder = own_evidence(tmp_path)
    path = folder / "made-up-2018.txt"
    text = path.read_text(encoding="utf-8").replace(" ", "\f ", 1).replace(" ", "\u2028", 1)
    path.write_text(text, encoding="utf-8")
    found = check_evidence((), folder).diagnostics
    assert [diagnostic.message.split(":")[0] for diagnostic in found] == [
        "made-up-2018.txt is not the text that was coded"
    ]  # and no claim is about other lines than before


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_places_in_yaml_are_those_of_editors(character):
    text = f"title: a{character}b\nnarrative: 'c{character}d'\nlist: [1, {character} 2]\n"
    source = parse_yaml(text, "it")
    assert source.place(("list", 1)) == ("it", 3, 13)
    assert source.data == {"title": "a b", "narrative": "c d", "list": [1, 2]}
    with pytest.raises(DiagnosticsError, match="it:4:"):
        parse_yaml(text + "wrong: ]\n", "it")


@rewritten
def test_a_copy_of_a_document_is_the_same_text(tmp_path, rewrite):
    folder = own_evidence(tmp_path)
    path = folder / "made-up-2018.txt"
    path.write_bytes(rewrite(path.read_bytes()))
    assert check_evidence((), folder).diagnostics == ()


@rewritten
def test_a_document_recorded_with_other_line_ends_is_the_same_text(tmp_path, rewrite):
    folder = own_evidence(tmp_path)
    raw, record = (folder / "made-up-2018.txt").read_bytes(), folder / "documents.yaml"
    recorded = sha256(rewrite(raw)).hexdigest()
    record.write_text(record.read_text().replace(sha256(raw).hexdigest(), recorded))
    assert recorded in record.read_text()
    assert check_evidence((), folder).diagnostics == ()


@rewritten
def test_the_fingerprint_of_the_evidence_is_that_of_its_text(tmp_path, rewrite, monkeypatch):
    before = fingerprint(load_evidence())
    for name in ("economies.yaml", "institutions.yaml"):
        (tmp_path / name).write_bytes(rewrite((FOLDER / name).read_bytes()))
    monkeypatch.setattr(fingerprint_module, "FOLDER", tmp_path)
    assert fingerprint(load_evidence()) == before


RUSSIAN = "Торговля с Китаем растёт быстрее, чем с Россией;\nссылка на отчёт.\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *((name, RUSSIAN) for name in ("CP1251", "KOI8-R", "CP866", "ISO-8859-5")),
        ("CP1252", "the union\N{RIGHT SINGLE QUOTATION MARK}s role, a café\n"),
    ],
)
def test_a_document_in_another_encoding_is_named_with_the_way_to_convert_it(
    tmp_path, encoding, text
):
    folder = own_evidence(tmp_path)
    path = folder / "made-up-2018.txt"
    path.write_bytes(f"plain\n{text}".encode(encoding))
    first = next(place for place, letter in enumerate(text) if ord(letter) > 127) + 1
    assert [str(found) for found in check_evidence((), folder).diagnostics] == [
        f"{path}:2:{first}  is not UTF-8 text, it seems to be {encoding}; "
        f"save the file as UTF-8, say with iconv -f {encoding} -t UTF-8"
    ]
