"""A scenario is read and validated once per command, and the posterior only where it is needed."""

from collections import Counter

import command
import pytest

from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.parameters import posterior
from steppe.model.scenario import find_files, load

FUTURE = """\
title: Mine
extends: russian-retreat
events:
  more: {what: more money, when: 2030, effects: [{budget: China, scale: 1 + depth}]}
"""
FAMILY = FUTURE + "vary: {grid: {depth: [0.2, 0.4, 0.6]}}\n"
GUARDED = "title: Guarded\nextends: baseline\nparameters: {lambda_: 1, theta: 0.9, chi: 3}\n"


@pytest.fixture
def counts(monkeypatch):
    """How often files are read, by name, and how often scenarios are validated."""
    counted = Counter()
    read_yaml, validate_file = find_files.read_yaml, load.validate_file

    def count_read(path, *arguments):
        counted[path.name] += 1
        return read_yaml(path, *arguments)

    def count_validation(*arguments):
        counted["validations"] += 1
        return validate_file(*arguments)

    monkeypatch.setattr(find_files, "read_yaml", count_read)
    monkeypatch.setattr(load, "validate_file", count_validation)
    return counted


@pytest.fixture
def future(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(FUTURE, encoding="utf-8")
    return path


def run_small(path, out, *options):
    sizes = ("--members", 2, "--jobs", 1, "--no-figures", "--quiet")
    result = command.steppe("run", path, *sizes, "--out", out, *options)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("options", [(), ("--set", "depth=0.5")])
def test_check_reads_and_validates_a_file_once(counts, future, options):
    assert command.steppe("check", future, *options).returncode == 0
    assert (counts["mine.yaml"], counts["validations"]) == (1, 1)


@pytest.mark.parametrize("options", [(), ("--set", "depth=0.5")])
def test_run_reads_and_validates_a_file_once(counts, future, tmp_path, options):
    run_small(future, tmp_path / "out", *options)
    assert (counts["mine.yaml"], counts["validations"]) == (1, 1)


def test_a_difference_reads_each_file_once(counts, future):
    result = command.steppe("check", "--diff", "baseline", future, "--set", "depth=0.5")
    assert result.returncode == 0
    assert (counts["mine.yaml"], counts["validations"]) == (1, 2)


def test_a_family_is_read_once_and_validated_once_more_than_it_has_members(counts, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(FAMILY, encoding="utf-8")
    assert len(load.load_family(path)) == 3
    assert (counts["mine.yaml"], counts["validations"]) == (1, 4)


def test_a_comparison_loads_no_scenario(counts, future, tmp_path):
    run_small(future, tmp_path / "out", "baseline")
    run = dict(counts)
    result = command.steppe("compare", tmp_path / "out", "mine")
    assert result.returncode == 0, result.stderr
    assert dict(counts) == run


@pytest.fixture
def reads(monkeypatch):
    """Which posteriors are read."""
    paths = []
    read = posterior.read_posterior

    def note(path, *arguments):
        paths.append(path)
        return read(path, *arguments)

    monkeypatch.setattr(posterior, "read_posterior", note)
    return paths


def test_checking_files_does_not_read_the_posterior(reads, future):
    assert command.steppe("check").returncode == 0
    assert command.steppe("check", future).returncode == 0
    load.load_scenario(future)
    assert reads == []


def test_only_guards_need_the_posterior(reads, tmp_path):
    path = tmp_path / "guarded.yaml"
    path.write_text(GUARDED, encoding="utf-8")
    load.load_scenario(path)
    assert reads == []
    result = command.steppe("check", path)
    assert result.returncode == 2
    assert "of the members break a guard of the model" in result.stderr
    assert reads == [SHIPPED_POSTERIOR]


@pytest.mark.parametrize("source", ["posterior", "prior"])
def test_a_run_refuses_broken_guards_before_it_writes_anything(tmp_path, source):
    path = tmp_path / "guarded.yaml"
    path.write_text(GUARDED, encoding="utf-8")
    out = tmp_path / "out"
    result = command.steppe("run", path, "--members", 4, "--out", out, "--parameters-from", source)
    assert result.returncode != 0
    assert f"{path}:3:1  with lambda_, theta, chi changed so, 100% of the members" in result.stderr
    assert not out.exists()
