"""Running scenarios, from Python and from the command line: `run` and `run_to_folder`."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.experiments.storage.locations import address_of, parse_batch
from steppe.experiments.storage.manifest import MEMBERS, SUMMARY
from steppe.experiments.storage.working_copy import lock_batch, working_folder
from steppe.model.core.arguments import MOST_MEMBERS, check_choice, check_whole
from steppe.model.core.cast import default_cast
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.evidence.choice import EvidenceChoice, choose_evidence, evidence_words
from steppe.model.parameters.given import ParameterValues, check_parameters
from steppe.model.parameters.posterior import POSTERIOR, SERIES_SEPARATOR
from steppe.model.scenario.load import Scenario, check_levers

from .batch import BlockRunner, find_batch, run_batch
from .batch_request import Request, members_per_block
from .block import BLOCK
from .parameter_source import load_parameter_source, replace_draws
from .progress import Progress
from .requested_scenarios import (
    require_guards_of_given,
    require_references,
    require_scenarios,
)
from .unmet_conditions import find_unmet_conditions
from .workers import repaid_jobs

if TYPE_CHECKING:
    import xarray as xr

Named = str | Path | Scenario

MOST_JOBS = 1024
# How Python says what the options of the command line say, in messages for both.
OPTIONS = {
    "give another --out": "give another `out`",
    "or a folder with --out": "or a folder",
    "--replace to delete": "replace=True to delete",
    "run the same command with --retry": "run the same again with retry=True",
    "run it again with --replace": "run it again with replace=True",
    "use --frequency quarter": "use frequency='quarter'",
    "(--store summary)": "(store='summary')",
    "--store members": "store='members'",
    "the same command resumes": "the same call resumes",
    "--jobs 1 needs": "jobs=1 needs",
    "--evidence takes": "evidence takes",
    "--evidence documents-only needs": "evidence='documents-only' needs",
    "--evidence measured": "evidence='measured'",
    "steppe run --parameters-from documents-only.csv": "parameters_from='documents-only.csv'",
    "take it out of --set": "take it out of levers",
    "and by --set": "and by levers",
    "--set  ": "levers: ",
    "--set ": "levers: ",
}
_OPTION = re.compile("|".join(map(re.escape, OPTIONS)))


@dataclass(frozen=True)
class BatchOptions:
    """What is to be run, and how, as the command line has it; defaults are those of `run`.

    levers : number by lever, set in every scenario that has it.
    parameters : values in place of those drawn, by symbol or name.
    results : an address for the shares, if they are not to lie in the folder.
    """

    scenarios: Sequence[Named] = ()
    members: int = 1000
    seed: int = 1
    levers: Mapping[str, float] = field(default_factory=dict)
    parameters: ParameterValues | None = None
    parameters_from: str = POSTERIOR
    evidence: EvidenceChoice = field(default_factory=EvidenceChoice)
    frequency: str = "year"
    store: str = MEMBERS
    jobs: int | None = None
    results: str = ""

    def request(self) -> Request:
        """The batch, its scenarios and parameters loaded.

        Raises
        ------
        RequestError
            With what is wrong in the scenarios, the levers, the parameters or the evidence.
        """
        source = load_parameter_source(
            self.parameters_from, self.evidence.claims, self.evidence.series
        )
        parameters = check_parameters(self.parameters, default_cast(), self.members)
        evidence = source.folder if source.documents_only else self.evidence.claims
        asked = require_scenarios(self.scenarios, self.levers, source.folder, parameters)
        source = replace_draws(source, parameters, self.members, self.seed)
        if parameters:
            require_guards_of_given(asked, source, self.seed, self.members)
        scenarios, references = require_references(asked, parameters)
        return Request(
            scenarios,
            source,
            self.members,
            self.seed,
            self.frequency,
            members_per_block(self.members) if self.store == MEMBERS else BLOCK,
            self.store,
            self.results,
            given={
                "weights": self.parameters_from,
                "evidence": str(evidence or ""),
                "series": SERIES_SEPARATOR.join(map(str, source.series_from)),
            },
            references=references,
        )


def run_to_folder(
    options: BatchOptions,
    out: Path,
    *,
    command: str,
    replace: bool = False,
    retry: bool = False,
    retitle: bool = False,
    progress: Progress | None = None,
    cluster: AbstractContextManager[BlockRunner] | None = None,
) -> tuple[Request, list[Diagnostic]]:
    """Run what is missing of a batch in a folder; return its request, and conditions never met.

    Parameters
    ----------
    cluster : entered once the request is known to be right, since its workers may be queued jobs.

    Raises
    ------
    RequestError, IncompleteRunError
        As `steppe.experiments.runs.batch.run_batch` does.
    """
    request = options.request()
    if cluster is not None:
        _require_room(request, out, replace)  # before jobs wait in a queue
    with cluster or nullcontext() as workers:
        run_batch(
            request,
            out,
            jobs=options.jobs or repaid_jobs(request.member_quarters),
            command=command,
            replace=replace,
            retry=retry,
            retitle=retitle,
            progress=progress,
            cluster=workers,
        )
    return request, find_unmet_conditions(
        request.scenarios, request.parameter_source, request.members, request.seed
    )


def _require_room(request: Request, out: Path, replace: bool) -> None:
    """Refuse a folder that holds something else; what an address holds is known once locked."""
    lock = lock_batch(out) if address_of(out) else nullcontext()
    with lock, report_disk_errors(out):
        find_batch(request, out, replace)


def run(
    scenarios: Named | Sequence[Named] = (),
    *,
    members: int = 1000,
    seed: int = 1,
    levers: Mapping[str, float] | None = None,
    parameters: ParameterValues | None = None,
    parameters_from: str | Path = POSTERIOR,
    evidence: str | Path | Sequence[str | Path] | None = None,
    frequency: str = "year",
    store: str = MEMBERS,
    jobs: int | None = None,
    out: str | Path | None = None,
    replace: bool = False,
    retry: bool = False,
) -> xr.Dataset:
    """Run scenarios over many members, as `steppe run` does, and return the results.

    Parameters
    ----------
    scenarios : names of scenarios that ship, paths of files, or scenarios that are loaded, one
        or several; without any, all that ship.
    members : histories per scenario, 1 to 100,000,000.
    seed : of all random numbers, 0 or more. The same seed gives the same results, to the last bit.
    levers : number by lever, set in every scenario that has it.
    parameters : values in place of those drawn, by symbol, identifier or name (`ρ`, `rho`,
        `resistance`), each a number or an array over members, (members,), in the parameter's unit.
    parameters_from : `posterior` (the one that ships), `prior`, or the path of a posterior.
    evidence : a folder with claims or series of your own, `measured` for the series that ship, or
        `documents-only`; or several of them.
    frequency : `year` to store year ends, or `quarter`.
    store : `members`, or `summary` for counts from which quantiles are computed.
    jobs : processes; by default one per processor, where there is work for more than one.
    out : a folder or an address for the batch, which `steppe plot` and the other commands read;
        the same call resumes it. Without one, nothing is kept on disk.
    replace : delete another batch in the folder first; scenarios that are the same stay.
    retry : run blocks again that failed.

    Returns
    -------
    Dataset with `shares` (scenario, member, time, republic, channel, holder), from 0 to 1,
    observables such as `trade` (scenario, member, time, republic, power), and `parameters`
    (scenario, member, parameter); with `store="summary"`, counts in their place. In
    memory without `out`, else read from the folder as it is used. DATA.md describes it.

    Raises
    ------
    RequestError
        If an argument is wrong, a scenario has mistakes, or the folder holds another batch.
    IncompleteRunError
        If members could not be computed, or the run was stopped; a folder keeps what is done.

    Warns
    -----
    UserWarning
        If no member meets the condition of an event.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("russian-retreat", members=20, levers={"depth": 0.9})
    >>> results["shares"].sizes["member"]
    20
    >>> last = results["shares"].sel(republic="Kazakhstan", channel="security").isel(time=-1)
    >>> bool((last.sum("holder") - 1 < 1e-4).all())  # shares and autonomy are a whole
    True
    """
    with python_words():
        options = BatchOptions(
            _check_scenarios(scenarios),
            check_whole("members", members, 1, MOST_MEMBERS),
            check_whole("seed", seed, 0),
            check_levers(levers),
            parameters,
            str(_check_path("parameters_from", parameters_from)),
            choose_evidence(evidence_words(evidence)),
            check_choice("frequency", frequency, ("year", "quarter")),
            check_choice("store", store, (MEMBERS, SUMMARY)),
            None if jobs is None else check_whole("jobs", jobs, 1, MOST_JOBS),
        )
        if out is not None:
            place = parse_batch(str(_check_path("out", out)))
            with working_folder(place, fetch=False) as batch:
                return _run_and_open(options, batch, replace=replace, retry=retry)
        with tempfile.TemporaryDirectory(prefix="steppe-") as folder:
            return _run_and_open(options, Path(folder) / "batch").load()


def _run_and_open(
    options: BatchOptions, out: Path, *, replace: bool = False, retry: bool = False
) -> xr.Dataset:
    command = _call_text(options)
    _, problems = run_to_folder(options, out, command=command, replace=replace, retry=retry)
    for problem in problems:
        warnings.warn(str(problem), stacklevel=4)
    from .public_results import open_results  # xarray takes longer to import than a small run

    return open_results(out)


def _call_text(options: BatchOptions) -> str:
    """The call as one would write it, for the record: what differs from the defaults."""
    names = [str(one.name if isinstance(one, Scenario) else one) for one in options.scenarios]
    plain = {
        name: value
        for name, value in vars(options).items()
        if name != "scenarios" and value != getattr(BatchOptions(), name)
    }
    if "evidence" in plain:
        places = list(map(str, options.evidence.places))
        plain["evidence"] = places if places[1:] else places[0]
    if "parameters" in plain:
        plain["parameters"] = {
            name: value
            if np.ndim(value) == 0
            else f"{len(value)} values, {np.min(value):g} to {np.max(value):g}"
            for name, value in plain["parameters"].items()
        }
    return f"steppe.run({', '.join([repr(names), *(f'{k}={v!r}' for k, v in plain.items())])})"


def _check_scenarios(given: Any) -> tuple[Named, ...]:
    several = [given] if isinstance(given, (str, Path, Scenario)) else given
    if isinstance(several, Sequence) and all(isinstance(one, Named) for one in several):
        return tuple(several)
    raise RequestError(f"scenarios is {given!r}; give names or paths of scenarios, one or several")


def _check_path(name: str, value: Any) -> str | Path:
    if isinstance(value, (str, Path)) and str(value):
        return value
    raise RequestError(f"{name} is {value!r}; give a name or a path")


@contextmanager
def python_words() -> Iterator[None]:
    """Say in errors what Python calls the options that the command line names."""
    try:
        yield
    except (RequestError, IncompleteRunError) as error:
        text = str(error)
        said = _OPTION.sub(lambda match: OPTIONS[match[0]], text)
        if said == text:
            raise
        kind = RequestError if isinstance(error, RequestError) else IncompleteRunError
        raise kind(said) from None
