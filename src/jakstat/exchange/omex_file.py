"""COMBINE archives (OMEX, doi:10.1186/s12859-014-0369-z): a zip file with a manifest, in and out.

Nothing is unpacked onto a disk. A name that leaves the archive, a link, an encrypted or doubled entry and a
bomb are refused; a manifest may have the ``.`` entry of the specification or lack it, as some writers do.
"""

from __future__ import annotations

import io
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from jakstat.errors import InputError, Note, Problem, problem
from jakstat.exchange.plain_xml import attribute_of, elements, parsed_xml
from jakstat.limits import LIMITS

__all__ = ["MANIFEST", "Archive", "ArchiveEntry", "archive_bytes", "inside", "read_archive"]

MANIFEST = "manifest.xml"
_SPACE = "http://identifiers.org/combine.specifications/omex-manifest"
_OMEX = "http://identifiers.org/combine.specifications/omex"
_RATIO_FROM = 1_000_000


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """A file of an archive with the format its manifest names (empty where it is not listed)."""

    name: str
    data: bytes
    format: str = ""
    master: bool = False

    @property
    def is_sedml(self) -> bool:
        """Whether it is a simulation experiment."""
        told = self.format.lower()
        return "sed-ml" in told or "sedml" in told or (not told and self.name.lower().endswith(".sedml"))

    @property
    def is_sbml(self) -> bool:
        """Whether it is a model in SBML."""
        told = self.format.lower()
        return "sbml" in told or (not told and self.name.lower().endswith((".sbml", ".xml")))


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds, by name within it, and what was odd about it."""

    file: str
    entries: Mapping[str, ArchiveEntry]
    notes: tuple[Note, ...] = ()

    def experiments(self) -> tuple[ArchiveEntry, ...]:
        """The SED-ML documents to run: the masters, or all of them where none is one.

        Examples
        --------
        >>> Archive("a.omex", {"s.sedml": ArchiveEntry("s.sedml", b"")}).experiments()[0].name
        's.sedml'
        """
        found = [e for e in self.entries.values() if e.is_sedml]
        return tuple([e for e in found if e.master] or found)


def inside(name: str) -> str | None:
    """A name in an archive in its plain form; None where it is absolute or leaves the archive.

    Examples
    --------
    >>> inside("./a/../b.xml"), inside("../b.xml"), inside("/b.xml")
    ('b.xml', None, None)
    """
    if "\\" in name or "\0" in name or ":" in name.partition("/")[0]:
        return None
    plain = posixpath.normpath(name)
    return None if plain.startswith(("/", "..")) and plain.split("/")[0] in ("", "..") else plain


def read_archive(path: Path) -> Archive:
    """Every file of an archive, checked.

    Raises
    ------
    InputError
        ``archive.zip`` (no zip file, damaged, encrypted), ``archive.name``, ``archive.size``,
        ``archive.manifest``, and those of :func:`~jakstat.exchange.plain_xml.parsed_xml`.
    """
    file = path.name
    try:
        if path.stat().st_size > LIMITS.archive_bytes:
            hint = f"at most {LIMITS.archive_bytes} bytes"
            raise problem("archive.size", f"'{file}' is too large", file=file, hint=hint)
        with zipfile.ZipFile(path) as opened:
            data = _contents(opened, file)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise problem(
                "file.unreadable", f"'{file}' cannot be read: {error.strerror}", file=file
            ) from None
        hint = "write it again, or unpack it and run the .sedml file"
        raise problem(
            "archive.zip", f"'{file}' is no whole zip file: {error}", file=file, hint=hint
        ) from None
    return _listed(data, file)


def _contents(opened: zipfile.ZipFile, file: str) -> dict[str, bytes]:
    infos = [i for i in opened.infolist() if not i.is_dir()]
    problems = list(_odd(infos, file))
    if problems:
        raise InputError(problems[:20])
    found = {}
    for info in infos:
        with opened.open(info) as handle:
            data = handle.read(info.file_size + 1)
        if len(data) != info.file_size:
            message = f"'{info.filename[:80]}' is not as long as the archive says"
            raise problem("archive.zip", message, file=file)
        found[inside(info.filename) or info.filename] = data
    return found


def _odd(infos: list[zipfile.ZipInfo], file: str) -> list[Problem]:
    """What no honest archive has."""
    problems = []
    if len(infos) > LIMITS.archive_entries:
        message, hint = f"{len(infos)} files", f"at most {LIMITS.archive_entries}"
        return [Problem("archive.size", message, file=file, hint=hint)]
    total = sum(i.file_size for i in infos)
    if total > LIMITS.archive_bytes:
        message, hint = f"{total} bytes when unpacked", f"at most {LIMITS.archive_bytes}"
        return [Problem("archive.size", message, file=file, hint=hint)]
    seen = set[str]()
    for info in infos:
        told, plain = repr(info.filename[:80]), inside(info.filename)
        if plain is None:
            problems.append(Problem("archive.name", f"{told} lies outside the archive", file=file))
        elif plain in seen:
            problems.append(Problem("archive.name", f"{told} is there twice", file=file))
        seen.add(plain or "")
        if stat.S_ISLNK(info.external_attr >> 16):
            problems.append(Problem("archive.name", f"{told} is a link", file=file))
        if info.flag_bits & 1:
            problems.append(Problem("archive.zip", f"{told} is encrypted", file=file))
        bomb = info.file_size > max(_RATIO_FROM, LIMITS.archive_ratio * info.compress_size)
        if info.file_size > LIMITS.archive_entry_bytes or bomb:
            problems.append(Problem("archive.size", f"{told} is too large when unpacked", file=file))
    return problems


def _listed(data: Mapping[str, bytes], file: str) -> Archive:
    """The files with what the manifest says of them."""
    notes: list[Note] = []
    formats: dict[str, tuple[str, bool]] = {}
    if MANIFEST not in data:
        notes.append(Note("archive.manifest", file, "there is no manifest; files are told by their names"))
    else:
        root = parsed_xml(data[MANIFEST], file=f"{file}: {MANIFEST}")
        if root.localName != "omexManifest":
            message = f"the manifest is <{root.tagName[:40]}>, not <omexManifest>"
            raise problem("archive.manifest", message, file=file)
        for element in elements(root, "content"):
            location = attribute_of(element, "location")
            plain = inside(location)
            if plain is None:
                message = f"the manifest lists {location[:80]!r}, outside the archive"
                raise problem("archive.name", message, file=file)
            if plain not in (".", MANIFEST) and plain not in data:
                notes.append(Note("archive.manifest", file, f"'{plain}' is listed and not there"))
            formats[plain] = (
                attribute_of(element, "format"), attribute_of(element, "master").strip() in ("true", "1")
            )  # fmt: skip
        unlisted = sorted(set(data) - set(formats) - {MANIFEST})
        if unlisted:
            more = f" and {len(unlisted) - 3} more" if len(unlisted) > 3 else ""
            text = f"not in the manifest: {', '.join(unlisted[:3])}{more}"
            notes.append(Note("archive.manifest", file, text))
    masters = [n for n, (_, master) in formats.items() if master and n in data]
    if len(masters) > 1:
        text = f"{len(masters)} files are masters, where there may be one: {', '.join(masters[:3])}"
        notes.append(Note("archive.manifest", file, text))
    entries = {
        n: ArchiveEntry(n, content, *formats.get(n, ("", False)))
        for n, content in data.items()
        if n != MANIFEST
    }
    return Archive(file, entries, tuple(notes))


def archive_bytes(entries: Mapping[str, ArchiveEntry]) -> bytes:
    """A whole archive; the same entries give the same bytes.

    Examples
    --------
    >>> made = archive_bytes({"a.sedml": ArchiveEntry("a.sedml", b"<a/>", "sed-ml", True)})
    >>> zipfile.ZipFile(io.BytesIO(made)).namelist()
    ['manifest.xml', 'a.sedml']
    """
    listed = [(".", _OMEX, False), (f"./{MANIFEST}", _SPACE, False)]
    listed += [(f"./{e.name}", e.format, e.master) for e in entries.values()]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<omexManifest xmlns="{_SPACE}">']
    for location, form, master in listed:
        told = ' master="true"' if master else ""
        lines.append(f"  <content location={quoteattr(location)} format={quoteattr(form)}{told}/>")
    text = "\n".join([*lines, "</omexManifest>", ""])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in [(MANIFEST, text.encode()), *((e.name, e.data) for e in entries.values())]:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            made.writestr(info, data)
    return out.getvalue()
