"""What programs make of BioNetGen's network files."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

NET = """begin parameters
 1 k 0.7
 2 K1 1.5
{0}end parameters
begin functions
{1}end functions
begin species
 1 A() 5
 2 B() 3
 3 D() {2}
end species
begin reactions
 1 {3}
end reactions
begin groups
 1 G 1,2,3
end groups
"""


def net(reaction="1,2 3 k", parameters="", functions="", start="0"):
    return NET.format(parameters, functions, start, reaction)


def run_network(text, end=1.0, steps=1):
    """The species at the end, by the program that BioNetGen ships."""
    system = "bng-mac" if sys.platform == "darwin" else "bng-linux"
    (home,) = importlib.util.find_spec("bionetgen").submodule_search_locations
    program = Path(home, system, "bin", "run_network")
    program.chmod(0o755)
    with TemporaryDirectory() as folder:
        Path(folder, "m.net").write_text(text)
        words = ["-o", "m", "-p", "cvode", "-a", "1e-12", "-r", "1e-10", "--cdat", "1", "--fdat", "0"]
        words += ["-g", "m.net", "m.net", str(end / steps), str(steps)]
        done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise ValueError(done.stdout + done.stderr)
        last = Path(folder, "m.cdat").read_text().strip().splitlines()[-1]
    return [round(float(x), 6) for x in last.split()[1:]]


def bngsim(text, end=1.0):
    import bngsim as simulator

    with TemporaryDirectory() as folder:
        Path(folder, "m.net").write_text(text)
        model = simulator.Model.from_net(str(Path(folder, "m.net")))
        run = simulator.Simulator(model).run(t_span=(0, end), n_points=2, rtol=1e-10, atol=1e-12)
    return [round(float(x), 6) for x in run.species[-1]]


def refusal(program, text):
    try:
        found = program(text)
    except Exception as error:  # each program has its own
        return str(error)
    raise AssertionError(f"taken, with {found}")


def row_run_network_time_in_a_rate():
    text = net("0 3 f", functions=" 1 f() time()\n")
    seen = [run_network(text, 10.0, steps)[2] for steps in (1, 10, 100)]
    assert seen[0] == 0.0
    assert seen[0] < seen[1] < seen[2] < 49.0, seen
    assert abs(bngsim(text, 10.0)[2] - 50.0) < 1e-3
    return f"with 1, 10 and 100 steps of output: {seen}"


def row_bionetgen_michaelis_menten():
    rate = run_network(net("1,2 3 MM k K1"), 1e-4)[2] / 1e-4
    assert abs(rate - 1.4) < 0.01, rate  # 0.7 * 3 * 3 / (1.5 + 3), as 3 of the 5 are free; by the total 1.615
    return f"rate {rate}"


def row_bngsim_law_with_a_factor():
    text = net("1,2 2,3 2*MM k K1")
    once, twice = run_network(net("1,2 2,3 MM k K1"), 1e-4)[2], run_network(text, 1e-4)[2]
    assert abs(twice - 2 * once) < 1e-7
    told = refusal(bngsim, text)
    assert "unknown parameter 'MM'" in told
    return told[:200]


def row_bngsim_word_too_many():
    found = bngsim(net("1 3 k K1"))
    assert found == bngsim(net("1 3 k"))
    assert refusal(run_network, net("1 3 k K1"))
    return f"{found}"


def row_bngsim_rint():
    text = net(start="rint(-2.5)+10")
    seen = bngsim(text, 1e-9)[2], run_network(text, 1e-9)[2]
    assert [round(x, 3) for x in seen] == [7.0, 8.0], seen
    return f"{seen}"


def row_bngsim_log():
    text = net(start="log(100)")
    found = round(bngsim(text, 1e-9)[2], 3)
    assert found == 4.605
    assert refusal(run_network, text)
    return f"{found}"
