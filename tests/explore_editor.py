"""Scenarios as text in tests of the live page: typed in it, or saved in a file beside it."""

from __future__ import annotations

from chromium import WAIT
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait


def open_editor(browser):
    """Open the text of the scenario, and return it."""
    browser.execute_script("document.getElementById('editor').open = true")
    return WebDriverWait(browser, WAIT, 0.05).until(
        lambda page: page.find_element(By.ID, "text").get_property("value")
    )


def type_text(browser, content):
    """Type the text of a scenario in place of what is there."""
    field = browser.find_element(By.ID, "text")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(content)
    return field


def save(folder, content):
    """Save a file as editors do: a new one takes the place of the old."""
    draft = folder / "mine.yaml~"
    draft.write_text(content, encoding="utf-8")
    draft.replace(folder / "mine.yaml")
