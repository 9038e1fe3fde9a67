"""A batch keeps what it needs to be checked: its scenarios as written, merged, and their values."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from command import steppe
from evidence_files import own_evidence

from steppe.experiments.report.packed_shares import year_ends
from steppe.experiments.report.page_data import page_data
from steppe.experiments.runs.kept_sources import (
    describe_changed_files,
    describe_edited_titles,
    record_sources,
)
from steppe.experiments.runs.rebuild_request import rebuild_request, reload_scenario
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.scenario.find_files import SHIPPED, shipped_names
from steppe.model.scenario.load import load_scenario

EXTENDS = "extends: russian-retreat\n"
SWEEP = [0.3, 0.30000001, 1 / 7, 0.1234567890123]
FILES = {
    "sweep.yaml": f"title: Sweep\n{EXTENDS}vary:\n  paired:\n    depth: {SWEEP}\n"
    "    theta: [0.2, 0.2, 0.21234567891, 0.25]\n",
    "new[1].yaml": f"title: Second download\n{EXTENDS}to: 2030Q4\n",
    "odd[depth=0.5].yaml": f"title: Odd\n{EXTENDS}# a comment\nto: 2030Q4\n",
    "child.yaml": "title: Child\nextends: parent\n",
    "parent.yaml": f"title: Parent\n{EXTENDS}to: 2030Q4\nlevers: {{depth: {{default: 0.4}}}}\n",
}
TYPED = "russian-retreat[depth=0.1234567891,theta=0.2222222222]"
WORDS = ["baseline", "sweep.yaml", "new[1].yaml", "odd[depth=0.5].yaml", "child.yaml", TYPED]


def write_files(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A folder with files and a batch of them in `out`; whoever changes it makes a copy."""
    folder = tmp_path_factory.mktemp("kept")
    write_files(folder)
    ended = steppe("run", *WORDS, *QUICK, "--out", "out", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder


QUICK = ("--members", "3", "--jobs", "1", "--no-figures", "--quiet")


@pytest.fixture
def copy(batch, tmp_path):
    """A copy whose files are its own: the manifest names them where they now lie."""
    folder = tmp_path / "copy"
    shutil.copytree(batch, folder)
    path = folder / "out/manifest.json"
    path.write_text(path.read_text().replace(str(batch), str(folder)), encoding="utf-8")
    return folder


def test_values_of_any_precision_are_reproduced(batch):
    ended = steppe("verify", "out", "--jobs", "1", "--members", "27", cwd=batch)
    assert ended.returncode == 0, ended.stderr
    assert "members  27 run again, 0 different" in ended.stdout
    assert "file " not in ended.stdout
    manifest = load_manifest(batch / "out")
    names = [name for name in manifest.request["scenarios"] if name.startswith("sweep")]
    assert [manifest.sources["scenarios"][name]["values"]["depth"] for name in names] == SWEEP
    assert manifest.sources["scenarios"][names[2]]["merged"]["parameters"]["theta"] == 0.21234567891


@pytest.mark.parametrize("name", ["sweep[depth=0.142857,theta=0.212346]", "new[1]", TYPED[:15]])
def test_any_scenario_is_attributed_to_its_events(batch, name):
    name = next(one for one in load_manifest(batch / "out").request["scenarios"] if name in one)
    words = ("compare", "out", name, "--events", "--top", "1", "--members", "3")
    ended = steppe(*words, cwd=batch)
    assert ended.returncode == 0, ended.stderr
    assert "garrisons-leave" in ended.stdout


def test_a_batch_is_checked_when_its_files_are_gone_or_changed(copy):
    (copy / "sweep.yaml").unlink()
    (copy / "parent.yaml").write_text("title: Parent\nextends: baseline\n", encoding="utf-8")
    (copy / "new[1].yaml").write_text("no: [yaml", encoding="utf-8")
    with (copy / "odd[depth=0.5].yaml").open("a") as stream:
        stream.write("# another\n")
    ended = steppe("verify", "out", "--jobs", "1", "--members", "27", cwd=copy)
    assert ended.returncode == 0, ended.stderr
    assert [line.split()[1:5] for line in ended.stdout.splitlines() if line.startswith("file")] == [
        ["sweep.yaml:", "is", "gone;", "the"],
        ["new[1].yaml:", "has", "changed", "since"],
        ["odd[depth=0.5].yaml:", "has", "changed", "since"],
        ["parent.yaml:", "has", "changed", "since"],
    ]
    words = ("verify", "out", "--json", "--jobs", "1", "--members", "0")
    record = json.loads(steppe(*words, cwd=copy).stdout)
    assert record["sound"] and record["files"][0].startswith("sweep.yaml: is gone")
    for name in ("child", "sweep[depth=0.3,theta=0.2]"):
        words = ("compare", "out", name, "--events", "--top", "1", "--members", "3")
        assert steppe(*words, cwd=copy).returncode == 0


def test_a_copy_with_other_line_ends_is_the_same_file(copy):
    for name, text in FILES.items():
        raw = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        (copy / name).write_bytes(raw)
    assert describe_changed_files(load_manifest(copy / "out"), copy / "out") == []


def test_what_is_kept_is_what_the_loader_reads(batch):
    """Both forms, as written and merged, give each scenario of the batch."""
    manifest = load_manifest(batch / "out")
    for name in manifest.request["scenarios"]:
        kept = reload_scenario(manifest, name)
        file = manifest.request["files"][name]
        path = SHIPPED / Path(file).name if file.startswith("scenarios/") else batch / file
        own = {key: kept.values[key] for key in kept.values if key not in kept.levers}
        read = load_scenario(path, levers=kept.lever_values, parameters=own)
        assert kept.source.data == read.source.data
        assert [source.text for source in kept.files] == [source.text for source in read.files]
        assert replace(kept, name="") == replace(
            read,
            name="",
            title=kept.title,
            values=kept.values,
            parent=None,
            files=kept.files,
            source=kept.source,  # without places
        )


def test_a_kept_text_is_stored_once_and_the_manifest_stays_small():
    sources = record_sources([load_scenario(name) for name in shipped_names()])
    assert len(sources["files"]) == len(shipped_names())
    written = sum(path.stat().st_size for path in SHIPPED.glob("*.yaml"))
    assert len(json.dumps(sources)) < 3 * written


@pytest.fixture
def without_drawing(monkeypatch):
    """Leave out what commands do after the batch is run."""
    monkeypatch.setattr("steppe.experiments.cli.run._describe", lambda given: ([], []))
    monkeypatch.setattr("steppe.experiments.figures.draw.draw_figures", lambda *_, **keys: [])


@pytest.mark.usefixtures("without_drawing")
def test_an_edited_title_is_offered_and_taken_on_request(copy):
    path = copy / "new[1].yaml"
    edited = path.read_text().replace("Second download", "Better name")
    path.write_text(edited + "narrative: More words.\n", encoding="utf-8")
    (copy / "child.yaml").write_text("title: C\nextends: parent\nto: 2031Q4\n", encoding="utf-8")
    (copy / "sweep.yaml").write_text("- no mapping", encoding="utf-8")
    (offer,) = describe_edited_titles(load_manifest(copy / "out"))
    assert offer.startswith("new[1].yaml: its title is now 'Better name', and the batch keeps")

    write_files(copy)
    path.write_text(edited, encoding="utf-8")
    again = ("run", *WORDS, *QUICK, "--out", "out")
    ended = steppe(*again, cwd=copy)
    assert (ended.returncode, ended.stderr) == (0, f"note: {offer}\n")
    assert load_manifest(copy / "out").request["titles"]["new[1]"] == "Second download"
    ended = steppe("plot", "out", "--figure", "forest", "--jobs", "1", cwd=copy)
    assert f"note: {offer}\n" in ended.stderr

    ended = steppe(*again, "--retitle", cwd=copy)
    assert (ended.returncode, ended.stderr) == (0, "")
    manifest = load_manifest(copy / "out")
    assert manifest.request["titles"]["new[1]"] == "Better name"
    assert describe_changed_files(manifest, copy / "out") == describe_edited_titles(manifest) == []


def test_a_report_shows_the_events_of_the_history_that_the_batch_keeps(batch):
    manifest = load_manifest(batch / "out")
    for file in manifest.sources["files"]:
        file["text"] = file["text"].replace("All five republics belong", "As kept, all five belong")
    dataset = year_ends(open_batch(batch / "out"), manifest)
    cells = page_data(dataset, manifest, {}, None)["evidence"]["cells"].values()
    shown = {event["what"] for cell in cells for event in cell["events"]}
    assert any(what.startswith("As kept") for what in shown)
    assert not any(what.startswith("All five republics belong") for what in shown)


@pytest.mark.usefixtures("without_drawing")
def test_the_posterior_is_kept_too(tmp_path):
    mine = tmp_path / "mine.csv"
    shutil.copyfile(SHIPPED_POSTERIOR, mine)
    out = tmp_path / "out"
    again = ("run", "baseline", "--parameters-from", "mine.csv", *QUICK, "--out", "out")
    assert steppe(*again, cwd=tmp_path).returncode == 0
    assert "file " not in steppe("verify", out, "--jobs", "1").stdout
    mine.unlink()
    ended = steppe("verify", out, "--jobs", "1")
    assert ended.returncode == 0, ended.stderr
    assert f"{mine}: is gone; the batch keeps its text" in ended.stdout
    kept = out / "posterior.csv"
    kept.write_bytes(b"\0" + kept.read_bytes()[:-9])
    ended = steppe("verify", out, "--jobs", "1")
    assert ended.returncode == 2 and f"{mine}: cannot be read" in ended.stderr
    shutil.copyfile(SHIPPED_POSTERIOR, mine)
    assert steppe("verify", out, "--jobs", "1").returncode == 0
    assert steppe(*again, cwd=tmp_path).returncode == 0
    assert kept.read_bytes() == mine.read_bytes()


@pytest.mark.usefixtures("without_drawing")
def test_a_report_shows_the_claims_that_the_batch_was_run_with(tmp_path):
    folder, out = own_evidence(tmp_path), tmp_path / "out"
    words = ("--parameters-from", "prior", "--evidence", folder.name, "--out", "out")
    assert steppe("run", "baseline", *QUICK, *words, cwd=tmp_path).returncode == 0
    manifest = load_manifest(out)
    dataset = year_ends(open_batch(out), manifest)
    evidence = page_data(dataset, manifest, {}, None)["evidence"]
    assert not evidence["changed"] and "made-up-2018" in evidence["documents"]
    shutil.rmtree(folder)
    assert page_data(dataset, manifest, {}, None)["evidence"]["changed"]


# Batches of earlier versions


def forget_sources(folder: Path) -> None:
    """Make the batch one of an earlier version, which kept no sources."""
    path = folder / "out/manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest["sources"]
    path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")


@pytest.mark.usefixtures("without_drawing")
def test_a_batch_without_sources_is_checked_by_its_files_and_gets_them_when_continued(copy):
    forget_sources(copy)
    ended = steppe("verify", "out", "--jobs", "1", "--members", "27", cwd=copy)
    assert ended.returncode == 0, ended.stderr
    assert "members  27 run again, 0 different" in ended.stdout
    ended = steppe("run", *WORDS, *QUICK, "--out", "out", cwd=copy)
    assert ended.returncode == 0, ended.stderr
    assert load_manifest(copy / "out").sources["scenarios"].keys() >= {"baseline", "new[1]"}


def test_a_batch_without_sources_whose_file_changed_says_so(copy):
    forget_sources(copy)
    (copy / "child.yaml").write_text("title: Child\nextends: russian-retreat\n", encoding="utf-8")
    ended = steppe("verify", "out", "--jobs", "1", cwd=copy)
    assert ended.returncode == 2 and "scenario child has changed" in ended.stderr
    (copy / "child.yaml").unlink()
    ended = steppe("verify", "out", "--jobs", "1", cwd=copy)
    assert ended.returncode == 2 and "child.yaml  no such file" in ended.stderr


@pytest.mark.parametrize(
    "damage",
    [
        lambda sources: sources.pop("files"),
        lambda sources: sources.update(scenarios=[]),
        lambda sources: sources["scenarios"]["baseline"].update(files=[99]),
        lambda sources: sources["scenarios"]["baseline"].update(files=["a"]),
        lambda sources: sources["scenarios"]["baseline"].update(merged=3),
        lambda sources: sources["scenarios"]["baseline"].update(values={"a": "b"}),
        lambda sources: sources["files"][0].update(text=None),
        lambda sources: sources["events"].clear(),
    ],
)
def test_damaged_sources_are_damage_of_the_manifest(copy, damage):
    path = copy / "out/manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    damage(manifest["sources"])
    path.write_text(json.dumps(manifest), encoding="utf-8")
    (copy / "out/manifest.json.before").unlink(missing_ok=True)
    with pytest.raises(RequestError, match="is damaged"):
        load_manifest(copy / "out")


def test_kept_sources_that_are_no_scenario_are_refused_in_words(copy):
    manifest = load_manifest(copy / "out")
    manifest.sources["scenarios"]["baseline"]["merged"]["to"] = "never"
    with pytest.raises(RequestError, match=r"baseline\.yaml.*never"):
        rebuild_request(manifest, copy / "out")
