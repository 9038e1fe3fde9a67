"""What scenario files may say: merging, levers, dates, added actors."""

import numpy as np
import pytest

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.model import InfluenceModel
from steppe.model.parameters.draw import draw_ensemble
from steppe.model.parameters.table import all_labels
from steppe.model.random_streams import NormalStreams
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.load import load_scenario


def written(folder, text, name="mine"):
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder, text, **keys):
    return load_scenario(written(folder, f"title: Mine\n{text}"), **keys)


# Merging


def test_a_child_changes_one_key_of_an_event_and_keeps_the_others(tmp_path):
    parent = load_scenario("russian-retreat")
    child = loaded(
        tmp_path, "extends: russian-retreat\nevents: {garrisons-leave: {when: 2030Q3}}\n"
    )
    assert child.events["garrisons-leave"].when == parse_quarter("2030Q3")
    assert child.events["garrisons-leave"].effects == parent.events["garrisons-leave"].effects
    assert child.own_events == ("garrisons-leave",)
    assert child.chain == ("history", "baseline", "russian-retreat", "mine")


def test_another_way_of_dating_replaces_the_parents(tmp_path):
    child = loaded(
        tmp_path, "extends: russian-retreat\nevents: {garrisons-leave: {between: [2025, 2030]}}\n"
    )
    event = child.events["garrisons-leave"]
    assert (event.when, event.between) == (None, (parse_quarter(2025), parse_quarter(2030)))


def test_setting_an_event_to_nothing_takes_it_out(tmp_path):
    child = loaded(tmp_path, "extends: russian-retreat\nevents: {garrisons-leave: null}\n")
    assert "garrisons-leave" not in child.events
    assert "means-withdrawn" in child.events


def test_title_narrative_sources_and_expectations_are_not_inherited(tmp_path):
    child = load_scenario(written(tmp_path, "extends: russian-retreat\n", "plain"))
    assert (child.title, child.narrative, child.sources, child.expects, child.vary) == (
        "plain",
        "",
        (),
        (),
        None,
    )


def test_a_file_beside_it_goes_before_a_shipped_one(tmp_path):
    written(tmp_path, "title: Own baseline\nextends: history\nto: 2030\n", "baseline")
    assert load_scenario(written(tmp_path, "extends: baseline\n")).last == parse_quarter(
        2030, last=True
    )


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "inside").mkdir()
    outside = written(tmp_path, "title: Outside\nextends: baseline\n", "outside")
    (tmp_path / "inside" / "parent.yaml").symlink_to(outside)
    child = written(tmp_path / "inside", "extends: parent\n")
    with pytest.raises(DiagnosticsError, match="a link that leads out of the folder"):
        load_scenario(child)


@pytest.mark.parametrize(
    "parent",
    [
        "../mine",
        "/etc/passwd",
        "..",
        ".hidden",
        "http://example.org/x",
        "a/b",
        "a\\\\b",
        "file:///x",
    ],
)
def test_nothing_but_a_plain_name_is_extended(tmp_path, parent):
    with pytest.raises(DiagnosticsError, match="is not a plain name"):
        loaded(tmp_path, f'extends: "{parent}"\n')


def test_a_long_chain_of_parents_is_refused(tmp_path):
    for number in range(25):
        written(
            tmp_path,
            f"extends: {'baseline' if number == 0 else f'link-{number - 1}'}\n",
            f"link-{number}",
        )
    with pytest.raises(DiagnosticsError, match="more than 20 scenarios"):
        load_scenario(tmp_path / "link-24.yaml")


# Levers and dates


def test_a_lever_moves_dates_and_amounts():
    early = load_scenario("russian-retreat", levers={"start": 2030, "depth": 0.25})
    assert early.events["means-withdrawn"].when == parse_quarter(2030)
    assert early.events["garrisons-leave"].when == parse_quarter(2031)
    assert early.events["means-withdrawn"].effects[0].scale == 0.75


def test_a_year_with_a_part_is_a_quarter():
    later = load_scenario("russian-retreat", levers={"start": 2024.5})
    assert later.events["means-withdrawn"].when == parse_quarter("2024Q3")


