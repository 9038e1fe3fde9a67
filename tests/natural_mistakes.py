"""Forty mistakes that people make in scenario files, and what each message must say to lead out.

They were written down before any message was changed. The first fourteen were made by someone who
had read the front page only, the others are what an analyst may well write. `says` lists what a
message must contain for the right file to follow from it alone; where it is empty, what was
written is what was meant, and the file must load.
"""

from __future__ import annotations

from dataclasses import dataclass

BUDGET = "{budget: China, scale: 0.5}"
TIES = "power: Russia, republic: Kazakhstan, channel: security"
SHOCK = f"{{shock: ties, {TIES}, intensity: -1}}"


@dataclass(frozen=True)
class Mistake:
    """What was written, what was meant, and what the message must say."""

    name: str
    meant: str
    text: str
    says: tuple[str, ...]


def file_text(body: str) -> str:
    """A scenario file with this after its first lines."""
    return f"title: Mine\nextends: baseline\n{body}"


def _event(keys: str, effect: str = BUDGET, what: str = "something happens") -> str:
    """A file in which sanctions end in 2026, and one event more."""
    return file_text(
        "events:\n"
        f"  sanctions-end: {{when: 2026, what: sanctions end, effects: [{BUDGET}]}}\n"
        f"  it:\n    what: {what}\n" + "".join(f"    {line}\n" for line in keys.splitlines()) + ""
        f"    effects:\n      - {effect}\n"
    )


def _effect(text: str) -> str:
    return _event("when: 2027", text)


