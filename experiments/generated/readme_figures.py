"""Refresh the figures of `README.md` and `experiments/README.md`, which takes three minutes.

    python -m steppe.experiments.generated.readme_figures

The commands of the analyses are read from `experiments/README.md`, so that page and figures
cannot differ. A record beside the figures holds the model, evidence, posterior and commands they
were made from.
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
BATCH = ["run", "baseline", "russian-retreat", "--members", "1000"]  # of the figure in README.md
FIGURES = {  # by command, what the figure is called in its results and in the folder of figures
    "run": ("region-russian-retreat.png", "region-russian-retreat.png"),
    "sensitivity": ("sobol.png", "asked-sensitivity.png"),
    "tipping": ("response.png", "asked-tipping.png"),
    "discover": ("russian-retreat-box-1.png", "asked-discover.png"),
    "robustness": ("moves.png", "asked-robustness.png"),
}
RECORD = FOLDER / "asked.json"


def commands() -> dict[str, list[str]]:
    """The arguments of the batch and of each analysis on the page, by command."""
    page = PAGE.read_text(encoding="utf-8")
    asked = {line.split()[0]: line for line in re.findall(r"(?m)^\$ steppe (.+)$", page)}
    return {verb: BATCH if verb == "run" else shlex.split(asked[verb]) for verb in FIGURES}


def current_record() -> dict[str, object]:
    """What the figures would be made from now."""
    return {**model_record(), "commands": commands()}


def model_record() -> dict[str, str]:
    """The model, evidence and weights that there are now."""
    return {
        "model": MODEL_VERSION,
        "evidence": shipped_evidence_fingerprint(),
        "weights": f"posterior {read_posterior(SHIPPED_POSTERIOR, ()).fingerprint}",
    }


def refresh_figures() -> None:
    """Run the batch and the analyses, and keep one figure of each and the record."""
    with TemporaryDirectory() as folder:
        for verb, arguments in commands().items():
            out, (source, kept) = Path(folder) / verb, FIGURES[verb]
            subprocess.run([sys.executable, "-m", "steppe", *arguments, "--out", out], check=True)
            with replace_file(FOLDER / kept) as draft:
                draft.write_bytes(shrink_png(out / "figures" / source))
    write_text_atomically(RECORD, json.dumps(current_record(), indent=1) + "\n")


if __name__ == "__main__":
    refresh_figures()
