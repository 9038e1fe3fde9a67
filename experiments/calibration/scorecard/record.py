"""The scorecard as plain numbers: what is committed, and what all renderings are made from."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pandas as pd

from steppe.experiments.calibration.variants import VARIANTS
from steppe.model.core.version import MODEL_VERSION

from .make_scorecard import FEWEST, Scorecard
from .recovery import RANK_BINS

SHIPPED = Path(__file__).parents[3] / "model" / "parameters" / "scorecard.json"
RIVALS = ("prior", "persistence", "coin")
LEVEL = 0.005  # a difference that two decimals do not show
ERRORS = 3.0  # standard errors by which chance may move the coverage of a band


def record_of(card: Scorecard, evidence: str, seed: int) -> dict:
    """The scorecard as a JSON-able dictionary, numbers to four digits."""
    return _rounded(
        {
            "evidence": evidence,
            "model": MODEL_VERSION,
            "seed": seed,
            "draws": card.draws,
            "mode": "quick" if card.quick else "full",
            "left_out": [
                _document(name, rows)
                for name, rows in card.left_out.groupby("document left out", sort=True)
            ],
            "recovery": _recovery(card),
            "conclusions": [_conclusion(row) for _, row in card.conclusions.iterrows()],
            "variants": {variant.name: variant.says for variant in VARIANTS},
            "missed": card.missed.to_dict("records"),
            "targets": int(len(card.targets)),
        }
    )


def _document(name: str, rows: pd.DataFrame) -> dict:
    by_forecast = rows.set_index("forecast")
    model = by_forecast.loc["posterior"]
    scores = {
        forecast: by_forecast.loc[forecast, "log score"] for forecast in ("posterior", *RIVALS)
    }
    return {
        "document": name,
        "targets": int(model["targets"]),
        "log_score": scores,
        "against": {rival: verdict(scores["posterior"] - scores[rival]) for rival in RIVALS},
        "right": {
            forecast: by_forecast.loc[forecast, "ordinal claims right"]
            for forecast in ("posterior", "prior", "persistence")
        },
        "covered": {
            level: by_forecast.loc["posterior", f"covered by {level} %"] for level in ("50", "90")
        },
        "effective": model["effective draws"],
        "thin": bool(model["effective draws"] < FEWEST),
    }


def verdict(difference: float) -> str:
    """`wins`, `loses` or `level` for a difference of log scores, the model's minus its rival's."""
    return "level" if abs(difference) < LEVEL else "wins" if difference > 0 else "loses"


def _recovery(card: Scorecard) -> dict:
    table = card.recovery.set_index("quantity")
    answers = set(card.conclusions["conclusion"])
    numbers, watched = table[~table.index.isin(answers)], table[table.index.isin(answers)]
    worst = (table["covered by 90 %"] - 0.9).abs().idxmax()
    truths = len(next(iter(card.ranks.values())))
    chance = ERRORS * math.sqrt(0.9 * 0.1 / truths)
    return {
        "truths": truths,
        "bins": RANK_BINS,
        "chance": chance,
        "covered_50": table["covered by 50 %"].mean(),
        "covered_90": table["covered by 90 %"].mean(),
        "worst": worst,
        "worst_covered_90": table.loc[worst, "covered by 90 %"],
        "unfair": [
            name
            for name, covered in table["covered by 90 %"].items()
            if abs(covered - 0.9) > chance
        ],
        "correlation_parameters": numbers["correlation with truth"].median(),
        "correlation_conclusions": watched["correlation with truth"].median(),
        "least_recovered": table["correlation with truth"].idxmin(),
        "least_correlation": table["correlation with truth"].min(),
        "best_recovered": numbers["correlation with truth"].idxmax(),
        "best_correlation": numbers["correlation with truth"].max(),
    }


def _conclusion(row: pd.Series) -> dict:
    full = row["full model"]
    return {
        "conclusion": row["conclusion"],
        "says": row["says"],
        "full": full,
        "prior": row["prior"],
        "holds": bool(full > 0.5),
        "variants": {variant.name: row[variant.name] for variant in VARIANTS},
        "flips": [
            variant.name for variant in VARIANTS if (row[variant.name] > 0.5) != (full > 0.5)
        ],
    }


def _rounded(value):
    """Numbers to four digits, and None where there is none, all the way down."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    if isinstance(value, (bool, str, int)) or value is None:
        return value
    return None if math.isnan(value) else round(float(value), 4)


def write_record(record: dict, path: Path = SHIPPED) -> None:
    """Write a record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, path)


def read_record(path: Path = SHIPPED) -> dict:
    """A record that was written.

    Raises
    ------
    FileNotFoundError
        If there is none; `steppe scorecard --ship` makes it.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: there is no scorecard yet; `steppe scorecard --ship` makes it"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def losses(record: dict) -> list[str]:
    """Everything that the model loses: documents against a rival, conclusions that do not hold, targets missed."""
    documents = [
        row["document"] for row in record["left_out"] if "loses" in row["against"].values()
    ]
    conclusions = [row["conclusion"] for row in record["conclusions"] if not row["holds"]]
    return documents + conclusions + [row["target"] for row in record["missed"]]
