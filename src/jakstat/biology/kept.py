"""What was worked out from the product's own files before, on disk: parsed headings, written documents.

Kept like a compiled kernel (:mod:`jakstat.engine.compile.kernel_cache`): sealed as a whole, replaced in
one step, in a folder of the user's own, under a key of everything that it was made from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jakstat.engine.compile.kernel_cache import Entry, KernelCache, default_folder, source_digest

__all__ = ["kept", "kept_yaml"]

_MAX_BYTES = 128 * 1024 * 1024
_MADE_BY = ("antimony", "python-libsbml", "PyYAML")


def kept(kind: str, said: object, build: Callable[[], Any]) -> Any:
    """What ``build`` makes of ``said``, as JSON holds it: made once, read from disk afterwards.

    Parameters
    ----------
    kind : str
        What it is; the folder.
    said : str, list or mapping of text and numbers
        Everything that it is made from, but for the code of this package and the libraries it uses.
    build : callable

    Examples
    --------
    >>> kept("examples", ["a", 1], lambda: {"two": [2.0]})
    {'two': [2.0]}
    """
    made_by = [version(name) for name in _MADE_BY]
    text = json.dumps([source_digest(Path(__file__).parent), made_by, said], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    cache = KernelCache(default_folder().with_name(kind), _MAX_BYTES)
    return json.loads(cache.fetch(key, lambda: Entry({}, json.dumps(build()).encode())).code)


def kept_yaml(text: str) -> Any:
    """What a YAML file of the package holds, parsed once: that takes longer than running the model.

    Examples
    --------
    >>> kept_yaml("a: {b: 1}")
    {'a': {'b': 1}}
    """

    def parse() -> Any:
        from jakstat.knowledge.plain_yaml import shipped_yaml

        return shipped_yaml(text)

    return kept("headings", text, parse)
