"""The report of a trial in headless Chromium: narrow and wide, light and dark, and on paper."""

import os
import re
import shutil

import pytest

from jakstat.report.trial_report import trial_report
from trial_documents import trial_document_by_hand

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = os.environ.get("JAKSTAT_BROWSER") == "required"
pytestmark = pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no chromium on this machine")

_PATIENCE = 300_000.0
"""Milliseconds: a machine that does much else may take long, and that is no fault of the page."""

LOOKS = [(360, "dark"), (400, "light"), (1400, "light"), (1400, "dark")]

FIGURES = """() => [...document.querySelectorAll('figure')].map(f => {
  const seen = e => e.getBoundingClientRect().width > 0 && e.getBoundingClientRect().height > 0;
  const box = f.getBoundingClientRect();
  const drawings = [...f.querySelectorAll('svg')].filter(seen).map(s => {
    const frame = s.getBoundingClientRect(), texts = [...s.querySelectorAll('text')];
    const out = texts.filter(t => { const r = t.getBoundingClientRect();
      return r.left < frame.left - 2 || r.right > frame.right + 2
          || r.top < frame.top - 2 || r.bottom > frame.bottom + 2; }).map(t => t.textContent);
    const scale = frame.width / s.viewBox.baseVal.width;
    const size = Math.min(...texts.map(t => parseFloat(getComputedStyle(t).fontSize) * scale));
    return {paper: !!s.closest('.paper'), label: s.getAttribute('aria-label'), out, size,
            width: frame.width, height: frame.height,
            fills: [...new Set(texts.map(t => getComputedStyle(t).fill))]};
  });
  return {label: f.getAttribute('aria-label'), width: box.width, height: box.height, drawings,
          flow: !!f.querySelector('.flow'), caption: f.querySelector('figcaption').innerText};
})"""

COLOURS = """() => [...document.querySelectorAll('p, li, dt, dd, th, td, h1, h2, h3, a, figcaption, summary')]
  .filter(e => e.getBoundingClientRect().width > 0 && e.innerText.trim()).map(e => {
    let ground = e;
    const clear = 'rgba(0, 0, 0, 0)', behind = e => getComputedStyle(e).backgroundColor;
    while (ground && behind(ground) === clear) ground = ground.parentElement;
    return [getComputedStyle(e).color, behind(ground || document.body)].join(';');
  })"""


def luminance(colour):
    """WCAG 2.2, relative luminance of rgb(r, g, b)."""
    parts = [float(v) / 255.0 for v in re.findall(r"[\d.]+", colour)[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_that_of_wcag():
    """Black on white is 21; #777777 on white is 4.48 (WebAIM's contrast checker)."""
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21.0, rel=1e-9)
    assert round(contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)"), 2) == 4.48


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    document = trial_document_by_hand(n=90)
    del document["endpoints"]["TTP"]
    path.write_text(trial_report(document), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM is not None, "the report has to be looked at here, and there is no chromium"
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=_PATIENCE)
        yield started
        started.close()


@pytest.fixture
def opened(browser, address):
    """A page at a width and in a scheme, and what it said and asked for."""
    contexts = []

    def look(width, scheme):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        context.set_default_timeout(_PATIENCE)
        page = context.new_page()
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        return page, said, asked

    yield look
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_reads_well(opened, address, width, scheme):
    page, said, asked = opened(width, scheme)
    figures = page.evaluate(FIGURES)
    assert len(figures) >= 8
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(ground) < 0.1) == (scheme == "dark")
    for figure in figures:
        assert figure["label"]
        assert "Source:" in figure["caption"]
        assert figure["width"] > 250
        assert figure["height"] > 100
        assert len(figure["drawings"]) == (0 if figure["flow"] else 1), figure["label"]
        for drawing in figure["drawings"]:
            assert drawing["label"]
            assert drawing["width"] > 250
            assert drawing["height"] > 80
            assert drawing["out"] == [], "text beyond the edge of its figure"
            # a map keeps its light ground and is scrolled
            assert drawing["size"] >= (5.0 if drawing["paper"] else 8.0), drawing["label"]
            behind = "rgb(255, 255, 255)" if drawing["paper"] else ground
            for fill in drawing["fills"]:
                assert contrast(fill, behind) >= 4.5, (figure["label"], fill)
    for pair in set(page.evaluate(COLOURS)):
        assert contrast(*pair.split(";")) >= 4.5, pair
    # nothing goes beyond the page, folded tables included
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("[...document.querySelectorAll('details table')].every(t => t.offsetHeight > 0)")
    assert said == []
    assert asked == [address]


def test_names_of_any_length_stay_on_the_page(browser, tmp_path):
    found = trial_document_by_hand(arms=("placebo", "x" * 300, '<b title="a">&', "d"), n=12)
    found = {key: found[key] for key in ("question", "flow", "population", "endpoints", "strata", "toxicity")}
    del found["endpoints"]["TTP"], found["endpoints"]["PFS"], found["strata"]
    path = tmp_path / "report.html"
    path.write_text(trial_report(found), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 900})
    page.set_default_timeout(_PATIENCE)
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert all(drawing["out"] == [] for f in page.evaluate(FIGURES) for drawing in f["drawings"])
    assert page.locator("b").count() == 0
    page.close()


@pytest.mark.long
def test_paper_is_light_whole_and_has_its_tables(opened):
    page, said, _ = opened(1400, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins, at 96 per inch
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) > 0.95
    for figure in page.evaluate(FIGURES):
        for drawing in figure["drawings"]:
            assert drawing["width"] <= 688
            assert drawing["height"] <= 1000 * 0.93
            assert drawing["out"] == []
            assert all(contrast(fill, "rgb(255, 255, 255)") >= 4.5 for fill in drawing["fills"])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    folded = "[...document.querySelectorAll('details:not(.long) table')].map(t => t.offsetHeight)"
    assert all(height > 0 for height in page.evaluate(folded))
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type /Page\b(?!s)", printed))
    assert 4 <= pages <= 40
    assert said == []
