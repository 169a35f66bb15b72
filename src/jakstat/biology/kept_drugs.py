"""Drugs of the user's own as they lie in his folder: the copy of each that was used, and those he added."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from jakstat.biology.own_drugs import ID_SIGN, OwnDrug, drug_text
from jakstat.biology.own_folder import forget_own, keep_own, own_bytes, own_names
from jakstat.errors import problem

__all__ = ["add_drug", "added_drug", "added_drugs", "forget_drug", "keep_drug", "kept_drug"]

_USED, _ADDED = "used_drugs", "drugs"
_REF = re.compile(rf"(?P<name>[A-Za-z]\w*?)(?:#|{ID_SIGN})(?P<key>[0-9a-f]{{8}})")


def keep_drug(drug: OwnDrug) -> OwnDrug:
    """Put a copy of a drug into the user's folder, under its content, so that its name stands for it.

    Raises
    ------
    InputError
        ``file.write``.
    """
    name = drug.ref.replace("#", "_")
    if own_bytes(_USED, name) is None:
        keep_own(_USED, name, drug_text(drug), replace=True, lock=False)
    return drug


def kept_drug(ref: str) -> OwnDrug | None:
    """The drug of a name with its content's key, ``my_drug#3f2a91c0``; None where there is no copy.

    The word ``my_drug_u3f2a91c0`` means the same.

    Raises
    ------
    InputError
        ``own.file``: the copy is not what its name says.

    Examples
    --------
    >>> kept_drug("nobody#0123abcd") is None
    True
    """
    found = _REF.fullmatch(ref.strip())
    if found is None:
        return None
    data = own_bytes(_USED, f"{found['name']}_{found['key']}")
    return None if data is None else _read(f"{found['name']}#{found['key']}", data)


@lru_cache(maxsize=64)
def _read(ref: str, data: bytes) -> OwnDrug:
    name, _, key = ref.partition("#")
    if sha256(data).hexdigest()[: len(key)] != key or len(key) != 8:
        hint = "read its file again: --drug-file, or jakstat drugs --add"
        raise problem(
            "own.file", f"the copy of {ref} is not as it was kept", file=f"{name}_{key}.yaml", hint=hint
        )
    from jakstat.biology.own_drug_file import read_drug_text  # YAML is slow to load, and few have such a drug

    return read_drug_text(data, file=f"{name}_{key}.yaml", own=True)


def add_drug(drug: OwnDrug, *, replace: bool) -> OwnDrug:
    """Make a drug known by its bare name, to every command.

    Raises
    ------
    InputError
        ``own.exists``, ``file.write``.
    """
    keep_own(_ADDED, drug.name, drug_text(drug), replace=replace, field="--add")
    return keep_drug(drug)


def added_drug(name: str) -> OwnDrug | None:
    """The drug that was added under a name; None when there is none.

    Examples
    --------
    >>> added_drug("nobody") is None
    True
    """
    wanted = next((n for n in own_names(_ADDED) if n.casefold() == name.strip().casefold()), None)
    data = None if wanted is None else own_bytes(_ADDED, wanted)
    if data is None or wanted is None:
        return None
    from jakstat.biology.own_drug_file import read_drug_text

    return keep_drug(read_drug_text(data, file=f"{wanted}.yaml", own=True))


def added_drugs() -> tuple[OwnDrug, ...]:
    """Every drug that was added."""
    found = (added_drug(name) for name in own_names(_ADDED))
    return tuple(drug for drug in found if drug is not None)


def forget_drug(name: str) -> None:
    """Take a drug away that was added; copies of those that were used stay, as answers name them.

    Raises
    ------
    InputError
        ``own.unknown``.

    Examples
    --------
    >>> forget_drug("ruxolitinib")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: --forget: there is no 'ruxolitinib' among your own drugs. ... [own.unknown]
    """
    forget_own(_ADDED, name, field="--forget")
