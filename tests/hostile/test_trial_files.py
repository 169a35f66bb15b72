"""Trial files that went wrong in any way: a design, or problems with places; never anything else."""

import os
import random
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.report.error_page import error_codes
from jakstat.trial.design import TrialDesign
from jakstat.trial.trial_fields import trial_fields
from jakstat.trial.trial_file import read_trial

GOOD = """\
trial: an IL-6 antibody beside sorafenib
population: sharp
patients: 200
size: 100
seed: 3
arms:
  placebo: {}
  sorafenib:
    regimen: [sorafenib 400 mg PO BID, siltuximab 11 mg/kg IV q3w]
    allocation: 2
    rules:
      - {on: progression, do: switch, to: later, share: 30 %}
      - {on: toxicity, do: reduce, drug: sorafenib, by: 50 %}
      - {on: time, at: 6mo, do: stop, drug: siltuximab}
lines:
  later: {regimen: [lenvatinib 12 mg PO QD], rules: [{on: progression, do: stop}]}
visits: {at: [6w, 12w, 24w], until: 24mo}
endpoints: [OS, TTP]
primary: OS
strata: [{number: AFP, cut: 400 ng/ml}, {number: aetiology, randomised: true}]
eligible: [{number: IL6, above: 2 pg/ml}, {number: HBx, is: false}]
accrual: 14mo
closes: 19mo
dropout: 2 %/month
enrolled: 2006
options: {burden: beta_middle, era: era_none}
dosing: mean_rate
biomarkers: [CRP]
courses: 4
"""
LINES = GOOD.splitlines()
WORDS = sorted(
    {*re.findall(r"[\w./%]+", GOOD), "-1", "0", "nan", "1e999", "0x10", "1_0", "~", "null", "''", "{}", "[]"}
)
MARKS = list(":,[]{}-&*!|>'\"%@`#?\t \n\\") + [
    "\u00e9",
    "\u202e",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
]


def read_or_refuse(path):
    """The design, or None after every problem was looked at."""
    try:
        found = read_trial(path)
    except InputError as error:
        assert error.problems
        for p in error.problems:
            assert p.code in error_codes(), p
            assert p.message
            assert p.file == path.name
            assert p.line is None or 1 <= p.line <= path.read_text(encoding="utf-8").count("\n") + 1
            assert len(str(p)) < 2500
        return None
    assert isinstance(found, TrialDesign)
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("trials") / "t.yaml"


def test_the_file_itself_is_good(place):
    place.write_text(GOOD, encoding="utf-8")
    assert read_or_refuse(place).arms[1].allocation == 2.0


@pytest.mark.parametrize("gone", range(len(LINES)))
def test_a_line_left_out_or_cut_short(place, gone):
    for text in (LINES[:gone] + LINES[gone + 1 :], LINES[:gone] + [LINES[gone][: len(LINES[gone]) // 2]]):
        place.write_text("\n".join(text) + "\n", encoding="utf-8")
        read_or_refuse(place)


@pytest.mark.parametrize("seed", range(25))
def test_slips_of_the_keyboard(place, seed):
    draw = random.Random(seed)
    for _ in range(8):
        text = GOOD
        for _ in range(draw.randint(1, 3)):
            at = draw.randrange(len(text))
            kind = draw.randrange(4)
            if kind == 0:
                text = text[:at] + text[at + 1 :]
            elif kind == 1:
                text = text[:at] + draw.choice(MARKS) + text[at:]
            else:
                word = draw.choice(WORDS)
                text = (
                    text.replace(word, draw.choice(WORDS), 1) if kind == 2 else text[:at] + word + text[at:]
                )
        place.write_text(text, encoding="utf-8")
        read_or_refuse(place)


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=12),
)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from([k for g in trial_fields().values() for k in g]), PLAIN),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_value_anywhere(data):
    """One value of the file, at any depth, becomes anything that YAML or Python can hold."""
    tree = yaml.safe_load(GOOD)
    at = tree
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans()):
            at = at[key]
            continue
        at[key] = data.draw(ANYTHING)
        break
    try:
        read_trial(tree)
    except InputError as error:
        assert all(p.code in error_codes() for p in error.problems)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfe\x00", "file.encoding"),
        (b"a: \x00\n", "file.encoding"),
        (b"a: b: c\n", "yaml.syntax"),
        (b"x" * 1_000_001, "file.too-large"),
        (b"a: &a [x]\nb: [*a, *a]\n", "yaml.alias"),
        (b"a: " + b"{b: " * 5000 + b"}" * 5000, "yaml.depth"),
        (b"[" * 100_000, "yaml.depth"),
        (b"population: " + b"9" * 5000 + b"\n", "text.long"),
        (b"--- a\n--- b\n", "yaml.syntax"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_attacks(place, data, code):
    place.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_trial(place)
    assert code in [p.code for p in caught.value.problems]


def test_a_mapping_that_holds_itself():
    loop = {"population": "sharp"}
    loop["arms"] = loop
    with pytest.raises(InputError, match=r"yaml\.depth"):
        read_trial(loop)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_command_writes_nothing(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(GOOD.replace("400 mg", "-400 mg").replace("to: later", "to: sorafenib"))
    done = CliRunner().invoke(app, ["trial", "t.yaml", "--check", *words])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    said = done.stdout if words else done.stderr
    assert all(code in said for code in ("dose.negative", "trial.circular"))
    assert os.listdir() == ["t.yaml"]
