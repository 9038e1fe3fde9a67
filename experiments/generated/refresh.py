"""Refresh generated files: `python -m steppe.experiments.generated`, or `make generated`.

Add what you generate to `REGISTRY`. With `--figures` the scenarios are also run, for their
thumbnails and for what the live page shows at once; that takes half a minute.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from steppe.experiments.explore import shipped_answers

from . import blocks, catalogues, python_reference, scenario_readme, thumbnails
from .blocks import ROOT, with_block


@dataclass(frozen=True)
class Generated:
    """A generated file, or one block of a page.

    Parameters
    ----------
    path : from the top of the project. make : returns the text. block : the name of the block in
    the page at `path`; the whole file is generated if it is empty.
    """

    path: str
    make: Callable[[], str]
    block: str = ""

    def current_text(self) -> str:
        """The text of the file, empty if there is none."""
        file = ROOT / self.path
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def fresh_text(self) -> str:
        """The text that the file should have."""
        if self.block:
            return with_block(self.current_text(), self.block, self.make())
        return self.make()


def make_history() -> str:
    """The history scenario, from the claims."""
    from steppe.model.core.cast import default_cast
    from steppe.model.evidence.claims import load_evidence
    from steppe.model.evidence.history import render_history

    return render_history(load_evidence(), default_cast())


def make_schema() -> str:
    """The JSON schema of scenario files."""
    from steppe.model.scenario.json_schema import schema_text

    return schema_text()


def make_help() -> str:
    """What `steppe help` says of every word of scenario files."""
    from steppe.model.scenario.help_terms import language_terms

    rows = [term.as_row() for term in language_terms()]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]\n"


REGISTRY = [  # the history comes first, since every scenario extends it
    Generated("scenarios/history.yaml", make_history),
    Generated("scenarios/schema.json", make_schema),
    Generated("scenarios/help.json", make_help),
    Generated("scenarios/README.md", scenario_readme.keys_block, "keys"),
    Generated("scenarios/README.md", scenario_readme.effects_block, "effects"),
    Generated("scenarios/README.md", scenario_readme.scenarios_block, "scenarios"),
    Generated("scenarios/README.md", scenario_readme.expectations_block, "expectations"),
    Generated("MODEL.md", blocks.schedule_block, "schedule"),
    Generated("MODEL.md", blocks.parameters_block, "parameters"),
    Generated("MODEL.md", blocks.scorecard_block, "scorecard"),
    Generated("ARCHITECTURE.md", blocks.inventory_block, "inventory"),
    Generated("experiments/PYTHON.md", python_reference.reference_page),
]


def main(arguments: list[str] | None = None) -> None:
    """Refresh every generated file, and print which of them changed."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for item in REGISTRY:
        fresh = item.fresh_text()
        changed = item.current_text() != fresh
        if changed:
            (ROOT / item.path).write_text(fresh, encoding="utf-8")
        print(f"{'written' if changed else 'fresh':8}{item.path} {item.block}".rstrip())
    for path in catalogues.compile_all():
        print(f"written {path.relative_to(ROOT)}")
    if "--figures" in arguments:
        for path in thumbnails.draw_all():
            print(f"written {path.relative_to(ROOT)}")
        shipped_answers.write_answers()
        print(f"written {shipped_answers.PATH.relative_to(ROOT)}")
        return
    if shipped_answers.shipped_start() is None:
        print("stale   answers of the live page; run again with --figures")
    if thumbnails.stale_scenarios():
        names = ", ".join(thumbnails.stale_scenarios())
        print(f"stale   thumbnails of {names}; run again with --figures")
