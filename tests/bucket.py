"""An S3 server on this machine, in a thread or as a process, that can be told to misbehave.

The server is moto's. In front of it stands a fault: a function of the environment of a request
(WSGI) that returns None to let it pass, or a status and a code as S3 says them. As a script, it
serves until its standard input ends, and prints its address first.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

BUCKET = "bucket"
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "NO_PROXY": "127.0.0.1",
}
ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>{text}</Message></Error>"
Fault = Callable[[dict], tuple[int, str, str] | None]


def pass_all(environment: dict) -> None:
    """Let every request pass."""


class CutConnection(Exception):
    """Raised by a fault to end the connection without an answer, half of a body read."""


@dataclass
class Bucket:
    """A server with one bucket. `fault` stands before it; `seen` has each method and path."""

    address: str = ""
    fault: Fault = pass_all
    seen: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, app: Callable, environment: dict, start: Callable) -> object:
        """Answer a request, or have the fault answer it."""
        what = (environment["REQUEST_METHOD"], environment["PATH_INFO"])
        self.seen.append(what)
        answer = self.fault(environment)
        if answer is None:
            return app(environment, start)
        status, code, text = answer
        body = ERROR.format(code=code, text=text).encode()
        environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        start(
            f"{status} {code}", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))]
        )
        return [] if environment["REQUEST_METHOD"] == "HEAD" else [body]


@contextmanager
def serve() -> Iterator[Bucket]:
    """Serve a bucket from a thread of this process."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *_: object) -> None:
            pass

        def run_wsgi(self) -> None:
            try:
                super().run_wsgi()
            except CutConnection:
                self.close_connection = True
                with suppress(OSError):
                    self.connection.shutdown(2)

    app = DomainDispatcherApplication(create_backend_app)
    bucket = Bucket()
    server = make_server(
        "127.0.0.1",
        0,
        lambda environment, start: bucket.answer(app, environment, start),
        threaded=True,
        request_handler=Quiet,
        passthrough_errors=[CutConnection],
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    bucket.address = f"http://127.0.0.1:{server.server_port}"
    try:
        make_bucket(bucket.address)
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_bucket(address: str) -> None:
    """Make the bucket, as its owner would."""
    from urllib.request import Request, urlopen

    urlopen(Request(f"{address}/{BUCKET}", method="PUT")).read()


def main() -> None:
    """Serve until standard input ends."""
    with serve() as bucket:
        print(bucket.address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
