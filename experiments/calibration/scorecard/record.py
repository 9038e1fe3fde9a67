"""The scorecard as JSON: what is committed, and what all texts are made from."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from steppe.experiments.calibration.variants import VARIANTS
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.errors import RequestError
from steppe.model.core.shipped_files import SHIPPED_SCORECARD
from steppe.model.core.version import MODEL_VERSION

from .forecast_scores import paired_interval
from .leave_one_out import SCORES
from .make_scorecard import Scorecard
from .recovery import read_recovery

MODEL_FORECASTS = ("posterior", "prior", "persistence")
RIVALS = ("prior", "persistence", "coin")
THIN_SIZE = 200  # a fit without a document is thin if fewer effective draws carry it
LEVEL = 0.005  # a smaller difference of log scores does not show in two decimals
LIKELY = 2 / 3  # a conclusion of at least this probability holds, of at most the rest it does not

Record = dict[str, Any]


def make_record(scorecard: Scorecard, shipped_evidence_fingerprint: str, seed: int) -> Record:
    """The scorecard as a dictionary for JSON, with numbers rounded to four digits."""
    record: Record = _round_numbers(
        {
            "evidence": shipped_evidence_fingerprint,
            "model": MODEL_VERSION,
            "seed": seed,
            "particles": scorecard.particles,
            "mode": "quick" if scorecard.quick else "full",
            "left_out": [
                _document(str(name), rows, scorecard.targets)
                for name, rows in scorecard.left_out.groupby("document left out", sort=True)
            ],
            "overall": _overall(scorecard.targets),
            "recovery": read_recovery(),
            "conclusions": [_conclusion(row) for _, row in scorecard.conclusions.iterrows()],
            "likely": LIKELY,
            "variants": {variant.name: variant.says for variant in VARIANTS},
            "missed": scorecard.missed.to_dict("records"),
            "against": scorecard.against.to_dict("records"),
            "offsets": scorecard.offsets.to_dict("records"),
            "slants": scorecard.slants.to_dict("records"),
            "displaced": scorecard.displaced,
            "targets": len(scorecard.targets),
        }
    )
    return record


def _document(name: str, rows: pd.DataFrame, targets: pd.DataFrame) -> Record:
    by_forecast = rows.set_index("forecast")
    own = targets[targets["document left out"] == name]
    posterior, scores = by_forecast.loc["posterior"], by_forecast["log score"]
    return {
        "document": name,
        "targets": int(posterior["targets"]),
        "log_score": {forecast: scores[forecast] for forecast in ("posterior", *RIVALS)},
        "banded_score": {
            forecast: by_forecast.loc[forecast, "banded score"]
            for forecast in ("posterior", *RIVALS)
        },
        "against": {rival: verdict(scores["posterior"] - scores[rival]) for rival in RIVALS},
        "gain": {rival: _gain(own, "log score", rival) for rival in RIVALS},
        "right": {
            forecast: by_forecast.loc[forecast, "ordinal claims right"]
            for forecast in MODEL_FORECASTS
        },
        "covered": {band: posterior[f"covered by {band} %"] for band in ("50", "90")},
        "effective": posterior["effective draws"],
        "thin": bool(posterior["effective draws"] < THIN_SIZE),
    }


def verdict(difference: float) -> str:
    """`wins`, `loses` or `level` for the model's log score minus its rival's."""
    if abs(difference) < LEVEL:
        return "level"
    return "wins" if difference > 0 else "loses"


def _gain(targets: pd.DataFrame, score: str, rival: str) -> Record:
    """Mean difference of scores per target between the model and a rival, with an interval."""
    difference = (targets[f"{score}, posterior"] - targets[f"{score}, {rival}"]).to_numpy()
    low, high = paired_interval(difference)
    return {"mean": float(difference.mean()), "low": low, "high": high}


def _overall(targets: pd.DataFrame) -> list[Record]:
    """Scores over all targets, and apart over those read on influence and on an observable."""
    groups = {"all": targets} | {
        str(name): rows for name, rows in targets.groupby("read on", sort=True)
    }
    return [
        {
            "read_on": name,
            "targets": len(rows),
            "score": score,
            "values": {
                forecast: rows[f"{score}, {forecast}"].mean() for forecast in ("posterior", *RIVALS)
            },
            "gain": {rival: _gain(rows, score, rival) for rival in RIVALS},
        }
        for name, rows in groups.items()
        for score in SCORES
    ]


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
    RequestError
        If an earlier version made it.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: there is no scorecard yet; `steppe scorecard --ship` makes it"
        )
    record: Record = json.loads(path.read_bytes())
    if "overall" not in record:
        raise RequestError(
            f"{path}: was made by an earlier version; `steppe scorecard --ship` makes a new one"
        )
    return record


def losses(record: Record) -> list[str]:
    """What the model loses: documents against a rival, conclusions not reached, missed targets."""
    documents = [
        row["document"] for row in record["left_out"] if "loses" in row["against"].values()
    ]
    conclusions = [row["conclusion"] for row in record["conclusions"] if row["verdict"] != "yes"]
    return documents + conclusions + [row["target"] for row in record["missed"]]
