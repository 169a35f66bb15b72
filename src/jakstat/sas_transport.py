"""SAS transport files of version 5 (.xpt), the form in which CDISC data sets (ADTTE, ADPC) travel.

Record by record as SAS's TS-140 has it ("Record Layout of a SAS Version 5 or 6 Data Set in SAS Transport
Format"): records of 80 bytes, a NAMESTR of 140 bytes for each column, numbers as IBM floats of base 16. A
number 0 is eight bytes 0; a missing one is a byte ``.``, ``_`` or a letter before seven bytes 0.
"""

from __future__ import annotations

import datetime
import math
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jakstat.errors import InputError, problem
from jakstat.limits import LIMITS

__all__ = [
    "TransportColumn",
    "TransportSet",
    "ibm_float",
    "is_transport",
    "read_transport",
    "to_ibm_float",
    "transport_bytes",
]

_RECORD, _NAMESTR, _NUMBER = 80, 140, 8
_COLUMNS = 4 * _RECORD
"""Of a data set's first record to the header of its columns."""
_LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_LIBRARY_8 = b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!"
_MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
_OBSERVATIONS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
_LAYOUT = struct.Struct(">hhhh8s40s8shhh2s8shhl52s")
_MADE = b"01JAN80:00:00:00"
_EPOCH = datetime.datetime(1960, 1, 1)
_DATES = {"DATE", "YYMMDD", "MMDDYY", "DDMMYY", "E8601DA", "B8601DA", "IS8601DA"}
_INSTANTS = {"DATETIME", "E8601DT", "B8601DT", "IS8601DT", "DATEAMPM"}
_CLOCKS = {"TIME", "E8601TM", "HHMM", "IS8601TM", "TOD"}
_LONGEST_TEXT, _LONGEST_LABEL = 200, 40
_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_FIRST_DAY, _LAST_DAY = -715_000, 2_900_000
"""Of dates that have a year from 1 to 9999."""


@dataclass(frozen=True, slots=True)
class TransportColumn:
    """A column of a data set: a name of at most 8 letters, and what it says.

    Parameters
    ----------
    name, label : str
    values : tuple of float or of str
        NaN for a missing number, an empty text for a missing text.
    """

    name: str
    label: str
    values: tuple[float, ...] | tuple[str, ...]

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return bool(self.values) and isinstance(self.values[0], str)


@dataclass(frozen=True, slots=True)
class TransportSet:
    """A data set of a transport file; dates and times are texts as ISO 8601 has them."""

    name: str
    columns: tuple[TransportColumn, ...]

    @property
    def rows(self) -> Iterator[tuple[float | str, ...]]:
        """Its rows, one after the other."""
        return zip(*(c.values for c in self.columns), strict=True)


def ibm_float(data: bytes) -> float:
    """The number in eight bytes of an IBM float; NaN for a missing one.

    Examples
    --------
    >>> ibm_float(bytes(8)), ibm_float(bytes.fromhex("4110000000000000"))
    (0.0, 1.0)
    >>> ibm_float(b"." + bytes(7)), ibm_float(bytes.fromhex("C276A00000000000"))
    (nan, -118.625)
    """
    first, fraction = data[0], int.from_bytes(data[1:], "big")
    if not fraction:
        return 0.0 if first in (0x00, 0x80) else math.nan
    size = math.ldexp(fraction, 4 * ((first & 0x7F) - 64) - 56)
    return -size if first & 0x80 else size


