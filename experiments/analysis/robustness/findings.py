"""Tables and sentences on the moves of a republic."""

from __future__ import annotations

import numpy as np

from steppe.experiments.analysis.folder import Row
from steppe.model.core.array_types import FloatArray
from steppe.model.core.number_text import format_band, format_fixed, format_signed

from .analysis import RobustnessResult, regrets, worst_tenth
from .moves import NO_MOVE, RobustnessRequest

RESAMPLES = 400  # of the members
SHORT_COLUMNS = (
    "move",
    "worst_tenth",
    "gain",
    "gain_low",
    "gain_high",
    "mean",
    "regret_90",
    "best_in",
    "open_in",
)  # on the page
LIMITS = (
    "Moves cost nothing in the model, others respond only by its rules, and all scenarios count "
    "equally. Read the order of moves, not their size; a move that gains autonomy here may lose "
    "what autonomy is for."
)


def move_rows(result: RobustnessResult, request: RobustnessRequest) -> list[Row]:
    """One row per move, best in the worst tenth first; intervals resample the members."""
    flat = result.outcome.reshape(len(result.moves), -1)
    regret, worst = regrets(flat), worst_tenth(flat)
    draws = _resample_worst_tenth(result, request)
    gains = draws - draws[:, :1]
    rows = []
    for index, move in enumerate(result.moves):
        low, high = np.quantile(draws[:, index], (0.05, 0.95))
        gain_low, gain_high = np.quantile(gains[:, index], (0.05, 0.95))
        rows.append(
            {
                "move": move.name,
                "worst_tenth": float(worst[index]),
                "low": float(low),
                "high": float(high),
                "gain": float(worst[index] - worst[0]),
                "gain_low": float(gain_low),
                "gain_high": float(gain_high),
                "mean": float(flat[index].mean()),
                "mean_gain": float((flat[index] - flat[0]).mean()),
                "regret_mean": float(regret[index].mean()),
                "regret_90": float(np.quantile(regret[index], 0.9)),
                "regret_largest": float(regret[index].max()),
                "best_in": float((regret[index] <= 0).mean()),
                "open_in": int(result.open_in[index].sum()),
                "scenarios": len(request.scenarios),
                "unit": "as the outcome",
                "meaning": move.meaning,
            }
        )
    return sorted(rows, key=lambda row: -row["worst_tenth"])


def _resample_worst_tenth(result: RobustnessResult, request: RobustnessRequest) -> FloatArray:
    """The worst tenth in resamples of the members, (resamples, moves)."""
    generator = np.random.default_rng(request.seed)
    count, members = len(result.moves), request.members
    return np.stack(
        [
            worst_tenth(
                result.outcome[..., generator.integers(0, members, members)].reshape(count, -1)
            )
            for _ in range(RESAMPLES)
        ]
    )


def scenario_rows(result: RobustnessResult, request: RobustnessRequest) -> list[Row]:
    """The worst tenth within each scenario, as a tidy table."""
    return [
        {
            "scenario": scenario.name,
            "move": move.name,
            "worst_tenth": float(worst_tenth(result.outcome[row, column])),
            "mean": float(result.outcome[row, column].mean()),
            "open": "yes" if result.open_in[row, column] else "no",
            "unit": "as the outcome",
        }
        for column, scenario in enumerate(request.scenarios)
        for row, move in enumerate(result.moves)
    ]


def short_rows(rows: list[Row]) -> list[Row]:
    """The columns that the page shows."""
    return [{key: row[key] for key in SHORT_COLUMNS} for row in rows]


def summary_sentences(rows: list[Row], request: RobustnessRequest) -> list[str]:
    """What the analysis found, in sentences."""
    stay = next(row for row in rows if row["move"] == NO_MOVE)
    least = min(rows, key=lambda row: row["regret_90"])
    sentences = [
        f"worst tenth of {len(request.scenarios)} scenarios of {request.members} members: "
        f"{request.expression.text} is {format_fixed(stay['worst_tenth'], 3)} "
        f"({format_band(stay['low'], stay['high'], 3)}) "
        f"if {request.republic} makes no move in {request.year}"
    ]
    sentences += _best_sentences(rows)
    sentences.append(f"worst in the worst tenth: {_gain_text(rows[-1])}")
    sentences.append(
        f"least regret: {least['move']}, at most {format_fixed(least['regret_90'], 3)} below "
        "the best move in 90% of futures"
    )
    return sentences


def _best_sentences(rows: list[Row]) -> list[str]:
    best = rows[0]
    if best["move"] == NO_MOVE:
        return ["no move does better than none in the worst tenth"]
    similar = [
        row["move"]
        for row in rows[1:]
        if row["gain_high"] >= best["gain_low"] and row["move"] != NO_MOVE
    ][:3]
    sentences = [f"best in the worst tenth: {_gain_text(best)}"]
    if similar:
        sentences.append(f"not clearly different from it: {', '.join(similar)}")
    return sentences


def _gain_text(row: Row) -> str:
    band = format_band(row["gain_low"], row["gain_high"], 3, signed=True)
    return f"{row['move']}, {format_signed(row['gain'], 3)} ({band})"
