#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of a run and of a sweep, opened in headless Chromium, which has no network there; pointer and clicks as a person's.

    browser.py PROGRAM [--screenshots FOLDER]

Needs chromium, chromium-driver and python3-selenium of Debian; without them it ends with 77, which says that it was skipped.
"""
import json
import pathlib
import shutil
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select
except ImportError as error:
    print(f"skipped: {error}; apt install python3-selenium")
    sys.exit(77)

import runs
from runs import call, report

checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"browser.py: {what}")


class Page:
    """A page in the browser, and what a person does with it."""

    def __init__(self, browser, path, kind, shots):
        self.browser, self.shots = browser, shots
        browser.get(path.as_uri())
        check(browser.execute_script("return document.body.dataset.ready") == kind, f"{path.name} is drawn: {browser.get_log('browser')}")

    def element(self, name):
        return self.browser.find_element(By.ID, name)

    def text(self, name):
        return self.element(name).text

    def place(self, chart, dataset, index):
        """Where a mark of a chart is, from the middle of its canvas."""
        script = """const [chart, dataset, index] = arguments, c = CHARTS[chart], box = c.canvas.getBoundingClientRect();
                    const p = c.getDatasetMeta(dataset).data[index].getCenterPoint(); return [p.x - box.width / 2, p.y - box.height / 2];"""
        return self.browser.execute_script(script, chart, dataset, index)

    def point(self, chart, dataset, index, click=False):
        """The pointer goes to a mark, and clicks. Returns what the page then says there."""
        canvas = self.element(chart)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
        x, y = self.place(chart, dataset, index)
        actions = ActionChains(self.browser).move_to_element_with_offset(canvas, 0, 0).move_to_element_with_offset(canvas, round(x), round(y))
        (actions.click() if click else actions).perform()
        return self.tip()

    def tip(self):
        tip = self.element("tip")
        return tip.text if tip.is_displayed() else ""

    def colours(self, chart):
        return self.browser.execute_script("return CHARTS[arguments[0]].data.datasets[0].backgroundColor", chart)

    def shot(self, name, height):
        """The page from its top, 1,300 points wide."""
        if not self.shots:
            return
        size = self.browser.get_window_size()
        self.browser.set_window_size(1300, height)
        self.browser.execute_script("window.scrollTo(0, 0)")
        self.browser.get_screenshot_as_file(str(self.shots / name))
        self.browser.set_window_size(size["width"], size["height"])


def browse():
    driver = shutil.which("chromedriver")
    if not driver or not shutil.which("chromium"):
        print("skipped: there is no chromium or no chromedriver; apt install chromium chromium-driver")
        sys.exit(77)
    options = webdriver.ChromeOptions()
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,1500", "--force-device-scale-factor=1",
                   "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    from selenium.webdriver.chrome.service import Service
    return webdriver.Chrome(service=Service(driver), options=options)


def test_run(page, folder):
    activity = report.load_activity(folder)
    longest = int(activity.window("cycles").argmax())
    cycles = int(activity.window("cycles")[longest])
    check(f"{activity.step_cycles.quantile(0.5)}\ncycles a step, median" in page.browser.find_element(By.CLASS_NAME, "figures").text, "figures")

    # under the pointer
    said = page.point("steps", 0, longest)
    core = report.page.critical_core(activity)[longest]
    check(said == f"step {longest}\n{cycles} cycles\ncritical core: tile ({core % 4},{core // 4})", f"a step says its cycles: {said}")
    said = page.point("links", 0, 0)
    check(said.startswith("tile (0,0), from its core\n") and said.splitlines()[1] == f"{activity.links[:, 0, 0].sum()} spikes", f"a link says its load: {said}")
    said = page.point("load", 0, 5)
    waiting = 100 * activity.core("waiting")[:, 5].sum() / activity.cycles
    check(said.startswith("tile (1,1)\nbusy: ") and f"busy: {100 - waiting:.2f} %" in said, f"a core says how busy it was: {said}")
    said = page.point("time", 0, 5)
    check(said.startswith(f"tile (1,1)\nupdate: {activity.core('update')[:, 5].sum()} cycles"), f"a bar says what it is: {said}")
    for chart in ("buffers", "critical", "lengths", "latency", "deviation"):
        check(page.point(chart, 0, 0) != "", f"{chart} says what is under the pointer")
    page.shot("report-run.png", 2100)

    # clicks
    everything = page.colours("links")
    page.point("steps", 0, longest, click=True)
    check(page.text("shown") == f"step {longest}" and not page.element("all").is_selected(), "a click on a step shows this step")
    check(page.colours("links") != everything, "the maps are those of this step")
    check(page.point("load", 0, 5).endswith(f"waiting: {activity.core('waiting')[longest, 5]} cycles"), "and so are their numbers")
    slider = page.element("at")
    slider.send_keys(Keys.HOME)
    check(page.text("shown") == "step 0", f"the slider goes to the first step: {page.text('shown')}")
    slider.send_keys(Keys.ARROW_RIGHT)
    check(page.text("shown") == "step 1", "and on from there")
    Select(page.element("load-of")).select_by_visible_text("waiting")
    check("waiting: " in page.point("load", 0, 5).splitlines()[1], "the load of another kind")
    page.element("all").click()
    check(page.text("shown") == f"all {runs.STEPS} steps" and page.colours("links") == everything, "all steps again")
    clock = page.element("clock")
    clock.clear()
    clock.send_keys("0.1")  # 100 cycles a step
    late = activity.step_cycles.counts[activity.step_cycles.values > 100].sum()
    check(page.text("real-time").startswith(f"{late} of {runs.STEPS} steps take longer than 1 ms (100 cycles)"), f"deviation: {page.text('real-time')}")


def test_energy(page, folder):
    total = report.energy(folder, "loihi").total_pj
    check(page.text("energy-total") == f"{total / 1e3:,.2f}", "the total of the energy")
    said = page.point("energy", 0, 3)
    check(said.startswith("step 3\nsynaptic event: "), f"the energy of a step: {said}")


def front(rows):
    """Points that no other beats, in both columns smaller."""
    return [i for i, (x, y) in rows.items() if not any((a <= x and b <= y) and (a, b) != (x, y) for a, b in rows.values())]


def test_sweep(page, folder):
    data = report.sweep.sweep_data(folder)
    rows = {i: (data["values"]["cycles_median"][i], data["values"]["memory_bits"][i]) for i in range(1000) if data["status"][i] == "ok"}
    best = front(rows)
    check(page.text("shown") == f"980 of 1000 points, {len(best)} on the front", f"the front: {page.text('shown')}, {len(best)}")
    order = page.browser.execute_script("return state.points")
    first = min(best, key=lambda i: rows[i])
    said = page.point("pareto", 0, order.index(first))
    number = int(said.split()[1])
    check(rows[number] == rows[first] and f"\nLanes: {data['values']['Lanes'][number]}\n" in said and "chip_ms" not in said, f"a point says its configuration: {said}")
    page.point("pareto", 0, order.index(first), click=True)
    picked = page.browser.execute_script("return state.picked")
    check(rows[picked] == rows[first], "a click picks a point")
    check(f"--point {picked}" in page.text("picked"), f"and says how to run it again: {page.text('picked')}")
    check(len(page.browser.find_elements(By.CSS_SELECTOR, "tr.picked")) == 1 and len(page.browser.find_elements(By.CSS_SELECTOR, "tr.front")) == len(best),
          "the table marks the point and the front")

    Select(page.element("y")).select_by_visible_text("flit_hops")
    Select(page.element("y-goal")).select_by_visible_text("large")
    rows = {i: (x, -data["values"]["flit_hops"][i]) for i, (x, _) in rows.items()}
    check(page.text("shown") == f"980 of 1000 points, {len(front(rows))} on the front", f"another front: {page.text('shown')}")
    head = page.browser.find_element(By.CSS_SELECTOR, "th[data-column=cycles]")
    for least in (True, False):
        head.click()
        cells = page.browser.execute_script("return [...byId('points').tBodies[0].rows].map((row) => row.cells[0].textContent)")
        known = [i for i in map(int, cells) if data["values"]["cycles"][i] is not None]
        check(known == list(map(int, cells[:980])), "what is not known comes last")
        check([data["values"]["cycles"][i] for i in known] == sorted((data["values"]["cycles"][i] for i in known), reverse=not least), "a click sorts the table")
    row = page.browser.find_elements(By.CSS_SELECTOR, "#points tbody tr")[3]
    number = row.find_element(By.TAG_NAME, "td").text
    row.click()
    check(page.browser.execute_script("return String(state.picked)") == number, "a click on a row picks its point")
    said = page.point("parallel", 0, 0)
    check(said.startswith(f"point {number}\n"), f"point {number}, which is picked, is on top of the parallel coordinates: {said}")


def test_hard_steps(page, folder):
    hard = json.loads((folder / "stats.json").read_text(encoding="utf-8"))["hard_steps"]
    in_time = hard["late_steps"][0][1]
    said = page.point("late", 0, 0)
    check(said.startswith("0 steps\n") and 0 < in_time < hard["packets"], f"packets in time: {said}")
    check(" cycles\n" in page.point("latency", 0, 0), "latency says what is under the pointer")
    cells = [cell.text for cell in page.browser.find_elements(By.CSS_SELECTOR, "tbody tr:first-child td")]
    first = hard["spikes"][0]
    check(cells[:5] == [first["population"], *(f"{first[key]:,}" for key in ("ideal_spikes", "spikes", "missing", "added"))], f"changed output: {cells}")
    page.shot("report-hard.png", 950)


def show_sweep(browser, program, folder, shots):
    """A picture for the docs, of a sweep that was run."""
    points = runs.sweep(program, folder / "real", Lanes=[1, 2, 4], RouterDepth=[1, 2, 4, 8], CoreDepth=[1, 2, 4, 8], LinkLatency=[1, 2, 3])
    call(program, "report", points)
    page = Page(browser, points / "report.html", "sweep", shots)
    front = page.browser.execute_script("return [...state.front].map((i) => state.points.indexOf(i))")
    page.point("pareto", 0, front[1])
    page.shot("report-sweep.png", 1300)


def main(program, shots=None):
    browser = browse()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            run = runs.run(program, folder / "net")
            call(program, "report", run, "--coefficients", "loihi", "-o", folder / "run.html")
            runs.drawn_sweep(folder / "sweep")
            call(program, "report", folder / "sweep", "-o", folder / "sweep.html")
            page = Page(browser, folder / "run.html", "run", shots)
            test_run(page, run)
            test_energy(page, run)
            test_sweep(Page(browser, folder / "sweep.html", "sweep", shots), folder / "sweep")
            call(program, "run", runs.SOURCE / "net.json", "--poisson", "in=30", "--steps", runs.STEPS, "--executor", "model", "--min-tiles", 12, "--learning", "off",
                 "--period", 90, "--hard-steps", "--out", folder / "hard")
            call(program, "report", folder / "hard")
            test_hard_steps(Page(browser, folder / "hard" / "report.html", "hard", shots), folder / "hard")
            if shots:
                show_sweep(browser, program, folder, shots)
            errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
            check(not errors, f"the pages have no error: {errors}")
            asked = [entry["message"] for entry in browser.get_log("performance") if '"Network.requestWillBeSent"' in entry["message"]]
            check(asked and all('"url":"file://' in message for message in asked), f"the pages ask for nothing but themselves: {asked}")
        finally:
            browser.quit()
    print(f"{checks} checks")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[3]) if sys.argv[2:3] == ["--screenshots"] else None)
