"""How a command ends that fails: in words and an exit code, whatever went wrong."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback

import click

BUG = "a bug in steppe, not a mistake of yours; please report it"
STOP_SIGNALS = ("SIGTERM", "SIGHUP")  # sent by a job queue, and by a terminal that closes


def stop_on_signals() -> None:
    """Have this process stop as with Ctrl-C when it is told to end, unless that is ignored."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in STOP_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def report_failure(error: BaseException) -> int:
    """Say on standard error what went wrong, and return the exit code."""
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    text, code = _describe(error)
    click.echo(text, err=True)
    return code


def _describe(error: BaseException) -> tuple[str, int]:
    from steppe.model.core.errors import IncompleteRunError, RequestError

    if isinstance(error, (click.exceptions.Abort, KeyboardInterrupt)):
        return "stopped", 1
    if isinstance(error, RequestError):
        return str(error), 2
    if isinstance(error, IncompleteRunError):
        return str(error), 1
    if isinstance(error, OSError):
        return _describe_system_error(error), 1
    if isinstance(error, MemoryError):
        return "memory is short; ask for fewer --members, or for fewer processes with --jobs", 1
    if isinstance(error, UnicodeEncodeError):
        letters = error.object[error.start : error.end]
        return (
            f"{letters!a} cannot be written in the encoding {error.encoding}; "
            "set the environment variable PYTHONIOENCODING=utf-8"
        ), 1
    return _describe_fault(error), 1


def _describe_system_error(error: OSError) -> str:
    """The file, what the system says of it, and what to do."""
    from steppe.model.core.os_errors import describe_os_error

    if error.filename is None:
        return f"something {describe_os_error(error, 'read or written')}"
    return f"{os.fsdecode(error.filename)}: {describe_os_error(error, 'used')}"


def _describe_fault(error: BaseException) -> str:
    """That the fault is in this program, and the file that holds the trace of it."""
    trace = "".join(traceback.format_exception(error))
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    try:
        descriptor, path = tempfile.mkstemp(prefix="steppe-fault-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"{' '.join(map(ascii, sys.argv))}\nPython {sys.version}\n\n{trace}")
    except OSError as unwritten:
        return f"{trace}\n{BUG}, with the traceback above ({unwritten})"
    return f"{what}\n{BUG}, with the traceback in {path}"
