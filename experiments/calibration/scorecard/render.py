"""The scorecard in sentences and tables, for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

from .loss_reasons import reason_for
from .record import RIVALS, read_record

LINE = 110  # columns of a terminal that sentences take


@dataclass(frozen=True)
class Section:
    """A heading, sentences, a table (header first; none if empty), and reasons by what they explain.

    `short` are names that stand for the first column where a line must not be long.
    """

    title: str
    sentences: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    short: tuple[str, ...] = ()


def sections(record: dict) -> Iterator[Section]:
    """The parts of a scorecard, losses beside wins."""
    yield _left_out(record)
    yield _conclusions(record)
    yield _missed(record)
    yield _recovery(record["recovery"])


def _left_out(record: dict) -> Section:
    rows = record["left_out"]
    table = [
        (
            "document left out",
            "targets",
            "model",
            *(f"against {rival}" for rival in RIVALS),
            "right",
            "prior right",
            "persistence right",
        )
    ]
    for row in rows:
        score = row["log_score"]
        table.append(
            (
                row["document"],
                str(row["targets"]),
                f"{score['posterior']:.2f}",
                *(f"{row['against'][rival]} ({score[rival]:.2f})" for rival in RIVALS),
                *(_percent(row["right"][name]) for name in ("posterior", "prior", "persistence")),
            )
        )
    thin = [row["document"] for row in rows if row["thin"]]
    covered = (
        "Coverage of 50 and 90 % bands does not apply: no target gives a figure for a share, all are ordinal."
        if all(row["covered"]["50"] is None for row in rows)
        else "Coverage of 50 and 90 % bands, numeric targets only: "
        + "; ".join(
            f"{row['document']} {_percent(row['covered']['50'])} and {_percent(row['covered']['90'])}"
            for row in rows
            if row["covered"]["50"] is not None
        )
        + "."
    )
    lost = {rival: sum(row["against"][rival] == "loses" for row in rows) for rival in RIVALS}
    sentences = (
        f"Each document with targets is left out in turn, the inputs and events taken from it included, and its {record['targets']} targets are forecast from the rest. "
        f"Of {len(rows)} documents the model loses {lost['prior']} against its own prior, {lost['persistence']} against persistence and {lost['coin']} against a coin.",
        "Log score: mean over targets of ln of the probability given to what the document says, in nats; higher is better, a coin scores -0.69, "
        "and -0.22 is the most that a claim right with probability 0.8 allows. 'Level' is a difference below 0.005. "
        "Persistence says that the shares of 2000 stay: it calls a change even, and counts as wrong on every one.",
        covered,
        f"Too few draws carry the fit without {', '.join(thin)}."
        if thin
        else f"The fit with the fewest effective draws has {min(row['effective'] for row in rows):,.0f} of {record['draws']:,}.",
    )
    return Section(
        "Documents left out",
        sentences,
        tuple(table),
        _reasons(row["document"] for row in rows if "loses" in row["against"].values()),
    )


def _conclusions(record: dict) -> Section:
    names = list(record["variants"])
    table = [("conclusion", "full model", "prior", *names)]
    for row in record["conclusions"]:
        full = _percent(row["full"]) + ("" if row["holds"] else " fails")
        table.append(
            (
                row["says"],
                full,
                _percent(row["prior"]),
                *(
                    _percent(row["variants"][name]) + (" flips" if name in row["flips"] else "")
                    for name in names
                ),
            )
        )
    rows = record["conclusions"]
    held = [row for row in rows if row["holds"]]
    flipped = [row for row in rows if row["flips"]]
    sentences = (
        f"Probability that each conclusion holds. {len(held)} of {len(rows)} hold under the full model, {sum(not row['flips'] for row in held)} of them under every variant; "
        f"'fails' is below one half, 'flips' is on the other side of one half than the full model.",
        "Variants: "
        + "; ".join(f"{name}, {says}" for name, says in record["variants"].items())
        + ".",
        *(f"{row['says']}: flips under {', '.join(row['flips'])}." for row in flipped),
    )
    return Section(
        "Conclusions, and which survive other rules",
        sentences,
        tuple(table),
        _reasons(row["conclusion"] for row in rows if not row["holds"]),
        tuple(row["conclusion"] for row in rows),
    )


def _missed(record: dict) -> Section:
    rows = record["missed"]
    if not rows:
        return Section("Targets missed", ("None.",))
    sentence = f"{len(rows)} of {record['targets']} targets are missed more often than met, all documents taken together."
    table = (
        ("target", "what the document says", "met"),
        *((row["target"], row["says"].rstrip("."), _percent(row["probability"])) for row in rows),
    )
    return Section("Targets missed", (sentence,), table, _reasons(row["target"] for row in rows))


def _recovery(found: dict) -> Section:
    sentences = (
        f"{found['truths']} draws of the prior serve as truths; documents are made up from each and the calibration is asked to find it. "
        "Made-up statements are not tempered, so that ranks are uniform if the scheme is right.",
        f"50 % bands hold the truth in {_percent(found['covered_50'])} of cases, 90 % bands in {_percent(found['covered_90'])}; "
        f"the worst is {found['worst']} with {_percent(found['worst_covered_90'])} in its 90 % band. "
        + f"Off by more than chance allows ({_percent(found['chance'])} with so many truths): {', '.join(found['unfair']) or 'none'}.",
        f"Posterior mean against truth, median correlation: {found['correlation_parameters']:.2f} over parameters, {found['correlation_conclusions']:.2f} over conclusions; "
        f"best parameter {found['best_recovered']} ({found['best_correlation']:.2f}), least recovered {found['least_recovered']} ({found['least_correlation']:.2f}).",
    )
    return Section("Recovery of pseudo-truths", sentences)


def _reasons(identifiers) -> tuple[tuple[str, str], ...]:
    return tuple((identifier, reason_for(identifier)) for identifier in identifiers)


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.0f} %"


def as_text(record: dict) -> str:
    """For a terminal."""
    parts = [_provenance(record)]
    for section in sections(record):
        parts.append(f"\n{section.title}\n{'-' * len(section.title)}")
        parts += [fill(sentence, LINE) for sentence in section.sentences]
        if section.table:
            parts.append(_aligned(_shortened(section)))
        parts += [
            fill(f"- why {identifier}: {reason}", LINE, subsequent_indent="  ")
            for identifier, reason in section.reasons
        ]
    return "\n".join(parts)


def _shortened(section: Section) -> tuple[tuple[str, ...], ...]:
    header, *rows = section.table
    if not section.short:
        return section.table
    return (header, *((name, *row[1:]) for name, row in zip(section.short, rows, strict=True)))


def _aligned(table: tuple[tuple[str, ...], ...]) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def as_markdown(record: dict, level: int = 3) -> str:
    """For a file; headings are of this level."""
    parts = [_provenance(record)]
    for section in sections(record):
        parts.append(f"{'#' * level} {section.title}")
        parts += section.sentences
        if section.table:
            header, *rows = section.table
            parts.append(
                "\n".join([_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)])
            )
        if section.reasons:
            parts.append(
                "\n".join(f"- `{identifier}`: {reason}." for identifier, reason in section.reasons)
            )
    return "\n\n".join(parts) + "\n"


def _row(cells) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _provenance(record: dict) -> str:
    quick = (
        "Quick: a tenth of the draws, for a look and not for a result. "
        if record["mode"] == "quick"
        else ""
    )
    return f"{quick}{record['draws']:,} prior draws, seed {record['seed']}, evidence {record['evidence']}, model version {record['model']}."


def generated_block() -> str:
    """What stands in MODEL.md as the generated block `scorecard`, from the committed record."""
    return as_markdown(read_record())
