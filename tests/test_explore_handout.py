"""The handout of the live page, as Chromium prints it: one page, whatever is shown."""

from __future__ import annotations

import sys

import pytest
from chromium import WAIT, errors, needs_chromium, open_browser
from explore_browser import drawn, open_page, resize, set_number, text, wait_for
from explore_server import running
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from steppe.model.scenario.find_files import shipped_names

pytest.importorskip("uvicorn", reason="comes with steppe[explore]")
pytestmark = [
    pytest.mark.slow,  # prints 132 handouts: half a minute
    needs_chromium,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]
PAPERS = ((8.27, 11.69), (8.5, 11))  # inches: A4, Letter


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handout")
    with running("--port", 0, cwd=folder) as server, open_browser(folder) as found:
        resize(found, 1440)
        found.address = server.address
        yield found
        assert errors(found) == []


def is_one_page(browser, paper):
    """Whether the page fits one sheet: there is no second one to print."""
    size = {"paperWidth": paper[0], "paperHeight": paper[1], "printBackground": False}
    try:
        browser.execute_cdp_cmd("Page.printToPDF", {**size, "pageRanges": "2"})
    except WebDriverException as error:
        return "Page range exceeds page count" in str(error)
    return False


@pytest.mark.parametrize("name", [name for name in shipped_names() if name != "history"])
def test_the_handout_of_a_scenario_is_one_page_with_every_chart(browser, name):
    if not drawn(browser)[1]:
        browser.get(browser.address)
        WebDriverWait(browser, WAIT, 0.05).until(lambda page: drawn(page)[1])
    Select(browser.find_element(By.ID, "scenario")).select_by_value(name)
    WebDriverWait(browser, WAIT, 0.05).until(lambda page: drawn(page)[0].get("scenario") == name)
    charts = Select(browser.find_element(By.ID, "chart"))
    for kind in ("shares", "map", "leads"):
        charts.select_by_value(kind)
        for paper in PAPERS:
            assert is_one_page(browser, paper), (kind, paper)


def test_the_handout_tells_question_levers_findings_and_limits(browser):
    open_page(browser, browser.address + "#scenario=russian-retreat")
    set_number(browser, "depth", 0.9)
    wait_for(browser, depth=0.9)
    charts = Select(browser.find_element(By.ID, "chart"))
    charts.select_by_value("along.depth")
    WebDriverWait(browser, WAIT).until(lambda page: "members at each of" in text(page, "sentence"))
    for paper in PAPERS:
        assert is_one_page(browser, paper)
    shown = text(browser, "handout")
    assert "depth = 0.9 (as shipped 0.6)" in shown
    assert "more likely than not to lead" in shown and shown.count("of members") >= 3
    assert "What this cannot tell" in shown and "Nobody has measured" in shown
