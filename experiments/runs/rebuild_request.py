"""The request of a batch, rebuilt from its manifest."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import chdir, suppress
from dataclasses import replace
from pathlib import Path

from steppe.experiments.storage.manifest import (
    KEPT_POSTERIOR,
    Manifest,
    describe_differences,
    other_format,
)
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.yaml_source import parse_yaml
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.parameters.posterior import PRIOR, PosteriorError, read_posterior
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.find_files import SHIPPED, SHIPPED_HISTORY
from steppe.model.scenario.load import Scenario, complete_scenario, load_family, load_scenario
from steppe.model.scenario.load_history import WITHOUT_RECORD, load_history
from steppe.model.scenario.merge import MergedFile, merge_chain
from steppe.model.scenario.resolve import Overrides

from .batch_request import Request
from .kept_sources import folder_of_start, given_evidence, given_posterior, given_series, kept_data
from .parameter_source import ParameterSource, load_parameter_source


def rebuild_request(manifest: Manifest, folder: Path) -> Request:
    """Load everything that the batch in a folder was run with.

    Raises
    ------
    RequestError
        If the evidence, the posterior or the model is no longer the same.
    """
    stored = manifest.request
    if reason := other_format(stored):
        raise RequestError(f"{folder}: {reason}; run it again with another --out, or --replace")
    request = Request(
        [reload_scenario(manifest, name) for name in stored["scenarios"]],
        reload_parameter_source(manifest, folder),
        stored["members"],
        stored["seed"],
        stored["every"],
        stored["block"],
        stored["keep"],
        stored["results"] if "://" in stored["results"] else "",
        manifest.about.get("given", {}),
        stored.get("references", {}),
    )
    changes = describe_differences(stored, request.as_record())
    if changes:
        changed = "; ".join(changes).replace(" requested", " now")
        raise RequestError(
            f"the batch cannot be run again, since its inputs have changed ({changed})"
        )
    return request


def reload_parameter_source(
    manifest: Manifest,
    folder: Path,
    parameters_from: str | None = None,
    evidence_folder: Path | None = None,
) -> ParameterSource:
    """Load the evidence of a batch, as it is now, and the posterior that its folder keeps.

    What is given here takes the place of what was given for the batch. Where the folder keeps
    no sound copy of the posterior, the file that was given is read again.
    """
    source = given_posterior(manifest)
    if source != PRIOR and not parameters_from:
        with suppress(PosteriorError):
            read_posterior(folder / KEPT_POSTERIOR, ())
            source = folder / KEPT_POSTERIOR
    return load_parameter_source(
        parameters_from or str(source),
        evidence_folder or given_evidence(manifest),
        given_series(manifest),
    )


def reload_scenario(manifest: Manifest, name: str) -> Scenario:
    """A scenario of a batch from what the batch keeps of it, whatever became of its files.

    A batch of an earlier version keeps nothing: there the files are read again. Whether they
    are still the same is for the caller to check, by the scenario's fingerprint.

    Raises
    ------
    RequestError
        If a file that is needed is gone or has mistakes, or the manifest is damaged.
    """
    try:
        if name in manifest.sources.get("scenarios", {}):
            return _complete_kept(manifest, name)
        with chdir(folder_of_start(manifest)):  # names in the manifest begin there
            return replace(_load_from_files(manifest, name), name=name)
    except DiagnosticsError as error:
        raise RequestError(
            "the batch cannot be run again, since a scenario is gone or has mistakes:\n"
            + "\n".join(map(str, error.diagnostics))
        ) from None
    except (LookupError, TypeError, AttributeError) as error:
        raise RequestError(
            f"the manifest of the batch is damaged: what it keeps of {name} cannot be read "
            f"({type(error).__name__}: {error}); run the batch again with --replace"
        ) from None


def reload_added_inputs(manifest: Manifest, inputs: Inputs) -> Iterator[Inputs]:
    """Yield the inputs with the actors that a scenario adds, for each that adds some.

    A scenario that can no longer be loaded is left out.
    """
    for name in manifest.request["scenarios"]:
        with suppress(RequestError):
            larger = extend_inputs(reload_scenario(manifest, name), inputs)
            if larger is not inputs:
                yield larger


def reload_history(manifest: Manifest) -> Scenario:
    """The history behind a batch, as the batch keeps it; else the one that ships."""
    for file in manifest.sources.get("files", ()):
        if not file["path"] and Path(file["name"]).name in (SHIPPED_HISTORY.name, WITHOUT_RECORD):
            return complete_scenario(merge_chain([parse_yaml(file["text"], file["name"])]))
    return load_history()


def _complete_kept(manifest: Manifest, name: str) -> Scenario:
    merged, chain = kept_data(manifest, name)
    levers = manifest.request["levers"][name]
    scenario = complete_scenario(MergedFile(merged, chain), Overrides(levers))
    values = manifest.sources["scenarios"][name]["values"]
    settings = manifest.request.get("settings", {}).get(name, {})
    title = manifest.request["titles"][name]
    return replace(scenario, name=name, title=title, values=values, settings=settings)


def _load_from_files(manifest: Manifest, name: str) -> Scenario:
    """The first scenario with the stored fingerprint among those that the files can give."""
    first = None
    for scenario in _candidates(manifest, name):
        first = first or scenario
        if scenario.fingerprint == manifest.request["scenarios"][name]:
            return scenario
    if first is None:
        raise LookupError(name)
    return first


def _candidates(manifest: Manifest, name: str) -> Iterator[Scenario]:
    """Scenarios with the stored levers, and with each set of parameters that may have been set."""
    file, levers = manifest.request["files"][name], manifest.request["levers"].get(name, {})
    if file.startswith("scenarios/") and not Path(file).exists():
        shipped = SHIPPED / Path(file).name
        file = str(shipped) if shipped.exists() else file
    yield load_scenario(file, levers=levers)
    for member in load_family(file):
        own = {key: value for key, value in member.values.items() if key not in member.levers}
        yield load_scenario(file, levers=levers, parameters=own)
    for word in shlex.split(manifest.about.get("command", "")):
        if "[" in word:
            with suppress(DiagnosticsError):  # of another scenario, or no scenario
                yield load_scenario(word, levers=levers)
