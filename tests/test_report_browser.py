"""A real browser opens the report: nothing is requested, nothing overflows, everything is seen, also without script.

Screenshots and the printed PDF are left in the folder that BNTHEORY_SCREENSHOTS names, else in pytest's own.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path

import pytest
from report_page import CHECK, declared_outcomes

from bntheory.claims import IDS, entry
from bntheory.ledger import check, tasks
from bntheory.records import RECORDS
from bntheory.report import write_report
from bntheory.stems import STEMS, main

BROWSER, DRIVER = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no browser: apt-get install -y chromium chromium-driver"
)
#: In a fresh profile, as root too; nothing of the browser's own goes out.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
WIDTHS, SCHEMES = (320, 390, 768, 1280), ("light", "dark")
CHECKED = ("overflow", "contrast", "flat", "unseen", "cut")
CHECKS = (Path(__file__).parent / "report_checks.js").read_text()


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    folder = Path(os.environ.get("BNTHEORY_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Every claim as declared, with the figures of the records."""
    folder = tmp_path_factory.mktemp("report")
    return write_report(declared_outcomes(), CHECK, folder / "report.html", results=folder / "none")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}", "about:blank"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def requested(browser):
    """The addresses that were asked for since the last call."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}


def emulate(browser, width=1280, scheme="light", media=""):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def screenshot(browser, path, top):
    """What is seen where the element with this id begins."""
    browser.execute_script("document.getElementById(arguments[0]).scrollIntoView({behavior: 'instant'})", top)
    path.write_bytes(base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {})["data"]))


def opened(browser, report):
    """Open the page afresh; returns the addresses that it asked for."""
    browser.get("about:blank")
    requested(browser)
    browser.get(report.as_uri())
    return requested(browser)


def amiss(browser, name):
    """What one of the checks of report_checks.js finds."""
    return browser.execute_script(f"{CHECKS}; return checks.{name}().slice(0, 5)")


def check_page(browser, report, shots):
    """All that must hold of a report in a browser."""
    assert {address for address in opened(browser, report) if not address.startswith("data:")} == {report.as_uri()}
    assert amiss(browser, "loaded") == []
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.fonts.check('16px \"BN Theory Math\"')")
    assert len(browser.find_elements("tag name", "math")) > 100
    views = [(width, scheme) for width in WIDTHS for scheme in SCHEMES]
    browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    for width, scheme in views:
        emulate(browser, width, scheme)
        assert browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]") == [width, width]
        assert {name: found for name in CHECKED if (found := amiss(browser, name))} == {}
    browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = false")
    for width, scheme in views:
        emulate(browser, width, scheme)
        for top in ("main", "claim-C6", "claim-B2", "experiments", "environment"):
            screenshot(browser, shots / f"{width}-{scheme}-{top}.png", top)
    emulate(browser, 794, "light", "print")
    screenshot(browser, shots / "print.png", "claim-C6")
    emulate(browser)
    paper = {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69}
    printed = browser.execute_cdp_cmd("Page.printToPDF", paper)
    (shots / "print.pdf").write_bytes(base64.b64decode(printed["data"]))


def test_the_report_is_whole_in_a_browser(browser, report, shots):
    check_page(browser, report, shots)
    dark, light = ((shots / f"1280-{scheme}-claim-C6.png").read_bytes() for scheme in ("dark", "light"))
    assert dark != light
    assert (shots / "print.pdf").read_bytes().startswith(b"%PDF")


def test_dark_mode_and_print_change_the_page_and_not_the_plates_of_figures(browser, report):
    opened(browser, report)
    colour = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"
    grounds = []
    for scheme, media in (("light", ""), ("dark", ""), ("dark", "print")):
        emulate(browser, 1280, scheme, media)
        grounds.append(browser.execute_script(colour, "body"))
        assert browser.execute_script(colour, ".plate") == "rgb(255, 255, 255)"
    assert grounds[0] == grounds[2] == "rgb(255, 255, 255)"
    assert grounds[1] == "rgb(19, 22, 25)"
    assert browser.execute_script("return getComputedStyle(document.querySelector('nav')).display") == "none"
    emulate(browser)


def test_the_filters_show_what_is_asked_for_and_give_way_to_links(browser, report):
    opened(browser, report)
    emulate(browser)
    choose = """const s = document.getElementById(arguments[0]); s.value = arguments[1];
    s.dispatchEvent(new Event('input', {bubbles: true}))"""
    seen = """return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())
    .map((e) => e.dataset.section + e.dataset.verdict)"""
    everything = browser.execute_script(seen, "article")
    browser.execute_script(choose, "filter-section", "C")
    browser.execute_script(choose, "filter-verdict", "false")
    wanted = [one for one in everything if one == "Cfalse"]
    assert 0 < len(wanted) < len(everything)
    assert browser.execute_script(seen, "article") == browser.execute_script(seen, ".ledger tbody tr") == wanted
    assert f"{len(wanted)} of {len(everything)} claims" in browser.find_element("id", "shown").text
    assert not browser.find_element("id", "section-E").is_displayed()
    browser.execute_script("location.hash = '#claim-E5'")
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    assert browser.find_element("id", "claim-E5").is_displayed()
    assert browser.execute_script(seen, "article") == everything


def test_the_first_key_goes_to_the_skip_link_and_the_focus_is_seen(browser, report):
    from selenium.webdriver.common.keys import Keys

    opened(browser, report)
    emulate(browser)
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    focus = browser.switch_to.active_element
    assert focus.text == "Skip to the content"
    assert focus.rect["x"] >= 0
    outline = "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]"
    assert browser.execute_script(outline) == ["solid", 3]
    focus.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.activeElement.id") == "main"


def test_without_script_everything_is_there_but_the_filters(browser, report):
    opened(browser, report)
    told = {"expression": "document.getElementById('claims').parentElement.innerText", "returnByValue": True}
    before = browser.execute_cdp_cmd("Runtime.evaluate", told)["result"]["value"]
    assert len(before) > 20_000
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, report)
        assert not browser.find_element("id", "filters").is_displayed()
        articles = browser.find_elements("tag name", "article")
        assert len(articles) > 40
        assert all(article.is_displayed() for article in articles)
        assert browser.execute_cdp_cmd("Runtime.evaluate", told)["result"]["value"] == before
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.slow
def test_the_full_report_is_whole_in_a_browser(browser, shots, tmp_path):
    """After a whole check, with the figure of every stem; those that no record has are run."""
    for stem in STEMS:
        if not (RECORDS / f"{stem}.npz").exists():
            main(stem, tmp_path)
    outcomes = check(tasks(), examples=5, minimize_mutants=False, results=tmp_path)
    assert [one.problems for one in outcomes if one.problems] == []
    report = write_report(outcomes, CHECK, tmp_path / "report.html", results=tmp_path)
    assert report.stat().st_size < 8e6
    check_page(browser, report, shots)
    seen = """return [...document.querySelectorAll(arguments[0])].map((e) => e.closest('[id]:not(figure)').id)"""
    with_figure = {f"claim-{name}" for name in IDS if entry(name).figure}
    assert {*browser.execute_script(seen, "article svg[role=img]")} == with_figure
    assert browser.execute_script(seen, ".experiment svg[role=img]") == [f"stem-{stem}" for stem in STEMS]


def test_a_page_that_loads_overflows_or_pales_is_caught(browser, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><meta charset=utf-8><img src='http://127.0.0.1:9/a.png'><p style='color: #999'>pale</p>"
        "<div style='width: 3000px'>wide</div><math></math><p class=formula style='height: 1px; overflow: hidden'>x</p>"
        "<svg role=img aria-label=none><g></g></svg>"
        "<script>x.y</script>"
    )
    asked = opened(browser, bad)
    assert "http://127.0.0.1:9/a.png" in asked
    assert any("x is not defined" in entry["message"] for entry in browser.get_log("browser"))
    found = {name: amiss(browser, name) for name in CHECKED}
    assert all(found.values()), found
