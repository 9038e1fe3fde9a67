"""Refresh the figures of the four analyses in `experiments/README.md`, which takes three minutes.

    python -m steppe.experiments.generated.readme_figures

The commands are read from the page, so that page and figures cannot differ. A record beside the
figures holds the model, evidence, posterior and commands they were made from.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from steppe.experiments.figures.png import shrink_png
from steppe.model.core.atomic_files import replace_file, write_text_atomically
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.fingerprint import shipped_evidence_fingerprint
from steppe.model.parameters.posterior import read_posterior

from .blocks import ROOT
from .thumbnails import FOLDER

PAGE = ROOT / "experiments" / "README.md"
FIGURES = {  # the figure that the page shows of each analysis
    "sensitivity": "sobol.png",
    "tipping": "response.png",
    "discover": "russian-retreat-box-1.png",
    "robustness": "moves.png",
}
RECORD = FOLDER / "asked.json"


def page_commands() -> dict[str, list[str]]:
    """The arguments of each analysis on the page, by verb."""
    page = PAGE.read_text(encoding="utf-8")
    commands = {
        command.split()[0]: command for command in re.findall(r"(?m)^\$ steppe (.+)$", page)
    }
    return {verb: shlex.split(commands[verb]) for verb in FIGURES}


def figure_path(verb: str) -> Path:
    """The file with the figure of an analysis."""
    return FOLDER / f"asked-{verb}.png"


def current_record() -> dict[str, object]:
    """What the figures would be made from now."""
    return {
        "model": MODEL_VERSION,
        "evidence": shipped_evidence_fingerprint(),
        "weights": f"posterior {read_posterior(SHIPPED_POSTERIOR, ()).fingerprint}",
        "commands": page_commands(),
    }


def refresh_figures() -> None:
    """Run the four analyses, and keep one figure of each and the record."""
    with TemporaryDirectory() as folder:
        for verb, arguments in page_commands().items():
            out = Path(folder) / verb
            subprocess.run([sys.executable, "-m", "steppe", *arguments, "--out", out], check=True)
            with replace_file(figure_path(verb)) as draft:
                draft.write_bytes(shrink_png(out / "figures" / FIGURES[verb]))
    write_text_atomically(RECORD, json.dumps(current_record(), indent=1) + "\n")


if __name__ == "__main__":
    refresh_figures()
