"""Finding scenario files, and following what they extend."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.suggestions import suggest
from steppe.model.core.yaml_source import Source, read_yaml

SHIPPED = Path(__file__).resolve().parent.parent.parent / "scenarios"
MAX_PARENTS = 20


def shipped_names(folder: Path = SHIPPED) -> tuple[str, ...]:
    """Names of the scenarios that ship, history and baseline first."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    return tuple(
        sorted(
            names,
            key=lambda name: (
                ("history", "baseline").index(name) if name in ("history", "baseline") else 2,
                name,
            ),
        )
    )


def find_file(word: str) -> Path:
    """The file that a word means: a path if it looks like one or exists, otherwise a shipped scenario.

    Raises
    ------
    DiagnosticsError
        If there is none, with the nearest name.
    """
    path = Path(word)
    if path.suffix in (".yaml", ".yml") or "/" in word:
        return path
    if word in shipped_names():
        return SHIPPED / f"{word}.yaml"
    if path.exists():
        return path
    raise DiagnosticsError(
        [
            Diagnostic(
                word,
                0,
                0,
                f"unknown scenario '{word}'; {suggest(word, list(shipped_names()), listed=20)}",
            )
        ]
    )


def read_chain(path: Path) -> list[Source]:
    """The sources from the outermost ancestor to the file itself.

    Raises
    ------
    DiagnosticsError
        If a file cannot be read, extends what is neither shipped nor beside it, or
        extends itself by way of others.
    """
    chain: list[Source] = []
    seen: list[Path] = []
    while True:
        source = _read(path)
        if not isinstance(source.data, dict):
            raise DiagnosticsError(
                [
                    Diagnostic(
                        *source.place(()),
                        "a scenario is a mapping of keys such as title, extends and events",
                    )
                ]
            )
        chain.insert(0, source)
        seen.append(path.resolve())
        parent = source.data.get("extends")
        if parent is None:
            return chain
        path = _parent_file(parent, path, source)
        if path.resolve() in seen:
            names = " -> ".join([item.stem for item in seen] + [path.stem])
            raise DiagnosticsError(
                [
                    chain[-1].diagnostic(
                        ("extends",),
                        f"scenarios extend each other in a circle: {names}; let one of them extend baseline",
                    )
                ]
            )
        if len(seen) >= MAX_PARENTS:
            raise DiagnosticsError(
                [
                    source.diagnostic(
                        ("extends",),
                        f"more than {MAX_PARENTS} scenarios extend each other; at most {MAX_PARENTS} are followed",
                    )
                ]
            )


def _read(path: Path) -> Source:
    if path.resolve().parent != SHIPPED:
        return read_yaml(path, shown(path))
    try:
        status = path.stat()
    except OSError:
        return read_yaml(path, shown(path))
    return _read_shipped(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=128)
def _read_shipped(path: Path, changed: int, size: int) -> Source:
    """Shipped files are read once, since every scenario extends the same few."""
    return read_yaml(path, shown(path))


def _parent_file(parent: object, child: Path, source: Source) -> Path:
    if not isinstance(parent, str):
        raise DiagnosticsError(
            [
                source.diagnostic(
                    ("extends",), f"'extends' must be the name of a scenario, not {parent!r}"
                )
            ]
        )
    stem = parent.removesuffix(".yaml")
    if (
        not stem
        or "/" in parent
        or "\\" in parent
        or stem.startswith(".")
        or len(stem) > 100
        or not stem.isprintable()
    ):
        raise DiagnosticsError(
            [
                source.diagnostic(
                    ("extends",),
                    f"'{parent[:100]}' is no plain name; extend a shipped scenario or a file in the same folder",
                )
            ]
        )
    beside = child.parent / f"{stem}.yaml"
    if beside.is_file() and beside.resolve() != child.resolve():
        if beside.resolve().parent not in (child.resolve().parent, SHIPPED):
            raise DiagnosticsError(
                [
                    source.diagnostic(
                        ("extends",),
                        f"'{parent}' is a link that leads out of the folder; copy the file here",
                    )
                ]
            )
        return beside
    if stem in shipped_names() and (SHIPPED / f"{stem}.yaml").resolve() != child.resolve():
        return SHIPPED / f"{stem}.yaml"
    if stem == child.stem:
        raise DiagnosticsError(
            [
                source.diagnostic(
                    ("extends",),
                    f"'{parent}' is this file itself; extend another, such as baseline",
                )
            ]
        )
    known = sorted(
        {*shipped_names(), *(path.stem for path in child.parent.glob("*.yaml"))} - {child.stem}
    )
    raise DiagnosticsError(
        [
            source.diagnostic(
                ("extends",), f"unknown scenario '{parent}'; {suggest(stem, known, listed=20)}"
            )
        ]
    )


def shown(path: Path) -> str:
    """How a file is named in messages: shipped ones by their place in the project."""
    return f"scenarios/{path.name}" if path.resolve().parent == SHIPPED else str(path)
