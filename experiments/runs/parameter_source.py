"""Where parameters come from: the shipped posterior, the priors, or a posterior in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.evidence.claims import DOCUMENTS_ONLY, load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs, default_inputs
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.parameters.posterior import PosteriorSample, read_posterior
from steppe.model.parameters.table import all_labels

POSTERIOR, PRIOR = "posterior", "prior"


@dataclass(frozen=True)
class ParameterSource:
    """Coded inputs and the sample of the posterior that parameters are drawn from.

    evidence : the fingerprint of the evidence behind the inputs.
    posterior : None stands for the priors.
    folder : holds a user's own claims, if there are any; or DOCUMENTS_ONLY.
    file : that of the posterior.
    """

    inputs: Inputs
    evidence: str
    posterior: PosteriorSample | None
    folder: Path | None = None
    file: Path | None = None

    @property
    def documents_only(self) -> bool:
        """Whether the public record is left out."""
        return self.folder == DOCUMENTS_ONLY

    @property
    def label(self) -> str:
        """The name of the source in manifests and captions."""
        return PRIOR if self.posterior is None else f"{POSTERIOR} {self.posterior.fingerprint}"


def load_parameter_source(
    source: str = POSTERIOR, evidence_folder: Path | None = None
) -> ParameterSource:
    """Load the inputs and the posterior sample for a batch.

    Parameters
    ----------
    source : `posterior` (the one that ships), `prior`, or the path of a posterior.
    evidence_folder : a folder with a user's own claims; by default the one that the
        posterior names.

    Raises
    ------
    RequestError
        If the file cannot be used or the evidence has mistakes.
    """
    cast = default_cast()
    path = None if source == PRIOR else SHIPPED_POSTERIOR if source == POSTERIOR else Path(source)
    if path is not None and evidence_folder is None:
        evidence_folder = _recorded_folder(path)
    evidence = load_evidence(evidence_folder)
    evidence_hash = fingerprint(evidence)
    if path == SHIPPED_POSTERIOR and evidence_folder == DOCUMENTS_ONLY:
        raise RequestError(
            "--evidence documents-only needs a posterior of its own; make it with: steppe "
            "calibrate --evidence documents-only --out documents-only.csv, then use it with: "
            "steppe run --parameters-from documents-only.csv"
        )
    posterior = None if path is None else read_posterior(path, all_labels(cast), evidence_hash)
    return ParameterSource(
        default_inputs() if evidence_folder is None else code_inputs(evidence, cast),
        evidence_hash,
        posterior,
        evidence_folder,
        path,
    )


def _recorded_folder(path: Path) -> Path | None:
    """The folder of claims that a posterior was made with, if it still exists."""
    header = read_posterior(path, ()).header
    folder = Path(header["folder"]) if header.get("folder") else None
    known = folder is not None and (folder == DOCUMENTS_ONLY or folder.is_dir())
    return folder if known else None
