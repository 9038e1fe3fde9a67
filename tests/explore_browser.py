"""What the tests ask of the live page in a browser."""

from __future__ import annotations

import json

from chromium import WAIT
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait


def open_page(browser, address, kind="whole"):
    browser.get("about:blank")
    browser.get(address)
    wait_for(browser, kind)


def resize(browser, width, *, dark=False):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def fit(browser, width, *, dark=False):
    """Resize the page that is open, and wait until its chart has the new width."""
    resize(browser, width, dark=dark)
    script = (
        "const svg = document.querySelector('#big svg');"
        "return svg.viewBox.baseVal.width === Math.max(280, svg.parentNode.clientWidth)"
    )
    WebDriverWait(browser, WAIT, 0.05).until(lambda page: page.execute_script(script))


def drawn(browser):
    """The question behind the picture and the kind of its answer."""
    return json.loads(browser.execute_script("return document.body.dataset.drawn ?? '[{}, null]'"))


def wait_for(browser, kind="whole", **wanted):
    """Wait for a picture of what is asked now, and of what is wanted; return its question."""

    def is_there(page):
        question, shown = drawn(page)
        asked = json.loads(page.execute_script("return document.body.dataset.asked ?? '{}'"))
        given = {**question, **question.get("levers", {})}
        fits = all(given.get(name) == value for name, value in wanted.items())
        return shown == kind and question == asked and fits

    WebDriverWait(browser, WAIT, 0.05).until(is_there)
    return drawn(browser)[0]


def picture(browser):
    """All that is drawn: the paths of the large chart and the numbers beside it."""
    return browser.execute_script(
        "return [...document.querySelectorAll('#big path')].map((path) => path.getAttribute('d'))"
        ".filter((d) => d).concat([document.getElementById('changed').textContent])"
    )


def text(browser, name):
    return browser.execute_script(f"return document.getElementById('{name}').textContent")


def lever(browser, name):
    """The slider and the field of a lever."""
    row = browser.find_element(
        By.XPATH, f"//div[contains(@class, 'lever')][label[normalize-space()='{name}']]"
    )
    return (
        row.find_element(By.CSS_SELECTOR, "[type=range]"),
        row.find_element(By.CSS_SELECTOR, "[type=number]"),
    )


def set_number(browser, name, number):
    field = lever(browser, name)[1]
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE)
    field.send_keys(f"{number}{Keys.ENTER}")
