"""What all analyses share: their options, loading scenarios, opening the folder, progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.experiments.runs.parameter_source import ParameterSource, load_parameter_source
from steppe.experiments.runs.progress import Counter
from steppe.experiments.runs.requested_scenarios import require_guards
from steppe.experiments.runs.workers import default_jobs
from steppe.model.core.errors import RequestError
from steppe.model.scenario.load import Scenario

from .folder import AnalysisFolder, default_folder, identity_of, request_record

RECORDED_VERBS = {"robustness": "robust"}  # older requests have the old name; they still match


@dataclass(frozen=True)
class AnalysisOptions:
    """Options that all analyses have.

    Parameters
    ----------
    out : folder of the analysis; by default the first free one in `results/answers`.
    jobs : worker processes; by default one per processor.
    parameters_from : `posterior`, `prior` or a file.
    replace : whether to delete another analysis in the same folder.
    command : the command as it was typed, for the manifest.
    """

    out: Path | None
    seed: int
    jobs: int | None
    parameters_from: str
    evidence_folder: Path | None
    replace: bool
    command: str

    def load_parameter_source(self) -> ParameterSource:
        """Load the inputs and the posterior.

        Raises
        ------
        RequestError
            If they cannot be used, or leave out the public record.
        """
        source = load_parameter_source(self.parameters_from, self.evidence_folder)
        if source.documents_only:
            # analyses load scenarios by name, and so with the events of the shipped history
            raise RequestError(
                "analyses cannot leave out the public record yet, since their scenarios have its "
                "events; leave out --evidence documents-only, and parameters made with it, or run "
                "a batch: steppe run --evidence documents-only"
            )
        return source


@dataclass(frozen=True)
class AnalysisReport:
    """A finished analysis: its folder, its sentences, and how many tasks were already done."""

    folder: AnalysisFolder
    sentences: list[str]
    reused: int


def open_folder(
    options: AnalysisOptions,
    verb: str,
    scenarios: Sequence[Scenario],
    source: ParameterSource,
    recorded: Mapping[str, Any],
) -> AnalysisFolder:
    """The folder of an analysis: the one given, or one in `results/answers`.

    `recorded` are the options of this analysis alone; with the others they identify it.

    Raises
    ------
    RequestError
        If a scenario changes parameters of the posterior so that they break a guard.
    """
    if source.posterior is not None:
        require_guards(scenarios, source, options.seed, source.posterior.size)
    record = request_record(
        RECORDED_VERBS.get(verb, verb), scenarios, source, options.seed, recorded
    )
    path = options.out or default_folder(verb, identity_of(record))
    return AnalysisFolder(path, verb, record, options.command, options.replace)


@contextmanager
def open_checkpoints(
    folder: AnalysisFolder, options: AnalysisOptions, tasks: int
) -> Iterator[Checkpoints]:
    """Checkpoints in the folder of an analysis, with a progress bar on a terminal."""
    jobs = options.jobs or default_jobs()
    with (
        Counter(tasks, "pieces") as counter,
        Checkpoints(folder.checkpoint_folder, jobs, counter.advance) as checkpoints,
    ):
        yield checkpoints
