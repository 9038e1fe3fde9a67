"""Everything that is made from something else: `python -m steppe.experiments.generated`.

Add what you generate to `REGISTRY`. `--figures` also runs the scenarios that
`scenarios/README.md` shows and draws their small figures, which takes some seconds.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

from . import scenario_readme as scenario_list
from . import thumbnails as scenario_figures

ROOT = Path(__file__).resolve().parents[2]
END = "<!-- end -->"


def _history() -> str:
    from steppe.model.core.cast import default_cast
    from steppe.model.evidence.claims import load_evidence
    from steppe.model.evidence.history import history_yaml

    return history_yaml(load_evidence(), default_cast())


def _schema() -> str:
    from steppe.model.scenario.json_schema import schema_json

    return schema_json()


def with_block(text: str, name: str, block: str) -> str:
    """The text with what stands between `<!-- generated: name -->` and `<!-- end -->` replaced.

    Raises
    ------
    ValueError
        If the text has no such block.
    """
    begin = f"<!-- generated: {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(
            f"no block '{begin}' that ends with '{END}'; put both lines where the text is to stand"
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
        "| id | n | unit | prior | bounds | meaning | source | status |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in TABLE:
        priors = ", ".join(dict.fromkeys(row.prior(entry).words() for entry in row.entries(cast)))
        label = f"{row.id}[{row.per}]" if row.per else row.id
        lines.append(
            f"| `{label}` | {len(row.entries(cast))} | {row.unit} | {priors} | {row.bounds[0]:g} to {row.bounds[1]:g} | "
            f"{row.meaning} | {row.source} | {row.status} |"
        )
    return "\n".join(lines)


def scorecard_block() -> str:
    """Where the model wins and loses, from the record that ships."""
    from steppe.experiments.calibration.scorecard.render import generated_block

    try:
        return generated_block()
    except FileNotFoundError:
        return "There is no scorecard yet; `steppe scorecard --ship` makes it."


def _model_page() -> str:
    text = (ROOT / "MODEL.md").read_text(encoding="utf-8")
    for name, block in (("schedule", schedule_block), ("parameters", parameters_block)):
        text = with_block(text, name, block())
    if "<!-- generated: scorecard -->" in text:
        text = with_block(text, "scorecard", scorecard_block())
    return text


def inventory_block() -> str:
    """Every folder with what it is for, by its own docstring, and the modules in it."""
    rows = ["| folder | what it is for | modules |", "|---|---|---|"]
    for top in ("model", "experiments"):
        for init in sorted((ROOT / top).rglob("__init__.py")):
            purpose = (
                ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
            ).partition("\n\n")[0]
            names = ", ".join(
                path.stem for path in sorted(init.parent.glob("*.py")) if path.stem != "__init__"
            )
            rows.append(f"| `{init.parent.relative_to(ROOT).as_posix()}/` | {purpose} | {names} |")
    return "\n".join(rows)


def _scenarios_page() -> str:
    text = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    text = with_block(text, "scenarios", scenario_list.scenarios_block())
    return with_block(text, "expectations", scenario_list.expectations_block())


def _architecture_page() -> str:
    return with_block(
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), "inventory", inventory_block()
    )


# What is generated: its path from the top of the project, and the function that gives its text.
# The history comes first, since every scenario rests on it.
REGISTRY: list[tuple[str, Callable[[], str]]] = [
    ("scenarios/history.yaml", _history),
    ("scenarios/schema.json", _schema),
    ("scenarios/README.md", _scenarios_page),
    ("MODEL.md", _model_page),
    ("ARCHITECTURE.md", _architecture_page),
]


def stale() -> list[str]:
    """Paths of generated files that are not what they would be if made now."""
    found = []
    for path, text in REGISTRY:
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text():
            found.append(path)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Refresh every generated file, and say which of them changed."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for path, text in REGISTRY:
        file, fresh = ROOT / path, text()
        changed = not file.exists() or file.read_text(encoding="utf-8") != fresh
        if changed:
            file.write_text(fresh, encoding="utf-8")
        print(f"{'written' if changed else 'fresh':8}{path}")
    if "--figures" in arguments:
        for path in scenario_figures.draw_all():
            print(f"written {path.relative_to(ROOT)}")
    elif scenario_figures.stale():
        print(f"stale   figures of {', '.join(scenario_figures.stale())}; run again with --figures")
