"""A running `steppe explore`, and requests to it as a page, or as someone else, would send them."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")
LONGEST_WAIT = 300  # seconds, for a server that hangs


class Server:
    """A server in a process of its own."""

    def __init__(self, *words: object, cwd: Path | None = None) -> None:
        command = [sys.executable, "-m", "steppe", "explore", "--no-browser", *map(str, words)]
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self.said = self.process.stdout.readline()
        found = ADDRESS.search(self.said)
        if not found:
            raise RuntimeError(self.said + self.process.communicate()[1])
        self.port = int(found[1])
        self.address = found[0]
        text = self.get("/")[2]
        self.token = re.search(r'name="token" content="([^"]+)"', text)[1]

    def send(
        self, method: str, path: str, body: bytes = b"", **headers: str | None
    ) -> tuple[int, Any, str]:
        """Status, headers and text of a reply; a header that is None is left out."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_WAIT)
        try:
            connection.putrequest(method, path, skip_host=True)
            wanted = {"Host": f"127.0.0.1:{self.port}", "Content-Length": str(len(body))}
            wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in wanted.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()
        finally:
            connection.close()

    def get(self, path: str, **headers: str | None) -> tuple[int, Any, str]:
        """The reply to GET."""
        return self.send("GET", path, **headers)

    def post(self, path: str, data: Any, **headers: str | None) -> tuple[int, Any, str]:
        """The reply to POST, as the page sends it unless headers say otherwise."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        own = {"Content_Type": "application/json", "X_Steppe_Token": self.token}
        return self.send("POST", path, body, **{**own, **headers})

    def ask(self, **question: Any) -> list[dict[str, Any]]:
        """All answers to a question."""
        status, _, text = self.post("/ask", question)
        assert status == 200, text
        return [json.loads(line) for line in text.splitlines()]

    def children(self) -> list[int]:
        """Processes that the server started."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in path.read_text().split()]

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """End the server with a signal; its exit code and what it wrote on standard error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=LONGEST_WAIT)
        return self.process.returncode, errors


@contextmanager
def running(*words: object, cwd: Path | None = None):
    """A server that is ended in whichever way the test ends."""
    server = Server(*words, cwd=cwd)
    try:
        yield server
    finally:
        server.stop(signal.SIGKILL)


def is_running(process: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
