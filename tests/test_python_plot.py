"""Figures on axes of one's own, comparisons and explanations, from Python."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

import steppe

SHAPES = {
    "trajectories": (5, 3),
    "republic": (3,),
    "region": (3,),
    "leads": (5, 3),
    "heatmap": (5,),
    "ranks": (5, 3),
    "map": (5, 3),
    "difference": (1, 3),
    "forest": (3, 5),
}
ALL_SCENARIOS = ("difference", "forest")


@pytest.fixture(scope="module")
def results():
    return steppe.run(["baseline", "russian-retreat"], members=8, jobs=1)


@pytest.fixture(autouse=True)
def closed_figures():
    with mpl.rc_context({"backend": "Agg"}):
        yield
        plt.close("all")


def draw(name, results, **keys):
    if name not in ALL_SCENARIOS:
        keys = {"scenario": "russian-retreat", **keys}
    if name == "republic":
        keys["republic"] = "Kazakhstan"
    return getattr(steppe.plot, name)(results, **keys)


@pytest.mark.parametrize("name", SHAPES)
def test_a_figure_is_drawn_on_new_axes_and_on_axes_given(name, results):
    new = draw(name, results)
    assert new.shape == SHAPES[name]
    _, given = plt.subplots(*SHAPES[name], squeeze=False)
    assert draw(name, results, ax=given) is given
    assert all(len(ax.get_children()) > 12 for ax in given.flat)


def test_one_panel_is_drawn_on_one_axes(results):
    _, ax = plt.subplots()
    cell = {"republic": "Kazakhstan", "channel": "security"}
    assert draw("trajectories", results, ax=ax, **cell) is ax
    lines = {line.get_gid(): line for line in ax.lines if line.get_label() == "Russia"}
    median = results["shares"].sel(scenario="russian-retreat", holder="Russia", **cell)
    assert lines["median:Russia"].get_ydata() == pytest.approx(median.median("member").values)


def test_results_that_were_selected_are_drawn(results):
    part = results.sel(scenario="baseline", republic="Kazakhstan", channel="security")
    _, ax = plt.subplots()
    assert steppe.plot.trajectories(part, ax=ax, power=["China", "Russia"]) is ax
    assert len([line for line in ax.lines if line.get_label() in ("China", "Russia")]) == 2


def test_settings_of_the_user_hold_on_axes_of_their_own(results):
    with mpl.rc_context({"font.size": 17}):
        draw("region", results)
        assert mpl.rcParams["font.size"] == 17


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("region", {"scenario": None}, "the figure shows one scenario; give scenario= one of: "),
        ("region", {"scenario": "basline"}, "unknown scenario 'basline'; did you mean 'baseline'?"),
        ("leads", {"power": "Chnia"}, "unknown power 'Chnia'; did you mean 'China'?"),
        ("region", {"ax": [1, 2, 3]}, "ax has 3 axes; region draws 3 here; "),
        ("region", {"ax": []}, "ax has 0 axes; region draws 3 here; give as many, or choose "),
    ],
)
def test_a_wrong_request_is_refused_in_one_line(name, keys, message, results):
    with pytest.raises(steppe.RequestError) as refused:
        draw(name, results, **keys)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_anything_but_results_is_refused(results):
    for wrong in (3, results.drop_attrs()):
        with pytest.raises(steppe.RequestError, match="these are no results; give the folder"):
            steppe.plot.region(wrong)
    with pytest.raises(steppe.RequestError, match="have no axis 'member'"):
        steppe.plot.region(results.mean("member", keep_attrs=True))


def test_a_comparison_is_paired_prints_and_makes_a_table(results):
    found = steppe.compare(results, "russian-retreat", republics="Kazakhstan", channels="security")
    shares = results["shares"].sel(republic="Kazakhstan", channel="security").isel(time=-1)
    paired = shares.sel(scenario="russian-retreat") - shares.sel(scenario="baseline")
    for difference in found.differences:
        expected = np.median(paired.sel(holder=difference.holder))
        assert difference.median == pytest.approx(expected, abs=1e-6)
    assert str(found).startswith("russian-retreat minus baseline, 2040, 8 members, paired")
    assert {"scenario", "republic", "statistic", "value", "unit"} <= set(found.to_dataframe())


def test_an_explanation_is_data_and_prints_as_the_command_does():
    found = steppe.explain("Russia", "Kazakhstan", "security")
    assert str(found).startswith("Russia in Kazakhstan, security")
    with pytest.raises(steppe.RequestError, match="did you mean 'rho'"):
        steppe.explain("rhoo")


def test_inputs_and_observables_are_drawn_on_axes_given(results):
    _, given = plt.subplots(2, 3)
    assert steppe.plot.coverage(results, ax=given, power=["China", "Russia"]) is given
    shown = {ax.get_title(): sum(p.get_gid() == "coded" for p in ax.patches) for ax in given.flat}
    assert shown["ties, Russia"] > 0 and shown["interests, China"] > 0
    _, pair = plt.subplots(1, 2)
    keys = {"scenario": "baseline", "republic": "Kazakhstan"}
    assert steppe.plot.observable(results, "trade", ax=pair, **keys) is pair
    line = next(line for line in pair[1].lines if line.get_gid() == "median:Russia")
    trade = results["trade"].sel(**keys, power="Russia").median("member")
    assert line.get_ydata() == pytest.approx(trade.values, abs=1e-4)


def test_an_unknown_observable_is_refused_with_the_nearest(results):
    with pytest.raises(steppe.RequestError, match="unknown observable 'trad'; did you mean 'trade"):
        steppe.plot.observable(results, "trad")
    with pytest.raises(steppe.RequestError, match="the figure shows one republic; give republic="):
        steppe.plot.observable(results, scenario="baseline")


def test_events_are_run_again_from_a_folder_alone(results, tmp_path):
    with pytest.raises(steppe.RequestError, match="give the folder of the batch"):
        steppe.compare(results, "russian-retreat", events="alone")
    steppe.run(["baseline", "russian-retreat"], members=8, jobs=1, out=tmp_path / "batch")
    found = steppe.compare(
        tmp_path / "batch", "russian-retreat", republics="Kazakhstan", top=1, events="alone"
    )
    assert found.contributions.members == 8
    assert found.to_dict()["carried"]["members"] == 8
    with pytest.raises(steppe.RequestError, match="events"):
        steppe.compare(tmp_path / "batch", "russian-retreat", events="all")
