"""The figures of the README's four questions: `python -m steppe.experiments.generated.readme_figures` asks them and keeps one figure each.

The commands are read off the README itself, so that page and figure cannot part; a mark
beside the figures says from which model, evidence, weights and commands they were made.
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
    "robust": "moves.png",
}
MARK = FOLDER / "asked.json"


def commands() -> dict[str, list[str]]:
    """The words of each question in the README, by verb."""
    page = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Ask it")[2]
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
