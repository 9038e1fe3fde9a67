"""`steppe explore`: choose a port, open the browser, serve until Ctrl-C, end the worker."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import uvicorn

from steppe.model.core.errors import RequestError

from .server import create_app
from .worker_link import WorkerLink

HOST, PORT = "127.0.0.1", 8437
PORTS_TRIED = 50
MOST_CONNECTIONS = 200
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def serve(
    scenario: str,
    followed: Path | None = None,
    *,
    port: int | None = None,
    browser: bool = True,
    announce: Callable[[str], None] = print,
) -> None:
    """Serve the page until the process is told to stop.

    Parameters
    ----------
    scenario : the one that the page opens with. followed : its file, if it is not a shipped one.
    port : exactly this one; by default the first free one from 8437 on.

    Raises
    ------
    RequestError
        If the port is taken.
    """
    listener = open_port(port)
    number = listener.getsockname()[1]
    files = {scenario: str(followed.resolve())} if followed else {}
    worker = WorkerLink([json.dumps(files)])
    app = create_app(worker, number, scenario, followed)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    address = f"http://{HOST}:{number}/"
    announce(f"{address} shows '{scenario}'; Ctrl-C ends it")
    if browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    asyncio.run(_run(_Server(config), listener))


async def _run(server: _Server, listener: socket.socket) -> None:
    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, stop)
    await server.serve(sockets=[listener])


def open_port(port: int | None = None) -> socket.socket:
    """A listening socket of this machine alone.

    Raises
    ------
    RequestError
        If the port, or every one from the default on, is taken.
    """
    for candidate in (port,) if port is not None else range(PORT, PORT + PORTS_TRIED):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate or 0))
        except OSError:
            listener.close()
            continue
        listener.listen(128)
        return listener
    if port is None:
        raise RequestError(
            f"no port from {PORT} to {PORT + PORTS_TRIED - 1} is free; give another with --port"
        )
    raise RequestError(
        f"port {port} is taken or not allowed; give another, "
        "or leave out --port for the next free one"
    )
