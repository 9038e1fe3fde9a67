"""Where parameters come from: the shipped posterior, the priors, or a posterior in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.shipped_files import SHIPPED_MEASURED, SHIPPED_POSTERIOR
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.choice import (
    DOCUMENTS_ALONE,
    LAYER,
    RESERVED,
    WITH_SERIES,
    EvidenceChoice,
)
from steppe.model.evidence.claims import DOCUMENTS_ONLY, load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs, default_inputs
from steppe.model.evidence.fingerprint import fingerprint, shipped_evidence_fingerprint
from steppe.model.evidence.series import Series, join_series, load_series, series_fingerprint
from steppe.model.observables.declarations import Observable
from steppe.model.parameters.draw import apply_changes, draw_priors
from steppe.model.parameters.posterior import (
    POSTERIOR,
    PRIOR,
    SERIES_SEPARATOR,
    PosteriorFile,
    PosteriorSample,
    open_posterior,
)
from steppe.model.parameters.table import all_labels

OWN_FILE = "own.csv"  # what messages call a user's own posterior


@dataclass(frozen=True)
class ParameterSource:
    """Coded inputs and the sample of the posterior that parameters are drawn from.

    evidence : the fingerprint of the evidence behind the inputs.
    posterior : None stands for the priors.
    folder : holds a user's own claims, if there are any; or DOCUMENTS_ONLY.
    file : that of the posterior, if it was read from one.
    series : that the posterior has learnt from beside documents, one of each observable.
    series_from : the folders that they lie in, or MEASURED.
    """

    inputs: Inputs
    evidence: str
    posterior: PosteriorSample | None
    folder: Path | None = None
    file: Path | None = None
    series: tuple[Series, ...] = ()
    series_from: tuple[Path, ...] = ()

    @property
    def layer(self) -> str:
        """What its numbers rest on, in words."""
        return WITH_SERIES if self.series else DOCUMENTS_ALONE

    def series_of(self, observable: Observable) -> Series | None:
        """The series that counts an observable, if one is used."""
        return next((row for row in self.series if row.observable == observable.name), None)

    @property
    def documents_only(self) -> bool:
        """Whether the public record is left out."""
        return self.folder == DOCUMENTS_ONLY

    @property
    def draws(self) -> PosteriorSample | str:
        """What `InfluenceModel` draws parameters from."""
        return self.posterior or PRIOR

    @property
    def label(self) -> str:
        """The name of the source in manifests and captions."""
        return PRIOR if self.posterior is None else f"{POSTERIOR} {self.posterior.fingerprint}"


def replace_draws(
    source: ParameterSource, values: Mapping[str, float | FloatArray], members: int, seed: int
) -> ParameterSource:
    """The source with arrays over members in place of what it draws; numbers stay with scenarios.

    Parameters
    ----------
    values : by label, as `check_parameters` returns them.
    """
    cast, numbers = default_cast(), np.arange(members)
    if not any(isinstance(value, np.ndarray) for value in values.values()):
        return source
    drawn = source.posterior
    table = (
        draw_priors(seed, numbers, cast, source.inputs.alpha_means)
        if drawn is None
        else drawn.values_of(numbers)
    )
    table = apply_changes(table, values, cast, seed, numbers)
    dates = drawn.event_quarters(numbers) if drawn is not None else {}
    header = drawn.header if drawn is not None else {}
    cells = drawn.cells_of(numbers) if drawn is not None else {}
    given = PosteriorSample(table, dates, header, cells).as_given(source.evidence)
    return replace(source, posterior=given, file=None)


def load_parameter_source(
    source: str = POSTERIOR, evidence_folder: Path | None = None, series: tuple[Path, ...] = ()
) -> ParameterSource:
    """Load the inputs and the posterior sample for a batch.

    Parameters
    ----------
    source : `posterior` (the one that ships), `prior`, or the path of a posterior.
    evidence_folder, series : a folder with a user's own claims, and folders with series; without
        either, those that the posterior names.

    Raises
    ------
    RequestError
        If the file cannot be used, is of another layer, or the evidence has mistakes.
    """
    cast = default_cast()
    given = EvidenceChoice(evidence_folder, series)
    path = _posterior_path(source, given)
    file = None if path is None else open_posterior(path)
    if file is not None and given == EvidenceChoice():
        given = _recorded_evidence(file.header)
    counted = join_series(load_series(given.series))
    if file is not None:
        _require_layer(file, given, series_fingerprint(counted))
    if given.claims is None:
        inputs, evidence_hash = default_inputs(), shipped_evidence_fingerprint()
    else:
        evidence = load_evidence(given.claims)
        inputs, evidence_hash = code_inputs(evidence, cast), fingerprint(evidence)
    posterior = None if file is None else file.read_draws(all_labels(cast), evidence_hash)
    return ParameterSource(
        inputs, evidence_hash, posterior, given.claims, path, counted, given.series
    )


def _posterior_path(source: str, given: EvidenceChoice) -> Path | None:
    """The file that is asked for; None for the priors, which nothing has taught."""
    if source == PRIOR and given.series:
        raise RequestError(
            f"{given.options}: the priors have learnt from no series; leave it out, or leave out "
            "--parameters-from prior"
        )
    if source != POSTERIOR:
        return None if source == PRIOR else Path(source)
    if given == LAYER:
        return SHIPPED_MEASURED
    if given.claims == DOCUMENTS_ONLY or given.series:
        file = OWN_FILE if given.series else f"{DOCUMENTS_ONLY}.csv"
        raise RequestError(
            f"{given.options} needs a posterior of its own; make it with: steppe "
            f"calibrate {given.options} --out {file}, then use it with: "
            f"steppe run --parameters-from {file}"
        )
    return SHIPPED_POSTERIOR


def _require_layer(file: PosteriorFile, given: EvidenceChoice, now: str) -> None:
    """Refuse a posterior of one layer with the evidence of the other."""
    made, path = file.header.get("series", ""), file.path
    if made == now:
        return
    recorded = _recorded_evidence(file.header, existing=False)
    if not made:
        learnt = "from documents alone"
        way = f"steppe calibrate {given.options} --out {OWN_FILE}"
    elif not now:
        learnt = f"with series ({join_words(list(map(str, recorded.series)))})"
        way = f"steppe run {recorded.options} --parameters-from {path}"
    else:
        learnt = f"with other series ({made}, now {now})"
        way = f"steppe calibrate {given.options} --out {path}"
    asked = f"not {given.options}" if given.options else "and these are not there"
    raise RequestError(f"{path}: was made {learnt}, {asked}; right would be: {way}")


def _recorded_evidence(header: Mapping[str, str], *, existing: bool = True) -> EvidenceChoice:
    """The evidence that a posterior was made with, as far as it is still there."""

    def there(place: Path) -> bool:
        return not existing or place in RESERVED or place.is_dir()

    claims = Path(header["folder"]) if header.get("folder") else None
    places = header["series_from"].split(SERIES_SEPARATOR) if header.get("series_from") else []
    return EvidenceChoice(
        claims if claims is not None and there(claims) else None,
        tuple(place for place in map(Path, places) if there(place)),
    )
