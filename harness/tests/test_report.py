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
import xml.etree.ElementTree

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = os.path.join(HERE, "..", "report", "report.py")


def frame(function, offset, file, line, **more):
    """A frame as report.json has it."""
    return {"function": function, "address": None, "offset": offset, "inlined": False,
            "reliable": True, "module": "", "unloaded": False, "file": file, "line": line, **more}


GONE = {"module": "nf_hook", "unloaded": True}
QUIET = "".join(f"[    0.{n:03}000] quiet line {n}\n" for n in range(100))
REPORT_JSON = {"schema": 1, "boots": [{
    "boot": 1, "turn": 0, "cycle": 34, "phase": "unload", "failure": None, "console_start": 0,
    "console_size": len(QUIET) + 99, "reports": [{
        "kind": "kasan", "title": "KASAN: slab-use-after-free in hook [nf_hook]",
        "headline": "BUG: KASAN: slab-use-after-free in hook+0xee/0x1df [nf_hook]",
        "detail": [], "count": 1, "offset": len(QUIET), "length": 99, "address": "0x6081234",
        "stacks": [
            {"name": "access", "left_out": 9, "frames": [
                frame("atomic_long_inc", 0, "atomic.h", 3591, inlined=True, **GONE),
                frame("hook", 0xee, "nf_hook.c", 49, **GONE),
                frame("nf_hook_slow", 0xa2, "net/netfilter/core.c", 619),
                frame("", 0, "", 0, address="0x60451ba4"),
                frame("ip_output", 0, "", 0, reliable=False)]},
            {"name": "freed by", "left_out": 11, "frames": [
                frame("free_stats", 0x22, "nf_hook.c", 83, **GONE)]}]}]}]}
CONSOLE = QUIET + \
    "[    1.820000] BUG: KASAN: slab-use-after-free in hook+0xee/0x1df <script>alert(1)</script>\n"


def step(event, role, mark="plain", **more):
    """A step as timeline.json has it."""
    return {"event": event, "role": role, "mark": mark, "time": 1000 * event, "state": "live",
            "refs": 1, "function": "hook", "in_module": True, "place": "nf_hook.c:41",
            "what": "", **more}


TIMELINE = {
    "title": 'KASAN: <b>"bold" & loud</b>', "decisive": "traffic0 is stopped in hook.",
    "reproducer": "modrace-1 <cut> & \"pasted\"", "begin": 1, "roles": ["remover", "traffic0"],
    "steps": [step(1, "traffic0"), step(2, "traffic0", "decisive", what="gives way"),
              step(3, "remover", "free", function="kfree", in_module=False, refs=0),
              step(4, "traffic0", "failure", function="operator<<&", place="<stdin>:1")]}

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
            write(f"{directory}/report.json", REPORT_JSON)
    write(f"{new}/nf-hook/broken/explore/timeline.json", TIMELINE)
    write(f"{new}/nf-hook/broken/explore/timeline.txt", "remover  traffic <pre>\n")
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
        for text in ("slab-use-after-free", "hook+0xee", "atomic_long_inc (inlined)", "? ip_output+0x0",
                     "0x60451ba4", "(9 frames of the detector left out)", "nf_hook.c:49", "freed by",
                     "make run-scenarios ONLY=nf-hook/fixed MODE=stress SEED=1"):
            self.assertIn(text, failure.text)
        self.assertEqual(len(failure.find_elements(By.CSS_SELECTOR, "tr.module")), 3)
        self.driver.execute_script(
            "for (const d of document.querySelectorAll('details')) d.open = true")
        self.assertIn("<script>alert(1)</script>", failure.text)
        self.assertIn("quiet line 96\n", failure.text)
        self.assertNotIn("quiet line 90\n", failure.text)

    def test_timeline_and_reproducer(self):
        self.driver.execute_script("location.hash = 'nf-hook-broken-explore'")
        failure = self.one("#nf-hook-broken-explore")
        image = failure.find_element(By.CSS_SELECTOR, "img.timeline")
        self.assertEqual(self.driver.execute_script("return arguments[0].naturalWidth", image), 300)
        self.assertIn(RUNS[1]["reproducer"], failure.text)
        self.assertEqual(len(self.all("#schedules circle")), 1)

    def test_page_of_the_timeline(self):
        self.driver.get(f"file://{self.top}/nf-hook/broken/explore/timeline.html")
        self.assertEqual(self.one("h1").text, TIMELINE["title"])
        self.assertEqual(self.driver.title, TIMELINE["title"])
        self.assertEqual(self.one("svg").get_attribute("aria-label"), TIMELINE["title"])
        self.assertEqual(self.one("pre").text, f"make repro REPRO='{TIMELINE['reproducer']}'")
        self.assertEqual(self.one("details pre").get_attribute("textContent"),
                         "remover  traffic <pre>\n")
        self.assertEqual(self.all("b") + self.all("cut") + self.all("stdin"), [])
        self.assertEqual(self.driver.get_log("browser"), [])

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


