"""A Slurm of one node on this machine, with its own settings in a folder, ended with the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("setpriv", "munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "scontrol")
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
WAIT_SECONDS = 300.0
SETTINGS = """\
ClusterName=steppe
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=1,sched_interval=2,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
ReturnToService=2
KillWait=1
InactiveLimit=0
MinJobAge=10
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000 State=UNKNOWN
PartitionName=work Nodes={host} Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes={host} MaxTime=INFINITE State=UP PriorityTier=9
"""


def missing_programs() -> list[str]:
    """What of Slurm and MUNGE is not installed here."""
    return [name for name in PROGRAMS if shutil.which(name, path=PLACES) is None]


@dataclass
class Slurm:
    """A running Slurm; its commands need `settings` in their environment."""

    folder: Path
    settings: dict[str, str]

    def call(self, *words: str) -> str:
        """Call one of its commands and return what it says."""
        ended = subprocess.run(
            words, env=os.environ | self.settings, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise RuntimeError(f"{' '.join(words)}: {ended.stderr}")
        return ended.stdout

    def jobs(self, state: str = "") -> list[str]:
        """Numbers of the jobs in the queue, of one state only if it is given."""
        words = ["squeue", "--noheader", "--format=%i"]
        return self.call(*words, *([f"--states={state}"] if state else [])).split()

    def wait_until(self, true, what: str) -> None:
        """Wait until a function of no arguments is true."""
        end = time.monotonic() + WAIT_SECONDS
        while not true():
            assert time.monotonic() < end, f"{what}: not in time; {self.call('squeue')}"
            time.sleep(0.2)


@contextmanager
def start() -> Iterator[Slurm]:
    """Start Slurm and MUNGE, and end them, with all jobs, afterwards."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        ports = [_free_port(), _free_port()]
        host = socket.gethostname().partition(".")[0]
        user = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir()
        text = SETTINGS.format(folder=folder, ports=ports, host=host, user=user)
        (folder / "slurm.conf").write_text(text)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        settings = {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": PLACES}
        slurm = Slurm(folder, settings)
        _run(
            stack,
            slurm,
            "munged",
            "--foreground",
            "--force",
            f"--socket={folder}/munge.socket",
            f"--key-file={key}",
            f"--pid-file={folder}/munge/pid",
            f"--log-file={folder}/munge/log",
            f"--seed-file={folder}/munge/seed",
        )
        slurm.wait_until((folder / "munge.socket").exists, "munged")
        _run(stack, slurm, "slurmctld", "-D", "-c")
        _run(stack, slurm, "slurmd", "-D", "-N", host)
        slurm.wait_until(lambda: _is_idle(slurm), "the node")
        stack.callback(_end_jobs, slurm)
        yield slurm


def _run(stack: ExitStack, slurm: Slurm, name: str, *words: str) -> None:
    log = stack.enter_context((slurm.folder / f"{name}.log").open("wb"))
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", shutil.which(name, path=PLACES), *words],
        env=os.environ | slurm.settings,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
    )
    stack.callback(_end, process)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_jobs(slurm: Slurm) -> None:
    """Cancel all jobs, and wait until they have ended."""
    if slurm.jobs():
        slurm.call("scancel", "--full", *slurm.jobs())
        slurm.wait_until(lambda: not slurm.jobs(), "the end of all jobs")


def _is_idle(slurm: Slurm) -> bool:
    try:
        return "idle" in slurm.call("sinfo", "--noheader", "--format=%T")
    except RuntimeError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
