"""Run as a script: a trial of a fake chunk, ended by signals as the command line ends.

Words: folder, patients, seconds of a chunk, workers, and ``resume`` to go on.
"""

import sys

import trial_fakes as tf
from jakstat.cli.ending import stopped, stops_as_interrupts
from jakstat.errors import InputError


def told(done, of):
    sys.stdout.write(f"{done} {of}\n")
    sys.stdout.flush()


def main():
    folder, patients, seconds, workers, *more = sys.argv[1:]
    plan = tf.design(patients=int(patients), name=seconds)
    with stops_as_interrupts():
        try:
            tf.ran(
                folder, plan, run_chunk=tf.slow, workers=int(workers), resume="resume" in more,
                on_chunk=told,
            )  # fmt: skip
        except InputError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        except KeyboardInterrupt:
            return stopped().exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
