"""The scorecard as JSON: what is committed, and what all texts are made from."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from steppe.experiments.calibration.variants import VARIANTS
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.shipped_files import SHIPPED_SCORECARD
from steppe.model.core.version import MODEL_VERSION

from .make_scorecard import Scorecard
from .recovery import RANK_BINS

MODEL_FORECASTS = ("posterior", "prior", "persistence")
RIVALS = ("prior", "persistence", "coin")
THIN_ESS = 200  # a fit without a document is thin if fewer effective draws carry it
LEVEL = 0.005  # a smaller difference of log scores does not show in two decimals
LIKELY = 2 / 3  # a conclusion of at least this probability holds, of at most the rest it does not
COVERAGE_ERRORS = 3.0  # standard errors by which chance may move the coverage of a band

Record = dict[str, Any]


def make_record(scorecard: Scorecard, shipped_evidence_fingerprint: str, seed: int) -> Record:
    """The scorecard as a dictionary for JSON, with numbers rounded to four digits."""
    record: Record = _round_numbers(
        {
            "evidence": shipped_evidence_fingerprint,
            "model": MODEL_VERSION,
            "seed": seed,
            "draws": scorecard.draw_count,
            "mode": "quick" if scorecard.quick else "full",
            "left_out": [
                _document(str(name), rows)
                for name, rows in scorecard.left_out.groupby("document left out", sort=True)
            ],
            "recovery": _recovery(scorecard),
            "conclusions": [_conclusion(row) for _, row in scorecard.conclusions.iterrows()],
            "likely": LIKELY,
            "variants": {variant.name: variant.says for variant in VARIANTS},
            "missed": scorecard.missed.to_dict("records"),
            "targets": len(scorecard.targets),
        }
    )
    return record


def _document(name: str, rows: pd.DataFrame) -> Record:
    by_forecast = rows.set_index("forecast")
    posterior, scores = by_forecast.loc["posterior"], by_forecast["log score"]
    return {
        "document": name,
        "targets": int(posterior["targets"]),
        "log_score": {forecast: scores[forecast] for forecast in ("posterior", *RIVALS)},
        "against": {rival: verdict(scores["posterior"] - scores[rival]) for rival in RIVALS},
        "right": {
            forecast: by_forecast.loc[forecast, "ordinal claims right"]
            for forecast in MODEL_FORECASTS
        },
        "covered": {band: posterior[f"covered by {band} %"] for band in ("50", "90")},
        "effective": posterior["effective draws"],
        "thin": bool(posterior["effective draws"] < THIN_ESS),
    }


def verdict(difference: float) -> str:
    """`wins`, `loses` or `level` for the model's log score minus its rival's."""
    if abs(difference) < LEVEL:
        return "level"
    return "wins" if difference > 0 else "loses"


def _recovery(scorecard: Scorecard) -> Record:
    table = scorecard.recovery.set_index("quantity")
    is_conclusion = table.index.isin(set(scorecard.conclusions["conclusion"]))
    correlation, covered = table["correlation with truth"], table["covered by 90 %"]
    of_parameters = correlation[~is_conclusion]
    truths = len(next(iter(scorecard.ranks.values())))
    chance = COVERAGE_ERRORS * math.sqrt(0.9 * 0.1 / truths)
    worst = (covered - 0.9).abs().idxmax()
    return {
        "truths": truths,
        "bins": RANK_BINS,
        "chance": chance,
        "covered_50": table["covered by 50 %"].mean(),
        "covered_90": covered.mean(),
        "worst": worst,
        "worst_covered_90": covered[worst],
        "unfair": [name for name, part in covered.items() if abs(part - 0.9) > chance],
        "correlation_parameters": of_parameters.median(),
        "correlation_conclusions": correlation[is_conclusion].median(),
        "least_recovered": correlation.idxmin(),
        "least_correlation": correlation.min(),
        "best_recovered": of_parameters.idxmax(),
        "best_correlation": of_parameters.max(),
    }


def _conclusion(row: pd.Series) -> Record:
    full = conclusion_verdict(row["full model"])
    verdicts = {variant.name: conclusion_verdict(row[variant.name]) for variant in VARIANTS}
    return {
        "conclusion": row["conclusion"],
        "says": row["says"],
        "full": row["full model"],
        "prior": row["prior"],
        "verdict": full,
        "variants": {variant.name: row[variant.name] for variant in VARIANTS},
        "otherwise": {name: verdict for name, verdict in verdicts.items() if verdict != full},
    }


def conclusion_verdict(probability: float) -> str:
    """Whether a conclusion holds: `yes`, `no`, or `open` where the model leaves it so."""
    if probability >= LIKELY:
        return "yes"
    return "no" if probability <= 1 - LIKELY else "open"


def _round_numbers(value: Any) -> Any:
    """Numbers inside a value rounded to four digits, nan replaced by None."""
    if isinstance(value, dict):
        return {key: _round_numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_round_numbers(part) for part in value]
    if isinstance(value, (bool, str, int)) or value is None:
        return value
    return None if math.isnan(value) else round(float(value), 4)


def write_record(record: Record, path: Path = SHIPPED_SCORECARD) -> None:
    """Write a record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text_atomically(path, json.dumps(record, indent=1) + "\n")


def read_record(path: Path = SHIPPED_SCORECARD) -> Record:
    """Read a record.

    Raises
    ------
    FileNotFoundError
        If there is none; `steppe scorecard --ship` makes it.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: there is no scorecard yet; `steppe scorecard --ship` makes it"
        )
    record: Record = json.loads(path.read_bytes())
    return record


def losses(record: Record) -> list[str]:
    """What the model loses: documents against a rival, conclusions not reached, missed targets."""
    documents = [
        row["document"] for row in record["left_out"] if "loses" in row["against"].values()
    ]
    conclusions = [row["conclusion"] for row in record["conclusions"] if row["verdict"] != "yes"]
    return documents + conclusions + [row["target"] for row in record["missed"]]
