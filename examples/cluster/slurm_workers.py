"""Dask workers as SLURM jobs, for `jakstat trial FILE --out DIR --dask ADDRESS`; needs dask-jobqueue.

Run it on a login node, in the environment that has jakstat; it prints the address and stays until Ctrl-C:

    python slurm_workers.py --partition normal --account project --jobs 8 --cores 32

A worker has one thread and computes one chunk at a time. It is told to use one thread for linear algebra, and
keeps compiled kernels in the folder that JAKSTAT_CACHE names, so that each machine compiles them once.
"""

import argparse
import signal

import dask
from dask_jobqueue import SLURMCluster


def options(words=None):
    """What SLURM is asked for."""
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--partition", help="as `sbatch --partition`")
    reader.add_argument("--account", help="as `sbatch --account`")
    reader.add_argument("--jobs", type=int, default=1, help="jobs, each of one machine")
    reader.add_argument("--cores", type=int, default=16, help="cores of a job, and workers in it")
    reader.add_argument("--memory", default="", help="of a job; 1 GB for each worker if not given")
    reader.add_argument("--walltime", default="08:00:00", help="of a job")
    reader.add_argument("--interface", help="network of the workers, such as ib0")
    reader.add_argument("--cache", default="$HOME/.cache/jakstat", help="folder of compiled kernels")
    reader.add_argument("--show", action="store_true", help="print the job script and stop")
    return reader.parse_args(words)


def cluster(asked):
    """The cluster; no job is submitted yet."""
    # a patient who ends a worker is looked for by jakstat, so Dask tries a part once more and no oftener
    dask.config.set({"distributed.scheduler.allowed-failures": 1})
    return SLURMCluster(
        queue=asked.partition,
        account=asked.account,
        cores=asked.cores,
        processes=asked.cores,
        memory=asked.memory or f"{asked.cores} GB",
        walltime=asked.walltime,
        interface=asked.interface,
        job_script_prologue=[
            "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1",
            f"export JAKSTAT_CACHE={asked.cache}",
        ],
    )


def main():
    """Submit the jobs and wait."""
    asked = options()
    made = cluster(asked)
    if asked.show:
        print(made.job_script())
        return
    made.scale(jobs=asked.jobs)
    print(f"jakstat trial FILE --out DIR --dask {made.scheduler_address}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
