"""Colours of powers in a file, such as `Russia: "#7B1FA2"`, in place of those of the cast."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.storage.batch_cast import batch_cast
from steppe.model.core.cast import AUTONOMY, Cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.core.yaml_source import Source, read_yaml

if TYPE_CHECKING:
    import xarray as xr


def with_colours(dataset: xr.Dataset, path: Path) -> xr.Dataset:
    """Return a dataset whose request has the colours of a file as well, by name of holder.

    Raises
    ------
    DiagnosticsError
        If the file cannot be read, or one of its names or colours is unknown.
    """
    request = dataset.attrs["request"]
    chosen = read_colours(path, batch_cast(dataset))
    colours = request.get("colours", {}) | chosen
    return dataset.assign_attrs(request=request | {"colours": colours})


def read_colours(path: Path, cast: Cast) -> dict[str, str]:
    """Return the colours in a file, such as `#e69f00`, by name of holder.

    Parameters
    ----------
    path : YAML with a line for each power, or for autonomy. cast : whose powers it may name, by
    name, code or alias.
    """
    source = read_yaml(path)
    if not isinstance(source.data, Mapping):
        message = 'expected a line for each power; write for example Russia: "#7B1FA2"'
        raise DiagnosticsError([source.diagnostic((), message)])
    found: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for key, value in source.data.items():
        try:
            holder = _holder(key, cast)
        except UnknownNameError as error:
            problems.append(source.diagnostic((key,), str(error), of_key=True))
            continue
        if holder in found:
            message = f"{holder} has a colour already; take one of the two out"
            problems.append(source.diagnostic((key,), message, of_key=True))
        found[holder] = _colour(source, key, value, problems)
    if problems:
        raise DiagnosticsError(problems)
    return found


def _holder(word: str, cast: Cast) -> str:
    """The name of a power in any spelling, or autonomy."""
    if word.casefold() == AUTONOMY:
        return AUTONOMY
    if not any(actor.matches(word) for actor in cast.powers):
        raise UnknownNameError("power", word, list(cast.holder_names))
    return cast.power_names[cast.index("power", word)]


def _colour(source: Source, key: str, value: Any, problems: list[Diagnostic]) -> str:
    """A colour that Matplotlib knows, as six digits; a problem if it is none."""
    from matplotlib.colors import is_color_like, to_hex

    if isinstance(value, str) and is_color_like(value) and value.casefold() != "none":
        return to_hex(value)
    right = 'write one such as navy or, in quotes, "#E69F00"'
    text = "no colour is given" if value is None else f"'{value}' is not a colour"
    problems.append(source.diagnostic((key,), f"{text}; {right}"))
    return ""