MISTAKES = (
    # made by someone who had read the front page only
    Mistake(
        "a colon in text",
        "a description with a colon in it",
        _event("when: 2027", what="Corridor opens: phase one"),
        ("quotes around text",),
    ),
    Mistake(
        "a percentage as a share",
        "0.6",
        _effect(
            "{reroute: Russia, out_of: {republic: Kazakhstan}, into: {republic: Uzbekistan}, "
            "share: 60%}"
        ),
        ("0.6",),
    ),
    Mistake(
        "a channel by its noun",
        "the economic channel",
        _effect("{shock: supply, power: China, channel: economy, intensity: 1}"),
        ("'economic'",),
    ),
    Mistake(
        "yes for true",
        "true",
        _effect(f"{{shock: ties, {TIES}, intensity: -1, permanent: yes}}"),
        ("write true",),
    ),
    Mistake(
        "a republic misspelt",
        "Kyrgyzstan",
        _effect("{shock: threat, republic: Kyrgistan, intensity: 1}"),
        ("'Kyrgyzstan'",),
    ),
    Mistake(
        "an organisation joined that is not there",
        "found it first",
        _effect("{institution: Turkic states, join: Kazakhstan}"),
        ("a new one needs `found`",),
    ),
    Mistake("an end", "it lasts until then", _event("when: 2027\nuntil: 2029"), ()),
    Mistake(
        "a span with a unit",
        "over eight quarters",
        _effect("{budget: China, scale: 0.5, over: 2 years}"),
        (),
    ),
    Mistake(
        "a relation in a word",
        "3, rivals",
        _effect("{relation: [Russia, China], becomes: rivalry}"),
        ("-3", "3", "rivals"),
    ),
    Mistake(
        "a relation between a power and a republic",
        "a quarrel of the two",
        _effect("{relation: [Russia, Kazakhstan], becomes: 3}"),
        ("'Kazakhstan' is a republic", "quarrel: [Russia, Kazakhstan]"),
    ),
    Mistake(
        "a comparison without quotation marks",
        "from a share of 0.45 on",
        _event("if:\n  republic: Tajikistan\n  channel: economic\n  power: China\n  share: > 0.45"),
        ('"> 0.45"',),
    ),
    Mistake(
        "the name of an event in a date",
        "a year after it",
        _event("when: sanctions-end + 1"),
        ("after: {event: sanctions-end, delay: 1 year}",),
    ),
    Mistake(
        "an event as a condition",
        "only if that happened",
        _event("if: {event: sanctions-end}"),
        ("after: sanctions-end",),
    ),
    Mistake(
        "a shock over two years",
        "spread over two years",
        _effect(f"{{shock: ties, {TIES}, intensity: -1, over: 8}}"),
        (),
    ),
    # what an analyst may well write
    Mistake("a length without a unit", "two years", _event("when: 2027\nfor: 2"), ("2 years",)),
    Mistake(
        "a length by another name",
        "for two years",
        _event("when: 2027\nduration: 2 years"),
        ("for: 2 years",),
    ),
    Mistake(
        "an end by another name",
        "until 2029",
        _event("when: 2027\nend: 2029"),
        ("until: 2029",),
    ),
    Mistake("a date by another name", "when", _event("date: 2027"), ("when: 2027",)),
    Mistake("a month", "the second quarter", _event("when: June 2027"), ("2027Q2",)),
    Mistake(
        "two years with a dash", "between", _event("when: 2025-2027"), ("between: [2025, 2027]",)
    ),
    Mistake(
        "two years in a list", "between", _event("when: [2025, 2027]"), ("between: [2025, 2027]",)
    ),
    Mistake(
        "a chance in per cent",
        "0.7",
        _event("when: 2027\nprobability: 70"),
        ("write the share, 0.7",),
    ),
    Mistake(
        "a chance as a number",
        "a probability",
        _event("when: 2027\nchance: 0.7"),
        ("probability: 0.7",),
    ),
    Mistake(
        "a strength in a word",
        "3",
        _effect(f"{{shock: ties, {TIES}, intensity: strong}}"),
        ("-3 to 3",),
    ),
    Mistake(
        "a capital for its power",
        "Russia",
        _effect("{budget: Moscow, scale: 0.5}"),
        ("Russia", "China", "United States"),
    ),
    Mistake(
        "a power that the cast lacks",
        "add it to the cast",
        _effect("{budget: Iran, scale: 2}"),
        ("cast: {Iran: {kind: power}}",),
    ),
    Mistake(
        "a channel by its field",
        "security",
        _effect("{shock: supply, power: China, channel: military, intensity: 1}"),
        ("security",),
    ),
    Mistake(
        "effects as a mapping",
        "a list of one",
        file_text(
            "events:\n  it:\n    what: something happens\n    when: 2027\n"
            "    effects:\n      budget: China\n      scale: 0.5\n"
        ),
        ("a list", "- budget: China"),
    ),
    Mistake(
        "a budget with its power inside",
        "China's budget",
        _effect("{budget: {power: China, scale: 0.5}}"),
        ("budget: China",),
    ),
    Mistake("a factor as a loss", "0.5", _effect("{budget: China, scale: -50%}"), ("0.5",)),
    Mistake(
        "a parameter lowered in per cent",
        "times 0.8",
        file_text("parameters: {theta: -20%}\n"),
        ("{times: 0.8}",),
    ),
    Mistake(
        "events in a list",
        "events by name",
        file_text(
            "events:\n  - name: it\n    what: something happens\n    when: 2027\n"
            f"    effects: [{BUDGET}]\n"
        ),
        ("by name", "it:"),
    ),
    Mistake(
        "a condition without a relation",
        "above 0.4",
        _event("if: {republic: Tajikistan, channel: economic, power: China, share: 0.4}"),
        ('"> 0.4"',),
    ),
    Mistake(
        "a condition as an expression",
        "a condition",
        _event('if: "share(China, Tajikistan, economic) > 0.4"'),
        ("power: China", "republic: Tajikistan", "channel: economic", '"> 0.4"'),
    ),
    Mistake(
        "a list without brackets",
        "both",
        _effect("{institution: EAEU, join: 'Tajikistan, Uzbekistan'}"),
        ("[Tajikistan, Uzbekistan]",),
    ),
    Mistake(
        "a title for a name",
        "russian-retreat",
        "title: Mine\nextends: Russian retreat\n",
        ("'russian-retreat'",),
    ),
    Mistake(
        "a lever with nothing but its value",
        "a lever",
        file_text("levers: {depth: 0.5}\n"),
        ("{meaning: ", "default: 0.5", "range: "),
    ),
    Mistake(
        "an effect that was looked for",
        "means of Russia",
        _effect("{sanctions: Russia}"),
        ("budget: Russia",),
    ),
    Mistake(
        "a base in the infinitive",
        "opened",
        _effect("{base: open, power: China, republic: Tajikistan}"),
        ("'opened'",),
    ),
    Mistake(
        "a reroute from and to",
        "out_of and into",
        _effect(
            "{reroute: Russia, from: {republic: Kazakhstan}, to: {republic: Uzbekistan}, "
            "share: 0.3}"
        ),
        ("out_of: {republic: Kazakhstan}", "into: {republic: Uzbekistan}"),
    ),
)
