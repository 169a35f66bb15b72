"""The laboratory in headless Chromium: every page, jobs through restarts, and a storm of moves."""

import json
import os
import shutil
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from lab_server import running_lab

OWN = Path(__file__).parents[3] / "examples" / "own"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = os.environ.get("JAKSTAT_BROWSER") == "required"
pytestmark = pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no chromium on this machine")

PAGES = ("cell", "map", "drug", "patient", "trial", "evidence", "data")
_PATIENCE = 300_000.0
"""Milliseconds: a machine that does much else may take long, and that is no fault of the page."""
IDLE = "() => document.querySelector('.page') && !document.querySelector('.page').classList.contains('busy')"
CELL = {"context": "hepg2", "parts": "core", "stimulus": ["IL6=10ng/ml"], "until": "1h"}


def link(page, question, **more):
    """The permanent link of a state, as the lab's page has it."""
    state = {"v": 1, "page": page, "question": question, "view": {}, **more}
    text = json.dumps(state, sort_keys=True, separators=(",", ":"))
    return f"#/{page}/{urlsafe_b64encode(text.encode()).decode().rstrip('=')}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with running_lab(tmp_path_factory.mktemp("lab")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def visit(lab, chromium):
    """A browser that has spent the token."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE)
    first = context.new_page()
    first.goto(lab.url)
    first.wait_for_selector("h1")
    yield context
    context.close()


@pytest.fixture
def tab(visit):
    page = visit.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
    yield page
    page.close()


def shown(tab, base, fragment):
    """Go to a state, and wait for its answer."""
    tab.goto(f"{base}/{fragment}")
    tab.wait_for_function(IDLE)


def alerts(tab):
    return tab.locator(".problems li").all_inner_texts()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_a_fault_and_keeps_its_state_in_the_link(tab, lab, page):
    shown(tab, lab.base, f"#/{page}")
    assert tab.faults == []
    assert tab.locator("h1").inner_text().lower() in (page, "my data")
    assert tab.evaluate("() => location.hash").startswith(f"#/{page}/")
    assert "not for treating a patient" in tab.locator("footer").inner_text()
    assert tab.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_slider_gives_the_answer_of_the_command_line(tab, lab):
    shown(tab, lab.base, link("cell", CELL))
    before = tab.locator(".chart .stage").first.get_attribute("aria-label")
    slider = tab.get_by_label("IL6", exact=True)
    slider.focus()
    for _ in range(20):
        slider.press("ArrowLeft")
    tab.wait_for_function(IDLE)
    tab.wait_for_function(
        "before => document.querySelector('.chart .stage').getAttribute('aria-label') !== before", arg=before
    )
    tab.get_by_text("The same by command line and Python").click()
    words = tab.get_by_label("Command line").inner_text()
    dose = tab.locator("output").first.inner_text()
    assert f"IL6={dose.replace(' ', '')}" in words.replace("'", "")
    assert words.startswith("jakstat simulate hepg2")


def test_a_mistake_is_told_beside_its_control_and_can_be_mended(tab, lab):
    shown(tab, lab.base, link("cell", {**CELL, "until": "6 parsecs"}))
    assert len(alerts(tab)) == 1
    wrong = tab.locator('[data-field="--until"] .wrong')
    assert wrong.is_visible()
    box = tab.get_by_label("Until")
    assert box.get_attribute("aria-invalid") == "true"
    box.fill("1h")
    box.press("Tab")
    tab.wait_for_function("() => document.querySelectorAll('.problems li').length === 0")
    assert not wrong.is_visible()


def test_a_broken_link_begins_anew_and_says_so(tab, lab):
    shown(tab, lab.base, "#/cell/%%%")
    assert "could not be read" in tab.locator(".notice").inner_text()
    assert tab.locator(".chart").count() > 0


def test_an_element_of_the_map_says_what_it_rests_on(tab, lab):
    question = {"context": "hepg2", "parts": "core", "stimulus": ["IL6=10ng/ml"], "at": "20min"}
    shown(tab, lab.base, link("map", question))
    tab.get_by_label("Find a species or reaction").fill("pSTAT3")
    tab.get_by_label("Find a species or reaction").press("Tab")
    why = tab.locator("section[aria-label='Why pSTAT3']")
    why.wait_for()
    assert "sobotta2017" in why.inner_text()
    for name in ("STAT3_phosphorylation", "kcat_STAT3"):  # a reaction of it, and a number of the reaction
        why.get_by_role("button", name=name, exact=True).click()
        why = tab.locator(f"section[aria-label='Why {name}']")
        why.wait_for()
    assert any(grade in why.inner_text() for grade in ("measured", "fitted", "assumed"))


def test_a_trial_file_is_read_while_it_is_typed_and_the_form_writes_it(tab, lab):
    shown(tab, lab.base, "#/trial")
    area = tab.get_by_label("Design as its file (YAML)")
    tab.get_by_text("primary OS").wait_for()
    area.fill("trial: t\npopulation: sharp\narms: {a: {}}\nvisits: {every: 2w, until: 2mo}\ncolour: red\n")
    tab.locator(".faults li").first.wait_for()
    assert "line 5" in " ".join(tab.locator("ul.faults li").all_inner_texts())
    area.fill(area.input_value().replace("colour: red\n", ""))
    tab.wait_for_function("() => document.querySelectorAll('ul.faults li').length === 0")
    form = tab.get_by_label("Arm a")
    form.fill("sorafenib 400 mg PO BID")
    form.press("Tab")
    tab.wait_for_function(
        "() => document.querySelector('textarea').value.includes('sorafenib 400 mg PO BID')"
    )


def test_claims_are_filtered(tab, lab):
    shown(tab, lab.base, "#/evidence")
    tab.locator("tbody tr").first.wait_for()
    assert int(tab.locator("caption").first.inner_text().split()[0]) > 300
    box = tab.get_by_label("Gene, drug, word or claim")
    box.fill("C117")
    box.press("Tab")
    tab.wait_for_function("() => parseInt(document.querySelector('caption').innerText) === 1")
    (row,) = tab.locator("tbody tr").all_inner_texts()
    assert "C117" in row
    assert "supported (built in)" in row


@pytest.mark.long
def test_a_file_of_ones_own_is_taken_and_what_is_wrong_with_it_is_told(tab, lab):
    shown(tab, lab.base, "#/data")
    upload = tab.locator("input[type=file]")
    upload.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": b"dose,dose_unit\n1,nM\n"})
    tab.locator(".problems li").first.wait_for()
    assert "response" in " ".join(alerts(tab))
    assert "mine.csv" in tab.get_by_label("Your files").inner_text()


def keep(tab, base, question, kind, file):
    """Drop a file into an analysis that keeps something, and run it."""
    shown(tab, base, link("data", question, view={"kind": kind}))
    tab.locator("input[type=file]").set_input_files(OWN / file)
    tab.get_by_role("button", name="Run", exact=True).click()
    tab.wait_for_function("() => document.querySelector('.page h2, .page table, .page dl')")
    tab.locator("#content dl").first.wait_for()
    tab.wait_for_function(IDLE)


@pytest.mark.long
def test_a_cell_and_a_drug_of_ones_own_are_offered_at_once(tab, lab):
    keep(tab, lab.base, {"like": "hepg2", "save": "from_page"}, "own_cell", "cell_copies.csv")
    keep(tab, lab.base, {}, "own_drug", "my_jaki.yaml")
    tab.evaluate("location.hash = '#/cell'")  # the page is not read again
    tab.wait_for_function("() => document.querySelector('h1').innerText === 'Cell'")
    cells = tab.get_by_label("Cell", exact=True).locator("option").all_inner_texts()
    assert [cell for cell in cells if cell.startswith("from_page")]
    assert "my_jaki" in tab.content()


SCHEDULE = {"context": "hepg2", "parts": "core", "stimulus": ["IL6=10ng/ml"], "drug": "ruxolitinib"}


@pytest.mark.long
def test_a_job_survives_a_reload_a_second_tab_and_the_end_of_the_server(tab, lab, visit):
    fragment = link(
        "drug", {**SCHEDULE, "regimen": ["15 mg PO BID", "20 mg PO BID"]}, view={"kind": "schedule"}
    )
    shown(tab, lab.base, fragment)
    tab.get_by_role("button", name="Run", exact=True).click()
    tab.get_by_role("button", name="Cancel").wait_for()
    tab.reload()
    tab.get_by_text("Cancel").or_(tab.get_by_text("Finished")).first.wait_for()
    lab.kill()
    lab.restart()
    other = visit.new_page()
    other.goto(f"{lab.base}/{tab.evaluate('() => location.hash')}")
    for page in (tab, other):
        page.get_by_text("Schedules over their last full cycle").wait_for()
        assert "20 mg PO BID" in page.locator("tbody").first.inner_text()
    assert tab.locator("tbody").first.inner_text() == other.locator("tbody").first.inner_text()
    other.close()


STORM = """async slider => {
  for (let k = 1; k <= 100; k += 1) {
    slider.value = String(k);
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    await new Promise(done => setTimeout(done, 50));
  }
  slider.dispatchEvent(new Event('change', {bubbles: true}));
}"""


@pytest.mark.long
def test_a_storm_of_moves_ends_with_the_last_answer_and_no_queue(tab, lab):
    shown(tab, lab.base, link("cell", CELL))
    sent, answered = [], []
    tab.on("request", lambda r: r.url.endswith("/api/ask") and sent.append(r))
    tab.on("requestfinished", lambda r: r.url.endswith("/api/ask") and answered.append(r))
    tab.get_by_label("IL6", exact=True).evaluate(STORM)
    waiting = len(sent) - len(answered)
    tab.wait_for_function(IDLE)
    assert waiting <= 3, "two under way and the last one"
    last = sent[-1].post_data_json["question"]
    assert last["stimulus"] == [f"IL6={tab.locator('output').first.inner_text().replace(' ', '')}"]
    told = tab.locator(".chart .stage").first.get_attribute("aria-label")
    tab.goto("about:blank")
    shown(tab, lab.base, link("cell", last))
    assert tab.locator(".chart .stage").first.get_attribute("aria-label") == told


@pytest.mark.long
def test_five_hundred_vectors_are_drawn_as_a_cloud(tab, lab):
    shown(tab, lab.base, link("cell", {**CELL, "interval": 500, "cloud": True, "observe": "pSTAT3"}))
    tab.locator(".legend li", has_text="500 parameter vectors").wait_for()
    assert alerts(tab) == []


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(lab, chromium, visit, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    context = chromium.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
        storage_state=visit.storage_state(),
    )
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    found = {}
    for name in PAGES:
        shown(page, lab.base, f"#/{name}")
        for fault in Axe().run(page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                found[name, fault["id"]] = fault["nodes"][0]["html"]
    context.close()
    assert found == {}
