"""Sections of a report without charts: findings, limits, and how to reproduce the batch."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from steppe.experiments.figures.html_page import Html, bullet_list, table
from steppe.experiments.results.differences import (
    BASELINE,
    MIN_CHANGE,
    SIGN_AGREEMENT,
    Difference,
    compared_pairs,
    leader_sentences,
    paired_differences,
)
from steppe.experiments.results.findings import name_share
from steppe.experiments.runs.batch_attributes import layer_of
from steppe.experiments.storage.manifest import Manifest
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.number_text import format_change, format_percent
from steppe.model.core.word_lists import count_in_words, join_words

if TYPE_CHECKING:
    import xarray as xr

OUTSIDE = ("Turkey", "Iran", "India")  # powers that matter and that no document codes
LIMITS = (
    "Nobody measures influence shares. They are derived from dependence: the capacity to "
    "influence, not an observed change of behaviour. They can be compared with each other, "
    "but with nothing else.",
    "The bands show the uncertainty that the model and a handful of documents leave. They do "
    "not cover what the model leaves out.",
    "The documents end in 2019. Later developments are in a scenario only if its file says so.",
    "{outside} are not in the model.",
    "A scenario is a thought experiment under the model’s rules, not a forecast; no scenario "
    "has a probability.",
)
PRIOR_LIMIT = (
    "The parameters are drawn from their priors: this batch was run without calibration on the "
    "documents."
)


def introduction(dataset: xr.Dataset, manifest: Manifest) -> str:
    """The size of the batch, and whether it is complete."""
    request = manifest.request
    scenarios, members = dataset.sizes["scenario"], request["members"]
    rests_on = f", which rest on {layer_of(request)}" if request["weights"] != "prior" else ""
    text = (
        f"<p>{_pluralize(scenarios, 'scenario')}, {_pluralize(members, 'member')} each; "
        f"parameters: {escape(request['weights'])}{rests_on}; "
        f"seed {request['seed']}.</p>"
    )
    if not manifest.finished:
        text += _unfinished_notice(dataset, manifest)
    if members == 1:
        text += (
            '<p class="notice">One member has no bands: every number here is from a single '
            "simulated history.</p>"
        )
    return text


def _unfinished_notice(dataset: xr.Dataset, manifest: Manifest) -> str:
    request = manifest.request
    missing = [name for name in request["scenarios"] if name not in dataset["scenario"].values]
    nothing_of = f"; nothing yet of {escape(', '.join(missing))}" if missing else ""
    return (
        f'<p class="notice"><strong>This batch is unfinished:</strong> {len(manifest.blocks)} of '
        f"{request['blocks_in_all']} blocks are done. "
        f"The page shows what is finished{nothing_of}.</p>"
    )


def _pluralize(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def findings_section(
    dataset: xr.Dataset,
    request: dict[str, Any],
    ranking: dict[tuple[str, str], list[Difference]],
) -> str:
    """Each scenario's largest reliable difference from its reference, with a button to show it.

    With nothing to compare with, who leads in each scenario.

    Parameters
    ----------
    ranking : from `differences_at_the_end`, by scenario and the one subtracted.
    """
    pairs = compared_pairs(dataset)
    if not pairs:
        return bullet_list(leader_sentences(dataset))
    items = [
        item
        for pair in pairs.items()
        for item in (ranking.get(pair) or paired_differences(dataset, *pair))[:1]
    ]
    items.sort(key=lambda item: -abs(item.median))
    titles = request["titles"]
    findings = (Html(_finding(item, titles)) for item in items)
    own = (
        ", or where it adds powers or republics from the same cast without its events"
        if {*pairs.values()} != {BASELINE}
        else ""
    )
    return (
        "<p>For each scenario, the cell that differs most and most reliably from the "
        f"{escape(titles.get(BASELINE, BASELINE)).lower()}{own}, member by member.</p>"
        + bullet_list(findings, "findings")
    )


def _finding(item: Difference, titles: dict[str, str]) -> str:
    title = titles.get(item.scenario, item.scenario)
    direction = "lower" if item.median < 0 else "higher"
    than = "" if item.against == BASELINE else f" than in {titles.get(item.against, item.against)}"
    title, republic, channel = escape(title), escape(item.republic), escape(item.channel)
    if item.same_sign < SIGN_AGREEMENT or abs(item.median) < MIN_CHANGE:
        small = f"every sure difference is below {MIN_CHANGE}"
        unsure = f"no share differs{' surely' * (item.unchanged < 1.0)}"
        nothing = small if item.same_sign >= SIGN_AGREEMENT else unsure
        return f"<strong>{title}</strong>: by the end of {item.year}, {nothing}."
    share = escape(name_share(item.holder, item.channel))
    return (
        f"<strong>{title}</strong>: by the end of {item.year}, {share} in {republic} "
        f'is <span class="number">{format_change(item.median).lstrip("+-")}</span> {direction}'
        f"{escape(than)} "
        f"(90%: {_format_signed(item.low)} to {_format_signed(item.high)}); "
        f"{direction} in {format_percent(item.same_sign)} of {item.members:,} members. "
        f'<button type="button" class="show" {_cell_attributes(item)}>Show'
        f'<span class="hidden"> {title}, {republic}, {channel}</span></button>'
    )


def _cell_attributes(item: Difference) -> str:
    """What the page's script reads to show the cell."""
    cell = {
        "scenario": item.scenario,
        "beside": item.against,
        "republic": item.republic,
        "channel": item.channel,
        "holder": item.holder,
    }
    return " ".join(f'data-{key}="{escape(value)}"' for key, value in cell.items())


