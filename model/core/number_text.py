"""Numbers as text, in one form everywhere: nought has no sign, a percentage no space."""

from __future__ import annotations

import math

_NOUGHT = frozenset("+-0.%")  # what a number that rounds to nought is written with


def parse_number(text: str) -> float:
    """The number that a user wrote; nought has no sign. Raises ValueError unless it is finite."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"'{text}' is not a finite number")
    return number + 0.0


def format_fixed(value: float, decimals: int = 2) -> str:
    """`0.13`, `-0.13`; `0.00` for what rounds to nought, from either side."""
    return _drop_sign(f"{value:.{decimals}f}")


def format_signed(value: float, decimals: int = 2) -> str:
    """`+0.13`, `-0.13`; `0` for what rounds to nought."""
    text = f"{value:+.{decimals}f}"
    return "0" if _is_nought(text) else text


def format_change(value: float) -> str:
    """A difference of shares with its sign: two decimals, or three where two would show nought."""
    return format_signed(value, 2 if abs(value) >= 0.0095 else 3)


def format_general(value: float, digits: int = 6) -> str:
    """The shortest form with at most so many significant digits: `0.3`, `12`, `1e-05`."""
    return _drop_sign(f"{value:.{digits}g}")


def format_percent(share: float) -> str:
    """A share of 1 as whole per cent: `13%`."""
    return _drop_sign(f"{share:.0%}")


def format_band(low: float, high: float, decimals: int = 2, *, signed: bool = False) -> str:
    """`90%: 0.12 to 0.31`, the band that holds the middle 90 per cent of members."""
    write = format_signed if signed else format_fixed
    return f"90%: {write(low, decimals)} to {write(high, decimals)}"


def _drop_sign(text: str) -> str:
    return text.lstrip("-") if _is_nought(text) else text


def _is_nought(text: str) -> bool:
    return _NOUGHT.issuperset(text)
