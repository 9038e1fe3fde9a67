"""A Chromium that opens our pages, what they ask of the network, and what is wrong with them."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from importlib.resources import files

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason="Chromium is not installed (Debian: chromium and chromium-driver)",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WAIT = 500  # seconds, for a browser that hangs


@contextmanager
def open_browser(folder):
    """A browser with a profile of its own; what it saves is in `downloads`."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    found.set_script_timeout(WAIT)
    found.downloads = folder / "downloads"
    where = {"behavior": "allow", "downloadPath": str(found.downloads)}
    found.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    found.get("about:blank")
    found.get_log("performance")
    try:
        yield found
    finally:
        found.quit()


def errors(browser):
    """What the page complained of since the last time."""
    return [one for one in browser.get_log("browser") if "chrome://" not in one["message"]]


def requests(browser):
    """The addresses that were asked for since the last time."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def axe(browser, rules=RULES):
    """Violations that axe-core finds: each broken rule with the elements that break it."""
    browser.execute_script(
        files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    )
    found = browser.execute_async_script(
        "axe.run(document, {runOnly: arguments[0]}).then(arguments[1])", rules
    )
    return [
        f"{broken['id']}: {node['html']}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]
