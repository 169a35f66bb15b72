"""The application: every call of the laboratory, with its description."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from jakstat.errors import InputError, Problem
from jakstat.extras import needs
from jakstat.identity import VERSION
from jakstat.lab.exports import FILE_TYPES, exported
from jakstat.lab.guard import Gate, Guard, session_of
from jakstat.lab.lab_bodies import (
    AskedBody,
    ProblemsBody,
    TrialMappingBody,
    TrialTextBody,
    question_schemas,
)
from jakstat.lab.laboratory import Laboratory
from jakstat.lab.question_kinds import QUESTIONS
from jakstat.lab.replies import json_reply, problem_reply, refusal, status_of
from jakstat.lab.trial_texts import read_trial_text, write_trial_text
from jakstat.limits import LIMITS
from jakstat.store import NOTICE

with needs("lab"):
    from fastapi import FastAPI, Query, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import FileResponse, RedirectResponse
    from starlette.exceptions import HTTPException
    from starlette.responses import PlainTextResponse, Response

__all__ = ["STATIC", "application"]

STATIC = Path(__file__).parent / "static"
"""The pages as they were built."""
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css",
          ".svg": "image/svg+xml", ".json": "application/json", ".png": "image/png", ".ico": "image/x-icon",
          ".woff2": "font/woff2", ".txt": "text/plain"}  # fmt: skip
_REPORT_CSP = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_SPENT = "This address was opened before. The terminal of `jakstat lab` shows the one that is good now."
_FOR_EVER = "private, max-age=31536000, immutable"
_REFUSED: dict[int | str, dict[str, Any]] = {
    code: {"model": ProblemsBody} for code in (400, 401, 403, 404, 409, 413, 415, 422, 429)
}


def application(lab: Laboratory, gate: Gate) -> Guard:
    """The ASGI application of a laboratory, behind its gate.

    Parameters
    ----------
    lab : Laboratory
    gate : Gate
    """
    app = FastAPI(
        title="jakstat lab", version=VERSION, description=NOTICE, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", responses=_REFUSED,
    )  # fmt: skip
    app.add_exception_handler(InputError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, partial(_fault, gate))
    _session_calls(app, gate)
    _question_calls(app, lab)
    _record_calls(app, lab)
    _file_calls(app, lab)
    _job_calls(app, lab)
    _page_calls(app, gate)
    return Guard(app, gate)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, InputError)
    return problem_reply(error.problems, status_of(error))


async def _invalid(_: Request, error: Exception) -> Response:
    """What does not fit the description of a call, as Problems."""
    assert isinstance(error, RequestValidationError)
    found = []
    for entry in error.errors():
        if entry["type"] == "json_invalid":
            return problem_reply([Problem("lab.body", "the body is no JSON")], 422)
        where = [str(word) for word in entry["loc"] if word not in ("body", "query", "path")]
        kinds = where[0] in QUESTIONS if where else False
        field = ".".join(where[1:] if kinds else where) or None
        found.append(
            Problem("lab.field", str(entry["msg"])[:300], field=None if field is None else field[:200])
        )
    return problem_reply(found, 422)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "lab.none", 405: "lab.method"}
    told = Problem(codes.get(error.status_code, "lab.body"), str(error.detail)[:200])
    return problem_reply([told], error.status_code)


async def _fault(gate: Gate, _: Request, __: Exception) -> Response:
    """What the gate says of a fault inside; the gate itself writes it down."""
    return problem_reply([gate.fault], 500)


async def _in_thread(work: Callable[[], Any]) -> Any:
    """What reads or writes files, out of the way of other calls."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


def _session_calls(app: FastAPI, gate: Gate) -> None:
    @app.get("/api/session")
    async def session(request: Request) -> Response:
        """What a page needs to make calls."""
        limits = {
            "json_bytes": LIMITS.lab_json_bytes,
            "file_bytes": LIMITS.lab_file_bytes,
            "files": LIMITS.lab_files,
            "jobs": LIMITS.lab_jobs,
            "curves": LIMITS.lab_curves,
        }
        csrf = gate.access.csrf(session_of(request.headers, gate.cookie))
        return json_reply({"csrf": csrf, "version": VERSION, "notice": NOTICE, "limits": limits})


def _question_calls(app: FastAPI, lab: Laboratory) -> None:
    @app.post("/api/ask")
    async def ask(body: AskedBody) -> Response:
        """Answer a short question; a newer one of the same view takes its place."""
        future = lab.ask(body.view, body.number, body.kind, body.question)
        return Response(await asyncio.wrap_future(future), media_type="application/json")

    @app.post("/api/export")
    async def export(body: AskedBody) -> Response:
        """The answer as the file that the command writes."""
        data = lab.jobs.places_of(body.question)
        work = partial(exported, body.kind, body.question, body.format, lab.folder.path, data)
        name = f"jakstat-{body.kind.replace('_', '-')}.{body.format}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(await _in_thread(work), media_type=FILE_TYPES[body.format], headers=headers)

    @app.get("/api/layouts/{key}")
    async def layout(key: str) -> Response:
        """The drawn map of an answer; it never changes."""
        found = lab.work.layouts.layout(key)
        if found is None:
            raise refusal("lab.none", "the map is not drawn; ask for it again")
        reply = json_reply(found)
        reply.headers["cache-control"] = _FOR_EVER
        return reply


