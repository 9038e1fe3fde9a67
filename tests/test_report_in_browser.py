"""The report in a real Chromium, used like a person would: pick, compare, open evidence, print."""

from __future__ import annotations

import base64
import itertools

import pytest
from chromium import RULES, WAIT, axe, errors, needs_chromium, open_browser, requests
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from small_batches import make_batch
from speed import least
from test_analysis_folder import answered

from steppe.experiments.report.build import write_report

pytestmark = needs_chromium
ALERT = "<script>alert(1)</script>"
WIDTHS = (1440, 360)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    return write_report(
        make_batch(tmp_path_factory.mktemp("browser") / "out", titles={"retreat": ALERT})
    ).as_uri()


@pytest.fixture(scope="module")
def page_with_answers(tmp_path_factory) -> str:
    out = make_batch(tmp_path_factory.mktemp("asked") / "out")
    for place in range(2):
        answered(out / "answers" / f"tipping-{place}", title=f"How much it takes, {place}")
    return write_report(out).as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(params=WIDTHS, ids=[f"{width} px" for width in WIDTHS])
def opened(browser, page, request):
    yield from open_page(browser, page, request.param)


@pytest.fixture(params=WIDTHS, ids=[f"{width} px" for width in WIDTHS])
def opened_with_answers(browser, page_with_answers, request):
    yield from open_page(browser, page_with_answers, request.param)


