"""The gate: who calls, from where, how much he sends; and what no call ever gives away."""

import pytest

from jakstat.lab.guard import CSP
from lab_server import BASE, LabInProcess

CALLS = [
    ("GET", "/api/session"),
    ("GET", "/api/choices"),
    ("GET", "/api/jobs"),
    ("GET", "/api/files"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/why/STAT3"),
    ("GET", "/api/nothing"),
    ("POST", "/api/ask"),
    ("POST", "/api/jobs"),
    ("POST", "/api/files?name=a.csv"),
    ("DELETE", "/api/files/" + "a" * 64),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    found = LabInProcess(tmp_path_factory.mktemp("lab"), json_bytes=2_000, file_bytes=5_000, body_s=1.0)
    yield found
    found.close()


def code(reply):
    return reply.status_code, reply.json()["problems"][0]["code"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_call_without_a_session(lab, method, path):
    stranger = lab.visitor()
    stranger.cookies.set(lab.gate.cookie, "A" * 43)
    for visitor in (stranger, lab.visitor()):
        assert code(visitor.request(method, path)) == (401, "lab.session")


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://localhost:8642"},  # ours by another name, while the call is to 127.0.0.1
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_call_from_another_site(lab, method, path, headers):
    assert code(lab.client.request(method, path, headers=headers)) == (403, "lab.origin")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:8642"])
@pytest.mark.parametrize("path", ["/", "/api/session", "/open?token=x"])
def test_no_call_to_another_host(lab, host, path):
    assert code(lab.client.get(path, headers={"Host": host})) == (400, "lab.host")


def test_both_names_of_this_machine_are_ours(lab):
    local = {"Host": "localhost:8642", "Origin": "http://localhost:8642"}
    assert lab.client.get("/api/session", headers=local).status_code == 200


def test_an_unsafe_call_says_where_it_comes_from_and_its_token(lab):
    client = lab.client
    body = {"json": {"kind": "cell", "question": {}}}
    assert code(client.post("/api/jobs", **body, headers={"X-CSRF-Token": "no"})) == (403, "lab.csrf")
    silent = lab.visitor(origin=None)
    silent.cookies = client.cookies
    silent.headers["X-CSRF-Token"] = client.headers["X-CSRF-Token"]
    assert code(silent.post("/api/jobs", **body)) == (403, "lab.origin")
    assert silent.get("/api/session").status_code == 200


def test_a_spent_token_opens_nothing(lab):
    assert lab.visitor().get(f"/open?token={lab.tokens[0]}").status_code == 403
    assert lab.visitor().get("/open").status_code == 403


def test_the_cookie_is_for_no_script_and_no_other_site(lab):
    reply = lab.visitor().get(f"/open?token={lab.tokens[-1]}")
    said = reply.headers["set-cookie"]
    assert reply.headers["location"] == "/"
    assert "HttpOnly" in said
    assert "samesite=strict" in said.lower()


@pytest.mark.parametrize("path", ["/", "/assets/none.js", "/api/session", "/open?token=x", "/api/none"])
def test_every_reply_has_the_policy(lab, path):
    headers = lab.client.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert "unsafe" not in CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_body_that_is_too_large_is_refused(lab):
    long = b"[" + b"1," * 1_000 + b"1]"
    json_type = {"Content-Type": "application/json"}
    assert code(lab.client.post("/api/ask", content=long, headers=json_type)) == (413, "lab.size")
    told = {**json_type, "Content-Length": "1000000000"}
    assert code(lab.client.post("/api/ask", content=b"1", headers=told)) == (413, "lab.size")
    odd = {**json_type, "Content-Length": "-1"}
    assert code(lab.client.post("/api/ask", content=b"1", headers=odd)) == (413, "lab.size")
    pieces = (b"x" * 1_000 for _ in range(6))
    assert code(lab.client.post("/api/files?name=a.csv", content=pieces)) == (413, "lab.size")
    assert lab.client.post("/api/files?name=a.csv", content=b"x" * 5_000).status_code == 201
    assert code(lab.client.post("/api/files?name=a.csv", content=b"x" * 5_001)) == (413, "lab.size")


def test_a_body_is_json(lab):
    body = b'{"kind": "cell", "question": {}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        reply = lab.client.post("/api/ask", content=body, headers={"Content-Type": kind})
        assert code(reply) == (415, "lab.type")


@pytest.mark.parametrize(
    "path",
    [
        "/../sessions.json",
        "/..%2f..%2fsessions.json",
        "/assets/../../app.py",
        "/assets/%2e%2e/%2e%2e/app.py",
        "//etc/passwd",
        "/api/jobs/..%2f..%2fsessions.json",
        "/api/jobs/../../sessions.json/result",
        f"/api/jobs/{'a' * 64}/files/..%2f..%2fsessions.json",
        "/api/layouts/..%2fx",
    ],
)
def test_no_path_leads_out(lab, path):
    reply = lab.client.get(path)
    assert code(reply) == (404, "lab.none")


def test_names_of_uploads_are_no_paths(lab, tmp_path):
    before = {p for p in lab.folder.path.parent.rglob("*") if p.is_file()}
    reply = lab.client.post("/api/files", params={"name": "../../../evil.csv"}, content=b"dose,response")
    kept = reply.json()
    assert kept["name"] == "evil.csv"
    new = {p for p in lab.folder.path.parent.rglob("*") if p.is_file()} - before
    assert {p.parent for p in new} == {lab.folder.files / kept["file"]}
    for key in ("..", "../..", "a" * 63, "A" * 64):
        assert lab.client.delete(f"/api/files/{key}").status_code in (404, 405)
    assert lab.client.delete(f"/api/files/{kept['file']}").status_code == 204
    assert not (lab.folder.files / kept["file"]).exists()


@pytest.mark.parametrize("name", ["a.exe", "a", "", ".csv.", "a.csv/", "a.py"])
def test_only_tables_are_taken(lab, name):
    reply = lab.client.post("/api/files", params={"name": name}, content=b"x")
    assert code(reply) == (422, "lab.file")


def test_a_fault_inside_tells_nothing(lab, monkeypatch):
    def broken():
        raise RuntimeError("the secret")

    monkeypatch.setattr(lab.lab.jobs, "listed", broken)
    reply = lab.client.get("/api/jobs")
    assert code(reply) == (500, "lab.fault")
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    noted = lab.folder.faults.read_text()
    assert "RuntimeError" in noted
    session = lab.client.cookies[lab.gate.cookie]
    assert all(word not in noted for word in (session, lab.tokens[-1], lab.client.headers["X-CSRF-Token"]))


def test_the_session_is_that_of_the_page(lab):
    told = lab.client.get("/api/session").json()
    assert told["csrf"] == lab.client.headers["X-CSRF-Token"]
    assert told["limits"]["file_bytes"] == 20_000_000
    assert lab.client.get("/", headers={"Origin": BASE}).headers["content-type"].startswith("text/html")
