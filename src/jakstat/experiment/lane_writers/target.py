"""Which format a name asks for, and whether the file may be written, resumed or replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from jakstat.errors import problem
from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.layout import Layout, Stored, Writer, foreign, ours
from jakstat.store import Manifest, check_writable

__all__ = ["FORMATS", "check_out", "open_out", "same_run", "stored_run"]

FORMATS = (".zarr", ".parquet", ".csv")


def check_out(path: Path, *, force: bool, resume: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse, before anything is read or computed, a file that could not be written.

    Raises
    ------
    InputError
        ``out.format``, ``file.folder``, ``file.exists``, ``option.value``.

    Examples
    --------
    >>> check_out(Path("lanes.xlsx"), force=False, resume=False)
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: --out: no format '.xlsx'. one of .zarr, .parquet, .csv [out.format]
    """
    field = "--out"
    if path.suffix not in FORMATS:
        hint = "one of " + ", ".join(FORMATS)
        raise problem("out.format", f"no format {path.suffix[:20]!r}", field=field, hint=hint)
    if force and resume:
        raise problem("option.value", "--force and --resume exclude each other", field="--resume")
    if not path.absolute().parent.is_dir():
        raise problem("file.folder", f"there is no folder '{path.parent}'", field=field)
    if any(path.exists() and i.exists() and path.samefile(i) for i in inputs):
        raise problem("file.exists", f"'{path.name}' is what is to be read", field=field)
    check_writable(path, field=field)
    if not path.exists() or resume:
        return
    if not force:
        hint = "add --force, or --resume to go on"
        raise problem("file.exists", f"'{path.name}' is there already", field=field, hint=hint)
    if path.is_dir() and not (path.suffix == ".zarr" and ours(path)):
        raise problem("file.exists", f"'{path.name}' is a folder of something else", field=field)
    if path.suffix == ".zarr" and not path.is_dir():
        raise problem("file.exists", f"'{path.name}' is a file, not a Zarr folder", field=field)


def stored_run(path: Path, key: str | None = None) -> Stored:
    """What a file says of itself, and what of it is whole; ``resume.foreign`` when it is none of ours.

    ``key`` is that of the manifest it should have; it tells whose the pieces of a Zarr folder are
    whose own record is damaged.
    """
    if path.suffix == ".zarr":
        from jakstat.experiment.lane_writers.zarr_folder import stored_zarr

        return stored_zarr(path, key)
    if path.suffix == ".parquet":
        from jakstat.experiment.lane_writers.parquet_file import stored_parquet

        return stored_parquet(path)
    from jakstat.experiment.lane_writers.csv_file import stored_csv

    return stored_csv(path)


def same_run(stored: Stored, wanted: Manifest, *, file: str) -> Mapping[int, Tally]:
    """The whole pieces of a file, if it was made from the same inputs by the same software.

    Raises
    ------
    InputError
        ``resume.other``, naming every key that differs; ``resume.foreign`` when nothing is whole.
    """
    then = stored.manifest
    if then is None:
        if not stored.pieces:
            raise foreign(file)
        return stored.pieces
    now = wanted.to_dict()
    inputs, before = now["inputs"], then["inputs"]
    assert isinstance(inputs, dict)
    differ = [k for k in sorted(set(inputs) | set(before)) if inputs.get(k) != before.get(k)]
    differ += [k for k in ("kind", "version", "libraries") if now[k] != then.get(k)]
    if differ:
        message = f"the file was made from other inputs; these differ: {', '.join(differ)}"
        raise problem("resume.other", message, file=file, hint="use another name, or --force")
    return stored.pieces


def open_out(path: Path, layout: Layout, *, force: bool, keep: Mapping[int, Tally]) -> Writer:
    """The writer of the format that the name asks for; it keeps the pieces in ``keep``."""
    if path.suffix == ".zarr":
        from jakstat.experiment.lane_writers.zarr_folder import open_zarr

        return open_zarr(path, layout, replace=force, keep=keep)
    if path.suffix == ".parquet":
        from jakstat.experiment.lane_writers.parquet_file import open_parquet

        return open_parquet(path, layout, replace=force, keep=keep)
    from jakstat.experiment.lane_writers.csv_file import open_csv

    return open_csv(path, layout, replace=force, keep=keep)