def open_page(browser, page: str, width: int):
    """Open the page at a width; afterwards there must be no error and no request."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.get(page)
    wait_for_charts(browser)
    yield browser
    assert errors(browser) == []
    assert {address.partition(":")[0] for address in requests(browser)} <= {"file", "data"}
    assert {address for address in requests(browser) if address.startswith("file")} <= {page}


def wait_for_charts(browser) -> None:
    WebDriverWait(browser, WAIT).until(
        lambda page: page.execute_script("return document.body.dataset.drawn")
    )


def choose(browser, name: str, words: str) -> None:
    before, options = (
        browser.execute_script("return document.body.dataset.drawn"),
        Select(browser.find_element(By.ID, name)),
    )
    if options.first_selected_option.text == words:
        return
    options.select_by_visible_text(words)
    WebDriverWait(browser, WAIT).until(
        lambda page: page.execute_script("return document.body.dataset.drawn") != before
    )


def texts(browser, selector: str) -> list[str]:
    return [found.text for found in browser.find_elements(By.CSS_SELECTOR, selector)]


def test_pick_compare_and_open_evidence(opened):
    choose(opened, "scenario", ALERT)
    choose(opened, "beside", "Baseline")
    choose(opened, "republic", "Uzbekistan")
    choose(opened, "channel", "economic")
    assert texts(opened, ".panel h3") == [ALERT, "Baseline"]
    assert len(opened.find_elements(By.CSS_SELECTOR, ".chart svg")) == 2
    assert "Uzbekistan, economic, end of 2030" in texts(opened, ".panel caption")
    assert f"{ALERT} minus Baseline, end of 2030" in texts(opened, "#difference h3")
    row = texts(opened, "#difference tbody tr")[0]
    assert "Russia" in row and "−" in row and "100%" in row
    opened.find_element(By.CSS_SELECTOR, "#panels button.plain").click()
    drawer = opened.find_element(By.ID, "drawer")
    assert drawer.is_displayed() and "Russia in Uzbekistan, economic" in drawer.text
    assert "line" in drawer.find_element(By.CSS_SELECTOR, ".claim .note").text
    assert axe(opened) == []
    opened.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not drawer.is_displayed()
    assert opened.switch_to.active_element.text.startswith("Russia")


def test_no_alert_no_overflow_and_no_violation_of_accessibility(opened):
    assert opened.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    opened.execute_script("document.getElementById('all-years').open = true")
    for scheme, rules in (("light", RULES), ("dark", ["color-contrast"])):
        opened.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
        )
        assert axe(opened, rules) == [], scheme


def test_values_follow_the_pointer_and_the_keyboard(opened):
    chart = opened.find_element(By.CSS_SELECTOR, ".chart")
    ActionChains(opened).scroll_to_element(chart).move_to_element(chart).perform()
    note = opened.find_element(By.CSS_SELECTOR, ".tip")
    assert "median (90%)" in note.text
    opened.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    assert not note.is_displayed()
    pointed = int(opened.find_element(By.ID, "year-shown").text)
    assert 2005 < pointed < 2028
    slider = opened.find_element(By.ID, "year")
    slider.send_keys(Keys.ARROW_RIGHT)
    assert opened.find_element(By.ID, "year-shown").text == str(pointed + 1)
    assert f"end of {pointed + 1}" in texts(opened, ".values caption")[0]


def test_everything_can_be_reached_by_keyboard_and_shows_its_focus(opened):
    reached = set()
    for _ in range(60):
        ActionChains(opened).send_keys(Keys.TAB).perform()
        focused = opened.switch_to.active_element
        reached.add(focused.get_attribute("id") or focused.tag_name)
        if focused.tag_name in ("select", "button", "summary"):
            assert (
                opened.execute_script("return getComputedStyle(arguments[0]).outlineStyle", focused)
                != "none"
            )
    assert {
        "scenario",
        "beside",
        "republic",
        "channel",
        "year",
        "input",
        "button",
        "summary",
    } <= reached


def test_a_finding_shows_its_cell_and_one_scenario_can_be_shown_alone(opened):
    opened.find_element(By.CSS_SELECTOR, "button.show").click()
    WebDriverWait(opened, WAIT).until(
        lambda page: page.switch_to.active_element.get_attribute("id") == "explore-title"
    )
    choose(opened, "beside", "none")
    assert len(opened.find_elements(By.CSS_SELECTOR, ".panel")) == 1 and not texts(
        opened, "#difference *"
    )


def test_it_prints(opened):
    printed = base64.b64decode(opened.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert printed.startswith(b"%PDF") and 2 <= printed.count(b"/Type /Page\n") <= 12


def test_answers_are_reached_seen_and_read(opened_with_answers):
    page = opened_with_answers
    for place, link in enumerate(page.find_elements(By.CSS_SELECTOR, "nav ul ul a"), start=1):
        link.click()
        title = page.find_element(By.ID, f"answer-{place}")
        assert title.text == link.text == f"How much it takes, {place - 1}"
        assert (
            abs(page.execute_script("return arguments[0].getBoundingClientRect().top", title)) < 100
        )
    pictures = page.find_elements(By.CSS_SELECTOR, ".analysis img")
    assert len(pictures) == 2 and all(
        page.execute_script("return arguments[0].naturalWidth", picture) > 400
        for picture in pictures
    )
    assert all(
        picture.size["width"] >= 700 for picture in pictures
    )  # on a phone one scrolls, so that letters stay legible
    assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    for scheme, rules in (("light", RULES), ("dark", ["color-contrast"])):
        page.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
        )
        assert axe(page, rules) == [], scheme


def test_it_opens_and_answers_with_a_second_of_work(browser, page):
    browser.execute_cdp_cmd("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    browser.execute_cdp_cmd("Performance.enable", {})
    republics = itertools.cycle(("Kyrgyzstan", "Tajikistan", "Uzbekistan"))

    def work_of_page() -> float:
        """Seconds of processor that the page has taken."""
        metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(row["value"] for row in metrics if row["name"] == "TaskDuration")

    def open_page() -> float:
        browser.get("about:blank")
        before = work_of_page()
        browser.get(page)
        wait_for_charts(browser)
        return work_of_page() - before

    def pick() -> float:
        before = work_of_page()
        choose(browser, "republic", next(republics))
        return work_of_page() - before

    assert least(open_page, 1) <= 1
    assert least(pick, 1) <= 1


def test_a_grade_says_what_a_finding_rests_on_and_leads_to_the_evidence(opened):
    grades = texts(opened, ".findings .grade")
    stated = opened.find_elements(By.CSS_SELECTOR, ".findings li button.show")
    assert len(grades) == len(stated)  # where no share differs surely there is nothing to grade
    assert all("rest on evidence" in text for text in grades)
    opened.find_element(By.CSS_SELECTOR, ".findings .grade").click()
    WebDriverWait(opened, WAIT).until(
        lambda page: page.find_element(By.ID, "drawer-title").is_displayed()
    )
    assert grades[0] in opened.find_element(By.ID, "drawer-body").text
    listed = opened.execute_script("return document.querySelectorAll('#drawer section').length")
    assert f" of {listed} inputs" in grades[0]


def test_the_address_restores_the_picks(opened, page):
    choose(opened, "republic", "Uzbekistan")
    choose(opened, "channel", "soft power")
    year = opened.find_element(By.ID, "year")
    year.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    WebDriverWait(opened, WAIT).until(lambda page: "year=2028" in page.current_url)
    address = opened.current_url
    opened.get("about:blank")
    opened.get(address)
    wait_for_charts(opened)
    assert Select(opened.find_element(By.ID, "republic")).first_selected_option.text == "Uzbekistan"
    assert Select(opened.find_element(By.ID, "channel")).first_selected_option.text == "soft power"
    assert opened.find_element(By.ID, "year-shown").text == "2028"
    opened.get("about:blank")
    opened.get(f"{page}#scenario=nothing&republic=Atlantis&year=1066&hide=Nobody")
    wait_for_charts(opened)  # an address that names nothing is as good as none
    assert opened.find_element(By.ID, "year-shown").text == "2030"


def test_the_year_moves_the_differences_from_the_baseline(opened):
    choose(opened, "scenario", ALERT)
    choose(opened, "beside", "Baseline")
    before = texts(opened, "#difference h3, #difference td")
    assert before[0].endswith("end of 2030")
    opened.find_element(By.ID, "year").send_keys(Keys.HOME)
    after = texts(opened, "#difference h3, #difference td")
    assert after[0].endswith("end of 2000") and after[1:] != before[1:]
    assert set(after[1:16:3]) == {"0"}  # before anything differs


def test_at_most_two_holders_have_bands(opened):
    shown = "#panels .panel:first-child .bands path:not([d=''])"
    areas = opened.find_elements(By.CSS_SELECTOR, shown)
    assert len(areas) == 2 * 2
