"""A process in which only the packages of the core can be found, as if no extra were installed."""

import importlib.machinery
import sys

from jakstat.extras import PACKAGES

# what the packages of the extras bring along, and what only tests need
BROUGHT = {"mpl_toolkits", "PIL", "fontTools", "kiwisolver", "numcodecs", "h5py", "sympy", "mpmath", "dask"}
ABSENT = {p.module for p in PACKAGES if p.extra} | BROUGHT | {"roadrunner", "jsonschema", "pytest"}


def block():
    """From here on, a package of an extra cannot be found."""
    real = importlib.machinery.PathFinder

    class Core:
        find_distributions = real.find_distributions
        invalidate_caches = real.invalidate_caches

        @staticmethod
        def find_spec(name, path=None, target=None):
            return None if name.partition(".")[0] in ABSENT else real.find_spec(name, path, target)

    sys.meta_path[sys.meta_path.index(real)] = Core
