"""Families in scenario files: what `vary` unfolds into, and the names of its members."""

from test_scenario_language import written

from steppe.model.scenario.load import load_family, load_scenario
from steppe.model.scenario.shown_values import name_with_values


def test_a_grid_unfolds_into_every_combination(tmp_path):
    family = load_family(
        written(
            tmp_path,
            "title: Mine\nextends: russian-retreat\nvary: {grid: {depth: [0.2, 0.4], start: "
            "[2024, 2026, 2028]}}\n",
        )
    )
    assert [member.name for member in family] == [
        f"mine[depth={depth},start={start}]" for depth in (0.2, 0.4) for start in (2024, 2026, 2028)
    ]
    assert family[-1].lever_values == {"depth": 0.4, "start": 2028}
    assert family[0].title == "Mine, depth 0.2, start 2024"
    assert len({member.fingerprint for member in family}) == 6


def test_paired_lists_go_together_and_may_hold_parameters(tmp_path):
    family = load_family(
        written(
            tmp_path, "extends: russian-retreat\nvary: {paired: {depth: [0.2, 0.4], rho: [1, 2]}}\n"
        )
    )
    assert [(member.lever_values["depth"], member.parameters["rho"]) for member in family] == [
        (0.2, 1.0),
        (0.4, 2.0),
    ]


def family_of(folder, vary, request=""):
    path = written(folder, f"title: Mine\nextends: russian-retreat\nvary: {vary}\n")
    return load_family(f"{path}{request}")


def test_two_near_values_have_names_of_their_own_and_others_stay_short(tmp_path):
    values = [0.3, 0.30000001, 0.1234567890123, 1 / 7]
    family = family_of(tmp_path, f"{{grid: {{depth: {values}}}}}")
    assert [member.lever_values["depth"] for member in family] == values
    assert [member.name for member in family] == [
        "mine[depth=0.3]",
        "mine[depth=0.30000001]",
        "mine[depth=0.123457]",
        "mine[depth=0.142857]",
    ]
    assert family[1].title == "Mine, depth 0.30000001"
    assert [member.values for member in family] == [{"depth": value} for value in values]


def test_values_of_a_request_take_the_place_of_varied_ones(tmp_path):
    vary = "{grid: {depth: [0.2, 0.4], start: [2024, 2026]}}"
    fixed = family_of(tmp_path, vary, "[depth=0.3]")
    assert [member.lever_values for member in fixed] == [
        {"depth": 0.3, "start": 2024},
        {"depth": 0.3, "start": 2026},
    ]
    assert [member.name for member in fixed] == [
        "mine[depth=0.3,start=2024]",
        "mine[depth=0.3,start=2026]",
    ]
    (alone,) = family_of(tmp_path, vary, "[depth=0.3,start=2030]")
    assert alone.name == "mine[depth=0.3,start=2030]"
    assert alone.lever_values == {"depth": 0.3, "start": 2030}
    (other,) = family_of(
        tmp_path, "{paired: {depth: [0.2, 0.4], start: [2024, 2024]}}", "[depth=0.3]"
    )
    assert other.values == {"depth": 0.3, "start": 2024}


def test_a_family_is_not_inherited_and_a_plain_file_is_its_own_family(tmp_path):
    written(tmp_path, "extends: russian-retreat\nvary: {grid: {depth: [0.2, 0.4]}}\n", "parent")
    assert len(load_family(written(tmp_path, "extends: parent\n"))) == 1


def test_a_name_of_a_family_leads_back_to_its_member(tmp_path):
    family = load_family(
        written(tmp_path, "extends: russian-retreat\nvary: {grid: {depth: [0.2, 0.4]}}\n")
    )
    again = load_scenario(f"{tmp_path}/mine.yaml[depth=0.4]")
    assert again.fingerprint == family[1].fingerprint
    assert name_with_values("mine", {"depth": 0.4}) == family[1].name
