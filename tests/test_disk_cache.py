"""Values kept on disk: the same as new ones, and made again whenever they might not be."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from steppe.experiments.runs import spinup
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.core import disk_cache
from steppe.model.core.disk_cache import DIGEST, MOST_KEPT, load_or_make
from steppe.model.core.spinup_state import SpinupState
from steppe.model.evidence import claims, coded_inputs, fingerprint
from steppe.model.scenario.load import load_scenario


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an empty cache."""
    monkeypatch.setenv("STEPPE_CACHE_DIR", str(tmp_path / "steppe"))
    return tmp_path / "steppe"


def ask(value: object = "new", *depends_on: bytes) -> object:
    return load_or_make("name", depends_on, lambda: value)


def test_a_value_is_made_once(folder: Path) -> None:
    assert [ask("first"), ask("second"), ask("third", b"other")] == ["first", "first", "third"]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("left", [0, 5, DIGEST, DIGEST + 3, -1])
def test_a_file_cut_short_is_made_again(folder: Path, left: int) -> None:
    ask("old")
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:left])
    assert [ask("new"), ask("later")] == ["new", "new"]


def test_other_bytes_are_not_unpickled(folder: Path) -> None:
    ask("old")
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:DIGEST] + pickle.dumps("other"))
    assert ask("new") == "new"


@pytest.mark.parametrize("name", ["machine", "version of Python"])
def test_another_machine_or_version_has_files_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ask("old")
    disk_cache.code_hash.cache_clear()
    if name == "machine":
        monkeypatch.setattr(disk_cache.platform, "machine", lambda: "another")
    else:
        monkeypatch.setattr(disk_cache.sys, "version", "another")
    assert ask("new") == "new"
    disk_cache.code_hash.cache_clear()


def test_a_processor_that_rounds_otherwise_has_files_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("old")
    disk_cache.code_hash.cache_clear()
    monkeypatch.setattr(disk_cache.np, "exp", lambda x: np.nextafter(np.float64(2.0) ** x, 0))
    assert ask("new") == "new"
    disk_cache.code_hash.cache_clear()


def test_changed_code_of_the_model_has_files_of_its_own(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "model" / "equations.py"
    source.parent.mkdir()
    monkeypatch.setattr(disk_cache, "MODEL", source.parent)
    found = []
    for text in ("1", "2", "1"):
        source.write_text(text)
        disk_cache.code_hash.cache_clear()
        found.append(ask(text))
    source.unlink()
    disk_cache.code_hash.cache_clear()
    assert [*found, ask("unkept"), ask("anew")] == ["1", "2", "1", "unkept", "anew"]
    disk_cache.code_hash.cache_clear()


def test_a_folder_that_cannot_be_written_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way of a folder, for root as well")
    monkeypatch.setenv("STEPPE_CACHE_DIR", str(file / "steppe"))
    assert [ask("first"), ask("second")] == ["first", "second"]
    assert file.read_text().startswith("in the way")


def test_the_folder_lies_where_users_keep_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert disk_cache.cache_folder() is None  # as for all tests
    monkeypatch.delenv("STEPPE_CACHE_DIR")
    assert disk_cache.cache_folder() == tmp_path / "steppe"


def test_a_full_disk_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(disk_cache.os, "replace", full)
        assert ask("first") == "first"
    assert list(folder.iterdir()) == []
    assert ask("second") == "second"


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEPPE_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(disk_cache.os.path, "expanduser", str)  # as for an unknown user
    assert [ask("first"), ask("second")] == ["first", "second"]


def test_several_writers_at_once_leave_a_whole_file(folder: Path) -> None:
    large = np.arange(200_000)

    def write(number: int) -> bool:
        for path in folder.glob("name-*"):
            path.write_bytes(b"cut short") if number % 5 == 0 else None
        found = load_or_make("name", [], lambda: large)
        return np.array_equal(found, large)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write, range(40)))
    assert not list(folder.glob("*.draft"))


def test_old_files_go(folder: Path) -> None:
    for number in range(2 * MOST_KEPT):
        ask(number, str(number).encode())
    assert len(list(folder.iterdir())) == MOST_KEPT
    assert ask("new", str(2 * MOST_KEPT - 1).encode()) == 2 * MOST_KEPT - 1


def test_a_killed_process_leaves_no_draft_for_ever(folder: Path) -> None:
    code = (
        "import os; from steppe.model.core import disk_cache\n"
        "disk_cache.os.replace = lambda *_: os._exit(0)\n"
        "disk_cache.load_or_make('name', [b'killed'], int)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    (draft,) = folder.iterdir()
    assert draft.suffix == ".draft"
    for number in range(MOST_KEPT):
        ask(number, str(number).encode())
    assert not draft.exists() and len(list(folder.iterdir())) == MOST_KEPT


def test_a_relative_folder_is_that_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEPPE_CACHE_DIR", "kept")
    assert disk_cache.cache_folder() == tmp_path / "kept"
    assert [ask("first"), ask("second")] == ["first", "first"]


def test_kept_inputs_are_those_of_the_claims(folder: Path) -> None:
    made = coded_inputs.default_inputs.__wrapped__()
    kept = coded_inputs.default_inputs.__wrapped__()
    assert len(list(folder.glob("inputs-*"))) == 1 and kept is not made
    anew = coded_inputs.code_inputs(claims.load_evidence(), made.cast)
    for name in (*coded_inputs.DATED, "stance"):
        assert np.array_equal(getattr(kept, name), getattr(anew, name))
    assert (kept.cast, kept.trail) == (anew.cast, anew.trail)
    assert repr(kept.institutions) == repr(anew.institutions)
    wanted = fingerprint.fingerprint(claims.load_evidence())
    assert [fingerprint.shipped_evidence_fingerprint.__wrapped__() for _ in "12"] == [wanted] * 2


def test_changed_claims_give_other_inputs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = claims.shipped_evidence_files()
    changed = tmp_path / "evidence" / "claims"
    changed.mkdir(parents=True)
    (changed / "one.yaml").write_text("document: one\n")
    monkeypatch.setattr(claims, "FOLDER", changed.parent)
    assert claims.shipped_evidence_files() == [b"document: one\n"] != before


def test_a_kept_spinup_is_that_of_the_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, scenario = load_parameter_source(), load_scenario("baseline")

    def state(members: int) -> SpinupState:
        spinup._states.clear()
        found = spinup.spinup_state(scenario, np.arange(members), 1, source)
        assert found is not None
        return found

    made, larger = state(3), state(4)
    assert len(list(folder.glob("spinup-*"))) == 2
    monkeypatch.setattr("steppe.model.model.InfluenceModel", None)  # nothing is simulated again
    for name, part in vars(state(3)).items():
        assert np.array_equal(part, getattr(made, name))
        assert np.array_equal(part, getattr(larger, name)[..., :3])
    spinup._states.clear()


def test_a_second_process_needs_no_claims(folder: Path) -> None:
    code = (
        "from steppe.experiments.runs.parameter_source import load_parameter_source as load\n"
        "from steppe.model.evidence import claims\n"
        "load(); print(claims._shipped_evidence.cache_info().misses)"
    )
    asked = [sys.executable, "-c", code]
    runs = [subprocess.run(asked, capture_output=True, text=True, check=True) for _ in "12"]
    assert [run.stdout.strip() for run in runs] == ["1", "0"]
