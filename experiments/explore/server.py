"""The server: the page and its parts, and answers as lines of JSON; it writes no file."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from steppe.experiments.figures.html_page import stylesheet
from steppe.model.core.errors import RequestError

from .followed_file import file_version
from .guard import App, Guard
from .page_parts import SCRIPTS, part
from .question import Question, parse_question
from .shipped_answers import installed_version, shipped_answer, shipped_start
from .worker_link import WorkerLink

LINES = "application/x-ndjson"


class Pages:
    """What the server answers to each address."""

    def __init__(self, worker: WorkerLink, initial: str, followed: Path | None, token: str) -> None:
        self._worker, self._initial = worker, initial
        self._followed, self._token = followed, token

    def routes(self) -> list[Route]:
        """Every address there is."""
        return [
            Route("/", self._page),
            Route("/page.css", self._style),
            *(Route(f"/{name}", self._script) for name in SCRIPTS),
            Route("/start", self._start, methods=["POST"]),
            Route("/ask", self._ask, methods=["POST"]),
            Route("/version", self._version, methods=["POST"]),
            Route("/describe", self._describe, methods=["POST"]),
            Route("/download", self._download, methods=["POST"]),
            Route("/evidence", self._evidence, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        head = (
            f'<meta name="token" content="{self._token}">\n<link rel="stylesheet" href="page.css">'
        )
        scripts = "\n".join(f'<script src="{name}" defer></script>' for name in SCRIPTS)
        text = Template(part("page.html")).substitute(head=head, scripts=scripts)
        return Response(text, media_type="text/html")

    async def _style(self, request: Request) -> Response:
        return Response(stylesheet() + part("page.css"), media_type="text/css")

    async def _script(self, request: Request) -> Response:
        return Response(part(request.url.path[1:]), media_type="text/javascript")

    async def _start(self, request: Request) -> Response:
        version = self._file_version()  # of before: a file saved meanwhile is a change
        start = None if self._followed else shipped_start()
        if start is None:
            start = await self._first_answer("start")
        own = {"initial": self._initial, "version": installed_version(), "file_version": version}
        return JSONResponse({**start, **own})

    async def _version(self, request: Request) -> Response:
        return JSONResponse({"version": self._file_version()})

    async def _describe(self, request: Request) -> Response:
        return await self._about_question("describe", request)

    async def _download(self, request: Request) -> Response:
        return await self._about_question("download", request)

    async def _evidence(self, request: Request) -> Response:
        return JSONResponse(await self._first_answer("evidence"))

    async def _about_question(self, kind: str, request: Request) -> Response:
        question = await _read_question(request)
        if isinstance(question, Response):
            return question
        return JSONResponse(await self._first_answer(kind, question=question))

    async def _ask(self, request: Request) -> Response:
        question = await _read_question(request)
        if isinstance(question, Response):
            return question
        version, shipped = self._file_version(), self._shipped_answer(parse_question(question))
        answers = self._worker.request(
            "ask", question=question, version=version, along=True, seen=shipped is not None
        )
        return StreamingResponse(_as_lines(shipped, answers), media_type=LINES)

    def _shipped_answer(self, question: Question) -> dict[str, Any] | None:
        """The answer that ships for a scenario in which nothing is changed."""
        own = self._followed is not None and question.scenario == self._followed.stem
        plain = question == Question(question.scenario)
        return shipped_answer(question.scenario) if plain and not own else None

    async def _first_answer(self, kind: str, **more: Any) -> dict[str, Any]:
        async for answer in self._worker.request(kind, **more):
            return answer
        return {}

    def _file_version(self) -> str:
        return file_version(self._followed) if self._followed else ""


async def _read_question(request: Request) -> dict[str, Any] | Response:
    """The question in a body, checked; or what to answer to one that is none."""
    try:
        data = json.loads(await request.body())
        parse_question(data)
    except (ValueError, RecursionError) as error:
        if isinstance(error, RequestError):
            return PlainTextResponse(f"{error}\n", 400)
        return PlainTextResponse("the body is not JSON\n", 400)
    except RequestError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return dict(data)


async def _as_lines(
    shipped: dict[str, Any] | None, answers: AsyncIterator[dict[str, Any]]
) -> AsyncIterator[bytes]:
    if shipped is not None:
        yield json.dumps(shipped).encode() + b"\n"
    async for answer in answers:
        yield json.dumps(answer).encode() + b"\n"


def create_app(worker: WorkerLink, port: int, initial: str, followed: Path | None = None) -> App:
    """The application: pages within a guard, the worker running as long as it does."""
    token = secrets.token_urlsafe(24)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await worker.begin()
        try:
            yield
        finally:
            await worker.end()

    routes = Pages(worker, initial, followed, token).routes()
    return Guard(Starlette(routes=routes, lifespan=lifespan), port, token)
