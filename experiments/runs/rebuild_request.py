"""The request of a batch, rebuilt from its manifest and from the files that this names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from steppe.experiments.storage.manifest import FORMAT, Manifest, describe_differences
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.scenario.find_files import SHIPPED
from steppe.model.scenario.load import Scenario, load_scenario

from .batch_request import Request
from .parameter_source import POSTERIOR, PRIOR, load_parameter_source


def rebuild_request(manifest: Manifest) -> Request:
    """Load everything that a batch was run with.

    Raises
    ------
    RequestError
        If a file is gone, or gives another result than it did.
    """
    stored = manifest.request
    if stored.get("format") != FORMAT:
        raise RequestError(
            f"the batch has format {stored.get('format')}, this version reads {FORMAT}; "
            "run it again with --replace"
        )
    given = manifest.about.get("given", {})
    source = given.get("weights") or (PRIOR if stored["weights"] == PRIOR else POSTERIOR)
    evidence_folder = Path(given["evidence"]) if given.get("evidence") else None
    with _in_folder_of_start(manifest):
        parameter_source = load_parameter_source(source, evidence_folder)
    request = Request(
        [reload_scenario(manifest, name) for name in stored["scenarios"]],
        parameter_source,
        stored["members"],
        stored["seed"],
        stored["every"],
        stored["block"],
        stored["keep"],
        stored["results"] if "://" in stored["results"] else "",
        given,
    )
    changes = describe_differences(stored, request.as_record())
    if changes:
        changed = "; ".join(changes).replace(" requested", " now")
        raise RequestError(
            f"the batch cannot be run again, since its inputs have changed ({changed})"
        )
    return request


def reload_scenario(manifest: Manifest, name: str) -> Scenario:
    """Load a scenario of a batch from its file, with the levers that it had.

    Values in a name such as `split[depth=0.3]` are set as well. Whether the file is still
    the same is for the caller to check, by the scenario's fingerprint.

    Raises
    ------
    RequestError
        If the file is gone or has mistakes.
    """
    file = manifest.request["files"][name]
    settings = name[name.index("[") :] if "[" in name else ""
    try:
        with _in_folder_of_start(manifest):
            if file.startswith("scenarios/") and not Path(file).exists():
                shipped = SHIPPED / Path(file).name
                file = str(shipped) if shipped.exists() else file
            return load_scenario(file + settings, levers=manifest.request["levers"].get(name, {}))
    except DiagnosticsError as error:
        raise RequestError(
            "the batch cannot be run again, since a scenario is gone or has mistakes:\n"
            + "\n".join(map(str, error.diagnostics))
        ) from None


@contextmanager
def _in_folder_of_start(manifest: Manifest) -> Iterator[None]:
    """Work in the folder where the batch was started, since files were named from there."""
    folder = manifest.about.get("folder", ".")
    with chdir(folder if Path(folder).is_dir() else "."):
        yield
