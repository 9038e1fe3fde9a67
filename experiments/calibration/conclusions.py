"""Conclusions of the documents about the whole history, as margins of any simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from steppe.model.core.cast import Cast, default_cast
from steppe.model.evidence.expectations import Expectation

from .targets import NO_DOCUMENT, Target

ALL_CHANNELS = ["economic", "security", "soft power"]


@dataclass(frozen=True)
class Conclusion:
    """A statement about simulated history, which holds if its margin is positive."""

    name: str
    says: str
    expect: dict[str, Any]


def _change(
    power: str,
    republics: str | Sequence[str],
    channels: Sequence[str],
    later: int,
    earlier: int,
    across: str = "mean",
) -> dict[str, Any]:
    """A power's share in one year above its share in another."""
    return {
        "reading": "change",
        "more": {"powers": [power], "republics": republics, "channels": channels, "when": later},
        "less": {"when": earlier},
        "across": across,
        "quantifier": "every" if across == "each" else None,
    }


CONCLUSIONS: tuple[Conclusion, ...] = (
    Conclusion(
        "russia-leads-security",
        "Russia leads the four powers in security in all five republics in 2016",
        {
            "reading": "lead",
            "more": {
                "powers": ["Russia"],
                "republics": "all",
                "channels": ["security"],
                "when": 2016,
            },
            "less": {"powers": "others"},
            "across": "each",
            "quantifier": "all",
        },
    ),
    Conclusion(
        "china-and-eu-ahead",
        "China or the EU exceeds Russia in the economic channel in most republics in 2016",
        {
            "reading": "lead",
            "more": {
                "powers": ["China", "European Union"],
                "take": "largest",
                "republics": "all",
                "channels": ["economic"],
                "when": 2016,
            },
            "less": {"powers": ["Russia"]},
            "across": "most",
            "quantifier": "most",
        },
    ),
    Conclusion(
        "china-economy-grows",
        "China's economic share grows in every republic from 2003 to 2010",
        _change("China", "all", ["economic"], 2010, 2003, "each"),
    ),
    Conclusion(
        "russia-dips",
        "Russia's share over all channels falls in the first years after 2000",
        _change("Russia", "all", ALL_CHANNELS, 2000, 2002),
    ),
    Conclusion(
        "russia-recovers",
        "Russia's share over all channels is higher in 2008 than in 2002",
        _change("Russia", "all", ALL_CHANNELS, 2008, 2002),
    ),
    Conclusion(
        "america-rises",
        "The American share in security is higher in 2003 than in 2000",
        _change("United States", "all", ["security"], 2003, 2000),
    ),
    Conclusion(
        "america-low-again",
        "The American share in security is lower in 2016 than in 2003",
        _change("United States", "all", ["security"], 2003, 2016),
    ),
    Conclusion(
        "turkmenistan-least",
        "Of the five, Turkmenistan depends least on Russia in 2016",
        {
            "reading": "republics",
            "more": {
                "powers": ["Russia"],
                "republics": ["Kazakhstan", "Kyrgyzstan", "Tajikistan", "Uzbekistan"],
                "channels": ALL_CHANNELS,
                "when": 2016,
            },
            "less": {"republics": ["Turkmenistan"]},
            "across": "each",
            "quantifier": "each",
        },
    ),
    Conclusion(
        "kazakhstan-kyrgyzstan-most",
        "Of the five, Kazakhstan and Kyrgyzstan depend most on Russia in 2016",
        {
            "reading": "republics",
            "more": {
                "powers": ["Russia"],
                "republics": ["Kazakhstan", "Kyrgyzstan"],
                "channels": ALL_CHANNELS,
                "when": 2016,
            },
            "less": {"republics": "others"},
            "across": "each",
            "quantifier": "each",
        },
    ),
    Conclusion(
        "uzbekistan-towards-2005",
        "Russia's security share in Uzbekistan rises from 2004 to 2007",
        _change("Russia", ["Uzbekistan"], ["security"], 2007, 2004),
    ),
    Conclusion(
        "uzbekistan-away-2012",
        "Russia's security share in Uzbekistan falls from 2011 to 2014",
        _change("Russia", ["Uzbekistan"], ["security"], 2011, 2014),
    ),
    Conclusion(
        "uzbekistan-back-2016",
        "Russia's share in Uzbekistan over all channels rises from 2015 to 2019",
        _change("Russia", ["Uzbekistan"], ALL_CHANNELS, 2019, 2015),
    ),
)


def conclusion_targets(cast: Cast | None = None) -> tuple[Target, ...]:
    """The conclusions as targets, so that margins can be computed for them."""
    context = {"cast": cast or default_cast()}
    return tuple(
        Target(
            conclusion.name,
            NO_DOCUMENT,
            conclusion.name,
            0.95,
            Expectation.model_validate(conclusion.expect, context=context),
            conclusion.says,
        )
        for conclusion in CONCLUSIONS
    )
