"""Count modules of the package, the imports between them, and import cycles.

A module is a folder that holds Python, or a file directly in `model/` or `experiments/`; a file
with nothing but a docstring in it does not count. An import counts once for each pair of modules,
wherever it stands in a file: also inside a function or under `TYPE_CHECKING`. Run
`python tests/count_imports.py` for the figures.

Before the layout was changed (commit 15ffef1) it printed:

    modules 62, imports between modules 323, cycles between modules 3, cycles between files 4
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "steppe"
TOPS = ("model", "experiments", "scenarios")


def python_files(root: Path = ROOT) -> list[Path]:
    """Every Python file of the package that holds code, without tests."""
    files = (path for top in TOPS for path in (root / top).rglob("*.py"))
    return sorted(path for path in files if _has_code(path))


def _has_code(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(
        not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body
    )


def dotted_name(path: Path, root: Path = ROOT) -> str:
    """The name under which a file is imported, without the name of the package."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_of(path: Path, root: Path = ROOT) -> str:
    """The module of a file: its folder, or itself directly in `model/` or `experiments/`."""
    parts = path.relative_to(root).parts
    return "/".join(parts) if len(parts) == 2 else "/".join(parts[:-1])


def imported_names(path: Path, root: Path = ROOT) -> Iterator[str]:
    """Dotted names, of modules or of objects, that a file imports from this package."""
    package = path.relative_to(root).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(f"{PACKAGE}."):
                    yield alias.name.removeprefix(f"{PACKAGE}.")
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").split(".") if node.module else []
            if node.level:
                base = [*package[: len(package) - node.level + 1], *base]
            elif base[:1] == [PACKAGE]:
                base = base[1:]
            else:
                continue
            for alias in node.names:
                yield ".".join([*base, alias.name])


def file_imports(root: Path = ROOT) -> dict[Path, set[Path]]:
    """For each file the files of this package that it imports."""
    files = python_files(root)
    by_name = {dotted_name(path, root): path for path in files}
    found: dict[Path, set[Path]] = {}
    for path in files:
        targets = set()
        for name in imported_names(path, root):
            target = by_name.get(name) or by_name.get(name.rpartition(".")[0])
            if target is not None and target != path:
                targets.add(target)
        found[path] = targets
    return found


def module_imports(root: Path = ROOT) -> dict[str, set[str]]:
    """For each module the other modules that its files import."""
    found: dict[str, set[str]] = {}
    for path, targets in file_imports(root).items():
        module = module_of(path, root)
        others = {module_of(target, root) for target in targets} - {module}
        found.setdefault(module, set()).update(others)
    return found


def cycles(graph: dict) -> list[list]:
    """Groups of nodes that reach each other (strongly connected components of two or more)."""
    order: list = []
    seen: set = set()
    for start in graph:
        _visit(start, graph, seen, order)
    reverse: dict = {node: set() for node in graph}
    for node, targets in graph.items():
        for target in targets:
            reverse[target].add(node)
    seen, groups = set(), []
    for start in reversed(order):
        group: list = []
        _visit(start, reverse, seen, group)
        if len(group) > 1:
            groups.append(sorted(group))
    return groups


def _visit(start, graph: dict, seen: set, order: list) -> None:
    """Depth-first search that appends each node once all that it reaches is in `order`."""
    if start in seen:
        return
    seen.add(start)
    stack = [(start, iter(graph[start]))]
    while stack:
        node, targets = stack[-1]
        following = next((target for target in targets if target not in seen), None)
        if following is None:
            order.append(node)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(graph[following])))


def report(names: Iterable[str] = ()) -> str:
    """The four figures, and the cycles themselves where names of groups are asked for."""
    modules, files = module_imports(), file_imports()
    edges = sum(len(targets) for targets in modules.values())
    module_cycles, file_cycles = cycles(modules), cycles(files)
    lines = [
        f"modules {len(modules)}, imports between modules {edges}, "
        f"cycles between modules {len(module_cycles)}, cycles between files {len(file_cycles)}"
    ]
    if "--cycles" in names:
        lines += [f"modules: {' '.join(group)}" for group in module_cycles]
        lines += [
            f"files: {' '.join(dotted_name(path) for path in group)}" for group in file_cycles
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(sys.argv[1:]))
