"""Subjects that the documents discuss at length, and the claims that represent each of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.field_types import StrictModel
from steppe.model.core.suggestions import suggest
from steppe.model.core.type_errors import parse_data
from steppe.model.core.yaml_source import Source, read_yaml

from .claims import ParsedClaims
from .documents import FOLDER

RECORD = "model/evidence/systems.yaml"


class System(StrictModel):
    """The claims behind one system, or why it is left out."""

    claims: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    left_out: Annotated[str, Field(min_length=10)] | None = None

    @model_validator(mode="after")
    def _check_form(self) -> System:
        if (self.claims is None) == (self.left_out is None):
            raise ValueError("a system has either 'claims' or 'left_out' with the reason")
        return self


class Record(StrictModel):
    """The file as a whole."""

    systems: dict[str, System]


def load_systems() -> dict[str, System]:
    """Every system by name.

    Raises
    ------
    DiagnosticsError
        If the file has mistakes.
    """
    return parse_data(_source(), Record, {}).systems


def _source() -> Source:
    return read_yaml(FOLDER / "systems.yaml", RECORD)


def check_systems(reading: ParsedClaims) -> list[Diagnostic]:
    """Claims named in the list of systems that do not exist or are not used."""
    try:
        source = _source()
        systems = parse_data(source, Record, {}).systems
    except DiagnosticsError as found:
        return list(found.diagnostics)
    uses = {str(raw.get("id")): raw.get("use") for raw in reading.raw}
    problems = []
    for name, system in systems.items():
        for number, identifier in enumerate(system.claims or ()):
            at = ("systems", name, "claims", number)
            if identifier not in uses:
                problems.append(
                    source.diagnostic(
                        at, f"unknown claim '{identifier}'; {suggest(identifier, list(uses))}"
                    )
                )
            elif uses[identifier] == "context":
                problems.append(
                    source.diagnostic(
                        at,
                        f"claim '{identifier}' is context; name claims that are used, "
                        "or say under 'left_out' why there are none",
                    )
                )
    return problems
