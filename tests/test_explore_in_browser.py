"""The live page in a real Chromium: levers, undo, links, files, two tabs, a phone, paper."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec
from xml.etree import ElementTree

import pytest
from chromium import WAIT, axe, errors, needs_chromium, open_browser, requests
from command import steppe
from explore_browser import (
    drawn,
    fit,
    lever,
    open_page,
    picture,
    resize,
    set_number,
    text,
    wait_for,
)
from explore_editor import open_editor, save, type_text
from explore_server import running
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

pytest.importorskip("uvicorn", reason="comes with steppe[explore]")
pytestmark = [
    pytest.mark.slow,  # simulates a thousand members some thirty times: a minute
    needs_chromium,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]
MINE = """# mine.yaml
title: Mine
extends: russian-retreat
levers:
  depth: {default: 0.3}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("followed")
    (found / "mine.yaml").write_text(MINE, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def server(folder):
    with running("mine.yaml", "--port", 0, cwd=folder) as found:
        yield found


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture
def browser(started, server):
    """The page, opened afresh; afterwards there must be no error and no request to others."""
    resize(started, 1440)
    open_page(started, server.address + "#scenario=russian-retreat")
    yield started
    assert errors(started) == []
    hosts = {address.split("/")[2] for address in requests(started) if "//" in address}
    assert hosts <= {f"127.0.0.1:{server.port}", ""}


def test_a_lever_dragged_by_mouse_moves_the_picture_on_the_way(browser):
    before, slider = picture(browser), lever(browser, "depth")[0]
    browser.execute_script(
        "window.kinds = []; new MutationObserver(() => window.kinds.push("
        "JSON.parse(document.body.dataset.drawn)[1]))"
        ".observe(document.body, {attributeFilter: ['data-drawn']});"
    )
    moves = ActionChains(browser, duration=40).click_and_hold(slider)
    for _ in range(12):
        moves.move_by_offset(6, 0)
    moves.release().perform()
    question = wait_for(browser)
    assert question["levers"]["depth"] > 0.5
    assert picture(browser) != before
    kinds = browser.execute_script("return window.kinds")
    assert kinds[-1] == "whole"
    assert {"first", "interpolated"} & set(kinds)
    assert text(browser, "status") == "1,000 members, simulated."


def test_a_lever_moves_by_keys_and_by_a_number_typed(browser):
    slider, field = lever(browser, "start")
    slider.send_keys(Keys.ARROW_RIGHT)
    wait_for(browser, start=2025)
    assert field.get_attribute("value") == "2025"
    assert slider.get_attribute("aria-valuetext") == "2025"
    assert "2025Q1: Russia begins to withdraw" in text(browser, "events")
    set_number(browser, "start", 2030)
    wait_for(browser, start=2030)
    assert "2030Q1: Russia begins to withdraw" in text(browser, "events")
    assert slider.get_attribute("value") == "2030"


def test_a_number_out_of_range_is_refused_beside_its_field(browser):
    before = browser.execute_script("return document.body.dataset.asked")
    wrong = browser.find_element(By.ID, "lever-0-wrong")
    for typed in ("3", "-1", "deep", "1e400", ""):
        assert wrong.text == "", typed
        set_number(browser, "depth", typed)
        assert wrong.text == "give a number from 0 to 0.95", typed
        assert browser.execute_script("return document.body.dataset.asked") == before
        set_number(browser, "depth", 0.6)  # as shipped


def test_undo_and_redo_bring_back_the_same_picture(browser):
    shipped = picture(browser)
    set_number(browser, "depth", 0.9)
    wait_for(browser, depth=0.9)
    deep = picture(browser)
    set_number(browser, "start", 2030)
    wait_for(browser, start=2030)
    late = picture(browser)
    assert shipped != deep != late
    browser.find_element(By.ID, "undo").click()
    assert wait_for(browser)["levers"] == {"depth": 0.9}
    assert picture(browser) == deep
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.CONTROL, "z")
    assert wait_for(browser)["levers"] == {}
    assert picture(browser) == shipped
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.CONTROL, Keys.SHIFT, "z")
    browser.find_element(By.ID, "redo").click()
    wait_for(browser, start=2030)
    assert picture(browser) == late
    browser.find_element(By.ID, "reset").click()
    assert wait_for(browser)["levers"] == {}
    assert picture(browser) == shipped


