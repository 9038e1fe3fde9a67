"""experiments/PYTHON.md: every public name with its signature and docstring."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ORDER = (
    "run",
    "open_results",
    "compare",
    "explain",
    "load_scenario",
    "parse_scenario",
    "plot",
    "InfluenceModel",
    "Power",
    "Republic",
    "Scenario",
    "RequestError",
    "IncompleteRunError",
)
METHODS = {
    "InfluenceModel": ("step", "run_model", "branch"),
    "Power": ("move_effort", "effort_rate", "target_effort", "allocation_score"),
    "Republic": ("dependence", "tolerance", "attraction", "update_influence"),
}
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.M)
HEAD = """# From Python

What `import steppe` gives, made from the docstrings by `python -m steppe.experiments.generated`;
`help(steppe.run)` says the same. Axes: p powers, r republics, c channels, m members. Every example
runs in a test.
"""


def reference_page() -> str:
    """The whole page."""
    import steppe

    parts = [HEAD]
    for name in ORDER:
        found = getattr(steppe, name)
        parts.append(f"## steppe.{name}\n\n{_describe(found, name)}")
        for member, inner in _members(name, found):
            parts.append(f"### steppe.{name}.{member}\n\n{_describe(inner, member)}")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _members(name: str, found: Any) -> Iterator[tuple[str, Any]]:
    if inspect.ismodule(found):
        from ..figures.registry import FIGURE_KINDS

        ours = (*FIGURE_KINDS, "observable", "write_figures", "write_comparison")
        yield from ((kind, getattr(found, kind)) for kind in ours if hasattr(found, kind))
    yield from ((method, getattr(found, method)) for method in METHODS.get(name, ()))


def _describe(found: Any, name: str) -> str:
    """Signature, docstring and where it is written."""
    text = _as_markdown(inspect.getdoc(found) or "")
    if inspect.ismodule(found) or (inspect.isclass(found) and issubclass(found, Exception)):
        return text
    return f"```text\n{_signature(found, name)}\n```\n\n{text}\n\nSource: {_source(found)}"


def _source(found: Any) -> str:
    file = Path(inspect.getsourcefile(found) or "").resolve()
    if not file.is_relative_to(ROOT) or "site-packages" in file.parts:
        return "Mesa"
    place = file.relative_to(ROOT).as_posix()
    return f"[`{place}`](../{place})"


def _signature(found: Any, name: str) -> str:
    """The signature as it is written in the source, without `self`."""
    source = inspect.getsource(found)
    tree = ast.parse(dedent(source))
    wanted = "__init__" if inspect.isclass(found) else found.__name__
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == wanted:
            arguments = node.args
            arguments.args = [item for item in arguments.args if item.arg != "self"]
            returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            whole = f"{name}({ast.unparse(arguments)})" + ("" if wanted == "__init__" else returns)
            return whole if len(whole) <= 96 else _one_per_line(name, arguments, returns)
    return f"{name}(...)"


def _one_per_line(name: str, arguments: ast.arguments, returns: str) -> str:
    positional = len(arguments.args) - len(arguments.defaults)
    lines = []
    for index, item in enumerate(arguments.args):
        default = arguments.defaults[index - positional] if index >= positional else None
        lines.append(_argument(item, default))
    if arguments.kwonlyargs:
        lines.append("*")
        pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        lines += [_argument(item, default) for item, default in pairs]
    return "\n".join([f"{name}(", *(f"    {line}," for line in lines), f"){returns}"])


def _argument(item: ast.arg, default: ast.expr | None) -> str:
    kind = f": {ast.unparse(item.annotation)}" if item.annotation else ""
    return item.arg + kind + (f" = {ast.unparse(default)}" if default is not None else "")


def _as_markdown(docstring: str) -> str:
    """Sections as bold words, what they list as items, examples as blocks of their own."""
    pieces = SECTION.split(docstring)
    parts = [_as_items(pieces[0], plain=True)]
    for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
        if title == "Examples":
            parts.append(f"**Example**\n\n```pycon\n{body.strip()}\n```")
        else:
            parts.append(f"**{title}**\n\n{_as_items(body)}")
    return "\n\n".join(parts)


def _as_items(text: str, plain: bool = False) -> str:
    """Lines that begin at the margin, each with what is indented below it, as items of a list."""
    text = text.strip()
    if plain:
        return text
    items = re.split(r"\n(?=\S)", text)
    listed = any(" : " in item.split("\n")[0] or "\n " in item for item in items)
    if not listed:
        return text
    return "\n".join(_as_item(item) for item in items)


def _as_item(item: str) -> str:
    first, _, rest = item.partition("\n")
    names, colon, text = first.partition(" : ")
    said = " ".join(f"{text} {rest}".split())
    return (
        f"- `{names}`: {said}" if colon or rest.startswith(" ") else f"- {' '.join(item.split())}"
    )
