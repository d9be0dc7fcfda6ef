# SPDX-License-Identifier: GPL-2.0
"""
The report in a browser: a page made of invented results, in light and dark, on a
wide and a narrow screen. No guest is needed.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = os.path.join(HERE, "..", "report", "report.py")
REPORT_TXT = """\
Boot 1 ended in cycle 34, phase unload

KASAN: slab-use-after-free in hook [nf_hook]
  BUG: KASAN: slab-use-after-free in hook+0xee/0x1df [nf_hook]
  access: (9 frames of the detector left out)
    #0  atomic_long_inc (inlined)            atomic.h:3591                [nf_hook] (unloaded)   <-- module
    #1  hook+0xee                            nf_hook.c:49                 [nf_hook] (unloaded)   <-- module
    #2  nf_hook_slow+0xa2                    net/netfilter/core.c:619
    #3  ? ip_output+0x0
  freed by: (11 frames of the detector left out)
    #0  free_stats+0x22                      nf_hook.c:83                 [nf_hook] (unloaded)   <-- module
"""
CONSOLE = "".join(f"[    0.{n:03}000] quiet line {n}\n" for n in range(100)) + \
    "[    1.820000] BUG: KASAN: slab-use-after-free in hook+0xee/0x1df <script>alert(1)</script>\n"
TIMELINE = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40"><text y="20">t</text></svg>'

# The contrast of every text that is shown, by the rules of WCAG 2.
CONTRAST = """
function channels(colour) {
    const m = colour.match(/[\\d.]+/g).map(Number);
    return m.length > 3 ? m : [...m, 1];
}
function luminance(c) {
    const [r, g, b] = c.map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function background(element) {
    for (; element; element = element.parentElement) {
        const c = channels(getComputedStyle(element).backgroundColor);
        if (c[3] > 0) return c;
    }
    return [255, 255, 255, 1];
}
const seen = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
    const e = node.parentElement;
    if (!node.textContent.trim() || ["SCRIPT", "STYLE", "TITLE"].includes(e.tagName) ||
        !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const fore = e instanceof SVGElement ? style.fill : style.color;
    const a = luminance(channels(fore).slice(0, 3)), b = luminance(background(e).slice(0, 3));
    seen.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.textContent.trim()]);
}
return seen;
"""


def run(scenario, variant, mode, verdict, **more):
    """A run as results.json has it."""
    failed = verdict in ("FAIL", "XFAIL")
    return {"scenario": scenario, "variant": variant, "mode": mode, "kernel": "7.3.4",
            "expect": "fail" if variant == "broken" else "pass", "signature": "",
            "verdict": verdict, "title": "KASAN: slab-use-after-free in hook [nf_hook]"
            if failed else "", "reason": "a reason", "cycles": 1000,
            "unloads": 33 if failed else 1000, "overlaps": 20, "refused": 1,
            "failures": int(failed), "boots": 1, "unexplained_ends": 0,
            "first_failure_cycle": 34 if failed else None, "failure_list": [], "traffic": {},
            "sweep": [3, 0, 5, 9, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4]
            if mode == "stress" else [0] * 16,
            "seconds": 12.5, "cpu_seconds": 9.5, "seed": 1, **more}


RUNS = [run("nf-hook", "broken", "stress", "XFAIL"),
        run("nf-hook", "broken", "explore", "XFAIL", schedules=120, strategy="pct",
            reproducer="1:k=ab12:nf-hook/broken:remover@hook+0x22:1>last"),
        run("nf-hook", "fixed", "stress", "FAIL"),
        run("nf-hook", "fixed", "explore", "PASS"),
        run("control-clean", "fixed", "stress", "TIMEOUT"),
        run("control-clean", "fixed", "explore", "SKIP"),
        run("usb-hcd-bus", "broken", "stress", "XPASS"),
        run("usb-hcd-bus", "broken", "explore", "BROKEN"),
        run("usb-hcd-bus", "fixed", "stress", "INCONCLUSIVE"),
        run("usb-hcd-bus", "fixed", "explore", "PASS")]
KERNELS = {mode: {"version": "7.3.4", "hash": "4e1548fe019a4b99"} for mode in ("stress", "explore")}
GATE = {"schema": 1, "exit": 1, "changes": ["nf-hook/broken stress: hit rate fell"], "verdicts": [
    {"scenario": "nf-hook", "variant": "fixed", "mode": "stress", "rate_lower": 0.7,
     "rate_upper": 1.0, "missed": 0, "verdict": "REGRESSION", "rule": "failed again",
     "title": "", "reproducer": "", "again": None,
     "sample": {"variant": "fixed", "hits": 1, "trials": 34},
     "twin": {"variant": "broken", "hits": 10, "trials": 10}}]}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text if isinstance(text, str) else json.dumps(text))


def invent(top):
    """Two runs, the later with everything the page can show."""
    old, new = f"{top}/20261101T000000Z", f"{top}/20261122T031500Z"
    results = {"schema": 1, "kernel": KERNELS, "exit": 1, "runs": RUNS}
    before = [dict(r, verdict="PASS" if r["verdict"] == "FAIL" else r["verdict"]) for r in RUNS]
    write(f"{old}/results.json", {**results, "runs": before})
    write(f"{new}/results.json", results)
    write(f"{new}/gate.json", GATE)
    for r in RUNS:
        directory = "/".join((new, r["scenario"], r["variant"], r["mode"]))
        write(f"{directory}/console.log", CONSOLE)
        if r["failures"]:
            write(f"{directory}/report.txt", REPORT_TXT)
    write(f"{new}/nf-hook/broken/explore/timeline.svg", TIMELINE)
    write(f"{new}/nf-hook/broken/explore/timeline.txt", "remover  traffic\n")
    return new


def browser(profile):
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.chrome.service.Service("/usr/bin/chromedriver")
    return webdriver.Chrome(service=service, options=options)


class Report(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="modrace-report-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.top = invent(os.path.join(cls.dir, "results"))
        subprocess.run([REPORT, cls.top], check=True)
        cls.driver = browser(os.path.join(cls.dir, "profile"))
        cls.addClassCleanup(cls.driver.quit)

    def setUp(self):
        self.driver.set_window_size(1200, 900)
        self.driver.get("about:blank")
        self.driver.get(f"file://{self.top}/report.html")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def scheme(self, name):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})

    def test_no_console_error(self):
        for button in self.all("button[data-copy]"):
            self.driver.execute_script("arguments[0].click()", button)
        self.assertEqual(self.driver.get_log("browser"), [])

    def test_no_network(self):
        with open(f"{self.top}/report.html", encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(re.findall(r'src="(?!data:)[^"]*', text), [])
        beside = re.findall(r'href="(?!#|data:)([^"]*)', text)
        self.assertEqual(beside, ["nf-hook/broken/explore/timeline.html"])
        self.assertNotIn("@import", text)
        self.assertNotIn("<script>alert", text)

    def test_cells_match_results(self):
        cells = {cell.get_attribute("data-run"): cell for cell in self.all("td[data-run]")}
        self.assertEqual(len(cells), len(RUNS))
        for r in RUNS:
            cell = cells["-".join((r["scenario"], r["variant"], r["mode"]))]
            self.assertEqual(cell.find_element(By.CSS_SELECTOR, ".badge").text, r["verdict"])
            self.assertTrue(cell.find_element(By.CSS_SELECTOR, ".badge").is_displayed())

    def test_failure_is_told(self):
        failure = self.one("#nf-hook-fixed-stress")
        self.assertIsNotNone(failure.get_attribute("open"))
        for text in ("slab-use-after-free", "hook+0xee", "nf_hook.c:49", "freed by",
                     "make run-scenarios ONLY=nf-hook/fixed MODE=stress SEED=1"):
            self.assertIn(text, failure.text)
        self.assertEqual(len(failure.find_elements(By.CSS_SELECTOR, "tr.module")), 3)
        self.driver.execute_script(
            "for (const d of document.querySelectorAll('details')) d.open = true")
        self.assertIn("<script>alert(1)</script>", failure.text)
        self.assertNotIn("quiet line 90\n", failure.text)

    def test_timeline_and_reproducer(self):
        self.driver.execute_script("location.hash = 'nf-hook-broken-explore'")
        failure = self.one("#nf-hook-broken-explore")
        image = failure.find_element(By.CSS_SELECTOR, "img.timeline")
        self.assertEqual(self.driver.execute_script("return arguments[0].naturalWidth", image), 300)
        self.assertIn(RUNS[1]["reproducer"], failure.text)
        self.assertEqual(len(self.all("#schedules circle")), 1)

    def test_coverage(self):
        names = [caption.text for caption in self.all("#coverage figcaption b")]
        self.assertEqual(len(names), 5)
        self.assertEqual(len(self.all("#coverage .bar")), 16 * 5)

    def test_comparison(self):
        text = self.one("#before").text
        self.assertIn("9 verdicts are the same", text)
        self.assertRegex(text, r"nf-hook/fixed stress PASS FAIL")

    def test_gate(self):
        self.assertIn("broken 10/10", self.one("#gate").text)
        self.assertIn("70–100 %", self.one("#gate").text)
        self.assertIn("Gate 1 REGRESSION", self.one("header").text)
        self.assertIn("hit rate fell", self.one("#gate").text)

    def test_keyboard(self):
        """Everything that can be clicked is reached by Tab, and works by Enter."""
        shown = "return arguments[0].checkVisibility({contentVisibilityAuto: true})"
        wanted = {e.id for e in self.all("a, button, summary")
                  if self.driver.execute_script(shown, e)}
        self.assertGreater(len(wanted), 20)
        reached = set()
        for _ in range(3 * len(wanted) + 20):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            reached.add(self.driver.switch_to.active_element.id)
        self.assertLessEqual(wanted, reached)
        summary = self.one("#nf-hook-broken-stress > summary")
        summary.send_keys(Keys.ENTER)
        self.assertIsNotNone(self.one("#nf-hook-broken-stress").get_attribute("open"))
        button = self.one("#nf-hook-fixed-stress [data-copy]")
        button.send_keys(Keys.ENTER)
        selected = self.driver.execute_script("return getSelection().toString()")
        self.assertTrue(selected.startswith("make run-scenarios ONLY=nf-hook/fixed"))

    def test_contrast(self):
        self.driver.execute_script(
            "for (const d of document.querySelectorAll('details')) d.open = true")
        backgrounds = set()
        for scheme in "light", "dark":
            self.scheme(scheme)
            seen = self.driver.execute_script(CONTRAST)
            self.assertGreater(len(seen), 100)
            low = [(round(ratio, 2), text) for ratio, text in seen if ratio < 4.5]
            self.assertEqual(low, [], scheme)
            backgrounds.add(self.one("body").value_of_css_property("background-color"))
        self.assertEqual(len(backgrounds), 2)

    def test_narrow(self):
        """On a phone only what says so scrolls sideways."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True})
        self.driver.execute_script(
            "for (const d of document.querySelectorAll('details')) d.open = true")
        width = self.driver.execute_script("return document.documentElement.scrollWidth")
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.assertLessEqual(width, 360)


class NoReport(unittest.TestCase):

    def test_refusals(self):
        with tempfile.TemporaryDirectory() as directory:
            for content in (None, "{"):
                if content:
                    write(f"{directory}/results.json", content)
                done = subprocess.run([REPORT, directory], capture_output=True, text=True)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(len(done.stderr.splitlines()), 1)
                self.assertIn("results.json", done.stderr)
                self.assertEqual(glob.glob(f"{directory}/report.html*"), [])


if __name__ == "__main__":
    unittest.main()