def _record_calls(app: FastAPI, lab: Laboratory) -> None:
    @app.get("/api/choices")
    async def offered() -> Response:
        """All that the controls offer."""
        from jakstat.lab.choices import choices

        return json_reply(await _in_thread(choices))

    @app.get("/api/why/{name}")
    async def why(name: str, scale: Literal["cell", "patient"] = "cell") -> Response:
        """On what a piece of the model rests."""
        from jakstat.evidence.why_document import why_document

        return json_reply(await _in_thread(partial(why_document, name, scale)))

    @app.get("/api/claims")
    async def claims(about: str | None = None, module: str | None = None) -> Response:
        """What the literature claims, and what the model was found to say to it."""
        from jakstat.lab.told_claims import told_claims

        return json_reply(await _in_thread(partial(told_claims, module=module, about=about)))

    @app.get("/api/schemas/{name}")
    async def schema(name: Literal["trial", "patient", "question"]) -> Response:
        """A JSON Schema."""
        if name == "question":
            return json_reply(question_schemas(QUESTIONS))
        from jakstat.patients.patient_schema import patient_schema_text
        from jakstat.trial.trial_schema import trial_schema_text

        made = trial_schema_text if name == "trial" else patient_schema_text
        return Response(await _in_thread(made), media_type="application/json")

    @app.post("/api/trial/read")
    async def read_trial(body: TrialTextBody) -> Response:
        """How a trial file is understood."""
        return json_reply(await _in_thread(partial(read_trial_text, body.text, lab.folder.path)))

    @app.post("/api/trial/write")
    async def write_trial(body: TrialMappingBody) -> Response:
        """A trial file from what a form holds."""
        return json_reply({"text": write_trial_text(body.mapping)})


def _file_calls(app: FastAPI, lab: Laboratory) -> None:
    upload = {
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }

    @app.post("/api/files", status_code=201, openapi_extra=upload)
    async def send(request: Request, name: Annotated[str, Query(max_length=300)]) -> Response:
        """Keep a file; the body is its bytes."""
        data = await request.body()
        return json_reply(_as_dict(await _in_thread(partial(lab.uploads.keep, name, data))), 201)

    @app.get("/api/files")
    async def files() -> Response:
        """The files that are kept."""
        return json_reply({"files": [_as_dict(f) for f in await _in_thread(lab.uploads.listed)]})

    @app.delete("/api/files/{key}", status_code=204)
    async def remove(key: str) -> Response:
        """Remove a file."""
        await _in_thread(partial(lab.uploads.remove, key))
        return Response(status_code=204)


def _as_dict(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("file", "name", "bytes", "format")}


def _job_calls(app: FastAPI, lab: Laboratory) -> None:
    @app.post("/api/jobs", status_code=201)
    async def begin(body: AskedBody) -> Response:
        """Put a question into the row of jobs."""
        job, new = await _in_thread(partial(lab.add_job, body.kind, body.question))
        return json_reply(job, 201 if new else 200)

    @app.get("/api/jobs")
    async def jobs() -> Response:
        """Every job, the newest first."""
        return json_reply({"jobs": await _in_thread(lab.jobs.listed)})

    @app.get("/api/jobs/{key}")
    async def job(key: str) -> Response:
        """One job."""
        return json_reply(await _in_thread(partial(lab.jobs.get, key)))

    @app.get("/api/jobs/{key}/result")
    async def result(key: str) -> Response:
        """The reply of a job that is done."""
        found = await _in_thread(partial(lab.reply_of_job, key))
        return Response(found, media_type="application/json")

    @app.get("/api/jobs/{key}/files/{name}")
    async def job_file(key: str, name: str) -> Response:
        """A file that a job left."""
        place = await _in_thread(partial(lab.jobs.file, key, name))
        shown = place.suffix in (".html", ".svg", ".png", ".json")
        headers = {"content-security-policy": _REPORT_CSP, "x-frame-options": "SAMEORIGIN"}
        kind = _TYPES.get(place.suffix, "application/octet-stream")
        return FileResponse(
            place, media_type=kind, headers=headers, filename=place.name,
            content_disposition_type="inline" if shown else "attachment",
        )  # fmt: skip

    @app.post("/api/jobs/{key}/cancel")
    async def cancel(key: str) -> Response:
        """Stop a job."""
        return json_reply(await _in_thread(partial(lab.jobs.cancel, key)))

    @app.post("/api/jobs/{key}/again")
    async def again(key: str) -> Response:
        """Run a job once more."""
        return json_reply(await _in_thread(partial(lab.jobs.again, key)))

    @app.delete("/api/jobs/{key}", status_code=204)
    async def forget(key: str) -> Response:
        """Remove a job and what it kept."""
        await _in_thread(partial(lab.jobs.remove, key))
        return Response(status_code=204)


def _page_calls(app: FastAPI, gate: Gate) -> None:
    @app.get("/open", include_in_schema=False)
    async def opened(token: str = "") -> Response:
        """Spend the token: a session in a cookie, and the page without the token in its address."""
        session = gate.access.opened(token)
        if session is None:
            return PlainTextResponse(_SPENT, 403)
        reply = RedirectResponse("/", 303)
        reply.set_cookie(gate.cookie, session, httponly=True, samesite="strict", path="/")
        return reply

    built = {place.relative_to(STATIC).as_posix(): place for place in STATIC.rglob("*") if place.is_file()}

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str) -> Response:
        """A file of the pages; what is not among them is not there."""
        place = built.get(path or "index.html")
        if place is None:
            raise refusal("lab.none", "there is no such page")
        reply = FileResponse(place, media_type=_TYPES.get(place.suffix, "application/octet-stream"))
        reply.headers["cache-control"] = _FOR_EVER if path.startswith("assets/") else "no-cache"
        return reply
