"""Answers that ship: the start of the page, and every shipped scenario as its file has it.

A page shows them before anything is simulated. They count only as long as the files that they
were made from are unchanged. `python -m steppe.experiments.generated --figures` makes them anew.
"""

from __future__ import annotations

import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from zipfile import ZIP_LZMA, ZipFile, ZipInfo

from steppe.model.core.atomic_files import replace_file
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.core.version import MODEL_VERSION

PATH = Path(__file__).parent / "shipped_answers.zip"
START, INPUTS, FOLDER = "start", "inputs", "answers/"
NUMBERS = ("shares", "leads", "differences", "base", "baseLeads")
BASELINE = "baseline"
SHIPPED = "shipped"  # the kind of these answers


def installed_version() -> str:
    """The version of Steppe and of its model, which a link names."""
    try:
        return f"{version('steppe')}, model {MODEL_VERSION}"
    except PackageNotFoundError:
        return f"model {MODEL_VERSION}"


@cache
def inputs_hash() -> str:
    """A hash of what the answers are made from: scenarios, weights and the model's version."""
    scenarios = sorted(
        (path for path in files("steppe.scenarios").iterdir() if path.name.endswith(".yaml")),
        key=lambda path: path.name,
    )
    texts = [path.read_bytes() for path in (*scenarios, SHIPPED_POSTERIOR)]
    return sha256(b"\0".join([MODEL_VERSION.encode(), *texts])).hexdigest()[:16]


def shipped_start() -> dict[str, Any] | None:
    """What the page needs to start; None if it is out of date."""
    found = _read_entries(START)
    return found[0] if found else None


def shipped_answer(scenario: str) -> dict[str, Any] | None:
    """The answer for a shipped scenario; None if there is none, or it is out of date."""
    found = _read_entries(*(FOLDER + name for name in dict.fromkeys((BASELINE, scenario))))
    if not found:
        return None
    base = _convert(found[0], None, _unpack)
    return base if scenario == BASELINE else _convert(found[1], base, _unpack)


def _read_entries(*names: str) -> list[dict[str, Any]]:
    """Entries of the file; none if one is missing, or scenarios, weights or model changed since.

    Nor if this Python was built without `lzma`.
    """
    if not PATH.is_file():
        return []
    with suppress(RuntimeError), ZipFile(PATH) as archive:
        current = archive.read(INPUTS).decode() == inputs_hash()
        if not current or not set(names) <= set(archive.namelist()):
            return []
        return [json.loads(archive.read(name)) for name in names]
    return []


def _convert(
    answer: dict[str, Any], base: dict[str, Any] | None, change: Callable[[str, str], str]
) -> dict[str, Any]:
    """An answer with its numbers packed, or unpacked, beside those of another."""
    other = base or {"observed": {}}
    observed = {
        name: {
            key: change(text, other["observed"].get(name, {}).get(key, ""))
            for key, text in one.items()
        }
        for name, one in answer["observed"].items()
    }
    numbers = {key: change(answer[key], other.get(key, "")) for key in NUMBERS}
    return {**answer, **numbers, "observed": observed}


def _pack(text: str, base: str) -> str:
    """Numbers less those of the baseline, as steps from one to the next: mostly nought.

    Low bytes come first, then high bytes.
    """
    numbers = _read(text)
    apart = [one - other for one, other in zip(numbers, _beside(base, numbers), strict=True)]
    steps = [(now - before) & 0xFFFF for before, now in pairwise([0, *apart])]
    return b64encode(bytes(s & 0xFF for s in steps) + bytes(s >> 8 for s in steps)).decode()


def _unpack(text: str, base: str) -> str:
    packed = b64decode(text)
    half = len(packed) // 2
    apart = list(
        accumulate(low | high << 8 for low, high in zip(packed[:half], packed[half:], strict=True))
    )
    numbers = [
        (one + other) & 0xFFFF for one, other in zip(apart, _beside(base, apart), strict=True)
    ]
    return b64encode(struct.pack(f"<{half}H", *numbers)).decode()


def _read(text: str) -> Sequence[int]:
    packed = b64decode(text)
    return struct.unpack(f"<{len(packed) // 2}H", packed)


def _beside(base: str, numbers: Sequence[int]) -> Sequence[int]:
    """The numbers of the baseline, or noughts where it has others in number."""
    found = _read(base)
    return found if len(found) == len(numbers) else [0] * len(numbers)


def make_answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """The start and the answers of all members, by name."""
    from steppe.model.backends.choice import compiled_backend, use_backend
    from steppe.model.scenario.find_files import shipped_names

    from .asked_scenario import HISTORY, Library
    from .engine import Engine
    from .question import Question
    from .start_data import start_data

    engine = Engine(Library())
    yield START, start_data(engine.library)
    use_backend(compiled_backend())
    try:
        for name in shipped_names():
            if name != HISTORY:
                *_, answer = engine.whole_answer(Question(name))
                assert answer is not None
                yield name, {**answer, "kind": SHIPPED}
    finally:
        use_backend(None)


def write_answers(path: Path = PATH) -> None:
    """Make the answers and write them, the same bytes from the same inputs."""
    (_, start), *answers = make_answers()
    base = dict(answers)[BASELINE]
    with replace_file(path) as draft, ZipFile(draft, "w") as archive:
        archive.writestr(ZipInfo(INPUTS), inputs_hash())
        archive.writestr(ZipInfo(START), json.dumps(start), ZIP_LZMA)
        for name, answer in answers:
            packed = _convert(answer, None if name == BASELINE else base, _pack)
            archive.writestr(ZipInfo(FOLDER + name), json.dumps(packed), ZIP_LZMA)
