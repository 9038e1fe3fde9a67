"""Blocks of pages that are made from the code: schedule, parameters, scorecard, inventory."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
END = "<!-- end -->"


def with_block(text: str, name: str, block: str) -> str:
    """Replace what stands between `<!-- generated: name -->` and `<!-- end -->` in a text.

    Raises
    ------
    ValueError
        If the text has no such block.
    """
    begin = f"<!-- generated: {name} -->"
    before, opened, rest = text.partition(begin)
    _, closed, after = rest.partition(END)
    if not (opened and closed):
        raise ValueError(
            f"no block '{begin}' that ends with '{END}'; put both lines where the text should be"
        )
    return f"{before}{begin}\n{block.strip()}\n{END}{after}"


def schedule_block() -> str:
    """The steps of a quarter, numbered."""
    from steppe.model.model import SCHEDULE

    return "\n".join(
        f"{number}. **{name}**: {what}" for number, (name, what) in enumerate(SCHEDULE, start=1)
    )


def parameters_block() -> str:
    """The table of parameters."""
    from steppe.model.core.cast import default_cast
    from steppe.model.parameters.table import TABLE

    cast = default_cast()
    lines = [
        "| symbol | id | name | meaning | n | unit | prior | bounds | source | status |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in TABLE:
        priors = ", ".join(
            dict.fromkeys(row.prior(entry).describe() for entry in row.entries(cast))
        )
        label = f"{row.id}[{row.per}]" if row.per else row.id
        lines.append(
            f"| {row.symbol} | `{label}` | `{row.name}` | {row.meaning} | {len(row.entries(cast))} "
            f"| {row.unit} | {priors} | {row.bounds[0]:g} to {row.bounds[1]:g} "
            f"| {row.source} | {row.status} |"
        )
    return "\n".join(lines)


def scorecard_block() -> str:
    """Where the model wins and loses, from the shipped record."""
    from steppe.experiments.calibration.scorecard.render import generated_block

    try:
        return generated_block()
    except FileNotFoundError:
        return "There is no scorecard yet; `steppe scorecard --ship` makes it."


def inventory_block() -> str:
    """Every folder with its purpose, and the modules in it with theirs, from their docstrings."""
    rows = ["| folder | what it is for | modules |", "|---|---|---|"]
    for top in ("model", "experiments"):
        for init in sorted((ROOT / top).rglob("__init__.py")):
            modules = (path for path in sorted(init.parent.glob("*.py")) if path != init)
            names = "<br>".join(f"`{path.stem}`: {_purpose(path)}" for path in modules)
            folder = init.parent.relative_to(ROOT).as_posix()
            rows.append(f"| `{folder}/` | {_purpose(init)} | {names} |")
    return "\n".join(rows)


def _purpose(path: Path) -> str:
    """The first paragraph of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
