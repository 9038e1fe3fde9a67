"""Find scenario files, and follow what they extend."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.suggestions import suggest
from steppe.model.core.yaml_source import Source, read_yaml

SHIPPED = Path(__file__).resolve().parent.parent.parent / "scenarios"
SHIPPED_HISTORY = SHIPPED / "history.yaml"
MAX_PARENTS = 20


def shipped_names(folder: Path = SHIPPED) -> tuple[str, ...]:
    """Return the names of the scenarios that ship, history and baseline first."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    first = [name for name in ("history", "baseline") if name in names]
    return (*first, *(name for name in names if name not in first))


def find_file(name: str) -> Path:
    """Return the file of a scenario: a path if it looks like one or exists, else a shipped one.

    Raises
    ------
    DiagnosticsError
        If there is none, with the nearest name.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or "/" in name:
        return path
    if name in shipped_names():
        return SHIPPED / f"{name}.yaml"
    if path.exists():
        return path
    here = next((path for path in (Path(f"{name}.yaml"), Path(f"{name}.yml")) if path.exists()), "")
    hint = suggest(name, list(shipped_names()), listed=20)
    hint = f"for the file write {here}" if here else hint
    raise DiagnosticsError([Diagnostic(name, 0, 0, f"unknown scenario '{name}'; {hint}")])


def read_chain(
    path: Path, history: Source | None = None, own: Source | None = None
) -> list[Source]:
    """Read a file and all that it extends, from the outermost ancestor to the file itself.

    `history` takes the place of the shipped history, and `own` that of the file itself.

    Raises
    ------
    DiagnosticsError
        If a file cannot be read, extends what is neither shipped nor beside it, or
        extends itself by way of others.
    """
    chain: list[Source] = []
    seen: list[Path] = []
    while True:
        source = history if history and path == SHIPPED_HISTORY else _read_mapping(path, own)
        own = None
        chain.insert(0, source)
        seen.append(path.resolve())
        parent = source.data.get("extends")
        if parent is None:
            return chain
        path = _find_parent(parent, path, source)
        if path.resolve() in seen:
            names = " -> ".join([item.stem for item in seen] + [path.stem])
            raise _parent_error(
                chain[-1],
                f"scenarios extend each other in a circle: {names}; "
                "let one of them extend baseline",
            )
        if len(seen) >= MAX_PARENTS:
            raise _parent_error(
                source,
                f"more than {MAX_PARENTS} scenarios extend each other; "
                f"at most {MAX_PARENTS} are followed",
            )


def _read_mapping(path: Path, read: Source | None = None) -> Source:
    source = read or _read(path)
    if not isinstance(source.data, dict):
        message = "a scenario is a mapping of keys such as title, extends and events"
        raise DiagnosticsError([source.diagnostic((), message)])
    return source


def _read(path: Path) -> Source:
    if path.resolve().parent != SHIPPED:
        return read_yaml(path, display_path(path))
    try:
        status = path.stat()
    except OSError:
        return read_yaml(path, display_path(path))
    return _read_shipped(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=128)
def _read_shipped(path: Path, changed: int, size: int) -> Source:
    """Read a shipped file, once while it is unchanged: every scenario extends the same few."""
    return read_yaml(path, display_path(path))


def _find_parent(parent: object, child: Path, source: Source) -> Path:
    """Return the file that `extends: parent` names: one beside the child, or a shipped one."""
    name = _require_plain_name(parent, source)
    stem = name.removesuffix(".yaml")
    beside, shipped = child.parent / f"{stem}.yaml", SHIPPED / f"{stem}.yaml"
    if beside.is_file() and beside.resolve() != child.resolve():
        if beside.resolve().parent not in (child.resolve().parent, SHIPPED):
            raise _parent_error(
                source, f"'{name}' is a link that leads out of the folder; copy the file here"
            )
        return beside
    if stem in shipped_names() and shipped.resolve() != child.resolve():
        return shipped
    if stem == child.stem:
        raise _parent_error(
            source, f"'{name}' is this file itself; extend another, such as baseline"
        )
    siblings = (path.stem for path in child.parent.glob("*.yaml"))
    known = sorted({*shipped_names(), *siblings} - {child.stem})
    raise _parent_error(source, f"unknown scenario '{name}'; {suggest(stem, known, listed=20)}")


def _require_plain_name(parent: object, source: Source) -> str:
    """Return the name of a parent; refuse anything that could lead to another folder."""
    if not isinstance(parent, str):
        raise _parent_error(
            source, f"'extends' names one scenario, as in extends: baseline; not {parent!r}"
        )
    stem = parent.removesuffix(".yaml")
    is_path = "/" in parent or "\\" in parent or stem.startswith(".")
    if not stem or is_path or len(stem) > 100 or not stem.isprintable():
        raise _parent_error(
            source,
            f"'{parent[:100]}' is not a plain name; "
            "extend a shipped scenario or a file in the same folder",
        )
    return parent


def _parent_error(source: Source, message: str) -> DiagnosticsError:
    return DiagnosticsError([source.diagnostic(("extends",), message)])


def display_path(path: Path) -> str:
    """Return how messages name a file: shipped ones by their place in the project."""
    return f"scenarios/{path.name}" if path.resolve().parent == SHIPPED else str(path)
