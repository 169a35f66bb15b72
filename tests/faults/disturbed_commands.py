"""Run as a script: does commands in forked copies of one warm process, each disturbed at its n-th file call.

Reads one JSON document a line, ``{"folder", "words", "how", "at"}``, and answers each with
``{"code", "said", "calls"}``: the exit code (negative for a signal), what was printed, and how many calls
that change files were made (0 when it was killed); one that is to halt with ``{"halted": process}``, and
``{"wake": process}`` with how that ended. ``interposer.c`` is preloaded and does the disturbing.
"""

import ctypes
import functools
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
    from matplotlib.figure import Figure

    import jakstat.cli.main
    import jakstat.report.canvas
    import jakstat.report.combination_surface
    import jakstat.report.fit_figures
    import jakstat.report.screen_map  # noqa: F401
    from jakstat.calibration import load
    from jakstat.combination import screen
    from jakstat.experiment import model_run
    from jakstat.experiment.lane_writers import csv_file, parquet_file, zarr_folder  # noqa: F401

    model_run.piece_lanes = lambda *_, **__: 3
    screen._BLOCK_LANES = 8
    Figure.draw = lambda *_, **__: None  # their files matter here, and what is drawn takes most of the time
    model_run.load_sbml = functools.cache(model_run.load_sbml)
    load.load_problem = functools.cache(load.load_problem)
    for path in models:
        model_run.load_sbml(path, assume_zero=False, assume_one_stoichiometry=False)
    for path in problems:
        load.load_problem(path)


def main():
    preloaded = ctypes.CDLL(os.environ["LD_PRELOAD"])
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
    said, calls = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        for number in (1, 2):
            os.dup2(said[1], number)
        commanded(preloaded, task, calls[1])
    os.close(said[1]), os.close(calls[1])
    return child, said[0], calls[0]


def ended(child, said, calls):
    with os.fdopen(said, errors="replace") as stream:
        text = stream.read()
    with os.fdopen(calls) as stream:
        count = int(stream.read() or 0)
    return {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "said": text, "calls": count}


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
        os.write(report, str(preloaded.jakstat_calls()).encode())
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
