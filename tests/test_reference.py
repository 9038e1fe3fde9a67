"""The model against a second implementation in plain loops, over full runs with noise."""

from __future__ import annotations

import numpy as np
import pytest
from reference import NEVER, Member

from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.model import InfluenceModel
from steppe.model.random_streams import NormalStreams, uniforms
from steppe.model.scenario.load import load_scenario

SEED = 5
TOLERANCE = 1e-9

EVERY_EFFECT = """
title: Every kind of effect
extends: baseline
to: 2030Q4
events:
  shocks:
    what: shocks of every kind, fading and lasting, some far enough to be cut
    between: [2003Q1, 2008Q4]
    effects:
      - {shock: effort, power: China, republic: all, channel: economic, intensity: 2}
      - {shock: effort, power: [Russia, United States], republic: Kazakhstan, channel: all,
         intensity: -1.5, permanent: true}
      - {shock: ties, power: Russia, republic: all, channel: all, intensity: 3}
      - {shock: ties, power: European Union, republic: Uzbekistan, channel: soft power,
         intensity: -3, permanent: true}
      - {shock: supply, power: China, channel: security, intensity: 3}
      - {shock: supply, power: Russia, channel: all, intensity: -3, permanent: true}
      - {shock: threat, republic: [Tajikistan, Kyrgyzstan], intensity: 3}
      - {shock: threat, republic: Turkmenistan, intensity: 2, permanent: true}
  ties-tighten-again:
    what: a lasting shock meets one that still fades, at the upper end of the scale
    when: 2007Q2
    effects:
      - {shock: ties, power: Russia, republic: all, channel: all, intensity: 3, permanent: true}
      - {shock: ties, power: Russia, republic: all, channel: security, intensity: 3}
  ties-loosen:
    what: losses from the upper end, at once and in parts, while other shocks still fade
    between: [2008Q1, 2012Q4]
    effects:
      - {shock: ties, power: Russia, republic: all, channel: all, intensity: -1, permanent: true}
      - {shock: ties, power: Russia, republic: all, channel: economic, intensity: -2, over: 9}
      - {shock: supply, power: China, channel: security, intensity: -1.5, permanent: true, over: 4}
      - {shock: threat, republic: all, intensity: 2, over: 6}
      - {shock: effort, power: China, republic: all, channel: security, intensity: 3, over: 3}
  means:
    what: means grow slowly, and shrink at once, where dates are disputed
    either: {2006Q1: 0.4, 2009Q3: 0.6}
    effects:
      - {budget: [China, European Union], scale: 2.5, over: 7}
      - {budget: Russia, scale: 0.6}
  effort-sent-elsewhere:
    what: effort goes from one place to another, and part of it further
    when: 2010Q2
    effects:
      - reroute: [China, Russia]
        out_of: {channel: economic}
        into: {channel: security, republic: [Kazakhstan, Tajikistan]}
        share: 0.6
        over: 5
      - {reroute: China, out_of: {republic: Tajikistan}, into: {channel: soft power}, share: 0.5}
  alliance:
    what: a new organisation
    when: 2005Q2
    effects:
      - institution: Test Alliance
        found: {sponsors: [China, European Union], channels: [security, soft power], weight: 0.8}
        join: [Kazakhstan, Uzbekistan, Turkmenistan]
  alliance-changes:
    what: one leaves and one joins
    when: 2009Q1
    effects:
      - {institution: Test Alliance, join: Tajikistan, leave: Kazakhstan}
  older-organisations:
    what: what history founded may end
    when: 2018Q1
    probability: 0.5
    effects:
      - {institution: SCO, dissolve: true}
      - {institution: CSTO, leave: [Kazakhstan, Tajikistan]}
  bases:
    what: one base opens and two close
    between: [2011Q1, 2014Q4]
    probability: 0.5
    effects:
      - {base: opened, power: China, republic: Tajikistan}
      - {base: closed, power: United States, republic: [Kyrgyzstan, Tajikistan]}
  quarrel:
    what: relations move while what is coded of them changes too
    when: 2006Q3
    effects:
      - {relation: [China, Russia], becomes: 3, over: 6}
      - {relation: [China, United States], becomes: -2, over: 4, mutual: false}
  reconciliation:
    what: a second movement begins before the first has arrived
    when: 2007Q3
    effects:
      - {relation: [Russia, China], becomes: -2, over: 9}
  wants:
    what: what is wanted, lacked and put up with changes
    when: 2012Q1
    effects:
      - {interest: 3, power: European Union, republic: all, channel: soft power}
      - {interest: 0, power: Russia, republic: Turkmenistan, channel: all}
      - {need: 1, republic: Tajikistan, channel: [economic, security]}
      - {tolerance: -0.2, republic: all}
  wants-again:
    what: the later of two settings holds, and tolerance adds up
    when: 2022Q1
    effects:
      - {interest: 1.5, power: European Union, republic: Kazakhstan, channel: soft power}
      - {need: 0.5, republic: all, channel: economic}
      - {tolerance: 0.1, republic: Kazakhstan}
      - {shock: threat, republic: all, intensity: 3}
"""