def test_brackets_after_a_name_set_levers_and_parameters():
    scenario = load_scenario("russian-retreat[depth=0.25,theta=0.3]")
    assert scenario.name == "russian-retreat[depth=0.25,theta=0.3]"
    assert scenario.lever_values["depth"] == 0.25
    assert scenario.parameters == {"theta": 0.3}


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ("0.3", lambda new, old: (new == 0.3).all()),
        ("{times: 0.5}", lambda new, old: np.allclose(new, np.maximum(old / 2, 0.2))),
        (
            "{uniform: [0.2, 0.4]}",
            lambda new, old: ((new >= 0.2) & (new <= 0.4)).all() and new.std() > 0.02,
        ),
        ("{normal: [0.35, 0.05]}", lambda new, old: abs(np.median(new) - 0.35) < 0.02),
    ],
)
def test_a_parameter_is_a_value_a_factor_or_a_distribution(tmp_path, change, holds):
    members = np.arange(200)
    changes = f"parameters: {{theta: {change}, lambda_: {{times: 0.5}}}}\n"
    new = draw_ensemble(
        loaded(tmp_path, f"extends: baseline\n{changes}").parameters, default_inputs(), 1, members
    )
    old = draw_ensemble(load_scenario("baseline").parameters, default_inputs(), 1, members)
    assert holds(new.theta, old.theta)
    assert (new.rho == old.rho).all()


# Cast

CAST = """\
extends: baseline
cast:
  Turkey:
    kind: power
    code: TUR
    budget: 0.5
    ties: [{republic: [Turkmenistan, Uzbekistan], channel: soft power, level: 2}]
    interests: [{republic: all, channel: all, level: 2}]
    supply: [{channel: economic, level: 1.5}]
    relations: [{power: Russia, level: 1}, {power: [China], level: -1, mutual: false}]
  Afghanistan:
    kind: republic
    stance: 1
    needs: [{channel: all, level: 3}]
    ties: [{power: China, channel: economic, level: 1}]
"""


@pytest.fixture
def larger(tmp_path):
    return loaded(tmp_path, CAST)


def test_added_actors_stand_at_the_end_of_the_cast(larger):
    assert larger.cast.power_names == (
        "Russia",
        "China",
        "United States",
        "European Union",
        "Turkey",
    )
    assert larger.cast.republic_names[-1] == "Afghanistan"
    assert larger.cast.index("power", "tur") == 4
    assert {"b[Turkey]", "alpha[Afghanistan]"} <= set(all_labels(larger.cast))


def test_rows_are_given_or_assumed_and_everyone_elses_stay(larger):
    plain, inputs = default_inputs(), extend_inputs(larger, default_inputs())
    turkey, afghanistan = 4, 5
    assert inputs.ties[turkey, 3:5, 2] == pytest.approx(2 / 3)
    assert (inputs.ties[turkey, 0, 0] == 0.15).all()
    assert inputs.interests[turkey] == pytest.approx(2 / 3)
    assert inputs.supply[turkey, :, -1] == pytest.approx([0.5, 0.25, 0.25])
    assert (inputs.relations[turkey, 0, 0], inputs.relations[0, turkey, 0]) == pytest.approx(
        (1 / 3, 1 / 3)
    )
    assert (inputs.relations[turkey, 1, 0], inputs.relations[1, turkey, 0]) == pytest.approx(
        (-1 / 3, 0)
    )
    assert inputs.ln_means[turkey] == pytest.approx(np.log(0.5))
    assert inputs.needs[:, afghanistan] == pytest.approx(1.0)
    assert (inputs.needs[turkey, :5] == plain.needs.min(axis=0)).all()  # what anyone could meet
    assert inputs.ties[1, afghanistan, 0] == pytest.approx(1 / 3)
    assert inputs.ties[0, afghanistan] == pytest.approx(plain.ties[0].mean(axis=0) / 2)
    assert not inputs.threat[afghanistan].any()
    for name in ("ties", "interests", "needs"):
        assert (getattr(inputs, name)[:4, :5] == getattr(plain, name)).all()
    assert all(
        not row.members[afghanistan] and not row.sponsors[turkey] for row in inputs.institutions
    )
    assert {
        coded.status
        for names, rows in inputs.trail.items()
        if "Turkey" in names or "Afghanistan" in names
        for coded in rows
    } == {"assumption"}
    assert extend_inputs(larger, inputs) is inputs


