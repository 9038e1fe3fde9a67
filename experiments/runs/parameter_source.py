"""Which weights a batch runs on: the shipped posterior, the priors, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steppe.experiments.errors import RequestError
from steppe.model.core.cast import default_cast
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs, default_inputs
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.parameters.posterior import PosteriorError, PosteriorSample, read_posterior
from steppe.model.parameters.table import all_labels

POSTERIOR, PRIOR = "posterior", "prior"


@dataclass(frozen=True)
class ParameterSource:
    """Coded inputs, the fingerprint of their evidence, and weights; None stands for the priors.

    `folder` holds a user's own claims, if there are any.
    """

    inputs: Inputs
    evidence: str
    posterior: PosteriorSample | None
    folder: Path | None = None

    @property
    def label(self) -> str:
        """The weights as a manifest and a caption name them."""
        return PRIOR if self.posterior is None else f"{POSTERIOR} {self.posterior.fingerprint}"


def load_parameter_source(
    word: str = POSTERIOR, evidence_folder: Path | None = None
) -> ParameterSource:
    """Inputs and weights for a batch.

    Parameters
    ----------
    word : `posterior` (the one that ships), `prior`, or the path of a file of weights.
    evidence_folder : a folder with a user's own claims; by default the one that the file names.

    Raises
    ------
    RequestError
        If the file cannot be used or the evidence has mistakes.
    """
    cast = default_cast()
    path = None if word == PRIOR else SHIPPED_POSTERIOR if word == POSTERIOR else Path(word)
    try:
        if path is not None and evidence_folder is None:
            evidence_folder = _folder_of(path)
        evidence = load_evidence(evidence_folder)
        found = fingerprint(evidence)
        posterior = None if path is None else read_posterior(path, all_labels(cast), found)
    except (DiagnosticsError, PosteriorError) as error:
        raise RequestError(str(error)) from None
    return ParameterSource(
        default_inputs() if evidence_folder is None else code_inputs(evidence, cast),
        found,
        posterior,
        evidence_folder,
    )


def _folder_of(path: Path) -> Path | None:
    """The folder of claims that a file of weights was made with, if it is still there."""
    header = read_posterior(path, ()).header
    folder = Path(header["folder"]) if header.get("folder") else None
    return folder if folder is not None and folder.is_dir() else None
