"""Every shipped target read a second time, in plain Python from the text of the claim files.

Nothing of the calibration is used: shares are nested dictionaries of floats, and a claim is what
YAML gives.
"""

from __future__ import annotations

import math
import random
from itertools import product
from pathlib import Path
from statistics import mean, median

import numpy as np
import pytest
import yaml

from steppe.experiments.calibration.likelihood import log_likelihoods
from steppe.experiments.calibration.margins import target_margins
from steppe.experiments.calibration.targets import targets_from_evidence
from steppe.model.core.cast import default_cast
from steppe.model.evidence import claims as claim_module
from steppe.model.evidence.claims import load_evidence

POWERS = ("Russia", "China", "United States", "European Union")
REPUBLICS = ("Kazakhstan", "Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan")
CHANNELS = ("economic", "security", "soft power")
CLAIMS = Path(claim_module.__file__).parent / "claims"


def make_history() -> tuple[dict, dict]:
    """Shares by (year, power, republic, channel), and an offset of trade by power."""
    chance = random.Random(17)
    shares = {}
    for year, republic, channel in product(range(2000, 2020), REPUBLICS, CHANNELS):
        raw = [chance.random() + 0.05 for _ in range(5)]
        for power, part in zip(POWERS, raw[:4], strict=True):
            shares[year, power, republic, channel] = part / sum(raw)
    return shares, {power: chance.gauss(0, 1.2) for power in POWERS}


def all_or(names, everything):
    return everything if names == "all" else names


class PlainReading:
    """The rules of the codebook for reading a target, as loops."""

    def __init__(self, expect: dict, shares: dict, offsets: dict, sizes: dict):
        self.expect, self.shares, self.offsets, self.sizes = expect, shares, offsets, sizes
        self.more, self.less = dict(expect["more"]), dict(expect["less"])
        for name, value in self.more.items():
            self.less.setdefault(name, value)
        self.places = {}
        for side, other in ((self.more, self.less), (self.less, self.more)):
            named = side["republics"]
            if named == "others":
                named = [r for r in REPUBLICS if r not in all_or(other["republics"], REPUBLICS)]
            self.places[id(side)] = all_or(named, REPUBLICS)

    def share(self, side: dict, power: str, republic: str) -> float:
        def level(one: str) -> float:
            channels = all_or(side["channels"], CHANNELS)
            return mean(self.shares[side["when"], one, republic, c] for c in channels)

        if self.expect.get("link") != "trade":
            return level(power)
        counted = {one: level(one) * math.exp(self.offsets[one]) for one in POWERS}
        return counted[power] / sum(counted.values())

    def together(self, side: dict, of: dict) -> float:
        """A quantity from the share of each power."""
        if side["powers"] == "others":
            return max(of[power] for power in POWERS if power not in self.more["powers"])
        if side["powers"] == "autonomy":
            return 1 - sum(of.values())
        combine = {"sum": sum, "largest": max, "smallest": min}[side.get("take", "sum")]
        found = combine([of[power] for power in all_or(side["powers"], POWERS)])
        if "against" in side:
            found /= sum(of[power] for power in side["against"])
        if "among" in side:
            found /= found + sum(of[power] for power in side["among"])
        return found

    def by_republic(self, side: dict) -> list[float]:
        return [
            self.together(side, {power: self.share(side, power, republic) for power in POWERS})
            for republic in self.places[id(side)]
        ]

    def of_region(self, side: dict) -> float:
        places = self.places[id(side)]
        by_size = self.expect.get("across") == "size"
        weight = {place: self.sizes[place] if by_size else 1.0 for place in places}
        total = sum(weight.values())
        return self.together(
            side,
            {
                power: sum(weight[r] * self.share(side, power, r) for r in places) / total
                for power in POWERS
            },
        )

    def margin(self) -> float:
        across = self.expect.get("across", "mean")
        if across in ("mean", "size"):
            return math.log(self.of_region(self.more) / self.of_region(self.less))
        more, less = self.by_republic(self.more), self.by_republic(self.less)
        if across == "most":
            return median(math.log(a / b) for a, b in zip(more, less, strict=True))
        if self.places[id(self.more)] == self.places[id(self.less)]:
            return min(math.log(a / b) for a, b in zip(more, less, strict=True))
        return math.log(min(more) / max(less))

    def likelihood(self, confidence: float) -> float:
        def below(z: float) -> float:
            return (1 + math.erf(z / math.sqrt(2))) / 2

        band = self.expect.get("band", {})
        least, top = band.get("m0", 0.0), band.get("top")
        margin = self.margin()
        p = below((margin - least) / 0.15)
        if top is None and not least:
            top = 0.7 if self.less["when"] != self.more["when"] else math.log(3)
        if top is not None:
            p -= below((margin - top) / 0.3)
        return (1 - confidence) + (2 * confidence - 1) * max(0.0, p)


def shipped_expectations() -> dict[str, dict]:
    found = {}
    for path in CLAIMS.glob("*.yaml"):
        for claim in yaml.safe_load(path.read_text(encoding="utf-8"))["claims"]:
            if claim.get("use") == "target":
                found[claim["id"]] = claim["expect"]
    return found


def test_every_shipped_target_reads_the_same_in_plain_python():
    cast, evidence = default_cast(), load_evidence()
    assert cast.power_names == POWERS and cast.republic_names == REPUBLICS
    shares, offsets = make_history()
    means = np.array(
        [
            [[[[shares[y, p, r, c]] for c in CHANNELS] for r in REPUBLICS] for p in POWERS]
            for y in range(2000, 2020)
        ]
    )
    targets, expectations = targets_from_evidence(evidence), shipped_expectations()
    of_trade = {"trade": np.array([[offsets[power]] for power in POWERS])}
    margin = target_margins(targets, means, cast, offsets=of_trade)
    found = np.exp(log_likelihoods(targets, margin))[:, 0]
    readings = set()
    for row, target in enumerate(targets):
        plain = PlainReading(expectations[target.id], shares, offsets, evidence.sizes)
        readings.add(expectations[target.id]["reading"])
        assert margin[row, 0] == pytest.approx(plain.margin(), abs=1e-12), target.id
        by_hand = plain.likelihood(target.confidence)
        assert found[row] == pytest.approx(by_hand, abs=1e-9), target.id
    assert len(targets) >= 10 and {"lead", "balance", "volume", "channels"} <= readings