def test_an_added_power_of_which_nothing_is_said_has_little_to_offer(tmp_path):
    scenario = loaded(tmp_path, "extends: baseline\ncast: {Turkey: {kind: power}}\n")
    assert (extend_inputs(scenario, default_inputs()).supply[4] == 0.15).all()


def test_everyone_elses_draws_stay_as_they_were(larger):
    members = np.arange(70)
    one = InfluenceModel("baseline", members, 3, parameters_from="prior").parameters.as_table()
    other = InfluenceModel(larger, members, 3, parameters_from="prior").parameters.as_table()
    assert all((other[label] == values).all() for label, values in one.items())
    noise = NormalStreams(
        3,
        "influence",
        [("Russia", "Kazakhstan", "security"), ("Turkey", "Afghanistan", "security")],
        members,
    ).next()
    alone = NormalStreams(3, "influence", [("Russia", "Kazakhstan", "security")], members).next()
    assert (noise[0] == alone[0]).all()


def test_a_larger_cast_runs_and_shares_sum_to_one(larger):
    model = InfluenceModel(larger, 8, 0, parameters_from="prior")
    for _ in model.run():
        pass
    assert model.share.shape == (5, 6, 3, 8)
    assert np.allclose(model.share.sum(axis=0) + model.autonomy, 1)
    assert (model.share[4] > 0.005).all()


def test_events_and_parameters_may_name_added_actors(tmp_path):
    text = (
        CAST
        + """\
events:
  it:
    what: Turkey comes
    when: 2025
    effects:
      - {shock: ties, power: Turkey, republic: Afghanistan, channel: all, intensity: 3,
         permanent: true}
      - {institution: SCO, join: Afghanistan}
      - {institution: Turkic states, found: {sponsors: TUR, channels: economic, weight: 0.5},
         join: Kazakhstan}
parameters: {"b[Turkey]": 0.5}
"""
    )
    with_event, without = (
        InfluenceModel(loaded(tmp_path, text), 8, 0, parameters_from="prior"),
        InfluenceModel(loaded(tmp_path, CAST), 8, 0, parameters_from="prior"),
    )
    for model in (with_event, without):
        for _ in model.run():
            pass
    assert (with_event.share[4, 5] > without.share[4, 5]).mean() > 0.9
    assert (with_event.parameters.b[4] == 0.5).all()


def test_an_added_power_with_nothing_hardly_touches_the_others(tmp_path):
    nobody = (
        CAST.split("  Afghanistan")[0]
        .replace("budget: 0.5", "budget: 0.01")
        .replace(
            "relations: [{power: Russia, level: 1}, {power: [China], level: -1, mutual: false}]",
            "relations: []",
        )
    )
    small, baseline = (
        InfluenceModel(loaded(tmp_path, nobody), 8, 0, parameters_from="prior"),
        InfluenceModel("baseline", 8, 0, parameters_from="prior"),
    )
    for model in (small, baseline):
        for _ in model.run():
            pass
    assert abs(small.share[:4] - baseline.share).max() < 0.05


def test_an_institution_that_no_member_has_founded_yet_is_joined_in_vain(tmp_path):
    text = """\
extends: baseline
events:
  founding: {what: never founded, if: {republic: all, channel: all, power: China, share: "> 0.99"},
             effects: [{institution: New union,
                        found: {sponsors: China, channels: economic, weight: 1}}]}
  joining: {what: joined in vain, when: 2025, effects: [{institution: New union, join: all}]}
"""
    model, baseline = (
        InfluenceModel(loaded(tmp_path, text), 4, 0, parameters_from="prior"),
        InfluenceModel("baseline", 4, 0, parameters_from="prior"),
    )
    for one in (model, baseline):
        for _ in one.run():
            pass
    assert model.forcing.unmet_conditions == ("founding",)
    assert (model.share == baseline.share).all()
