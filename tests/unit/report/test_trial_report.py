"""The report of a trial as text: whole, closed to the outside, and true to its document."""

import copy
import re
from html.parser import HTMLParser

import pytest

from jakstat.report.forest import forest_rows, ratio_rows
from jakstat.report.pathway_sketch import pathway_sketch
from jakstat.report.survival_curves import seen, survival_curves, trial_survival
from jakstat.report.trial_report import trial_report, trial_sections
from trial_documents import trial_document_by_hand

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&--> $\\frac{1}{2}$ _\x00\u202e"
EMPTY = {"br", "hr", "img", "input", "link", "meta", "use"}


class Page(HTMLParser):
    """Every element with its attributes, every text, and whether elements close in order."""

    def __init__(self, text):
        super().__init__()
        self.found, self.words, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def tags(self, name):
        return [attrs for tag, attrs in self.found if tag == name]


@pytest.fixture(scope="module")
def document():
    """Two arms; what each endpoint adds to the page is the same, so two are enough."""
    found = trial_document_by_hand(arms=("placebo", "sorafenib"), n=60)
    del found["endpoints"]["TTP"]
    return found


@pytest.fixture(scope="module")
def page(document):
    return Page(trial_report(document))


def test_the_page_needs_nothing_from_elsewhere(page):
    assert page.tags("script") == []
    assert page.tags("iframe") == []
    policy = [m["content"] for m in page.tags("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "script" not in policy[0]
    loads = {"src", "srcset", "poster", "data", "background"}
    for tag, attrs in page.found:
        assert not loads & set(attrs), tag
        assert not any(name.startswith("on") for name in attrs), tag
        for name in ("href", "xlink:href"):
            if name in attrs and tag != "a":
                assert attrs[name].startswith(("#", "data:,")), (tag, attrs[name])
            elif name in attrs:
                assert attrs[name].startswith(("#", "https://")), attrs[name]


def test_ids_are_unique_and_every_reference_is_met(page):
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = {a[n][1:] for _, a in page.found for n in ("href", "xlink:href") if a.get(n, "").startswith("#")}
    wanted |= {w for _, a in page.found for v in a.values() if v for w in re.findall(r"url\(#([^)]+)\)", v)}
    wanted |= {a["aria-labelledby"] for _, a in page.found if "aria-labelledby" in a}
    assert wanted <= set(ids)


def test_every_figure_has_words_a_source_and_its_drawings(page):
    figures = page.tags("figure")
    assert len(figures) >= 8
    assert all(f.get("aria-label") for f in figures)
    assert len(page.tags("figcaption")) == len(figures)
    drawings = page.tags("svg")
    assert all(d["role"] == "img" and d["aria-label"] and d["viewbox"] for d in drawings)
    assert page.text.count("Source:") == len(figures)


def test_what_came_out_is_told_with_both_intervals_under_their_names(page, document):
    row = document["endpoints"]["OS"]["compared"]["sorafenib"]
    assert row["hazard_ratio"] == 0.75
    assert "sorafenib against control: hazard ratio 0.75" in page.text
    # 0.75 x 0.78 to 0.75 x 1.27, and 0.75 x 0.9 to 0.75 x 1.14
    assert "90 % sampling interval 0.58 to 0.95" in page.text
    assert "90 % model interval 0.68 to 0.85" in page.text
    assert "0.77 (no interval)" in page.text  # 0.75 x 1.02
    # levels over the era options stand as a range
    assert "placebo 8.4 to 12.6 months" in page.text
    assert "For research; not for treating a patient." in page.text


def test_the_design_is_repeated_as_it_was_understood(page):
    for words in (
        "every 6 weeks, 17 in all, to week 96",
        "24 months",
        "14 months",
        "on progression: stop",
        "602 patients, all arms together",
        "1.46 % per month",  # 2e-5 per hour x 730.5 h
        "IL6 above 1",
        "pSTAT3_bulk (cut at the median)",
    ):
        assert words in page.text, words


def test_the_same_document_gives_the_same_text():
    found = trial_document_by_hand(arms=("placebo", "sorafenib"), n=20)
    found = {key: found[key] for key in ("question", "endpoints", "spider", "manifest")}
    del found["endpoints"]["TTP"], found["endpoints"]["PFS"]
    assert trial_report(copy.deepcopy(found)) == trial_report(found)


@pytest.mark.long
def test_hostile_names_stay_words():
    found = trial_document_by_hand(arms=("placebo", HOSTILE, "_" + "x" * 300), n=30)
    del found["endpoints"]["TTP"], found["endpoints"]["PFS"]
    found["question"]["name"] = HOSTILE
    found["question"]["drugs"] = [HOSTILE]
    found["strata"] = {HOSTILE: found["strata"].pop("pSTAT3_bulk")}
    text = trial_report(found)
    page = Page(text)
    assert page.tags("script") == []
    assert page.tags("img") == []
    assert "<script>alert(1)</script>" in page.text
    assert "\x00" not in text
    assert "\u202e" not in text
    text.encode("utf-8")


@pytest.mark.parametrize("key", sorted(trial_document_by_hand(n=4)))
def test_parts_that_are_missing_are_named_and_nothing_breaks(key):
    """A document with the arms and one part alone."""
    found = trial_document_by_hand(n=12)
    found = {"arms": found["arms"], key: found[key]}
    sections = {s.key: s for s in trial_sections(found)}
    wanted = (
        "question flow population survival ratios response toxicity biomarkers evidence credibility methods"
    )
    extra = {"strata", "pathway"}
    assert [name for name in sections if name not in extra] == [*wanted.split(), "manifest"]
    assert all(s.blocks for s in sections.values())
    assert {name for name in sections if name in extra} == extra & {key}


def test_the_cell_map_bears_the_colours_of_the_run(document):
    """Half the IL-6 is half way from near white to blue on a scale that ends at a quarter."""
    sections = {s.key: s for s in trial_sections({"arms": document["arms"], "pathway": document["pathway"]})}
    drawn = next(b.wide for b in sections["pathway"].blocks if b.kind == "figure" and b.paper)
    # (247, 247, 247) and (33, 102, 172): half way (140, 174.5, 209.5), rounded to even
    found = re.findall(r'fill="(#[0-9A-F]{6})"[^>]*><title>[^<]*IL6_serum: 8 and 4 pg/ml, ratio 0.5<', drawn)
    assert found == ["#8CAED2"]
    assert len(re.findall(r"pSTAT3_bulk: 0.2 and 0.5 zmol, ratio 2.5<", drawn)) == 3


def test_the_sketch_tells_the_ratios_that_were_read(document):
    figure = pathway_sketch(document["pathway"][0]["values"], 7.0)
    words = {t.get_text() for t in figure.axes[0].texts}
    assert "IL-6\nserum\n× 0.50" in words
    assert "pSTAT3\nbulk cell\n× 2.50" in words
    assert "CRP" in words
    assert sum("×" in w for w in words) == 2


def test_nothing_at_all_is_a_page_too():
    page = Page(trial_report({}))
    assert "This run has no endpoint in time." in page.text


def emptied(document):
    """All patients failed: no curve, no event, no ratio."""
    found = copy.deepcopy(document)
    for name in ("OS", "PFS"):
        for arm in found["endpoints"][name]["arms"].values():
            arm.update(n=0, events=0, median_months=None, low=None, high=None, rmst_months=None)
            arm["curve"] = {"months": [], "share": [], "at_risk": {"months": [], "n": []}}
        for row in found["endpoints"][name]["compared"].values():
            row.update(dict.fromkeys(row))
    found["waterfall"], found["spider"] = [], []
    return found


def test_an_arm_in_which_all_failed_has_no_numbers(document):
    found = emptied(document)
    page = Page(trial_report({key: found[key] for key in ("question", "endpoints", "waterfall", "spider")}))
    assert "the ratio of hazards cannot be told" in page.text
    assert "There is nothing to compare" in page.text
    assert "not reached" not in page.text  # that would say somebody was followed


@pytest.mark.long
def test_events_that_exclude_each_other_are_told_by_year(document):
    some = copy.deepcopy(document)
    some["endpoints"]["OS"]["arms"]["placebo"]["cumulative_incidence"] = {
        "months": [0.0, 6.0, 12.0, 18.0],
        "tumour": [0.0, 0.2, 0.4, 0.45],
        "liver": [0.0, 0.05, 0.1, 0.11],
    }
    page = trial_report(some)
    table = page[page.index("the other one competing") :]
    words = re.sub(r"<[^>]*>", " ", table).split()
    at = words.index("placebo")
    assert words[at : at + 7] == ["placebo", "12", "months", "40", "%", "10", "%"]
    assert "of liver failure" in table


def test_a_limit_of_a_median_that_is_not_reached_is_said():
    found = trial_document_by_hand(arms=("only",), n=12)
    found = {"question": found["question"], "endpoints": {"OS": found["endpoints"]["OS"]}}
    found["endpoints"]["OS"]["arms"]["only"].update(median_months=13.5, low=8.88, high=None)
    assert "13.5 months (8.88 to not reached)" in Page(trial_report(found)).text


def test_an_arm_without_events_is_level_and_its_median_is_not_reached():
    found = trial_document_by_hand(arms=("only",), n=20)
    arm = found["endpoints"]["OS"]["arms"]["only"]
    arm.update(events=0, median_months=None, low=None, high=None)
    arm["curve"] = {
        "months": [0.0],
        "share": [1.0],
        "low": [1.0],
        "high": [1.0],
        "censored_months": [24.0] * 20,
        "at_risk": {"months": [0.0, 12.0, 24.0], "n": [20, 20, 20]},
    }
    axes = survival_curves("OS", {"only": arm}, 7.0).axes[0]
    x, y = axes.lines[0].get_data()
    assert x.tolist() == [0.0, 24.0]
    assert y.tolist() == [100.0, 100.0]
    shown = {"question": found["question"], "endpoints": {"OS": found["endpoints"]["OS"]}}
    page = Page(trial_report(shown))
    assert "not reached" in page.text
    assert "There is nothing to compare" in page.text


def test_the_curve_that_is_drawn_is_the_curve_of_the_document(document):
    arm = document["endpoints"]["OS"]["arms"]["sorafenib"]
    axes = survival_curves("OS", {"sorafenib": arm}, 7.0).axes[0]
    x, y = axes.lines[0].get_data()
    for month in (0.0, 3.3, 8.0, 15.1, 23.0):
        wanted = [
            s for m, s in zip(arm["curve"]["months"], arm["curve"]["share"], strict=True) if m <= month
        ][-1]
        drawn = [s for m, s in zip(x, y, strict=True) if m <= month][-1]
        assert abs(drawn - 100.0 * wanted) <= 0.25
    told = {t.get_text() for t in axes.texts}
    assert {str(n) for n in arm["curve"]["at_risk"]["n"]} <= told


def test_steps_that_cannot_be_seen_are_left_out_and_the_last_is_kept():
    months, share = seen([0.0, 1.0, 2.0, 3.0], [1.0, 0.999, 0.99, 0.989])
    assert months.tolist() == [0.0, 2.0, 3.0]
    assert share.tolist() == [1.0, 0.99, 0.989]


def test_a_forest_has_all_patients_first_and_leaves_out_what_has_no_interval(document):
    found = copy.deepcopy(document)
    found["strata"]["pSTAT3_bulk"]["high"]["endpoints"]["OS"]["compared"]["sorafenib"]["cox_high"] = None
    rows = forest_rows(found, "OS", "sorafenib")
    assert [(r.group, r.whole) for r in rows] == [("all patients", True), ("pSTAT3_bulk: low", False)]
    assert (rows[0].value, rows[0].low) == (0.75, pytest.approx(0.6, rel=1e-12))


def test_a_ratio_of_the_same_patients_has_no_interval(document):
    row = ratio_rows(document["endpoints"])[0]
    assert (row.endpoint, row.arm) == ("OS", "sorafenib")
    assert row.same_patients == pytest.approx(0.765, rel=1e-12)
    assert row.sampling == pytest.approx((0.585, 0.9525), rel=1e-12)


def test_the_figure_for_a_file_has_its_notice(document):
    figure = trial_survival(document)
    words = " ".join(t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")))
    assert "For research; not for treating a patient." in words
    assert "Overall survival: sorafenib and siltuximab" in words
    assert figure.axes[0].get_ylabel() == "alive (%)"


def test_a_trial_after_an_operation_is_told_in_months_and_without_empty_figures():
    found = trial_document_by_hand(arms=("observation", "drug"), n=12)
    question = found["question"] | {"resected_h": 0.0, "residual": ["many", "few"], "primary": "RFS"}
    question["visits_h"] = [2191.5 * k for k in range(21)]  # every 3 months of 730.5 h
    found["endpoints"] = {"RFS": found["endpoints"]["PFS"], "OS": found["endpoints"]["OS"]}
    del found["endpoints"]["RFS"]["compared"]["drug"]["model"]["options"]
    blank = [{**row, "change_percent": [0.0, None, None, None, None]} for row in found["spider"]]
    shown = {"question": question, "endpoints": found["endpoints"], "spider": blank}
    page = Page(trial_report(shown))
    assert "on the first day; occult foci: many, few" in page.text
    assert "every 3 months, 21 in all" in page.text
    assert "The run has no readings of response." in page.text
    assert "OS over the options" in page.text