def test_a_link_opened_afresh_or_pasted_shows_the_same_and_has_no_token(browser, server):
    set_number(browser, "depth", 0.77)
    browser.find_element(By.CSS_SELECTOR, "[data-event=garrisons-leave] input").click()
    Select(browser.find_element(By.ID, "republic")).select_by_value("Tajikistan")
    Select(browser.find_element(By.ID, "chart")).select_by_value("leads")
    wait_for(browser, depth=0.77)
    browser.find_element(By.ID, "share").click()
    link, before, title = browser.current_url, picture(browser), text(browser, "picture-title")
    assert server.token not in link
    assert "parameters" in link and "#" in link and "?" not in link
    open_page(browser, link)
    wait_for(browser, depth=0.77, off=["garrisons-leave"])
    assert (picture(browser), text(browser, "picture-title")) == (before, title)
    assert not browser.find_element(By.ID, "notice").is_displayed()
    open_page(browser, server.address)
    browser.execute_script(f"location.hash = {link.partition('#')[2]!r}")
    wait_for(browser, depth=0.77, off=["garrisons-leave"])
    assert (picture(browser), text(browser, "picture-title")) == (before, title)


def test_a_link_of_another_version_warns_and_one_of_another_file_says_so(browser, server):
    open_page(browser, server.address + "#scenario=russian-retreat&steppe=0.0.1&parameters=abc")
    said = browser.find_element(By.ID, "notice").text  # empty if it is not displayed
    assert "version 0.0.1" in said and "parameters, abc" in said
    open_page(browser, server.address + "#scenario=yours")
    assert "needs the scenario 'yours'" in browser.find_element(By.ID, "notice").text


def test_what_a_link_smuggles_in_is_text(browser, server):
    evil = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"
    browser.get("about:blank")
    browser.get(f"{server.address}#scenario=russian-retreat&lever.{evil}=1&chart={evil}&year=9")
    wait_for(browser, kind="mistakes")
    assert "<img" in text(browser, "mistakes")
    assert browser.execute_script("return document.querySelectorAll('#mistakes img').length") == 0


def test_events_go_off_and_on(browser):
    before = picture(browser)
    box = browser.find_element(By.CSS_SELECTOR, "[data-event=means-withdrawn] input")
    box.click()
    assert wait_for(browser)["off"] == ["means-withdrawn"]
    assert picture(browser) != before
    box.click()
    assert wait_for(browser)["off"] == []
    assert picture(browser) == before


def test_presets_assumptions_and_conditions(browser):
    Select(browser.find_element(By.ID, "scenario")).select_by_value("china-russia-split")
    wait_for(browser, scenario="china-russia-split")
    assert "rivalry" in text(browser, "levers")
    browser.execute_script("document.getElementById('assumptions').open = true")
    set_number(browser, "resistance (ρ)", 0.8)
    assert wait_for(browser)["factors"] == {"rho": 0.8}
    choice = browser.find_element(By.CSS_SELECTOR, "[aria-label='members by resistance']")
    Select(choice).select_by_value("lowest")
    assert wait_for(browser)["keep"] == {"rho": "lowest"}
    assert text(browser, "status").startswith("33")
    stop = browser.find_element(By.XPATH, "//div[label[contains(., '(λ)')]]")
    assert "stops where members would break a guard" in stop.text


def test_every_chart_shows_something_and_the_lever_that_it_takes(browser):
    chosen = Select(browser.find_element(By.ID, "chart"))
    seen = set()
    for kind in [option.get_attribute("value") for option in chosen.options]:
        chosen.select_by_value(kind)
        seen.add(json.dumps(picture(browser)))
    assert len(seen) >= 4
    chosen.select_by_value("along.depth")
    sentence = WebDriverWait(browser, WAIT).until(
        lambda page: "members at each of" in text(page, "sentence") and text(page, "sentence")
    )
    assert "more likely than not to lead" in sentence
    assert re.search(r"the events too\. In the baseline: .*Russia \d+%", sentence)
    assert picture(browser)


