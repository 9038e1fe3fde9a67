"""Questions that were put to the model, in the report of a batch: every answer with its figures, table and limits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from steppe.experiments.analysis.answer_folder import ANSWERS
from steppe.experiments.analysis.answer_page import NAME, Answer, as_html, load_answer
from steppe.experiments.errors import RequestError
from steppe.experiments.figures.png import small

WORDS = {
    "model": "another version of the model",
    "evidence": "other evidence",
    "weights": "other weights",
}


def gather(out: Path, given: Sequence[Path] = ()) -> tuple[list[Answer], list[str]]:
    """Answers among a batch's own and in folders that are given, oldest first; and why some of the batch's own cannot be shown.

    Raises
    ------
    RequestError
        If a folder that is given holds no answer.
    """
    found, missing = {}, []
    own = sorted(path.parent for path in (out / ANSWERS).glob(f"*/{NAME}"))
    for folder in (*own, *given):
        try:
            found[folder.resolve()] = load_answer(folder)
        except RequestError as error:
            if folder in given:
                raise
            missing.append(str(error))
    return sorted(found.values(), key=lambda answer: (answer.created, str(answer.folder))), missing


def name_of(place: int) -> str:
    """The id of an answer's title on the page."""
    return f"answer-{place + 1}"


def answers_section(
    answers: Sequence[Answer], missing: Sequence[str], request: Mapping[str, Any], room: int
) -> str:
    """All answers; nothing where there are none. Figures take no more than `room` characters, the first of each answer first."""
    if not answers and not missing:
        return ""
    pictures = _pictures(answers, room)
    parts = [f'<p class="notice">{escape(words)}</p>' for words in missing]
    for place, answer in enumerate(answers):
        parts.append(
            as_html(
                answer,
                "h3",
                name_of(place),
                lambda file, answer=answer: pictures.get((answer.folder, file), ""),
                _notices(answer, request),
            )
        )
    return (
        '<section aria-labelledby="answers-title">\n<h2 id="answers-title" tabindex="-1">Questions asked</h2>\n'
        "<p>What matters, how much it would take, under which conditions, and what a republic could do, each with how far to trust the answer.</p>\n"
        + "\n".join(parts)
        + "</section>"
    )


def _notices(answer: Answer, request: Mapping[str, Any]) -> list[str]:
    """What tells an answer from the batch it is shown with."""
    found = (
        [] if answer.finished else ["This question is not answered yet; the same command goes on."]
    )
    other = [words for key, words in WORDS.items() if answer.request.get(key) != request.get(key)]
    there = request.get("scenarios", {})
    changed = [
        name
        for name, mark in answer.request.get("scenarios", {}).items()
        if name in there and there[name] != mark
    ]
    other += [f"another {name}" for name in changed]
    return found + (
        [f"Asked of {' and '.join(other)} than this batch was run with."] if other else []
    )


def _pictures(answers: Sequence[Answer], room: int) -> dict[tuple[Path, str], str]:
    """Figures as addresses that hold them, as many as there is room for."""
    found = {}
    most = max((len(answer.figures) for answer in answers), default=0)
    for place in range(most):
        for answer in answers:
            if place < len(answer.figures):
                file = answer.figures[place][0]
                address = _small(answer.folder / file)
                if address and len(address) <= room:
                    found[answer.folder, file] = address
                    room -= len(address)
    return found


def _small(path: Path) -> str:
    """A figure as an address that holds all of it; nothing where it cannot be read."""
    try:
        return f"data:image/png;base64,{b64encode(small(path)).decode()}"
    except OSError:
        return ""


def contents(answers: Sequence[Answer], missing: Sequence[str]) -> str:
    """Entries of the page's list of contents that lead to the answers."""
    if not answers and not missing:
        return ""
    below = "".join(
        f'<li><a href="#{name_of(place)}">{escape(answer.title or answer.verb)}</a></li>'
        for place, answer in enumerate(answers)
    )
    return f'<li class="line"><a href="#answers-title">Questions asked</a>{f"<ul>{below}</ul>" if below else ""}</li>'
