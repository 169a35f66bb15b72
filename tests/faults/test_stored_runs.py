"""Stored results that were damaged: whatever byte, chunk or file it is, it is found and computed anew."""

import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import xarray as xr
from typer.testing import CliRunner

import small_models as sm
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.experiment.lane_writers.target import stored_run
from jakstat.experiment.model_run import RunOptions, plan_run, run_table

LANES = 10
FORMATS = ["zarr", "parquet", "csv"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def plan(place):
    (place / "m.xml").write_text(sm.DECAY)
    rows = [f"p{i},{0.1 * (i + 1) if i != 1 else -1e4!r}\n" for i in range(LANES)]
    (place / "t.csv").write_text("lane,k\n" + "".join(rows))
    return plan_run(place / "m.xml", RunOptions(until=2.0, points=4), lanes=place / "t.csv", piece=3)


@pytest.fixture(scope="module")
def whole(plan, place):
    outs = {kind: place / f"whole.{kind}" for kind in FORMATS}
    for out in outs.values():
        run_table(plan, out)
    return outs


def content(path: Path):
    if path.is_dir():
        return {f.relative_to(path).as_posix(): f.read_bytes() for f in path.rglob("*") if f.is_file()}
    return path.read_bytes()


@pytest.fixture
def out(whole, tmp_path):
    target = tmp_path / "o.zarr"
    shutil.copytree(whole["zarr"], target)
    return target


def flip(path, at=-1):
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


def swap(path, other):
    a, b = path.read_bytes(), other.read_bytes()
    path.write_bytes(b)
    other.write_bytes(a)


DAMAGES = {
    "flipped": (lambda c: flip(c / "1" / "0", 5), {1}),
    "checksum flipped": (lambda c: flip(c / "1" / "0"), {1}),
    "cut": (lambda c: (c / "1" / "0").write_bytes((c / "1" / "0").read_bytes()[:-1]), {1}),
    "empty": (lambda c: (c / "1" / "0").write_bytes(b""), {1}),
    "missing": (lambda c: (c / "1" / "0").unlink(), {1}),
    "doubled": (lambda c: shutil.copy(c / "2" / "0", c / "1" / "0"), {1}),
    "swapped": (lambda c: swap(c / "2" / "0", c / "1" / "0"), {1, 2}),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_chunk_is_found_and_only_its_piece_is_computed_anew(plan, whole, out, name):
    spoil, pieces = DAMAGES[name]
    spoil(out / "A" / "c")
    stored = stored_run(out)
    assert {d.piece for d in stored.damage} == pieces
    assert set(stored.pieces) == {0, 1, 2, 3} - pieces
    report = run_table(plan, out, resume=True)
    assert report.lanes_now == 3 * len(pieces)
    assert content(out) == content(whole["zarr"])


@pytest.mark.parametrize("name", ["flipped", "checksum flipped", "cut"])
def test_xarray_itself_refuses_a_chunk_with_a_wrong_checksum(out, name):
    DAMAGES[name][0](out / "A" / "c")
    with pytest.raises((ValueError, RuntimeError)):
        xr.open_zarr(out)["A"].values  # noqa: B018


def test_every_file_of_a_folder_can_be_spoilt_or_lost(plan, whole, out):
    good = content(whole["zarr"])
    for name, data in good.items():
        for spoil in (lambda f: flip(f, f.stat().st_size // 2), Path.unlink):
            spoil(out / name)
            assert stored_run(out, plan.layout.manifest.key).damage, name
            (out / name).write_bytes(data)
    assert not stored_run(out).damage
    for spoilt in (
        [n for n in good if n.endswith(("zarr.json", "/c/1", "/c/1/0", "n-000001"))],
        ["jakstat.json"],
    ):
        for k, name in enumerate(spoilt):
            flip(out / name, len(good[name]) // 2) if k % 2 else (out / name).unlink()
        assert run_table(plan, out, resume=True).complete
        assert content(out) == good


def damaged(target):
    try:
        return bool(stored_run(target).damage)
    except InputError as error:
        return error.problems[0].code == "resume.foreign"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.long)])
def test_no_byte_of_a_row_file_can_change_unseen(whole, tmp_path, kind, step):
    good = whole[kind].read_bytes()
    target = tmp_path / f"o.{kind}"
    for at in range(0, len(good), step):
        target.write_bytes(good[:at] + bytes([good[at] ^ 0x01]) + good[at + 1 :])
        assert damaged(target), at
    for cut in (0, 1, len(good) // 2, len(good) - 1):
        target.write_bytes(good[:cut])
        assert damaged(target), cut


def last_byte_of_a_page(path):
    column = pq.read_metadata(path).row_group(1).column(2)
    return (
        column.data_page_offset
        + column.total_compressed_size
        - 1
        - (column.data_page_offset - (column.dictionary_page_offset or column.data_page_offset))
    )


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_damaged_piece_of_rows_is_computed_anew(plan, whole, tmp_path, kind):
    target = tmp_path / f"o.{kind}"
    shutil.copy(whole[kind], target)
    good = target.read_bytes()
    at = (
        good.index(b"p4")
        if kind == "csv"
        else pq.read_metadata(target).row_group(1).column(2).data_page_offset + 40
    )
    flip(target, at)
    stored = stored_run(target)
    assert {d.piece for d in stored.damage} == {1}
    assert run_table(plan, target, resume=True).lanes_now == 3
    assert target.read_bytes() == good


def test_pages_of_parquet_have_checksums(whole, tmp_path):
    target = tmp_path / "o.parquet"
    shutil.copy(whole["parquet"], target)
    flip(target, last_byte_of_a_page(target))
    with pytest.raises(OSError, match=r"(?i)crc|checksum"):
        pq.ParquetFile(target, page_checksum_verification=True).read()


RUN = CliRunner()


def asked(*words):
    done = RUN.invoke(app, [str(w) for w in words])
    assert "Traceback" not in done.output
    return done


def test_the_command_finds_and_repairs(place, plan, whole, out):
    assert asked("verify", out).exit_code == 0
    swap(out / "A" / "c" / "0" / "0", out / "A" / "c" / "3" / "0")
    found = asked("verify", out)
    assert found.exit_code == 1
    assert "piece 0: A/c/0/0: damaged" in found.stdout
    assert "piece 3: A/c/3/0: damaged" in found.stdout
    again = asked("verify", out, "--repair", place / "m.xml", "--lanes", place / "t.csv")
    assert again.exit_code == 0, again.output
    assert content(out) == content(whole["zarr"])


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("pieces", ["some", "none"])
def test_a_damaged_row_file_is_found_and_repaired_to_the_same_bytes(place, whole, tmp_path, kind, pieces):
    out = tmp_path / f"o.{kind}"
    if pieces == "some":
        shutil.copy(whole[kind], out)
    else:  # all lanes in one piece
        run = "run", place / "m.xml", "--until", "5", "--lanes", place / "t.csv", "--out", out
        assert asked(*run).exit_code == 0
    before = content(out)
    flip(out, int(0.2 * out.stat().st_size))
    assert asked("verify", out).exit_code == 1
    done = asked("verify", out, "--repair", place / "m.xml", "--lanes", place / "t.csv")
    assert done.exit_code == 0, done.output
    assert content(out) == before


def test_a_file_whose_own_record_is_damaged_is_not_repaired(place, whole, tmp_path):
    out = tmp_path / "o.parquet"
    shutil.copy(whole["parquet"], out)
    flip(out, int(0.8 * out.stat().st_size))
    done = asked("verify", out, "--repair", place / "m.xml", "--lanes", place / "t.csv")
    assert done.exit_code == 2
    assert "run its command again with --force" in done.output


@pytest.mark.parametrize("more", [(), ("--per-amount", "10", "--method", "tau")])
def test_stochastic_paths_are_repaired_to_the_same_bytes(place, plan, tmp_path, more):
    out = tmp_path / "o.zarr"
    done = asked(
        "run", place / "m.xml", "--until", 1, "--points", 3, "--paths", 4, "--seed", 7, "--out", out, *more
    )
    assert done.exit_code == 0, done.output
    whole = content(out)
    flip(out / "A" / "c" / "0" / "0")
    assert asked("verify", out).exit_code == 1
    again = asked("verify", out, "--repair", place / "m.xml")
    assert again.exit_code == 0, again.output
    assert content(out) == whole


def test_repair_with_another_table_is_refused(place, out, tmp_path):
    (tmp_path / "t.csv").write_text("lane,k\n" + "".join(f"p{i},1\n" for i in range(LANES)))
    (out / "A" / "c" / "0" / "0").unlink()
    done = asked("verify", out, "--repair", place / "m.xml", "--lanes", tmp_path / "t.csv")
    assert done.exit_code == 2
    assert "lanes_key" in done.stderr


def test_a_folder_of_chunks_is_verified_too(tmp_path):
    from jakstat.chunks import Chunks
    from jakstat.store import manifest

    chunks = Chunks.open(tmp_path / "s", manifest("screen", {}), count=2)
    chunks.write(0, b"1")
    assert "not complete" in asked("verify", tmp_path / "s").stdout
    chunks.write(1, b"2")
    assert "whole and complete" in asked("verify", tmp_path / "s").stdout
    flip(tmp_path / "s" / "chunk-000001")
    assert asked("verify", tmp_path / "s").exit_code == 1
    text = (tmp_path / "s" / "manifest.json").read_text()
    (tmp_path / "s" / "manifest.json").write_text(text.replace('"count": 2', '"count": 1'))
    assert asked("verify", tmp_path / "s").exit_code == 2


@pytest.mark.parametrize("kind", FORMATS)
def test_two_runs_on_one_output(plan, tmp_path, kind):
    from jakstat.store import locked

    out = tmp_path / f"o.{kind}"
    with locked(out):
        who = (tmp_path / f".o.{kind}.lock").read_text()
        assert f"process {os.getpid()}, since 20" in who
        with pytest.raises(InputError, match="another run is writing it") as caught:
            run_table(plan, out)
        assert who in str(caught.value)
    assert not out.exists()
    (tmp_path / f".o.{kind}.lock").write_text("process 1, since 2001-01-01 00:00:00")
    assert run_table(plan, out).complete
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"o.{kind}"]
