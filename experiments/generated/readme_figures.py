"""The figures of the four analyses in experiments/README.md.

`python -m steppe.experiments.generated.readme_figures` runs the commands that stand on that page and
keeps one figure of each. `asked.json` records the model, evidence, posterior and commands behind them.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

from steppe.experiments.figures.png import small
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.experiments.storage.atomic_files import whole
from steppe.model.core.version import MODEL_VERSION

from .refresh import ROOT
from .thumbnails import FOLDER

FIGURES = {
    "sensitivity": "sobol.png",
    "tipping": "response.png",
    "discover": "russian-retreat-box-2.png",
    "robustness": "moves.png",
}
PAGE = ROOT / "experiments" / "README.md"
MARK = FOLDER / "asked.json"


def commands() -> dict[str, list[str]]:
    """The words of each question on the page, by verb."""
    page = PAGE.read_text(encoding="utf-8").partition("## Analyses")[2]
    return {
        verb: shlex.split(re.search(rf"^\$ steppe ({verb} .+)$", page, re.MULTILINE)[1])
        for verb in FIGURES
    }


def path_of(verb: str) -> Path:
    """Where the figure of a question lies."""
    return FOLDER / f"asked-{verb}.png"


def mark() -> dict:
    """What the figures would be made from now."""
    shipped = load_parameter_source()
    return {
        "model": MODEL_VERSION,
        "evidence": shipped.evidence,
        "weights": shipped.label,
        "commands": commands(),
    }


def ask_all() -> None:
    """Ask all four, which takes some three minutes, and keep a figure of each."""
    from steppe.experiments.cli.app import steppe

    with TemporaryDirectory() as folder:
        for verb, words in commands().items():
            out = Path(folder) / verb
            steppe.main(args=[*words, "--out", str(out)], standalone_mode=False)
            with whole(path_of(verb)) as draft:
                draft.write_bytes(small(out / "figures" / FIGURES[verb]))
    with whole(MARK) as draft:
        draft.write_text(json.dumps(mark(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    ask_all()
