"""The YAML file of a PEtab problem: which files belong to it, and that they may be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from jakstat.errors import InputError, Problem, problem
from jakstat.knowledge.plain_yaml import composed
from jakstat.limits import LIMITS
from jakstat.tables import is_file, read_file, text_of

__all__ = ["PetabFiles", "read_petab_files"]

_V1_LISTS = ("condition_files", "measurement_files", "observable_files", "sbml_files")
_V2_LISTS = ("parameter_files", "condition_files", "experiment_files", "measurement_files",
             "observable_files", "mapping_files")  # fmt: skip


@dataclass(frozen=True)
class PetabFiles:
    """The files of a problem.

    Parameters
    ----------
    path : Path
        The YAML file.
    version : int
        1 or 2.
    tables : dict of str to tuple of Path
        Kind (``"parameter_files"``, ``"condition_files"``, ...) to files.
    models : tuple of Path
        SBML files.
    """

    path: Path
    version: int
    tables: dict[str, tuple[Path, ...]]
    models: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """Where the YAML file lies."""
        return self.path.parent

    def key(self) -> str:
        """SHA-256 over the content of all files."""
        digest = hashlib.sha256()
        for path in [
            self.path,
            *self.models,
            *(p for kind in sorted(self.tables) for p in self.tables[kind]),
        ]:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


@dataclass(frozen=True)
class _YamlReader:
    path: Path

    def fault(self, node: yaml.Node, code: str, message: str, hint: str = "") -> InputError:
        mark = node.start_mark
        return problem(
            code, message, file=self.path.name, line=mark.line + 1, column=mark.column + 1, hint=hint
        )

    def mapping(self, node: yaml.Node | None, what: str) -> dict[str, yaml.Node]:
        if node is None:
            raise problem("petab.yaml", "the file is empty", file=self.path.name, line=1)
        if not isinstance(node, yaml.MappingNode):
            raise self.fault(node, "petab.yaml", f"{what} must be names with values")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fault(key, "petab.yaml", "a name is no text")
            found[key.value] = value
        return found

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            raise self.fault(node, "petab.yaml", "a text is wanted here")
        return str(node.value)

    def many(self, node: yaml.Node | None) -> Iterator[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        elif node is not None and not (isinstance(node, yaml.ScalarNode) and node.value in ("", "null")):
            yield node

    def file(self, node: yaml.Node) -> Path:
        """The file a node names: inside the folder, and there."""
        name = self.text(node)
        folder = self.path.parent.resolve()
        if "://" in name:
            raise self.fault(node, "petab.path", f"{name[:80]!r} is an address", "name a file in the folder")
        try:
            target = (folder / name).resolve()
        except (OSError, RuntimeError, ValueError):  # a link to itself, a NUL
            raise self.fault(node, "petab.file", f"{name[:80]!r} is no path of a file") from None
        if folder not in target.parents:
            hint = "every file must lie in the folder of the YAML file"
            raise self.fault(node, "petab.path", f"{name[:80]!r} lies outside the folder", hint)
        if not is_file(target):
            raise self.fault(node, "petab.file", f"there is no file {name[:80]!r}")
        return target

    def files(self, node: yaml.Node | None) -> tuple[Path, ...]:
        found: list[Path] = []
        for one in self.many(node):
            path = self.file(one)
            if any(path.samefile(other) for other in found):
                raise self.fault(
                    one, "petab.twice", f"{self.text(one)[:80]!r} is listed twice", "list it once"
                )
            found.append(path)
        return tuple(found)


def read_petab_files(path: str | Path) -> PetabFiles:
    """Read the YAML file of a problem and find its files; visualisation files are left aside.

    Raises
    ------
    InputError
        ``file.missing``, ``petab.yaml``, ``petab.version``, ``petab.path``, ``petab.file``,
        ``petab.unsupported``, ``yaml.syntax`` and the like, with line and column.

    Examples
    --------
    >>> read_petab_files("nowhere.yaml")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.yaml: there is no such file. [file.missing]
    """
    place = Path(path)
    text = text_of(read_file(place, most=LIMITS.protocol_bytes), file=place.name)
    reader = _YamlReader(place)
    top = reader.mapping(composed(text, place.name), "a PEtab problem")
    if "format_version" not in top:
        hint = "give format_version: 1 or 2.0.0"
        raise problem("petab.version", "format_version is missing", file=place.name, line=1, hint=hint)
    version = reader.text(top["format_version"])
    if version.split(".")[0] == "1":
        return _version_1(reader, top)
    if version.split(".")[0] == "2":
        return _version_2(reader, top)
    raise reader.fault(
        top["format_version"], "petab.version", f"version {version[:20]!r} is not known", "1 or 2"
    )


def _version_1(reader: _YamlReader, top: dict[str, yaml.Node]) -> PetabFiles:
    problems = list(reader.many(top.get("problems")))
    if len(problems) != 1:
        message = f"{len(problems)} problems in one file; exactly one is supported"
        raise problem("petab.unsupported", message, file=reader.path.name, line=1)
    one = reader.mapping(problems[0], "a problem")
    found = {kind: reader.files(one.get(kind)) for kind in _V1_LISTS}
    found["parameter_files"] = reader.files(top.get("parameter_file"))
    models = found.pop("sbml_files")
    needed = {**found, "sbml_files": models}
    _check(reader, needed, [*_V1_LISTS, "parameter_files"])
    return PetabFiles(reader.path, 1, found, models)


def _version_2(reader: _YamlReader, top: dict[str, yaml.Node]) -> PetabFiles:
    found = {kind: reader.files(top.get(kind)) for kind in _V2_LISTS}
    models = []
    if "model_files" in top:
        for node in reader.mapping(top["model_files"], "model_files").values():
            entry = reader.mapping(node, "a model")
            language = reader.text(entry["language"]) if "language" in entry else "sbml"
            if language != "sbml":
                raise reader.fault(
                    node, "petab.unsupported", f"models in {language[:20]!r} are not supported"
                )
            if "location" not in entry:
                raise reader.fault(node, "petab.yaml", "the model's location is missing")
            models.append(reader.file(entry["location"]))
    extensions = top.get("extensions")
    for name in _names(reader, extensions):
        raise problem("petab.unsupported", f"the extension {name!r} is not supported", file=reader.path.name,
                      line=extensions.start_mark.line + 1 if extensions is not None else None)  # fmt: skip
    wanted = ["parameter_files", "measurement_files", "observable_files", "model_files"]
    _check(reader, {**found, "model_files": tuple(models)}, wanted)
    return PetabFiles(reader.path, 2, found, tuple(models))


def _names(reader: _YamlReader, node: yaml.Node | None) -> list[str]:
    if isinstance(node, yaml.MappingNode):
        return [reader.text(key) for key, _ in node.value]
    return [str(getattr(n, "value", "?"))[:40] for n in reader.many(node)]


def _check(reader: _YamlReader, found: dict[str, tuple[Path, ...]], wanted: list[str]) -> None:
    file = reader.path.name
    missing = [k for k in wanted if not found[k]]
    if missing:
        raise InputError(Problem("petab.yaml", f"{kind} is missing", file, 1) for kind in missing)
    for kind in ("sbml_files", "model_files"):
        if len(found.get(kind, ())) > 1:
            raise problem("petab.unsupported", "several models in one problem are not supported", file=file)
