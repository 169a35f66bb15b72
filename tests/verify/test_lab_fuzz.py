"""Two thousand calls made from the laboratory's own description: no fault inside, only Problems."""

import copy

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lab_server import LabInProcess

pytestmark = pytest.mark.long

CALLS = 2_000


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    found = LabInProcess(tmp_path_factory.mktemp("lab"), body_s=30.0)
    yield found
    found.close()


@pytest.fixture(scope="module")
def schema(lab):
    """The description of the calls; questions are of the core, so that a model is assembled once."""
    import schemathesis

    told = copy.deepcopy(lab.client.get("/api/openapi.json").json())
    for question in told["components"]["schemas"].values():
        fields = question.get("properties", {})
        if "parts" in fields and "context" in fields:
            fields["parts"] = {"const": "core"}
            question["required"] = [*question.get("required", []), "parts"]
    return schemathesis.openapi.from_dict(told)


def test_every_call_is_answered_or_refused_with_problems(lab, schema, monkeypatch):
    monkeypatch.setattr(lab.lab.jobs, "add", lambda *_: ({"state": "queued"}, True))
    monkeypatch.setattr("jakstat.lab.app.exported", lambda *_: b"file")
    operations = [found.ok() for found in schema.get_all_operations()]
    cases = st.one_of([operation.as_strategy() for operation in operations])
    seen = []

    @settings(
        max_examples=CALLS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def call(case):
        given_ = case.as_transport_kwargs(base_url="http://127.0.0.1:8642")
        headers = {k: v for k, v in dict(given_.get("headers") or {}).items() if k.lower() != "cookie"}
        body = {k: given_[k] for k in ("json", "data") if given_.get(k) is not None}
        if "data" in body:
            body = {"content": body["data"]}
        reply = lab.client.request(
            given_["method"], given_["url"], params=given_.get("params"), headers=headers, **body
        )
        seen.append(reply.status_code)
        assert reply.status_code < 500, (given_, reply.text)
        assert "Traceback" not in reply.text
        if reply.status_code >= 400:
            assert all(p["code"] and p["message"] for p in reply.json()["problems"])

    call()
    assert len(seen) >= CALLS
    assert {200, 404, 422} <= set(seen)
    assert not lab.folder.faults.exists()
