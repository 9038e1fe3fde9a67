"""What experiments/README.md says of Slurm and of a bucket runs, with a real Slurm and a server."""

from __future__ import annotations

from contextlib import chdir

import pytest
import slurm
from test_pages import Block, blocks, call, commands

PAGE = "experiments/README.md"
missing = slurm.missing_programs()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
# slow: the commands of the page, with servers; Dask and s3fs leave sockets behind


def blocks_that_need(what: str) -> list[Block]:
    """The blocks of the page that this file runs."""
    found = [block for block in blocks(PAGE) if block.reason.startswith(f"needs {what}, which")]
    assert found
    return found


def test_the_commands_for_a_bucket_run(served, tmp_path):
    with chdir(tmp_path):
        (block,) = blocks_that_need("a bucket")
        words = [command for command, _ in commands(block.text)]
        printed = [call(command) for command in words]
    assert [command.split()[1] for command in words] == [
        "run", "status", "compare", "plot", "report", "export", "verify",
    ]  # fmt: skip
    assert "state    finished" in printed[1]
    assert "s3://bucket/run/figures/region-baseline.png" in printed[3]
    assert "0 damaged" in printed[6]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
def test_the_commands_for_slurm_run(tmp_path, monkeypatch):
    settings, block = blocks_that_need("Slurm")
    with slurm.start() as own, chdir(tmp_path):
        for name, value in own.settings.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "jobs.yaml").write_text(settings.text + "interface: lo\n")
        for command, _ in commands(block.text):
            assert "steppe-" in call(command)
        assert "state    finished" in call("steppe status queued")
        assert "0 damaged" in call("steppe verify queued")
        own.wait_until(lambda: not own.jobs(), "the end of all jobs")
