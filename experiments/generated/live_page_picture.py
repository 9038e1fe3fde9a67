"""Take the picture of the live page in `README.md`, which takes a few seconds.

    python -m steppe.experiments.generated.live_page_picture

A record beside it holds the model, evidence and weights that it was made from.
Needs Chromium with its driver, and what `steppe[test]` installs.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from steppe.model.core.atomic_files import replace_file, write_text_atomically
from steppe.model.core.errors import RequestError

from .readme_figures import model_record
from .thumbnails import FOLDER

PATH, RECORD = FOLDER / "live-page.webp", FOLDER / "live-page.json"
LOOK = "#scenario=russian-retreat&lever.depth=0.75&republic=Tajikistan&channel=security&year=2040"
WIDTH, HEIGHT = 1280, 760
LONGEST_WAIT = 300  # seconds
COMPLETE = "return JSON.parse(document.body.dataset.drawn ?? '[0, 0]')[1] === 'whole'"


def take_picture() -> None:
    """Start the page, wait until all members are simulated, and keep what a browser shows."""
    from selenium.webdriver.support.ui import WebDriverWait

    with _address_of_page() as address, _browser() as browser:
        browser.get(address + LOOK)
        WebDriverWait(browser, LONGEST_WAIT).until(lambda page: page.execute_script(COMPLETE))
        wanted = {"format": "webp", "quality": 85}
        taken = browser.execute_cdp_cmd("Page.captureScreenshot", wanted)
    with replace_file(PATH) as draft:
        draft.write_bytes(b64decode(taken["data"]))
    write_text_atomically(RECORD, json.dumps(current_record(), indent=1) + "\n")


def current_record() -> dict[str, str]:
    """What the picture would be made from now."""
    return {**model_record(), "look": LOOK}


@contextmanager
def _address_of_page() -> Iterator[str]:
    words = [sys.executable, "-m", "steppe", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+/", process.stdout.readline())
            assert found is not None, "steppe explore did not say where it is"
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)


@contextmanager
def _browser() -> Iterator[Any]:
    from selenium import webdriver

    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        raise RequestError(
            "chromium or chromedriver is missing; install both (Debian: chromium-driver)"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        metrics = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        yield browser
    finally:
        browser.quit()


if __name__ == "__main__":
    take_picture()
