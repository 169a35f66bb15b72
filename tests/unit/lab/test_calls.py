"""The calls of the laboratory: questions, maps, records, files, texts of trials, and their refusals."""

import json

import pytest

from jakstat.lab.lab_questions import CellQuestion
from jakstat.limits import LIMITS
from lab_server import LabInProcess

CELL = {"parts": "core", "until": "1h", "points": 5, "stimulus": ["IL6=10ng/ml"], "observe": "pSTAT3,SOCS3"}
TRIAL = """\
population: sharp
arms:
  placebo: {}
  drug: {regimen: [sorafenib 400 mg PO BID]}
visits: {every: 6w, until: 24mo}
endpoints: [OS, ORR]
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    found = LabInProcess(tmp_path_factory.mktemp("lab"))
    yield found
    found.close()


def problems(reply, status=422):
    assert reply.status_code == status, reply.text
    return [(p["code"], p["field"]) for p in reply.json()["problems"]]


def test_a_question_to_a_cell(lab):
    reply = lab.ask("cell", CELL, view="a", number=7).json()
    assert (reply["kind"], reply["number"]) == ("cell", 7)
    assert reply["question"] == CellQuestion(**CELL).model_dump(mode="json")
    assert reply["command"] == (
        "jakstat simulate hepg2 --stimulus IL6=10ng/ml --parts core --until 1h --observe pSTAT3,SOCS3 "
        "--points 5"
    )
    values = reply["answer"]["observables"]["pSTAT3"]["values"]
    assert len(values) == 5
    assert values[-1] > values[0]
    again = lab.ask("cell", CELL, view="b").json()
    assert (again["key"], again["answer"]) == (reply["key"], reply["answer"])


def test_the_curves_of_an_interval_lie_about_its_bounds(lab):
    answer = lab.ask("cell", {**CELL, "interval": 20, "cloud": True}).json()["answer"]
    curves = answer["cloud"]["pSTAT3"]
    assert [len(curves), len(curves[0])] == [20, 5]
    end = sorted(curve[-1] for curve in curves)
    low, high = (answer["observables"]["pSTAT3"]["interval"][level][-1] for level in ("low", "high"))
    # 5 % and 95 % of 20 values lie between the first and second, and the last two
    assert end[0] <= low <= end[1]
    assert end[-2] <= high <= end[-1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"stimulus": ["IL6=x"]}, [("dose.unreadable", "--stimulus")]),
        ({"context": "hepg3"}, [("context.unknown", "context")]),
        ({"until": "6 mg"}, [("unit.clash", "--until")]),
        ({"seed": 2}, [("option.alone", "--seed")]),
        ({"cloud": True}, [("option.alone", "--cloud")]),
        ({"read_at": "20min"}, [("option.alone", "--read-at")]),
        ({"interval": 2_000}, [("lab.long", None)]),
        ({"stimulus": ["IL6=0.1..500ng/ml:2000"]}, [("lab.long", None)]),
        ({"points": "5"}, [("lab.field", "question.points")]),
        ({"points": 5, "nothing": 1}, [("lab.field", "question.nothing")]),
        ({"context": "a\x00b"}, [("lab.field", "question.context")]),
    ],
)
def test_what_cannot_be_used_is_told_as_on_the_command_line(lab, change, expected):
    assert problems(lab.ask("cell", {**CELL, **change})) == expected


def test_kinds_without_a_short_answer_are_jobs(lab):
    for kind, question in (("patient", {}), ("trial", {"text": TRIAL}), ("evidence", {})):
        assert problems(lab.ask(kind, question)) == [("lab.long", None)]


def test_bodies_that_are_no_questions(lab):
    post = lab.client.post
    json_type = {"Content-Type": "application/json"}
    assert problems(post("/api/ask", content=b"{", headers=json_type)) == [("lab.body", None)]
    assert problems(post("/api/ask", json=[])) == [("lab.field", None)]
    assert problems(post("/api/ask", json={"kind": "none", "question": {}})) == [("lab.field", None)]
    assert problems(lab.ask("cell", {}, view="a b")) == [("lab.field", "view")]


def test_the_map_has_its_nodes_and_colours(lab):
    question = {"stimulus": ["IL6=10ng/ml"], "at": "20min", "parts": "core"}
    answer = lab.ask("map", question).json()["answer"]
    level = answer["levels"]["pSTAT3"]
    assert level["fold"] == level["now"] / level["rest"] > 5
    reply = lab.client.get(f"/api/layouts/{answer['layout']}")
    assert "immutable" in reply.headers["cache-control"]
    layout = reply.json()
    nodes = {node["id"]: node for node in layout["nodes"]}
    assert {e[end] for e in layout["edges"] for end in ("source", "target")} <= set(nodes)
    assert all(len(e["points"]) >= 2 for e in layout["edges"])
    shown = {node["stands_for"] for node in layout["nodes"]}
    assert "pSTAT3" in shown
    inside = [n for n in nodes.values() if 0 <= n["x"] <= layout["width"] and 0 <= n["y"] <= layout["height"]]
    assert len(inside) == len(nodes)
    bare = lab.ask("map", {"parts": "core"}).json()["answer"]
    assert (bare["layout"], bare["levels"]) == (answer["layout"], None)
    assert problems(lab.ask("map", {**question, "at": None})) == [("option.alone", "--at")]
    assert problems(lab.ask("map", {**question, "scale": "patient"}))[0][0] == "option.alone"
    assert problems(lab.client.get(f"/api/layouts/{'0' * 64}"), 404) == [("lab.none", None)]


def test_records_are_those_of_the_commands(lab):
    from jakstat.evidence.recorded_verdicts import recorded_verdicts
    from jakstat.evidence.why_document import why_document
    from jakstat.knowledge.claims_document import claims_document

    get = lab.client.get
    assert get("/api/why/STAT3_dimerisation").json() == why_document("STAT3_dimerisation")
    assert problems(get("/api/why/STAT3_dimerisatio")) == [("name.unknown", "NAME")]
    assert problems(get("/api/why/STAT3?scale=x")) == [("lab.field", "scale")]
    told = get("/api/claims?about=SOCS3").json()
    verdicts = {claim["id"]: (claim.pop("verdict"), claim.pop("role")) for claim in told["claims"]}
    assert told == claims_document(about="SOCS3")
    assert verdicts == {key: tuple(recorded_verdicts()[key]) for key in verdicts}
    assert problems(get("/api/claims?about=nothing")) == [("entity.unknown", "name")]
    assert get("/api/schemas/trial").json()["type"] == "object"
    assert set(get("/api/schemas/question").json()) >= {"cell", "map", "trial", "own_curves"}


def test_controls_offer_what_questions_take(lab):
    offered = lab.client.get("/api/choices").json()
    cell = offered["defaults"]["cell"]
    assert cell == CellQuestion().model_dump(mode="json")
    il6 = next(s for s in offered["stimuli"] if s["name"] == "IL6")
    drug = next(d for d in offered["drugs"] if d["name"] == "ruxolitinib")
    question = {
        **CELL,
        "stimulus": [f"IL6={il6['usual']}{il6['unit']}"],
        "drug": [f"ruxolitinib={drug['usual']}{drug['unit']}"],
        "knockdown": [f"{offered['genes'][offered['genes'].index('SOCS3')]}=0.5"],
    }
    answer = lab.ask("cell", question).json()["answer"]
    assert answer["control"]["without"] == ["ruxolitinib"]
    assert all(s["low"] < s["usual"] < s["high"] for s in (*offered["stimuli"], *offered["drugs"]))
    assert problems(lab.client.post("/api/trial/read", json={"text": "{"}))
    read = lab.client.post("/api/trial/read", json={"text": offered["trial_example"]})
    assert read.status_code == 200


def test_files_are_kept_once_by_their_bytes(lab):
    send = lab.client.post
    first = send("/api/files", params={"name": "a.csv"}, content=b"dose,response\n1,2\n").json()
    second = send("/api/files", params={"name": "b.csv"}, content=b"dose,response\n1,2\n").json()
    assert (first["file"], first["name"], first["bytes"]) == (second["file"], "a.csv", 18)
    listed = lab.client.get("/api/files").json()["files"]
    assert [(f["file"], f["name"]) for f in listed] == [(second["file"], "b.csv")]
    assert problems(send("/api/files", params={"name": "a.csv"}, content=b"")) == [("lab.file", "name")]
    assert lab.client.delete(f"/api/files/{first['file']}").status_code == 204
    assert problems(lab.client.delete(f"/api/files/{first['file']}"), 404) == [("lab.none", "data")]
    asked = {"kind": "own_curves", "question": {"data": first["file"]}}
    assert problems(lab.client.post("/api/jobs", json=asked), 404) == [("lab.none", "data")]


def test_files_have_a_number(lab, monkeypatch):
    monkeypatch.setattr(lab.lab.uploads, "_most", len(lab.lab.uploads.listed()) + 1)
    send = lab.client.post
    assert send("/api/files", params={"name": "a.csv"}, content=b"1").status_code == 201
    assert problems(send("/api/files", params={"name": "a.csv"}, content=b"2"), 429) == [("lab.busy", None)]
    assert send("/api/files", params={"name": "a.csv"}, content=b"1").status_code == 201


def test_a_trial_is_read_into_its_form_and_back(lab):
    post = lab.client.post
    read = post("/api/trial/read", json={"text": TRIAL}).json()
    assert read["mapping"]["arms"]["drug"] == {"regimen": ["sorafenib 400 mg PO BID"]}
    assert any("sorafenib" in line for line in read["lines"])
    text = post("/api/trial/write", json={"mapping": read["mapping"]}).json()["text"]
    assert post("/api/trial/read", json={"text": text}).json() == read
    wrong = post("/api/trial/read", json={"text": TRIAL.replace("24mo", "24 mg")})
    assert (wrong.status_code, wrong.json()["problems"][0]["line"]) == (422, 5)
    assert problems(post("/api/trial/read", json={"text": ""})) == [("yaml.empty", None)]


@pytest.mark.parametrize("place", ["/etc/passwd.yaml", "../sessions.yaml", "a.parquet", "file:///x.yaml"])
@pytest.mark.parametrize("path", ["/api/trial/read", "/api/jobs"])
def test_a_trial_names_no_file(lab, place, path):
    text = TRIAL.replace("sharp", place)
    body = {"text": text} if "trial" in path else {"kind": "trial", "question": {"text": text}}
    reply = lab.client.post(path, json=body)
    assert problems(reply) == [("lab.path", "population")]
    assert reply.json()["problems"][0]["line"] == 1


def test_the_limits_of_a_page_are_those_of_the_table(lab):
    limits = lab.client.get("/api/session").json()["limits"]
    assert limits["curves"] == LIMITS.lab_curves == 500


def test_the_calls_describe_themselves(lab):
    told = lab.client.get("/api/openapi.json").json()
    assert {"/api/ask", "/api/jobs/{key}", "/api/files"} <= set(told["paths"])
    asked = told["paths"]["/api/ask"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert asked["discriminator"]["propertyName"] == "kind"
    assert json.dumps(told).count("traceback") == 0


def test_a_replaced_cell_of_ones_own_makes_another_question(tmp_path, monkeypatch):
    from jakstat.biology import context
    from jakstat.biology.own_contexts import save_context
    from jakstat.lab.laboratory import question_key

    monkeypatch.setenv("JAKSTAT_HOME", str(tmp_path))

    def keys():
        return [question_key("cell", CellQuestion(context=name)) for name in ("mine", "hepg2")]

    def save(data):
        rows = [context("hepg2").row("abundance_STAT3")]
        save_context("mine", like="hepg2", rows=rows, title="", made_by="", data_key=data * 64, replace=True)

    before = keys()
    save("0")
    first = keys()
    save("1")
    assert len({before[0], first[0], keys()[0]}) == 3
    assert before[1] == first[1] == keys()[1]
