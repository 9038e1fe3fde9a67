"""The scorecard in sentences and tables, before they are laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from steppe.model.core.number_text import format_fixed, format_percent

from .loss_reasons import loss_reason
from .record import MODEL_FORECASTS, RIVALS, Record

TableRow = tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A part of the scorecard.

    `table` : rows of cells, the header first; empty for none. `reasons` : pairs of an
    identifier and why it is lost. `short_names` : replace the first column where lines must
    be short.
    """

    title: str
    sentences: tuple[str, ...] = ()
    table: tuple[TableRow, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    short_names: tuple[str, ...] = ()


def sections(record: Record) -> Iterator[Section]:
    """The parts of a scorecard, losses beside wins."""
    yield _left_out_section(record)
    yield _conclusions_section(record)
    yield _missed_section(record)
    yield _recovery_section(record["recovery"])


def provenance_sentence(record: Record) -> str:
    """What the scorecard was made from."""
    quick = "Quick: a tenth of the draws, for a first look. " if record["mode"] == "quick" else ""
    return (
        f"{quick}{record['draws']:,} prior draws, seed {record['seed']}, "
        f"evidence {record['evidence']}, model version {record['model']}."
    )


def _left_out_section(record: Record) -> Section:
    rows = record["left_out"]
    lost = {rival: sum(row["against"][rival] == "loses" for row in rows) for rival in RIVALS}
    sentences = (
        "Each document with targets is left out in turn, with the inputs and events taken from "
        f"it, and its targets ({record['targets']} in all) are forecast from the other "
        f"documents. Of {len(rows)} documents the model loses {lost['prior']} against its own "
        f"prior, {lost['persistence']} against persistence and {lost['coin']} against a coin.",
        "Log score: mean over targets of ln of the probability given to what the document says, "
        "in nats; higher is better, a coin scores -0.69, and -0.22 is the best possible for a "
        "claim right with probability 0.8. 'Level' is a difference below 0.005. Persistence "
        "says that the shares of 2000 stay: it gives a change even odds, and counts as wrong on "
        "every one.",
        _coverage_sentence(rows),
        _effective_draws_sentence(rows, record["draws"]),
    )
    lost_documents = (row["document"] for row in rows if "loses" in row["against"].values())
    return Section("Documents left out", sentences, _left_out_table(rows), _reasons(lost_documents))


def _left_out_table(rows: list[Record]) -> tuple[TableRow, ...]:
    header = (
        "document left out",
        "targets",
        "model",
        *(f"against {rival}" for rival in RIVALS),
        "right",
        "prior right",
        "persistence right",
    )
    return (header, *map(_left_out_row, rows))


def _left_out_row(row: Record) -> TableRow:
    score = row["log_score"]
    return (
        row["document"],
        str(row["targets"]),
        format_fixed(score["posterior"]),
        *(f"{row['against'][rival]} ({format_fixed(score[rival])})" for rival in RIVALS),
        *(percent(row["right"][name]) for name in MODEL_FORECASTS),
    )


def _coverage_sentence(rows: list[Record]) -> str:
    numeric = [row for row in rows if row["covered"]["50"] is not None]
    if not numeric:
        return (
            "Coverage of 50% and 90% bands does not apply: no target gives a figure for a share, "
            "all are ordinal."
        )
    parts = "; ".join(
        f"{row['document']} {percent(row['covered']['50'])} and {percent(row['covered']['90'])}"
        for row in numeric
    )
    return f"Coverage of 50% and 90% bands, numeric targets only: {parts}."


def _effective_draws_sentence(rows: list[Record], draws: int) -> str:
    thin = [row["document"] for row in rows if row["thin"]]
    if thin:
        return f"Too few draws carry the fit without {', '.join(thin)}."
    fewest = min(row["effective"] for row in rows)
    return f"The fit with the fewest effective draws has {fewest:,.0f} of {draws:,}."


def _conclusions_section(record: Record) -> Section:
    rows, variants = record["conclusions"], record["variants"]
    count = Counter(row["verdict"] for row in rows)
    robust = sum(not row["otherwise"] for row in rows)
    sentences = (
        "Probability that each conclusion of the documents holds: 'yes' is "
        f"{percent(record['likely'])} or more, 'no' {percent(1 - record['likely'])} or less, "
        f"'open' anything between. Of {len(rows)} conclusions {count['yes']} are 'yes', "
        f"{count['open']} 'open' and {count['no']} 'no'; the verdict is the same under every "
        f"variant for {robust}. A variant's verdict is given where it differs.",
        "Variants, each calibrated anew: "
        + "; ".join(f"{name} ({says})" for name, says in variants.items())
        + ".",
    )
    header = ("conclusion", "full model", "prior", *variants)
    return Section(
        "Conclusions, and which are robust to other rules",
        sentences,
        (header, *(_conclusion_row(row, variants) for row in rows)),
        _reasons(row["conclusion"] for row in rows if row["verdict"] != "yes"),
        tuple(row["conclusion"] for row in rows),
    )


def _conclusion_row(row: Record, variants: Iterable[str]) -> TableRow:
    return (
        row["says"],
        f"{percent(row['full'])} {row['verdict']}",
        percent(row["prior"]),
        *(
            f"{percent(row['variants'][name])} {row['otherwise'].get(name, '')}".rstrip()
            for name in variants
        ),
    )


def _missed_section(record: Record) -> Section:
    rows = record["missed"]
    if not rows:
        return Section("Targets missed", ("None.",))
    sentence = (
        f"With all documents taken together, {len(rows)} of {record['targets']} targets are "
        "missed more often than met."
    )
    table = (
        ("target", "what the document says", "met"),
        *((row["target"], row["says"].rstrip("."), percent(row["probability"])) for row in rows),
    )
    return Section("Targets missed", (sentence,), table, _reasons(row["target"] for row in rows))


def _recovery_section(recovery: Record) -> Section:
    sentences = (
        f"{recovery['truths']} draws of the prior serve as truths; documents are simulated from "
        "each, and the calibration must find it again. Simulated statements are not tempered, "
        "so that ranks are uniform if the scheme is right.",
        f"50% bands contain the truth in {percent(recovery['covered_50'])} of cases, 90% bands "
        f"in {percent(recovery['covered_90'])}; the worst is {recovery['worst']} with "
        f"{percent(recovery['worst_covered_90'])} in its 90% band. Off by more than chance "
        f"allows ({percent(recovery['chance'])} with so many truths): "
        f"{', '.join(recovery['unfair']) or 'none'}.",
        "Posterior mean against truth, median correlation: "
        f"{format_fixed(recovery['correlation_parameters'])} over parameters, "
        f"{format_fixed(recovery['correlation_conclusions'])} over conclusions; best parameter "
        f"{recovery['best_recovered']} ({format_fixed(recovery['best_correlation'])}), "
        f"least recovered {recovery['least_recovered']} "
        f"({format_fixed(recovery['least_correlation'])}).",
    )
    return Section("Recovery of simulated truths", sentences)


def _reasons(identifiers: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((identifier, loss_reason(identifier)) for identifier in identifiers)


def percent(value: float | None) -> str:
    """A part as whole percent; `n/a` for None."""
    return "n/a" if value is None else format_percent(value)
