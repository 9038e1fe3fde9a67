"""The parts of a report that stand as text: findings, limits, and how to make it again. All words are escaped."""

from __future__ import annotations

from html import escape
from typing import Any

from steppe.experiments.results.differences import BASELINE, Difference, differences, standing
from steppe.experiments.storage.manifest import Manifest

LIMITS = (
    "Nobody measures influence shares. They are read off dependence: the capacity to influence, not an observed change of behaviour. "
    "They can be compared with each other, and with nothing outside.",
    "The bands say how far the model and a handful of documents leave the answer open. They do not cover what the model leaves out.",
    "The documents end in 2019. What happened since is in no scenario unless its file says so.",
    "The republics’ own politics, the world economy, Turkey, Iran, India and the Gulf are not in it.",
    "A scenario is a thought experiment under the model’s rules, not a forecast; no scenario has a probability.",
)


def lead(dataset, manifest: Manifest) -> str:
    """Under the title: how much there is, and whether all of it is there."""
    request = manifest.request
    count, members = dataset.sizes["scenario"], request["members"]
    text = f"<p>{_counted(count, 'scenario')}, {_counted(members, 'member')} each; weights: {escape(request['weights'])}; seed {request['seed']}.</p>"
    if not manifest.finished:
        missing = [name for name in request["scenarios"] if name not in dataset["scenario"].values]
        text += (
            f'<p class="notice"><strong>This batch is unfinished:</strong> {len(manifest.blocks)} of {request["blocks_in_all"]} blocks are done. '
            f"The page shows what is there{'; nothing yet of ' + escape(', '.join(missing)) if missing else ''}.</p>"
        )
    if members == 1:
        text += (
            '<p class="notice">One member has no bands: every number here is a single history.</p>'
        )
    return text


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def findings_section(
    dataset, request: dict[str, Any], statements: dict[tuple[str, str], list[Difference]]
) -> str:
    """The surest large difference of every scenario from the baseline, each with a button that shows it."""
    names = list(map(str, dataset["scenario"].values))
    futures = [name for name in names if name not in (BASELINE, "history")]
    if BASELINE not in names or not futures:
        return (
            "<ul>"
            + "".join(f"<li>{escape(sentence)}</li>" for sentence in standing(dataset, names[-1]))
            + "</ul>"
        )
    first = {
        name: (statements.get((name, BASELINE)) or differences(dataset, name, BASELINE))[:1]
        for name in futures
    }
    items = sorted(
        (item for found in first.values() for item in found), key=lambda item: -abs(item.median)
    )
    rows = "".join(
        _finding(item, request["titles"].get(item.scenario, item.scenario)) for item in items
    )
    return (
        f"<p>For each scenario the cell in which it differs most, and most surely, from the {escape(request['titles'].get(BASELINE, BASELINE))}, "
        f'member by member.</p><ul class="findings">{rows}</ul>'
    )


def _finding(item: Difference, title: str) -> str:
    word = "lower" if item.median < 0 else "higher"
    place = " ".join(
        f'data-{key}="{escape(value, quote=True)}"'
        for key, value in (
            ("scenario", item.scenario),
            ("beside", item.against),
            ("republic", item.republic),
            ("channel", item.channel),
        )
    )
    holder = "autonomy" if item.holder == "autonomy" else f"the share of {item.holder}"
    return (
        f"<li><strong>{escape(title)}</strong>: by the end of {item.year}, {escape(holder)} in {escape(item.republic)}, {escape(item.channel)}, is "
        f'<span class="number">{_signed(item.median)}</span> {word} (90 %: {_signed(item.low, True)} to {_signed(item.high, True)}); '
        f"{word} in {100 * item.same_sign:.0f} % of {item.members:,} members. "
        f'<button type="button" class="show" {place}>Show<span class="hidden"> {escape(title)}, {escape(item.republic)}, {escape(item.channel)}</span></button></li>'
    )


def _signed(value: float, sign: bool = False) -> str:
    """Two decimals, or three where two would show a zero."""
    digits = 2 if abs(value) >= 0.0095 else 3
    return f"{value:+.{digits}f}".replace("-", "−") if sign else f"{abs(value):.{digits}f}"


def limits_section(request: dict[str, Any]) -> str:
    prior = (
        (
            "The parameters are drawn from their priors: the documents have not been used to weigh them in this batch.",
        )
        if request["weights"] == "prior"
        else ()
    )
    return "<ul>" + "".join(f"<li>{escape(words)}</li>" for words in (*prior, *LIMITS)) + "</ul>"


def reproduction_section(manifest: Manifest) -> str:
    """The command, and everything that has to be equal for equal numbers."""
    request, about = manifest.request, manifest.about
    versions = ", ".join(f"{name} {number}" for name, number in about.get("versions", {}).items())
    facts = {
        "Command": f"<code>{escape(str(about.get('command', 'not recorded')))}</code>",
        "Run": escape(str(about.get("created", "not recorded"))),
        "Seed": escape(str(request["seed"])),
        "Members": f"{request['members']:,}",
        "Weights": escape(str(request["weights"])),
        "Evidence": f"<code>{escape(str(request['evidence']))}</code>",
        "Model": escape(str(request["model"])),
        "Versions": escape(versions or "not recorded"),
    }
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    table = "".join(_scenario_row(request, name) for name in request["scenarios"])
    return (
        f'<dl class="facts">{rows}</dl><p>The same command with the same versions, evidence and scenario files gives the same numbers. '
        "A scenario’s fingerprint is a hash of everything in its file that can change a result.</p>"
        '<div class="wide" role="region" aria-label="Scenarios and their fingerprints" tabindex="0"><table><caption>Scenarios of the batch</caption>'
        '<thead><tr><th scope="col">Scenario</th><th scope="col">Title</th><th scope="col">Levers</th><th scope="col">Fingerprint</th></tr></thead>'
        f"<tbody>{table}</tbody></table></div>"
    )


def _scenario_row(request: dict[str, Any], name: str) -> str:
    levers = ", ".join(
        f"{lever} {value:g}" for lever, value in request.get("levers", {}).get(name, {}).items()
    )
    return (
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(request["titles"].get(name, name))}</td><td>{escape(levers) or "none"}</td>'
        f"<td><code>{escape(str(request['scenarios'][name]))}</code></td></tr>"
    )
