"""What names and titles of scenarios show of the values that are set from outside their files."""

from __future__ import annotations

from collections.abc import Mapping

from steppe.model.core.number_text import format_general

Setting = float | list[float]  # one value, or the least and the largest of an array over members
DIGITS, MAX_DIGITS = 6, 17  # of values in names: usually, and to tell any two apart


def text_of_values(values: Mapping[str, Setting], digits: int = DIGITS) -> str:
    """Return `, depth 0.3, rho 2 to 5`, as titles end."""
    return "".join(f", {name} {_shown(value, digits, ' to ')}" for name, value in values.items())


def name_with_values(name: str, values: Mapping[str, Setting], digits: int = DIGITS) -> str:
    """Return `russian-retreat[depth=0.3,rho=2..5]`, which is shown and never read again."""
    shown = (f"{key}={_shown(value, digits, '..')}" for key, value in values.items())
    return f"{name}[{','.join(shown)}]"


def _shown(value: Setting, digits: int, between: str) -> str:
    ends = value if isinstance(value, list) else [value]
    return between.join(format_general(end, digits) for end in ends)
