"""The scorecard in sentences and tables, before they are laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from steppe.model.core.number_text import format_fixed, format_percent, format_signed

from .loss_reasons import loss_reason
from .record import MODEL_FORECASTS, RIVALS, Record

TableRow = tuple[str, ...]

SLANTS_SHOWN, CLAIMS_SHOWN = 8, 3


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
    yield _overall_section(record["overall"])
    yield _conclusions_section(record)
    yield _missed_section(record)
    yield _slants_section(record)
    yield _recovery_section(record["recovery"], record["evidence"])


def provenance_sentence(record: Record) -> str:
    """What the scorecard was made from."""
    quick = "Quick: few particles, for a first look. " if record["mode"] == "quick" else ""
    return (
        f"{quick}{record['particles']:,} particles, seed {record['seed']}, "
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
        _effective_draws_sentence(rows),
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


def _effective_draws_sentence(rows: list[Record]) -> str:
    thin = [row["document"] for row in rows if row["thin"]]
    if thin:
        return f"Too few draws carry the fit without {', '.join(thin)}."
    fewest = min(row["effective"] for row in rows)
    return f"The fit with the smallest effective size has {fewest:,.0f}."


def _overall_section(rows: list[Record]) -> Section:
    sentence = (
        "Mean score per target, model minus rival with a 90% interval over targets, which takes "
        "targets for independent. The banded score also counts overshoot: a claim that one leads "
        "is then not met by one who has everything. Rivals are read as the model is, with the "
        "same bands, slants and offsets."
    )
    header = ("targets", "score", "model", *(f"against {rival}" for rival in RIVALS))
    table = [
        (
            f"{row['targets']}, {_READ_ON.get(row['read_on'], 'read on ' + row['read_on'])}",
            row["score"],
            format_fixed(row["values"]["posterior"], 3),
            *(_gain_text(row["gain"][rival]) for rival in RIVALS),
        )
        for row in rows
    ]
    return Section("Over all targets", (sentence,), (header, *table))


_READ_ON = {"all": "all", "influence": "read on influence"}


def _gain_text(gain: Record) -> str:
    if gain["low"] is None:
        return format_signed(gain["mean"], 3)
    low, high = (format_signed(gain[end], 3) for end in ("low", "high"))
    return f"{format_signed(gain['mean'], 3)} ({low} to {high})"


def _slants_section(record: Record) -> Section:
    largest = sorted(record["slants"], key=lambda row: -abs(row["mean"]))[:SLANTS_SHOWN]
    offsets = "; ".join(
        f"{row['offset']} {format_signed(row['mean'])} (spread {format_fixed(row['spread'])}, "
        f"before {format_fixed(row['spread before'])})"
        for row in record["offsets"]
    )
    sentences = (
        f"Offsets between influence and what statistics count, in logarithms: {offsets}.",
        "A slant is how much larger (or faster in growth) a document sees a power than the "
        f"model does with all documents; of {len(record['slants'])} the largest are below.",
        "Cells that one power holds by more than three quarters in the median: "
        f"{', '.join(record['displaced']) or 'none'}.",
    )
    rows = [
        (
            row["document"],
            row["power"],
            row["of"],
            format_signed(row["mean"]),
            format_fixed(row["spread"]),
        )
        for row in largest
    ]
    header = ("document", "power", "of", "mean", "spread")
    return Section("Offsets and slants", sentences, (header, *rows))


def _conclusions_section(record: Record) -> Section:
    rows, variants = record["conclusions"], record["variants"]
    count = Counter(row["verdict"] for row in rows)
    robust = sum(not row["otherwise"] for row in rows)
    sentences = (
        "Probability that each conclusion of the documents holds: 'yes' is "
        f"{percent(record['likely'])} or more, 'no' {percent(1 - record['likely'])} or less, "
        f"'open' anything between. Of {len(rows)} conclusions {count['yes']} are 'yes', "
        f"{count['open']} 'open' and {count['no']} 'no'; the verdict is the same under every "
        f"variant for {robust}. A variant's verdict is given where it differs. History has noise "
        "here, as in runs.",
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
        ("target", "what the document says", "read on", "met", "claims that stand against it"),
        *(
            (
                row["target"],
                row["says"].rstrip("."),
                row["read on"],
                percent(row["probability"]),
                _claims_against(row["target"], record),
            )
            for row in rows
        ),
    )
    return Section("Targets missed", (sentence,), table, _reasons(row["target"] for row in rows))


def _claims_against(target: str, record: Record) -> str:
    """The claims of at least its confidence that stand most against a target."""
    found = [row["against it"] for row in record["against"] if row["target"] == target]
    return ", ".join(found[:CLAIMS_SHOWN]) or "none"


def _recovery_section(recovery: Record | None, evidence: str) -> Section:
    title = "Recovery of simulated truths"
    if recovery is None:
        return Section(title, ("Not checked yet.",))
    stale = recovery["evidence"] != evidence
    sentences = (
        f"{recovery['truths']} draws of the prior serve as truths; documents are simulated from "
        f"each, and the calibration, with {recovery['particles']} particles, must find it again. "
        "Every simulated statement counts fully, so that ranks are uniform if the scheme is right."
        + (" Checked with earlier evidence." if stale else ""),
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
    return Section(title, sentences)


def _reasons(identifiers: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((identifier, loss_reason(identifier)) for identifier in identifiers)


def percent(value: float | None) -> str:
    """A part as whole percent; `n/a` for None."""
    return "n/a" if value is None else format_percent(value)