def _format_signed(value: float) -> str:
    return format_change(value).replace("-", "−")


def subtitle(cast: Cast) -> str:
    """What the page is about, for the cast of the batch."""
    powers, republics = map(count_in_words, (len(cast.powers), len(cast.republics)))
    return (
        f"How much capacity {powers} powers may have to influence {republics} republics, under "
        "different futures"
    )


def limits_section(request: dict[str, Any], cast: Cast) -> str:
    """What a batch with this cast cannot tell; values of added actors are a file's assumptions."""
    prior = (PRIOR_LIMIT,) if request["weights"] == "prior" else ()
    there = {*cast.power_names, *cast.republic_names}
    left_out = (name for name in OUTSIDE if name not in there)
    outside = join_words(
        ["The republics’ domestic politics", "the world economy", *left_out, "the Gulf"]
    )
    shipped = {*default_cast().power_names, *default_cast().republic_names}
    added = [name for name in (*cast.power_names, *cast.republic_names) if name not in shipped]
    assumed = (
        f"What is assumed of {join_words(added)} comes from scenario files and from no document.",
    )
    limits = (limit.format(outside=outside) for limit in LIMITS)
    return bullet_list((*prior, *limits, *(assumed if added else ())))


def reproduction_section(manifest: Manifest) -> str:
    """The command, and everything that must be equal for equal numbers."""
    request, about = manifest.request, manifest.about
    versions = ", ".join(f"{name} {number}" for name, number in about.get("versions", {}).items())
    facts = {
        "Command": _code(about.get("command", "not recorded")),
        "Run": escape(str(about.get("created", "not recorded"))),
        "Seed": escape(str(request["seed"])),
        "Members": f"{request['members']:,}",
        "Parameters": escape(str(request["weights"])),
        "Evidence": _code(request["evidence"]),
        "Layer": escape(layer_of(request)),
        "Model": escape(str(request["model"])),
        "Versions": escape(versions or "not recorded"),
    }
    entries = "".join(f"<div><dt>{name}</dt><dd>{fact}</dd></div>" for name, fact in facts.items())
    scenarios = table(
        "Scenarios of the batch",
        ["Scenario", "Title", "Levers", "Fingerprint"],
        [_scenario_row(request, name) for name in request["scenarios"]],
    )
    return (
        f'<dl class="facts">{entries}</dl><p>The same command with the same versions, evidence '
        "and scenario files gives the same numbers. A scenario’s fingerprint is a hash of "
        f"everything in its file that can change a result.</p>{scenarios}"
    )


def _scenario_row(request: dict[str, Any], name: str) -> list[str]:
    levers = request.get("levers", {}).get(name, {})
    return [
        name,
        request["titles"].get(name, name),
        ", ".join(f"{lever} {value:g}" for lever, value in levers.items()) or "none",
        _code(request["scenarios"][name]),
    ]


def _code(text: object) -> Html:
    return Html(f"<code>{escape(str(text))}</code>")