def test_the_map_names_who_holds_most_and_chooses_a_republic(browser):
    Select(browser.find_element(By.ID, "chart")).select_by_value("map")
    sentence = text(browser, "sentence")
    for republic in ("Kazakhstan", "Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan"):
        assert f"{republic}: " in sentence
        found = browser.find_element(By.XPATH, f"//*[name()='text'][.='{republic}']/..")
        power, share = found.text.splitlines()[1].rsplit(" ", 1)
        assert f"{republic}: {power} {share}" in sentence
    browser.find_element(By.XPATH, "//*[name()='text'][.='Turkmenistan']/..").click()
    assert "Turkmenistan, security" in text(browser, "table")
    assert browser.find_element(By.CSS_SELECTOR, ".map .chosen").text.startswith("Turkmenistan")


def test_a_holder_opens_the_evidence_of_its_cell(browser):
    Select(browser.find_element(By.ID, "republic")).select_by_value("Tajikistan")
    # in one step, since rows are made anew when an answer comes
    browser.execute_script("document.querySelector('#table button').click()")
    drawer = browser.find_element(By.ID, "drawer")
    WebDriverWait(browser, WAIT).until(lambda page: drawer.is_displayed())
    assert "Russia in Tajikistan, security" in drawer.text
    assert "Russia keeps its 201st military base in Tajikistan." in drawer.text
    if find_spec("axe_core_python"):
        assert axe(browser) == []
    drawer.send_keys(Keys.ESCAPE)
    assert not drawer.is_displayed()


def test_numbers_and_picture_leave_the_page(browser):
    browser.execute_script(
        "navigator.clipboard.writeText = (text) => { window.copied = text; return true; }"
    )
    browser.find_element(By.ID, "copy-table").click()
    WebDriverWait(browser, WAIT).until(lambda page: "Copied" in text(page, "status"))
    rows = [row.split("\t") for row in browser.execute_script("return copied").splitlines()]
    assert rows[0] == ["Holder", "Median", "90%", "Baseline", "Diff."]
    assert [row[0] for row in rows[1:3]] == ["Russia", "China"]
    browser.find_element(By.ID, "save-picture").click()
    path = browser.downloads / "kazakhstan-security.svg"
    WebDriverWait(browser, WAIT).until(lambda page: path.exists())
    drawn_lines = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}path")
    assert sum(bool(line.get("d")) for line in drawn_lines) == len(picture(browser)) - 1


def test_a_scenario_is_typed_and_its_mistakes_stand_at_their_lines(browser, server):
    assert "extends: russian-retreat" in open_editor(browser)
    own = "title: Mine\nextends: russian-retreat\nlevers:\n  depth: {default: 0.33}\n"
    type_text(browser, own)
    wait_for(browser, text=own)
    assert lever(browser, "depth")[1].get_attribute("value") == "0.33"
    deep, link = picture(browser), browser.current_url
    type_text(browser, own + "evnts: {}\n")
    place = browser.find_element(By.ID, "text-mistakes")
    WebDriverWait(browser, WAIT).until(lambda page: place.text)
    assert place.text.startswith("line 5") and "evnts" in place.text
    assert "last sound one" in text(browser, "status") and picture(browser) == deep
    browser.find_element(By.CSS_SELECTOR, "#text-mistakes button").click()
    assert browser.execute_script("return getSelection().toString()") == "evnts: {}"
    browser.find_element(By.ID, "undo").click()
    assert wait_for(browser)["scenario"] == "russian-retreat"
    open_page(browser, link)
    assert wait_for(browser, text=own)["text"] == own
    assert picture(browser) == deep


def test_a_file_is_opened_in_the_page(browser, folder):
    path = folder / "opened.yml"
    path.write_text("title: Opened\nextends: american-return\n", encoding="utf-8")
    open_editor(browser)
    browser.find_element(By.ID, "open-file").send_keys(str(path))
    assert wait_for(browser, scenario="my-future")["text"] == path.read_text(encoding="utf-8")
    assert "scale" in text(browser, "levers")


