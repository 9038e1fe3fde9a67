"""Workers as jobs of Slurm: submitted, replaced when they end early, and cancelled with the run.

The scheduler of Dask runs in this process. Should this process be killed, jobs that run end by
themselves once they miss it, and those that still wait do so when their turn comes.
"""

from __future__ import annotations

import getpass
import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.field_types import StrictModel
from steppe.model.core.optional_packages import import_package
from steppe.model.core.type_errors import parse_data
from steppe.model.core.yaml_source import read_yaml

from .workers import worker_environment

SLURM = "slurm"
LOOK_SECONDS = 15.0  # between two looks at the queue
ORPHAN_SECONDS = 60  # after which a worker without a scheduler ends itself
MOST_FRUITLESS = 3  # rounds of jobs that end before one of their workers comes
EARLIER_SECONDS = 30  # a worker ends itself so long before its job's time is over
DAY, HOUR, MINUTE = 86400, 3600, 60
SILENT = 60  # above all levels: what users should know the run says, and Dask in tracebacks
FEWER_MEASUREMENTS: dict[str, Any] = {  # of Dask's own; by default it takes 200 in a second
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.profile.enabled": False,
}
OF_WORKERS = {
    **FEWER_MEASUREMENTS,
    # Dask has memory returned after every array, and the same pages asked for again: 2.5 times
    # the processor time of a block.
    "distributed.nanny.pre-spawn-environ": {"MALLOC_TRIM_THRESHOLD_": None},
}


def _written_as(pattern: str, what: str) -> BeforeValidator:
    """The type of a text that is written in a certain way."""

    def check(given: object) -> str:
        text = str(given)
        if re.fullmatch(pattern, text) is None:
            raise ValueError(f"must be {what}")
        return text

    return BeforeValidator(check)


class JobSettings(StrictModel):
    """What to ask of Slurm for each job; a job runs a worker per core.

    jobs : how many at once. memory : of a job, such as `4GB`. walltime : as Slurm writes it.
    options : further options of sbatch. before : lines of shell before the workers start.
    interface : of the network, such as `ib0`, over which workers reach this process.
    """

    jobs: Annotated[int, Field(ge=1, le=10_000)] = 1
    cores: Annotated[int, Field(ge=1, le=1024)] = 1
    memory: Annotated[str, _written_as(r"\d+(\.\d+)? ?[KMGT]i?B", "an amount such as 4GB")] = "2GB"
    walltime: Annotated[
        str, _written_as(r"(\d+-)?\d+(:\d\d){0,2}", "a time as Slurm writes it, such as 01:00:00")
    ] = "01:00:00"
    partition: str | None = None
    account: str | None = None
    options: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    interface: str | None = None


def read_settings(file: str) -> JobSettings:
    """Read the settings of jobs; the defaults without a file.

    Raises
    ------
    RequestError
        With every mistake in the file.
    """
    if not file:
        return JobSettings()
    try:
        return parse_data(read_yaml(Path(file), file), JobSettings, {})
    except DiagnosticsError as error:
        raise RequestError("\n".join(map(str, error.diagnostics))) from None


def name_of_jobs(place: str) -> str:
    """The name of all jobs of a run: the same whenever the batch at this place is run."""
    return f"steppe-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


