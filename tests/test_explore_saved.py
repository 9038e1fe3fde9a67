"""The page without a server: its interpolation, its stated error, and a browser that opens it."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import re

import numpy as np
import pytest
from chromium import WAIT, axe, errors, needs_chromium, open_browser, requests
from command import steppe
from explore_browser import open_page, picture, resize, set_number, text, wait_for
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from steppe.experiments.explore.asked_scenario import Library
from steppe.experiments.explore.node_weights import Nodes, lagrange, nodes_of
from steppe.experiments.explore.question import Question
from steppe.experiments.explore.saved_page import blend, save_page, simulate_nodes
from steppe.model.core.errors import RequestError

MEMBERS = 40
RETREAT, SPLIT, VACUUM = "russian-retreat", "china-russia-split", "vacuum-of-influence"
OWN = (
    "title: <script>alert(1)</script>\nextends: baseline\nlevers:\n"
    "  a: {meaning: '</script>', default: 1, range: [0, 3]}\nevents:\n  one:\n"
    "    when: 2027\n    what: <b>Bold</b>\n    effects: [{budget: China, scale: 1 + a}]\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A page, and by scenario what it was made from: the engine and its runs at nodes."""
    path, found = tmp_path_factory.mktemp("saved") / "for-class.html", {}

    def kept(engine, name, scenario):
        found[name] = engine, simulate_nodes(engine, name, scenario)
        return found[name][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("steppe.experiments.explore.saved_page.simulate_nodes", kept)
        size = save_page([RETREAT, VACUUM], {}, path, members=MEMBERS)
    assert size == path.stat().st_size
    return path, found


@pytest.fixture(scope="module")
def page(made):
    return made[0]


@pytest.fixture(scope="module")
def saved(made):
    return made[1][RETREAT]


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(OWN, encoding="utf-8")
    return {"mine": path}


def test_a_polynomial_of_third_degree_is_met_exactly():
    values = (0.0, 0.3, 0.5, 1.1, 2.0, 2.5)
    for at in (0.1, 0.49, 0.9, 2.2, 2.49):
        weights = lagrange(values, at)
        assert sum(weights.values()) == pytest.approx(1)
        assert sum(w * (3 * x**3 - x + 2) for x, w in weights.items()) == pytest.approx(
            3 * at**3 - at + 2
        )
    assert lagrange(values, 1.1) == {1.1: 1.0}


def test_pairs_of_levers_are_exact_and_what_three_do_together_is_left_out():
    grid = (0.0, 1.0, 2.0, 3.0)
    nodes = Nodes(dict.fromkeys("abc", grid), dict.fromkeys("abc", 1.0))

    def between(function, **levers):
        found = nodes.weights(levers)
        assert set(found) <= set(nodes.settings())
        assert sum(found.values()) == pytest.approx(1)
        return sum(w * function(**{**nodes.defaults, **dict(s)}) for s, w in found.items())

    def pairs(a, b, c):
        return 1 + a * b + b * c**2 - a * c + c

    def three(a, b, c):
        return (a - 1) * (b - 1) * (c - 1)

    for a, b, c in itertools.product((0.5, 1.0, 2.7), repeat=3):
        assert between(pairs, a=a, b=b, c=c) == pytest.approx(pairs(a, b, c))
        assert between(three, a=a, b=b, c=c) == pytest.approx(0)


def test_nodes_hold_defaults_ends_and_every_pair():
    nodes = nodes_of(Library().scenario(Question(RETREAT)))
    assert {0.0, 0.6, 0.95} <= set(nodes.values["depth"])
    assert {2020.0, 2024.0, 2035.0} <= set(nodes.values["start"])
    sizes = [len(values) for values in nodes.values.values()]
    assert len(nodes.settings()) == np.prod(sizes)


def test_the_error_that_is_stated_is_that_of_fresh_runs(saved):
    engine, found = saved
    levers = {"depth": 0.37, "start": 2026.0}
    *_, fresh = (step for step in engine.whole_answer(Question(RETREAT, levers=levers)) if step)
    expected = np.frombuffer(base64.b64decode(fresh["shares"]), "<i2") / 10_000
    between = blend(found.nodes, found.rows, levers)[: len(expected)] / 10_000
    error = np.abs(between - expected)
    assert error.max() <= 2 * max(found.worst, 0.005)
    assert 0.9 <= found.close <= 1
    assert 0 < found.worst < 0.1


def test_at_a_node_it_is_the_run_itself(saved):
    _, found = saved
    for levers in ({}, {"depth": 0.95}, {"depth": 0.2375, "start": 2035.0}):
        row = blend(found.nodes, found.rows, levers)
        np.testing.assert_array_equal(row, found.rows[found.nodes.setting(levers)])


def test_what_has_no_levers_is_refused_and_so_is_a_file_too_large(own, tmp_path, monkeypatch):
    path = tmp_path / "out.html"
    ended = steppe("explore", "baseline", "--save", path)
    assert (ended.returncode, path.exists()) == (2, False)
    assert "baseline has no levers; name a scenario that has some" in ended.stderr
    ended = steppe("explore", "nowhere", "--save", path)
    assert ended.returncode == 2 and "unknown scenario 'nowhere'" in ended.stderr
    ended = steppe("explore", "nowhere.yaml")
    assert ended.returncode == 2 and "no such file" in ended.stderr
    ended = steppe("explore", RETREAT, SPLIT)
    assert ended.returncode == 2 and "name one" in ended.stderr
    monkeypatch.setattr("steppe.experiments.explore.saved_page.MOST_BYTES", 1000)
    with pytest.raises(RequestError, match="name fewer scenarios"):
        save_page(["mine"], own, path, members=4)
    assert not path.exists()


def test_the_same_runs_give_the_same_bytes_and_markup_stays_text(own, tmp_path):
    one, other = tmp_path / "one.html", tmp_path / "other.html"
    for path in (one, other):
        save_page(["mine"], own, path, members=4)
    assert one.read_bytes() == other.read_bytes()
    content = one.read_text(encoding="utf-8")
    assert "alert(1)" not in content and "<b>Bold" not in content
    assert content.count("</script>") == 2
    packed = re.search(r'id="data">([^<]+)<', content)[1]
    assert json.loads(gzip.decompress(base64.b64decode(packed)))["saved"]["mine"]["rows"]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@needs_chromium
class TestInTheBrowser:
    """Opened from the disk, with no server anywhere."""

    @pytest.fixture
    def browser(self, started, page):
        resize(started, 1440)
        open_page(started, page.as_uri(), "nodes")
        yield started
        assert errors(started) == []
        schemes = {address.partition(":")[0] for address in requests(started)}
        assert schemes <= {"file", "data", "blob", "about"}

    def test_levers_move_the_picture_as_the_weights_say(self, browser, saved):
        _, found = saved
        before = picture(browser)
        set_number(browser, "depth", 0.37)
        wait_for(browser, "nodes", depth=0.37)
        assert picture(browser) != before
        said = text(browser, "status")
        assert "within 0.005" in said and f"{100 * found.close:.1f}%" in said
        set_number(browser, "start", 2027)  # between its stops
        wait_for(browser, "nodes", start=2026)
        row = blend(found.nodes, found.rows, {"depth": 0.37, "start": 2026.0})
        shares = np.rint(row[: found.lengths["shares"]]).reshape(5, 3, 5, 5, -1)[0, 1, :, 2, -1]
        shown = browser.execute_script(
            "return [...document.querySelectorAll('#table tbody tr')]"
            ".map((row) => row.children[1].textContent)"
        )
        assert shown == [f"{share / 10_000:.2f}" for share in shares]
        assert "2026Q1: Russia begins to withdraw" in text(browser, "events")

    def test_undo_link_download_and_a_lever_s_curve_work(self, browser, tmp_path):
        shipped = picture(browser)
        set_number(browser, "depth", 0.9)
        wait_for(browser, "nodes", depth=0.9)
        deep, link = picture(browser), browser.current_url
        browser.find_element(By.ID, "undo").click()
        wait_for(browser, "nodes")
        assert picture(browser) == shipped
        open_page(browser, link, "nodes")
        assert picture(browser) == deep
        Select(browser.find_element(By.ID, "chart")).select_by_value("along.depth")
        assert "members at each of 9 values" in text(browser, "sentence")
        browser.find_element(By.ID, "download").click()
        path = browser.downloads / "my-future.yaml"
        for _ in range(600):
            if path.exists():
                break
            wait_for(browser, "nodes")
        ended = steppe("check", path)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "depth: {default: 0.9}" in path.read_text(encoding="utf-8")

    def test_with_more_than_two_levers_moved_it_is_approximate(self, browser):
        Select(browser.find_element(By.ID, "scenario")).select_by_value(VACUUM)
        wait_for(browser, "nodes", scenario=VACUUM)
        for name, value in (("year", 2029), ("severity", 1.2), ("absence", 0.5)):
            assert not text(browser, "status").startswith("Approximate")
            set_number(browser, name, value)
            wait_for(browser, "nodes", **{name: value})
        said = text(browser, "status")
        assert said.startswith("Approximate: more than two levers are moved")

    def test_a_holder_opens_the_evidence_of_its_cell(self, browser):
        browser.find_element(By.CSS_SELECTOR, "#table button").click()
        drawer = browser.find_element(By.ID, "drawer")
        WebDriverWait(browser, WAIT).until(lambda page: drawer.is_displayed())
        assert "Russia in Kazakhstan, security" in drawer.text
        drawer.find_element(By.ID, "drawer-close").click()

    @pytest.mark.parametrize("width", [1440, 360])
    def test_nothing_is_wrong_for_axe_nor_wider_than_the_window(self, browser, width):
        pytest.importorskip("axe_core_python", reason="axe is not installed")
        resize(browser, width)
        assert (
            browser.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            == 0
        )
        assert axe(browser) == []