CONDITIONS = """
title: Events that wait for a condition
version: 1
extends: baseline
to: 2030Q4
events:
  china-grows:
    what: China commands more means
    when: 2004Q1
    effects: [{budget: China, scale: 8, over: 12}]
  alarm:
    what: Russia answers once China is ahead in two republics
    if: {power: China, republic: [Kazakhstan, Uzbekistan], channel: economic, share: "> 0.25"}
    effects:
      - {relation: [China, Russia], becomes: 3, over: 6}
      - {shock: effort, power: Russia, republic: all, channel: economic, intensity: 3}
  leave-taking:
    what: those who lean on Russia least leave its alliance, in some members
    if: {power: Russia, republic: Kazakhstan, channel: economic, share: "<= 0.3"}
    probability: 0.5
    effects:
      - {institution: CSTO, leave: all}
      - {base: closed, power: Russia, republic: all}
  never:
    what: a condition that never holds
    if: {power: all, republic: all, channel: all, share: ">= 0.5"}
    effects: [{tolerance: 0.5, republic: all}]
"""

COMPOSED = """
title: Quarrels, successions and blockades, for good and with an end
extends: baseline
to: 2030Q4
events:
  quarrel:
    what: one power and one republic fall out for a while; the tie has less than that to lose
    between: [2003Q1, 2006Q4]
    for: 3 years
    effects:
      - {quarrel: [Russia, Kazakhstan], channel: economic, intensity: 2.5}
      - {quarrel: [Uzbekistan, United States], percent: 30}
  ties-grow:
    what: ties grow while the quarrel lasts
    when: 2007Q1
    effects:
      - {shock: ties, power: Russia, republic: Kazakhstan, channel: all, intensity: 1}
  lasting-quarrel:
    what: a quarrel for good, over one channel
    when: 2011Q3
    probability: 0.5
    effects: [{quarrel: [China, Tajikistan], channel: security, percent: 80}]
  succession:
    what: elections, one of which brings in who is more guarded
    either: {2005Q1: 0.5, 2009Q2: 0.5}
    effects:
      - {succession: [Kyrgyzstan, Turkmenistan], intensity: 2, stance: 1.5}
      - {succession: Uzbekistan, percent: 100, stance: -3}
  short-succession:
    what: a succession whose threat ends while it fades, cut at the end of its scale
    when: 2009Q3
    for: 5 quarters
    effects: [{succession: all, intensity: 3, stance: -1}]
  blockade:
    what: routes are closed for a while
    when: 2004Q2
    until: 2012
    effects:
      - {blockade: [Russia, China], republic: all, channel: economic, percent: 60}
      - {blockade: European Union, republic: Kyrgyzstan, intensity: 1}
  second-blockade:
    what: more is cut off than there is
    when: 2008Q1
    effects:
      - {blockade: China, republic: [Kazakhstan, Tajikistan], channel: [economic, security],
         percent: 70}
"""

ENDS = """
title: What other effects gave is taken back when their event ends
extends: baseline
to: 2030Q4
events:
  shocks:
    what: shocks with an end, some cut at the end of their scale, one cut off half way
    between: [2003Q1, 2006Q4]
    for: 7 quarters
    effects:
      - {shock: ties, power: Russia, republic: all, channel: all, intensity: 2, permanent: true}
      - {shock: supply, power: China, channel: all, intensity: -3}
      - {shock: threat, republic: all, intensity: 2, over: 12}
      - {shock: effort, power: China, republic: Kazakhstan, channel: all, intensity: 2, over: 3}
      - {base: opened, power: China, republic: Tajikistan}
  meanwhile:
    what: other shocks that the end meets
    when: 2005Q2
    effects:
      - {shock: ties, power: Russia, republic: all, channel: all, intensity: -1, permanent: true}
      - {shock: threat, republic: all, intensity: 2}
  means:
    what: means, views, wants and effort, until a date
    when: 2006Q3
    until: 2009
    effects:
      - {budget: [China, European Union], scale: 2.5, over: 7}
      - {relation: [Russia, China], becomes: 3, over: 20}
      - {tolerance: -0.2, republic: all}
      - {interest: 3, power: European Union, republic: all, channel: soft power}
      - {need: 1, republic: Tajikistan, channel: [economic, security]}
      - {reroute: China, out_of: {channel: economic}, into: {channel: security}, share: 0.6}
"""