def test_words_explain_themselves_where_they_stand(browser):
    word = browser.find_element(By.XPATH, "//button[@class='term' and .='paired difference']")
    note = word.find_element(By.XPATH, "following-sibling::span")
    assert not note.is_displayed()
    word.click()
    assert note.is_displayed() and "same member" in note.text
    assert word.get_attribute("aria-expanded") == "true"
    word.click()
    assert not note.is_displayed()


def test_a_file_that_is_saved_is_shown_with_mistakes_at_their_line(browser, server, folder):
    open_page(browser, server.address)
    assert wait_for(browser)["scenario"] == "mine"
    before = picture(browser)
    save(folder, MINE.replace("0.3", "0.9"))
    WebDriverWait(browser, WAIT, 0.02).until(lambda page: picture(page) != before)
    assert lever(browser, "depth")[1].get_attribute("value") == "0.9"
    save(folder, MINE + "events:\n  means-withdrawn: {whenn: 2030}\n")
    WebDriverWait(browser, WAIT, 0.02).until(lambda page: drawn(page)[1] == "mistakes")
    assert "mine.yaml:7" in text(browser, "mistakes") and "whenn" in text(browser, "mistakes")
    assert "last sound one" in text(browser, "mistakes")
    save(folder, MINE)
    WebDriverWait(browser, WAIT, 0.02).until(lambda page: picture(page) == before)
    assert not browser.find_element(By.ID, "mistakes").is_displayed()


def test_the_downloaded_file_passes_the_check(browser):
    set_number(browser, "depth", 0.81)
    browser.find_element(By.CSS_SELECTOR, "[data-event=union-sinks] input").click()
    wait_for(browser, depth=0.81)
    browser.find_element(By.ID, "download").click()
    path = browser.downloads / "my-future.yaml"
    WebDriverWait(browser, WAIT).until(lambda page: path.exists())
    assert "steppe run baseline my-future.yaml" in text(browser, "status")
    ended = steppe("check", path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for words in ("default: 0.81", "union-sinks: null"):
        assert words in path.read_text(encoding="utf-8")


def test_two_tabs_at_once(browser, server):
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    open_page(browser, server.address + "#scenario=american-return")
    set_number(browser, "scale", 4)
    browser.switch_to.window(first)
    set_number(browser, "depth", 0.55)
    wait_for(browser, depth=0.55)
    for handle in browser.window_handles:
        if handle != first:
            browser.switch_to.window(handle)
            wait_for(browser, scale=4)
            browser.close()
    browser.switch_to.window(first)


@pytest.mark.parametrize("width", [1440, 360])
def test_nothing_is_wrong_for_axe_nor_wider_than_the_window(browser, width):
    pytest.importorskip("axe_core_python", reason="axe is not installed")
    fit(browser, width)
    browser.execute_script(
        "for (const one of document.querySelectorAll('details')) one.open = true"
    )
    browser.execute_script("document.querySelector('.term').click()")
    for dark in (False, True):
        fit(browser, width, dark=dark)
        wide = browser.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide == 0, dark
        assert axe(browser) == [], dark


def test_the_chart_stays_in_view_on_a_phone(browser):
    fit(browser, 360)
    lever(browser, "start")[0].location_once_scrolled_into_view  # noqa: B018
    browser.execute_script("window.scrollTo(0, document.getElementById('levers').offsetTop)")
    top, bottom = browser.execute_script(
        "const box = document.getElementById('big').getBoundingClientRect();"
        "return [box.top, box.bottom]"
    )
    assert top >= -1 and 100 < bottom < 500


def test_the_page_says_when_steppe_is_gone(started, tmp_path):
    with running("--port", 0, cwd=tmp_path) as server:
        resize(started, 1440)
        started.get("about:blank")
        started.get(server.address)
        WebDriverWait(started, WAIT, 0.05).until(lambda page: drawn(page)[1])
        server.stop()
        before = picture(started)
        set_number(started, "depth", 0.2)
        WebDriverWait(started, WAIT).until(lambda page: "does not answer" in text(page, "status"))
        assert picture(started) == before
        started.get("about:blank")
        started.get_log("browser")
        started.get_log("performance")
