"""Disk full, power cut, flipped bits: no half file is ever counted."""

import errno
import os
import shutil

import pytest

from jakstat.chunks import Chunks
from jakstat.errors import InputError
from jakstat.store import manifest, write_bytes


def broken(number):
    def call(*_args, **_named):
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("call", ["fsync", "replace", "link"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_fault_at_any_call_leaves_the_old_file(tmp_path, monkeypatch, call, number):
    old = write_bytes(tmp_path / "a", b"old")
    monkeypatch.setattr(os, call, broken(number))
    target, replace = (tmp_path / "b", False) if call == "link" else (old, True)
    with pytest.raises(InputError) as caught:
        write_bytes(target, b"new", replace=replace)
    monkeypatch.undo()
    (found,) = caught.value.problems
    assert found.code == "file.write"
    assert ("space" in found.hint) == (number == errno.ENOSPC)
    assert old.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_no_temporary_file_can_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "open", broken(errno.EROFS))
    with pytest.raises(InputError) as caught:
        write_bytes(tmp_path / "a", b"x")
    assert caught.value.problems[0].code == "file.write"


def test_disk_full_while_writing(tmp_path):
    """/dev/full answers every flush as a full disk does."""
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full on this system")
    real = os.fdopen
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            os, "fdopen", lambda fd, mode: (os.close(fd), real(os.open("/dev/full", os.O_RDWR), mode))[1]
        )
        with pytest.raises(InputError) as caught:
            write_bytes(tmp_path / "a", b"x" * 100)
    assert "space" in caught.value.problems[0].hint
    assert list(tmp_path.iterdir()) == []


def test_someone_else_was_faster(tmp_path, monkeypatch):
    target = tmp_path / "a"
    real = os.fsync

    def meanwhile(descriptor):
        target.write_bytes(b"theirs")
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(InputError) as caught:
        write_bytes(target, b"mine")
    assert caught.value.problems[0].code == "file.exists"
    assert target.read_bytes() == b"theirs"


@pytest.fixture
def run(tmp_path):
    made = manifest("trial", {"seed": 1})
    chunks = Chunks.open(tmp_path / "run", made, count=4)
    for index in range(4):
        chunks.write(index, bytes([index]) * 50)
    return chunks


@pytest.mark.parametrize("kind", ["flip", "cut", "empty", "longer", "swapped", "doubled"])
def test_damaged_chunk_is_found_and_only_that_one_is_redone(run, kind):
    place = run.folder / "chunk-000002"
    raw = place.read_bytes()
    damage = {
        "flip": raw[:-1] + bytes([raw[-1] ^ 1]),
        "cut": raw[:-5],
        "empty": b"",
        "longer": raw + b"\0",
        "swapped": (run.folder / "chunk-000003").read_bytes(),
        "doubled": (run.folder / "chunk-000001").read_bytes(),
    }
    place.write_bytes(damage[kind])
    assert run.damaged() == run.missing() == (2,)
    with pytest.raises(InputError) as caught:
        run.read(2)
    assert caught.value.problems[0].code == "store.damaged"
    run.write(2, bytes([2]) * 50)
    assert run.missing() == ()


@pytest.mark.parametrize("offset", range(0, 98, 7))
def test_any_flipped_bit_is_found(run, offset):
    place = run.folder / "chunk-000000"
    raw = bytearray(place.read_bytes())
    raw[offset] ^= 0x10
    place.write_bytes(raw)
    assert run.damaged() == (0,)


def test_absent_chunk(run):
    (run.folder / "chunk-000001").unlink()
    assert run.missing() == (1,)
    assert run.damaged() == ()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"manifest": 3}'])
def test_damaged_manifest_is_refused(run, content):
    (run.folder / "manifest.json").write_bytes(content)
    with pytest.raises(InputError) as caught:
        Chunks.open(run.folder, manifest("trial", {"seed": 1}), count=4)
    assert caught.value.problems[0].code in {"store.manifest", "store.other"}


def test_chunks_without_a_manifest_are_refused(run):
    (run.folder / "manifest.json").unlink()
    with pytest.raises(InputError) as caught:
        Chunks.open(run.folder, manifest("trial", {"seed": 1}), count=4)
    assert caught.value.problems[0].code == "store.other"


def test_folder_in_the_way_of_the_run(tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(InputError) as caught:
        Chunks.open(tmp_path / "run", manifest("trial", {}), count=1)
    assert caught.value.problems[0].code in {"file.write", "file.exists"}
    shutil.rmtree(tmp_path / "run", ignore_errors=True)