REROUTES_AT_DISPUTED_DATES = """
title: Two reroutes that do not commute, begun in either order
extends: baseline
to: 2015Q4
events:
  first:
    what: effort turns to security
    between: [2003Q1, 2010Q4]
    effects: [{reroute: China, out_of: {channel: economic}, into: {channel: security}, share: 0.8}]
  second:
    what: effort for security turns to soft power
    between: [2003Q1, 2010Q4]
    effects:
      - {reroute: China, out_of: {channel: security}, into: {channel: soft power}, share: 0.8}
"""


def written(folder, text):
    """The scenario that a text makes."""
    path = folder / "test-scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def reference_member(scenario, model, number, drawn_starts):
    """The second implementation of a member, with the model's parameters, noise and drawn dates."""
    cast = default_inputs().cast
    cells = [
        (power, republic, channel)
        for power in cast.power_names
        for republic in cast.republic_names
        for channel in cast.channel_names
    ]
    streams = NormalStreams(SEED, "influence", cells, np.array([number]))
    starts = {}
    for name, event in scenario.events.items():
        if event.if_ is None:
            starts[name] = int(np.broadcast_to(drawn_starts[name], model.parameters.size)[number])
        elif uniforms(SEED, "occurrence", (name,), np.array([number]))[0] >= event.probability:
            starts[name] = NEVER
    parameters = {
        label: float(values[number]) for label, values in model.parameters.as_table().items()
    }
    places = list(np.ndindex(cast.shape))
    return Member(
        default_inputs(),
        scenario,
        parameters,
        starts,
        lambda: dict(zip(places, streams.next()[:, 0].tolist(), strict=True)),
    )


def compare(scenario, members=3):
    """Assert that both agree on all shares, on efforts at the end and on starts of events.

    Returns
    -------
    The reference's members, run to the end.
    """
    model = InfluenceModel(scenario, members=members, seed=SEED, parameters_from="prior")
    drawn_starts = {
        name: starts.copy() for name, starts in model.forcing.starts.items()
    }  # a run fills in conditional ones
    shares = np.array([model.share.copy() for _ in model.run()])
    references = [
        reference_member(scenario, model, number, drawn_starts) for number in range(members)
    ]
    for number, member in enumerate(references):
        expected = np.array([[share[cell] for cell in member.cells] for share in member.run()])
        found = shares[..., number].reshape(len(shares), -1)
        np.testing.assert_allclose(
            found, expected, rtol=0, atol=TOLERANCE, err_msg=f"shares of member {number}"
        )
        efforts = [member.effort[cell] for cell in member.cells]
        np.testing.assert_allclose(
            model.effort[..., number].ravel(), efforts, rtol=0, atol=TOLERANCE
        )
        for name in scenario.events:
            start = int(np.broadcast_to(model.forcing.starts[name], members)[number])
            assert min(start, NEVER) == min(member.starts.get(name, NEVER), NEVER), (
                f"start of {name} in member {number}"
            )
    return references


@pytest.mark.parametrize("name", ["baseline", "russian-retreat", "china-russia-split"])
def test_shipped_scenarios_agree(name):
    compare(load_scenario(name))


def test_every_kind_of_effect_agrees(tmp_path):
    members = compare(written(tmp_path, EVERY_EFFECT))
    for name in ("bases", "older-organisations"):
        happened = {member.starts[name] < NEVER for member in members}
        assert happened == {True, False}, f"{name} should happen in some members and not in others"
    for name in ("shocks", "means", "ties-loosen"):
        assert len({member.starts[name] for member in members}) > 1, (
            f"{name} should have more than one date"
        )


def test_quarrels_successions_and_blockades_agree(tmp_path):
    members = compare(written(tmp_path, COMPOSED), members=4)
    assert len({member.starts["quarrel"] for member in members}) > 1
    happened = {member.starts["lasting-quarrel"] < NEVER for member in members}
    assert happened == {True, False}


def test_the_ends_of_events_agree(tmp_path):
    members = compare(written(tmp_path, ENDS), members=4)
    assert len({member.starts["shocks"] for member in members}) > 1


def test_conditional_events_agree(tmp_path):
    members = compare(written(tmp_path, CONDITIONS), members=4)
    alarms = {member.starts.get("alarm") for member in members}
    assert len(alarms) > 1 and max(start or 0 for start in alarms) > 4, (
        "the condition should be met late, at various dates"
    )
    assert {member.starts.get("leave-taking", NEVER) < NEVER for member in members} == {True, False}
    assert all("never" not in member.starts for member in members)


def test_reroutes_act_in_the_order_of_the_file_whatever_else_is_in_the_block(tmp_path):
    compare(written(tmp_path, REROUTES_AT_DISPUTED_DATES), members=6)
