import json
import os
import stat

import pytest

from jakstat.chunks import Chunks
from jakstat.errors import InputError
from jakstat.store import NOTICE, manifest, write_bytes, write_json, write_text, writing


def codes(caught):
    return [p.code for p in caught.value.problems]


def test_written_file_is_whole_and_readable_by_others(tmp_path):
    path = write_text(tmp_path / "a.txt", "µ\n")
    assert path.read_bytes() == "µ\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_nothing_is_overwritten_unless_asked(tmp_path):
    path = write_bytes(tmp_path / "a", b"old")
    with pytest.raises(InputError) as caught:
        write_bytes(path, b"new")
    assert codes(caught) == ["file.exists"]
    assert path.read_bytes() == b"old"
    assert write_bytes(path, b"new", replace=True).read_bytes() == b"new"


def test_folder_that_is_not_there_or_in_the_way(tmp_path):
    with pytest.raises(InputError) as caught:
        write_text(tmp_path / "no" / "a", "x")
    assert codes(caught) == ["file.folder"]
    with pytest.raises(InputError) as caught:
        write_text(tmp_path, "x", replace=True)
    assert codes(caught) == ["file.exists"]


def test_error_in_the_block_leaves_nothing(tmp_path):
    def fail():
        with writing(tmp_path / "a") as stream:
            stream.write(b"half")
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_json_reads_back_and_refuses_nan(tmp_path):
    value = {"x": [0.1, 1e-300, 1 / 3]}
    assert json.loads(write_json(tmp_path / "a", value).read_text()) == value
    with pytest.raises(ValueError, match="Out of range"):
        write_json(tmp_path / "b", {"x": float("nan")})
    assert not (tmp_path / "b").exists()


def test_manifest_holds_what_decides_and_nothing_else():
    made = manifest("simulation", {"context": "hepg2"}, sources=["b", "a"])
    fields = made.to_dict()
    assert fields["sources"] == ["a", "b"]
    assert fields["notice"] == NOTICE
    assert fields["key"] == made.key == manifest("simulation", {"context": "hepg2"}, sources="ab").key
    assert made.key != manifest("simulation", {"context": "huh7"}, sources="ab").key
    assert "numpy" in made.libraries


def test_chunks_in_any_order_and_again(tmp_path):
    made = manifest("trial", {"seed": 1})
    chunks = Chunks.open(tmp_path / "run", made, count=3)
    assert chunks.missing() == (0, 1, 2)
    chunks.write(2, b"c")
    chunks.write(0, b"")
    again = Chunks.open(tmp_path / "run", made, count=3)
    assert again.missing() == (1,)
    assert again.read(2) == b"c"
    assert again.read(0) == b""
    assert again.damaged() == ()


def test_chunks_of_another_run_are_refused_with_what_differs(tmp_path):
    Chunks.open(tmp_path / "run", manifest("trial", {"seed": 1}), count=3)
    with pytest.raises(InputError) as caught:
        Chunks.open(tmp_path / "run", manifest("trial", {"seed": 2}), count=3)
    assert codes(caught) == ["store.other"]
    assert "these differ: seed." in str(caught.value)
    with pytest.raises(InputError) as caught:
        Chunks.open(tmp_path / "run", manifest("trial", {"seed": 1}), count=4)
    assert "count" in str(caught.value)


@pytest.mark.parametrize("index", [-1, 3])
def test_chunk_number_out_of_range(tmp_path, index):
    chunks = Chunks.open(tmp_path / "run", manifest("trial", {}), count=3)
    with pytest.raises(InputError):
        chunks.write(index, b"")
