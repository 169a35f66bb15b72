"""Run as a script: does commands in forked copies of one warm process, each disturbed at its n-th file call.

Reads one JSON document a line, ``{"folder", "words", "how", "at"}``, and answers each with
``{"code", "said", "calls"}``: the exit code (negative for a signal), what was printed, and the calls that
change files (none when it was killed); one that is to halt with ``{"halted": process}``, and
``{"wake": process}`` with how that ended. ``interposer.c`` is preloaded and does the disturbing. What a
command had to import is imported here as well, so that the next one finds it.
"""

import contextlib
import ctypes
import functools
import gc
import importlib
import json
import os
import resource
import signal
import sys

HOW = ["nothing", "kill before", "kill after", "no space once", "no space", "terminate", "halt"]


def warm(models, problems):
    """Import what the commands use, read their models once, and make pieces and blocks small."""
    import matplotlib.backends.backend_agg  # noqa: F401
    import petab.v2.lint  # noqa: F401
    import typer.main
    from matplotlib.figure import Figure

    import jakstat.cli.main
    import jakstat.report.canvas
    import jakstat.report.combination_surface
    import jakstat.report.fit_figures
    import jakstat.report.screen_map
    from jakstat.calibration import load, petab_write
    from jakstat.combination import screen
    from jakstat.experiment import model_run
    from jakstat.experiment.lane_writers import csv_file, parquet_file, zarr_folder  # noqa: F401

    typer.main.get_command = functools.cache(typer.main.get_command)
    typer.main.get_command(jakstat.cli.main.app)
    model_run.piece_lanes = lambda *_, **__: 3
    screen._BLOCK_LANES = 8
    # the files matter here, and what is drawn or checked in them takes most of the time
    Figure.draw = petab_write._lint = lambda *_, **__: None
    model_run.load_sbml = functools.cache(model_run.load_sbml)
    load.load_problem = functools.cache(load.load_problem)
    for path in models:
        model = model_run.load_sbml(path, assume_zero=False, assume_one_stoichiometry=False)
        model.simulate([0.0, 1.0], {"k": [0.1]}, outputs=["A"])  # which compiles it
    for path in problems:
        load.load_problem(path)


def main():
    preloaded = ctypes.CDLL(os.environ["LD_PRELOAD"])
    preloaded.jakstat_call.restype = ctypes.c_char_p
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from pathlib import Path

    asked = json.loads(sys.stdin.readline())
    warm([Path(p) for p in asked["models"]], [Path(p) for p in asked["problems"]])
    answers = os.fdopen(os.dup(1), "w")
    running = {}
    for line in sys.stdin:
        task = json.loads(line)
        if "wake" in task:
            os.kill(task["wake"], signal.SIGCONT)
            answer = ended(task["wake"], *running.pop(task["wake"]))
        else:
            child, *ends = begun(preloaded, task)
            if task["how"] == "halt":
                os.waitpid(child, os.WUNTRACED)
                running[child], answer = ends, {"halted": child}
            else:
                answer = ended(child, *ends)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def begun(preloaded, task):
    """Fork a command; its process id, and where it says how it went."""
    said, report = os.pipe(), os.memfd_create("report")
    child = os.fork()
    if child == 0:
        for number in (1, 2):
            os.dup2(said[1], number)
        commanded(preloaded, task, report)
    os.close(said[1])
    return child, said[0], report


def ended(child, said, report):
    with os.fdopen(said, errors="replace") as stream:
        text = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with os.fdopen(report) as stream:
        stream.seek(0)
        found = json.loads(stream.read() or '{"calls": [], "modules": []}')
    if missing := [name for name in found["modules"] if name not in sys.modules]:
        for name in missing:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.collect()
        gc.freeze()  # a child that collects would copy all of it
    return {"code": code, "said": text, "calls": found["calls"]}


def commanded(preloaded, task, report):
    """The command, in the child: it never comes back."""
    import traceback

    from jakstat.cli.main import run

    code = 99
    try:
        os.chdir(task["folder"])
        sys.argv = ["jakstat", *task["words"]]
        preloaded.jakstat_arm(HOW.index(task["how"]), ctypes.c_long(task["at"]))
        run()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        count = preloaded.jakstat_calls()
        calls = [preloaded.jakstat_call(n + 1).decode() for n in range(count)]
        with os.fdopen(report, "w") as stream:
            json.dump({"calls": calls, "modules": list(sys.modules)}, stream)
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
