"""Examples of the language of scenario files: one for each effect and key, each of which runs."""

from __future__ import annotations

EFFECT_EXAMPLES = {
    "shock": "{shock: ties, power: Russia, republic: Kazakhstan, channel: economic, intensity: -1}",
    "budget": "{budget: China, scale: 0.8, over: 2 years}",
    "reroute": "{reroute: China, out_of: {republic: Tajikistan}, into: {republic: Kazakhstan}, "
    "share: 0.3}",
    "institution": "{institution: EAEU, join: Uzbekistan}",
    "base": "{base: opened, power: China, republic: Tajikistan}",
    "relation": "{relation: [Russia, China], becomes: 3, over: 1 year}",
    "interest": "{interest: 3, power: EU, republic: Kazakhstan, channel: economic}",
    "need": "{need: 2, republic: Kyrgyzstan, channel: security}",
    "tolerance": "{tolerance: -0.1, republic: Uzbekistan}",
    "quarrel": "{quarrel: [Russia, Kazakhstan], channel: economic, intensity: 1}",
    "succession": "{succession: Kyrgyzstan, intensity: 1, stance: -1}",
    "blockade": "{blockade: Russia, republic: Kazakhstan, channel: economic, percent: 40}",
}
EVENT_EXAMPLES = {
    "when": "when: 2027",
    "between": "between: [2025, 2030]",
    "either": "either: {2026: 0.7, 2028: 0.3}",
    "if": 'if: {republic: Tajikistan, channel: economic, power: China, share: "> 0.4"}',
    "after": "after: {event: sanctions-end, end: true, delay: 1 year}",
    "for": "when: 2027\n    for: 2 years",
    "until": "when: 2027\n    until: 2029",
    "probability": "when: 2027\n    probability: 0.7",
    "chance": "when: 2027\n    chance: war",
    "what": "when: 2027",
    "claims": "when: 2027\n    claims: [eprs-kazakh-facilities]",
}
FILE_EXAMPLES = {
    "version": "version: 2",
    "title": "",
    "narrative": "narrative: Sanctions end, and trade follows.",
    "sources": "sources: outside the documents",
    "extends": "",
    "from": "from: 2000Q1",
    "to": "to: 2045",
    "tags": "tags: [Iran]",
    "levers": "levers: {depth: {meaning: how deep, default: 0.5, range: [0, 1]}}\n"
    "parameters: {theta: depth}",
    "parameters": "parameters: {theta: {times: 0.8}}",
    "cast": "cast: {Iran: {kind: power, budget: 0.3, from: 2027}}",
    "events": "",
    "chances": "",
    "expects": "expects:\n"
    "  - {power: China, republic: all, channel: economic, direction: higher, at: 2040}",
    "vary": "vary: {grid: {theta: [0.2, 0.3]}}",
}
# of keys that the example of what they belong to does not show
KEY_EXAMPLES = {
    ("shock", "permanent"): "{shock: ties, power: Russia, republic: Kazakhstan, "
    "channel: economic, intensity: -1, permanent: true}",
    ("shock", "over"): "{shock: ties, power: Russia, republic: Kazakhstan, channel: economic, "
    "intensity: -2, over: 2 years}",
    ("reroute", "over"): "{reroute: China, out_of: {republic: Tajikistan}, "
    "into: {republic: Kazakhstan}, share: 0.3, over: 1 year}",
    ("reroute", "channel"): "{reroute: China, out_of: {channel: security}, "
    "into: {channel: economic}, share: 0.3}",
    ("institution", "found"): "{institution: Turkic states, found: {sponsors: China, "
    "channels: economic, weight: 0.5}, join: Kazakhstan}",
    ("institution", "leave"): "{institution: CSTO, leave: Kyrgyzstan}",
    ("institution", "dissolve"): "{institution: CSTO, dissolve: true}",
    ("relation", "mutual"): "{relation: [Russia, China], becomes: 3, over: 1 year, mutual: false}",
    ("quarrel", "percent"): "{quarrel: [Russia, Kazakhstan], channel: economic, percent: 30}",
    ("succession", "percent"): "{succession: Kyrgyzstan, percent: 30}",
    ("blockade", "intensity"): "{blockade: Russia, republic: Kazakhstan, channel: economic, "
    "intensity: 1}",
    ("parameter", "uniform"): "parameters: {theta: {uniform: [0.2, 0.5]}}",
    ("parameter", "normal"): "parameters: {theta: {normal: [0.4, 0.1]}}",
    ("vary", "paired"): "vary: {paired: {theta: [0.2, 0.3], eta: [1, 0.5]}}",
}
# of keys of added actors, each beside what an actor must have
POWER_KEYS = {
    "code": "code: IRN",
    "colour": "colour: '#887700'",
    "aliases": "aliases: Persia",
    "ties": "ties: [{republic: Tajikistan, channel: soft power, level: 2}]",
    "interests": "interests: [{republic: Turkmenistan, channel: economic, level: 2}]",
    "supply": "supply: [{channel: economic, level: 1}]",
    "relations": "relations: [{power: USA, level: 3}]",
    "enters_at": "from: 2027, enters_at: -4",
}
REPUBLIC_KEYS = {
    "kind": "stance: 1",
    "code": "code: GEO",
    "colour": "colour: '#887700'",
    "aliases": "aliases: Sakartvelo",
    "ties": "ties: [{power: EU, channel: economic, level: 2}]",
    "interests": "interests: [{power: Russia, channel: security, level: 3}]",
    "needs": "needs: [{channel: security, level: 2}]",
}
KEY_EXAMPLES |= {
    (kind, key): f"cast: {{{actor}, {text}}}}}"
    for kind, actor, texts in (
        ("power", "Iran: {kind: power, budget: 0.3", POWER_KEYS),
        ("republic", "Georgia: {kind: republic", REPUBLIC_KEYS),
    )
    for key, text in texts.items()
}
SANCTIONS = (
    "  sanctions-end: {when: 2026, for: 3 years, what: sanctions end, chance: war,\n"
    "                  effects: [{budget: USA, scale: 1.1}]}\n"
    "  war: {when: 2026, what: war, chance: war, effects: [{budget: Russia, scale: 0.9}]}\n"
)


def example_file(effect: str = "", dated: str = "when: 2027", head: str = "") -> str:
    """Return a scenario file in which these lines stand."""
    effect = effect or EFFECT_EXAMPLES["budget"]
    return (
        f"title: An example\nextends: baseline\n{head + chr(10) if head else ''}"
        f"chances: {{war: 0.3}}\nevents:\n{SANCTIONS}"
        f"  it:\n    what: it happens\n    {dated}\n    effects:\n      - {effect}\n"
    )