def to_ibm_float(value: float) -> bytes:
    """Eight bytes of a number; every double from 5.4e-79 to 7.2e75 comes back to the last bit.

    Raises
    ------
    InputError
        ``table.number``: it is infinite or too large.

    Examples
    --------
    >>> to_ibm_float(-118.625).hex(), to_ibm_float(0.0) == bytes(8), to_ibm_float(math.nan)[:1]
    ('c276a00000000000', True, b'.')
    """
    if math.isnan(value):
        return b"." + bytes(7)
    if math.isinf(value):
        raise problem("table.number", f"a transport file holds no {value}")
    fraction, power = math.frexp(abs(value))
    if not fraction:
        return bytes(8)
    exponent = -(-power // 4)
    digits = int(math.ldexp(fraction, 56)) >> (4 * exponent - power)
    if exponent + 64 > 0x7F:
        raise problem("table.number", f"{value:g} is too large for a transport file", hint="at most 7e75")
    if exponent + 64 < 0:
        return bytes(8)
    return bytes([exponent + 64 | (0x80 if value < 0 else 0)]) + digits.to_bytes(7, "big")


def is_transport(data: bytes) -> bool:
    """Whether the bytes are a SAS transport file, of whatever version.

    Examples
    --------
    >>> made = transport_bytes("A", [TransportColumn("X", "", (1.0,))])
    >>> is_transport(b"USUBJID,PARAMCD"), is_transport(made)
    (False, True)
    """
    return data.startswith((_LIBRARY, _LIBRARY_8))


def read_transport(data: bytes, *, file: str, field: str | None = None) -> tuple[TransportSet, ...]:
    """The data sets of a transport file of version 5.

    Raises
    ------
    InputError
        ``table.form``: of version 8 or damaged; ``table.size``: more rows or columns than are read.

    Examples
    --------
    >>> made = transport_bytes("ADTTE", [TransportColumn("CNSR", "Censor", (0.0, 1.0, math.nan))])
    >>> found = read_transport(made, file="adtte.xpt")[0]
    >>> found.name, found.columns[0].values
    ('ADTTE', (0.0, 1.0, nan))
    """
    if data.startswith(_LIBRARY_8):
        hint = "write it as version 5: LIBNAME out XPORT, or write_xport(..., file_format_version=5)"
        raise problem(
            "table.form", "a transport file of version 8 is not read", file=file, field=field, hint=hint
        )
    members = [m.start() for m in re.finditer(re.escape(_MEMBER), data) if m.start() % _RECORD == 0]
    found = []
    try:
        for start, stop in zip(members, [*members[1:], len(data)], strict=True):
            found.append(_member(data[start:stop], file, field))
    except (struct.error, ValueError, IndexError, UnicodeDecodeError) as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(file, field) from None
    if not found:
        raise _damaged(file, field)
    return tuple(found)


def _damaged(file: str, field: str | None) -> InputError:
    hint = "write it again; pyreadstat and SAS read what is whole"
    return problem("table.form", "the transport file is damaged", file=file, field=field, hint=hint)


def _member(data: bytes, file: str, field: str | None) -> TransportSet:
    """One data set, from its member header on."""
    length = int(data[74:78])
    count = int(data[_COLUMNS + 54 : _COLUMNS + 58])
    if count > LIMITS.table_columns:
        raise problem(
            "table.size", f"{count} columns", file=file, field=field, hint=f"at most {LIMITS.table_columns}"
        )
    start = _COLUMNS + _RECORD
    about = [_LAYOUT.unpack(data[start + k * length :][:_NAMESTR]) for k in range(count)]
    body = start + -(-count * length // _RECORD) * _RECORD
    if not data[body:].startswith(_OBSERVATIONS):
        raise ValueError
    width = sum(one[2] for one in about)
    if any(one[2] < 1 or not 0 <= one[14] <= width - one[2] for one in about):
        raise ValueError
    rows = _cut(data[body + _RECORD :], width, file, field)
    name = data[2 * _RECORD + 8 : 2 * _RECORD + 16].decode("ascii").strip()
    return TransportSet(name, tuple(_column(one, rows) for one in about))


def _cut(body: bytes, width: int, file: str, field: str | None) -> list[bytes]:
    """The rows; blanks that fill the last record are none."""
    if width < 1:
        raise ValueError
    rows = [body[k : k + width] for k in range(0, len(body) - width + 1, width)]
    filled = _RECORD
    while rows and filled >= width and not rows[-1].strip(b" "):
        rows.pop()
        filled -= width
    if len(rows) > LIMITS.table_rows:
        raise problem(
            "table.size", f"{len(rows)} rows", file=file, field=field, hint=f"at most {LIMITS.table_rows}"
        )
    return rows


def _column(about: tuple[int | bytes, ...], rows: Sequence[bytes]) -> TransportColumn:
    kind, width, place = int(about[0]), int(about[2]), int(about[14])
    name, label, form = (bytes(about[k]).decode("latin-1").strip(" \0") for k in (4, 5, 6))
    cells = [row[place : place + width] for row in rows]
    if kind == 2:
        return TransportColumn(name, label, tuple(_text(cell) for cell in cells))
    numbers = [ibm_float(cell.ljust(_NUMBER, b"\0")) for cell in cells]
    told = _instants(form.upper(), numbers)
    return TransportColumn(name, label, tuple(numbers) if told is None else told)


def _text(cell: bytes) -> str:
    plain = cell.rstrip(b" \0")
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("cp1252", errors="replace")


def _instants(form: str, numbers: Sequence[float]) -> tuple[str, ...] | None:
    """Dates count days from 1960, instants and clock times seconds; told as ISO 8601, or None for numbers."""

    def day(n: float) -> str:
        return (_EPOCH + datetime.timedelta(days=math.floor(n))).date().isoformat()

    def instant(n: float) -> str:
        return (_EPOCH + datetime.timedelta(seconds=n)).isoformat(timespec="seconds")

    def clock(n: float) -> str:
        return (_EPOCH + datetime.timedelta(seconds=n)).time().isoformat(timespec="seconds")

    kinds = ((_DATES, day, 1.0), (_INSTANTS, instant, 86_400.0), (_CLOCKS, clock, 86_400.0))
    for names, tell, per_day in kinds:
        if form in names:
            if any(not _FIRST_DAY <= n / per_day <= _LAST_DAY for n in numbers if not math.isnan(n)):
                return None
            return tuple("" if math.isnan(n) else tell(n) for n in numbers)
    return None


def transport_bytes(name: str, columns: Sequence[TransportColumn]) -> bytes:
    """A transport file with one data set; equal data give equal bytes.

    Raises
    ------
    InputError
        ``table.columns``: a name of more than 8 letters or other signs, or a text that is too long or not
        ASCII; ``table.number``.
    """
    widths = [_width(column) for column in columns]
    for column in columns:
        if not _NAME.fullmatch(column.name) or len(column.label) > _LONGEST_LABEL:
            raise problem("table.columns", f"no name or label of a transport file: {column.name[:20]!r}")
    places = [sum(widths[:k]) for k in range(len(widths))]
    about = b"".join(
        _LAYOUT.pack(
            2 if c.is_text else 1, 0, widths[k], k + 1, c.name.encode().ljust(8),
            c.label.encode("ascii").ljust(40), b" " * 8, 0, 0, 0, b"\0\0", b" " * 8, 0, 0, places[k],
            bytes(52),
        )
        for k, c in enumerate(columns)
    )  # fmt: skip
    head = [
        _LIBRARY + b"0" * 30, b"SAS     SAS     SASLIB  9.4     PYTHON  ".ljust(64) + _MADE, _MADE,
        _MEMBER + b"000000000000000001600000000140",
        b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + b"0" * 30,
        b"SAS     " + name.encode().ljust(8) + b"SASDATA 9.4     PYTHON  " + b" " * 24 + _MADE, _MADE,
        b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000" + b"%04d" % len(columns) + b"0" * 20,
    ]  # fmt: skip
    cells = [
        [v.encode("ascii").ljust(w) if isinstance(v, str) else to_ibm_float(v) for v in c.values]
        for c, w in zip(columns, widths, strict=True)
    ]
    body = b"".join(map(b"".join, zip(*cells, strict=True)))
    records = b"".join(one.ljust(_RECORD) for one in head) + _filled(about)
    return records + (_OBSERVATIONS + b"0" * 30).ljust(_RECORD) + _filled(body)


def _filled(data: bytes) -> bytes:
    return data.ljust(-(-len(data) // _RECORD) * _RECORD)


def _width(column: TransportColumn) -> int:
    if not column.is_text:
        return _NUMBER
    texts = [str(v) for v in column.values]
    longest = max(map(len, texts))
    if longest > _LONGEST_TEXT or not all(t.isascii() for t in texts):
        hint = f"at most {_LONGEST_TEXT} letters of ASCII"
        raise problem(
            "table.columns", f"a text of {column.name} does not go into a transport file", hint=hint
        )
    return max(1, longest)