class JobQueue:
    """The jobs of one run, kept at a number until they are cancelled.

    failure : why no more are submitted; empty while they are.
    """

    def __init__(self, settings: JobSettings, name: str, logs: Path | None) -> None:
        self.settings, self.name, self._logs = settings, name, logs
        self.failure = ""
        self._submitted: list[str] = []
        self._fruitless = 0
        self._ended = threading.Event()
        self._keeper: threading.Thread | None = None

    def start(self, scheduler: str, count_workers: Callable[[], int]) -> None:
        """Submit all jobs, and watch them from now on.

        Raises
        ------
        RequestError
            If Slurm refuses them.
        """
        self._scheduler = scheduler
        made = [] if self._logs is None else _make_folders(self._logs)
        try:
            self._submit_missing()
        except RequestError:
            for folder in made:
                folder.rmdir()
            raise
        self._keeper = threading.Thread(target=self._keep, args=(count_workers,), daemon=True)
        self._keeper.start()

    def end(self) -> None:
        """Cancel all jobs."""
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join()
        if self._submitted:
            with suppress(RequestError):
                self._call("scancel", "--quiet", *self._submitted)

    def _keep(self, count_workers: Callable[[], int]) -> None:
        while not self._ended.wait(LOOK_SECONDS) and not self.failure:
            if count_workers():
                self._fruitless = 0
            try:
                self._submit_missing()
            except RequestError as error:  # Slurm may be down for a while
                self._fruitless += 1
                if self._fruitless > MOST_FRUITLESS * self.settings.jobs:
                    self.failure = str(error)

    def _submit_missing(self) -> None:
        """Submit jobs in place of those that are no longer in the queue."""
        words = ("--noheader", "--format=%i", f"--name={self.name}", f"--user={getpass.getuser()}")
        queued = set(self._call("squeue", *words).split()) if self._submitted else set()
        mine = [job for job in self._submitted if job in queued]
        for _ in range(self.settings.jobs - len(mine)):
            if self._fruitless >= (1 + MOST_FRUITLESS) * self.settings.jobs:
                where = f"; {self._logs} has what they said" if self._logs else ""
                self.failure = f"{self._fruitless} jobs ended before their workers came{where}"
                return
            said = self._call(
                "sbatch", "--parsable", *self._sink(), script=self._script(len(self._submitted))
            )
            self._submitted.append(said.strip().partition(";")[0])
            self._fruitless += 1

    def _sink(self) -> tuple[str, ...]:
        return () if self._logs is not None else ("--output=/dev/null", "--error=/dev/null")

    def _script(self, number: int) -> str:
        """The job that starts workers, as dask-jobqueue writes it."""
        given, own = self.settings, worker_environment() | _as_variables(OF_WORKERS)
        life = max(EARLIER_SECONDS, seconds_of(given.walltime) - EARLIER_SECONDS)
        job: Any = import_package("cluster", "dask_jobqueue.slurm").SLURMJob
        return str(
            job(
                self._scheduler,
                name=f"{self.name}-{number}",
                job_name=self.name,
                queue=given.partition,
                account=given.account,
                walltime=given.walltime,
                cores=given.cores,
                processes=given.cores,
                nanny=given.cores > 1,  # a worker alone in its job is replaced with the job
                memory=given.memory,
                interface=given.interface,
                python=shlex.quote(sys.executable),
                death_timeout=ORPHAN_SECONDS,
                worker_extra_args=["--lifetime", f"{life}s", "--no-dashboard"],
                job_script_prologue=[
                    *(f"export {name}={shlex.quote(value)}" for name, value in own.items()),
                    *given.before,
                ],
                job_extra_directives=[*given.options, *self._log_options()],
            ).job_script()
        )

    def _log_options(self) -> list[str]:
        return [f"--output={self._logs}/%j.txt"] if self._logs is not None else []

    def _call(self, program: str, *words: str, script: str | None = None) -> str:
        """Call a program of Slurm and return what it says.

        Raises
        ------
        RequestError
            If it is not here, or fails.
        """
        ended = subprocess.run(
            [require_slurm(program), *words],
            input=script,
            stdin=None if script is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            lines = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
            reason = re.sub(r"^\w+: (error: )?", "", lines[-1])
            raise RequestError(
                f"--cluster slurm: {program} fails ({reason}); correct the partition and what "
                "else is asked of Slurm, or wait until it answers"
            )
        return ended.stdout


def _as_variables(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings of Dask as variables of the environment that it reads them from."""
    return {
        f"DASK_{name.replace('.', '__').replace('-', '_').upper()}": str(value)
        for name, value in settings.items()
    }


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and its parents; return those that are new, the innermost first."""
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return new


def require_slurm(program: str = "sbatch") -> str:
    """The path of a program of Slurm.

    Raises
    ------
    RequestError
        If there is none.
    """
    path = shutil.which(program)
    if path is None:
        raise RequestError(
            f"--cluster slurm: there is no {program} on the path; "
            "run it where jobs are submitted, or use --cluster local:2"
        )
    return path


def seconds_of(walltime: str) -> int:
    """A walltime as Slurm writes it, such as 30, 30:00, 1:30:00 or 2-12, in seconds."""
    days, _, rest = walltime.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    units = (HOUR, MINUTE, 1) if days or len(parts) == 3 else (MINUTE, 1)
    return int(days or 0) * DAY + sum(part * unit for part, unit in zip(parts, units, strict=False))


@contextmanager
def slurm_workers(
    distributed: Any, file: str, place: str, logs: Path | None
) -> Iterator[tuple[Any, JobQueue]]:
    """A scheduler of Dask in this process, and jobs of Slurm whose workers come to it.

    place : where the batch lies, after which the jobs are named. logs : a folder for what they say.

    Raises
    ------
    RequestError
        If the settings are wrong or Slurm is not there or refuses the jobs.
    """
    require_slurm()
    queue = JobQueue(read_settings(file), name_of_jobs(place), logs)
    options: dict[str, Any] = {"dashboard": False, "dashboard_address": ":0", "port": 0}
    if queue.settings.interface:
        options["interface"] = queue.settings.interface
    scheduler = {"cls": distributed.Scheduler, "options": options}
    with import_package("cluster", "dask").config.set(FEWER_MEASUREMENTS):
        own = distributed.SpecCluster(workers={}, scheduler=scheduler, silence_logs=SILENT)
        try:
            queue.start(own.scheduler_address, lambda: len(own.scheduler_info["workers"]))
            yield own, queue
        finally:
            queue.end()
            own.close()