def drawn(told):
    """The elements of the drawing of a timeline."""
    with tempfile.TemporaryDirectory() as directory:
        write(f"{directory}/timeline.json", told)
        subprocess.run([REPORT, directory], check=True)
        return xml.etree.ElementTree.parse(f"{directory}/timeline.svg").getroot()


class Timeline(unittest.TestCase):
    """The drawing of a timeline, as elements, and its page."""

    def all(self, svg, tag, **attributes):
        return [e for e in svg.iter(f"{{http://www.w3.org/2000/svg}}{tag}")
                if all(e.get(name.rstrip("_")) == value for name, value in attributes.items())]

    def test_rails(self):
        """Every role that has a step has a rail, in the order of roles; nobody else has."""
        svg = drawn(TIMELINE)
        self.assertEqual([e.get("x1") for e in self.all(svg, "line", class_="r")], ["14", "36"])
        self.assertEqual([e.text for e in self.all(svg, "text", class_="d")][:2],
                         ["remover", "traffic0"])
        self.assertEqual([e.get("cx") for e in self.all(svg, "circle")], ["36", "14", "36"])
        self.assertEqual([e.get("r") for e in self.all(svg, "circle")], ["6", "6", "6"])
        self.assertEqual([e.get("class") for e in self.all(svg, "g")], ["s", "x", "b"])
        self.assertEqual(len(self.all(svg, "path", class_="l")), 2)
        self.assertEqual(len(self.all(svg, "rect", class_="m")), 2)

    def test_texts(self):
        svg = drawn(TIMELINE)
        self.assertEqual([e.text for e in self.all(svg, "text", class_="f")],
                         ["⇢ hook", "kfree", "operator<<&"])
        self.assertEqual([e.text for e in self.all(svg, "text", class_="d")][2:],
                         ["gives way · nf_hook.c:41 · live, 1 ref", "nf_hook.c:41 · live, 0 refs",
                          "<stdin>:1 · live, 1 ref"])
        self.assertEqual(self.all(svg, "title")[1].text,
                         "event 3, 0.003000 ms: remover: kfree nf_hook.c:41 · live, 0 refs")

    def test_many_rails(self):
        """However many rails there are, texts have room beside them."""
        roles = [f"traffic{i}" for i in range(32)]
        svg = drawn({**TIMELINE, "begin": 0, "roles": roles,
                     "steps": [step(i, role) for i, role in enumerate(roles)]})
        self.assertTrue(svg.get("viewBox").startswith("0 0 962 "), svg.get("viewBox"))
        self.assertEqual({e.get("x") for e in self.all(svg, "text", class_="f")}, {"722"})

    def test_nothing_to_tell(self):
        svg = drawn({**TIMELINE, "begin": 0, "roles": [], "steps": []})
        self.assertEqual(self.all(svg, "circle"), [])

    def is_cut(self, what):
        svg = drawn({**TIMELINE, "steps": [*TIMELINE["steps"], step(5, "remover", what=what)]})
        self.assertIn(what + " · nf_hook.c:41 · live, 1 ref", self.all(svg, "title")[-1].text)
        return self.all(svg, "text", class_="d")[-1].text.endswith(what[-1] + "...")

    def test_long_texts(self):
        """Texts are cut where the drawing ends; capitals are wider than the rest."""
        self.assertFalse(self.is_cut("x" * 50))
        self.assertTrue(self.is_cut("X" * 50))
        self.assertTrue(self.is_cut("x" * 80))
        self.assertTrue(self.is_cut("·" * 80))


class JUnit(unittest.TestCase):

    def test_document(self):
        with tempfile.TemporaryDirectory() as directory:
            loud = run("zz", "fixed", "stress", "FAIL", title='<b>"bold" & loud</b>')
            write(f"{directory}/results.json", {"schema": 1, "kernel": KERNELS, "exit": 1,
                                                "runs": [*RUNS, loud]})
            subprocess.run([REPORT, directory], check=True)
            path = f"{directory}/junit.xml"
            subprocess.run(["xmllint", "--noout", "--schema", os.path.join(HERE, "junit.xsd"),
                            path], check=True, capture_output=True)
            suites = {e.get("name"): e for e in xml.etree.ElementTree.parse(path).getroot()}
        self.assertEqual(list(suites), ["nf-hook", "control-clean", "usb-hcd-bus", "zz"])
        counts = [tuple(suite.get(name) for name in ("tests", "failures", "errors", "skipped"))
                  for suite in suites.values()]
        self.assertEqual(counts, [("4", "1", "0", "0"), ("2", "0", "1", "1"),
                                  ("4", "1", "2", "0"), ("1", "1", "0", "0")])
        self.assertEqual(suites["nf-hook"].get("time"), "50.000")
        self.assertEqual(suites["zz"][0][0].get("message"), '<b>"bold" & loud</b>')
        self.assertEqual(suites["zz"][0][0].tag, "failure")
        self.assertEqual(suites["nf-hook"][0].get("name"), "broken.stress")
        self.assertEqual([e.tag for e in suites["nf-hook"][0]], ["system-out"])


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
