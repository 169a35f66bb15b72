import os
import threading
from pathlib import Path

import pytest

import small_models as sm
from jakstat.engine.compile.kernel_cache import Entry, KernelCache, default_folder, engine_version
from jakstat.engine.compile.machine import host
from jakstat.engine.load import load_sbml


def entry(code: bytes = b"code") -> Entry:
    return Entry({"states": 3}, code)


def refuse() -> Entry:
    raise AssertionError("it should have been there")


def test_an_entry_is_built_once_and_then_read(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path / "kernels")
    key = cache.key(host(), "model", "abc")
    assert cache.fetch(key, entry).code == b"code"
    again = cache.fetch(key, refuse)
    assert again.code == b"code"
    assert again.layout == {"states": 3}
    assert (tmp_path / "kernels").stat().st_mode & 0o077 == 0


def test_a_damaged_entry_is_rebuilt(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path)
    for spoil in (b"", b"{}\ncode", b"\xff\xfe", b'{"sha256": "0", "layout": {}}\ncode', b"[]\n"):
        cache.fetch("k", entry)
        next(tmp_path.glob("*.kernel")).write_bytes(spoil)
        assert cache.fetch("k", lambda: entry(b"new")).code == b"new"
        assert cache.fetch("k", refuse).code == b"new"
        next(tmp_path.glob("*.kernel")).unlink()


def test_no_bit_of_an_entry_can_change_unseen(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path)
    cache.fetch("k", entry)
    path = tmp_path / "k.kernel"
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in (0, 3, 7):
            spoilt = bytearray(whole)
            spoilt[place] ^= 1 << bit
            path.write_bytes(spoilt)
            assert cache.fetch("k", lambda: Entry({"states": 4}, b"new")).code == b"new", (place, bit)
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert cache.fetch("k", lambda: entry(b"new")).code == b"new", cut
    path.write_bytes(whole + b"x")
    assert cache.fetch("k", lambda: entry(b"new")).code == b"new"


def test_an_entry_under_another_name_is_not_taken(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path)
    cache.fetch("a", entry)
    (tmp_path / "b.kernel").write_bytes((tmp_path / "a.kernel").read_bytes())
    assert cache.fetch("b", lambda: entry(b"new")).code == b"new"


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    "spoil",
    [
        linked,
        piped,
        lambda path: os.link(path, path.with_name("second")),
        lambda path: path.chmod(0o620),
        lambda path: path.chmod(0o602),
    ],
)
def test_an_entry_that_others_may_have_written_is_rebuilt(tmp_path: Path, spoil) -> None:
    cache = KernelCache(tmp_path / "kernels")
    cache.fetch("k", entry)
    spoil(tmp_path / "kernels" / "k.kernel")
    assert cache.fetch("k", lambda: entry(b"new")).code == b"new"
    assert cache.fetch("k", refuse).code == b"new"


@pytest.mark.parametrize("spoil", [linked, lambda path: path.chmod(0o770), lambda path: path.chmod(0o707)])
def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path, spoil) -> None:
    cache = KernelCache(tmp_path / "kernels")
    cache.fetch("k", entry)
    spoil(tmp_path / "kernels")
    before = sorted((tmp_path / "kernels").iterdir())
    assert cache.fetch("k", lambda: entry(b"new")).code == b"new"
    assert cache.fetch("k", lambda: entry(b"newer")).code == b"newer"
    assert sorted((tmp_path / "kernels").iterdir()) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_entry_of_another_user_is_not_loaded(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path / "kernels")
    cache.fetch("k", entry)
    os.chown(tmp_path / "kernels" / "k.kernel", 12345, 12345)
    assert cache.fetch("k", lambda: entry(b"new")).code == b"new"
    os.chown(tmp_path / "kernels", 12345, 12345)
    assert cache.fetch("k", lambda: entry(b"newer")).code == b"newer"


def test_a_model_runs_alike_with_kernels_whose_layout_was_spoilt(tmp_path: Path, monkeypatch) -> None:
    """A bit of the layout, in all entries of a model at once."""
    monkeypatch.setenv("JAKSTAT_CACHE", str(tmp_path))

    def course() -> bytes:
        return load_sbml(sm.DECAY).simulate([0.0, 1.0, 2.0], {"k": [0.5]}).value("A").tobytes()

    bare = course()
    paths = sorted((tmp_path / "kernels").glob("*.kernel"))
    whole = [path.read_bytes() for path in paths]
    for path, data in zip(paths, whole, strict=True):
        path.write_bytes(data[:75] + bytes([data[75] ^ 0x10]) + data[76:])
    assert course() == bare
    assert [path.read_bytes() for path in paths] == whole


def test_temporary_files_of_the_dead_go(tmp_path: Path) -> None:
    (tmp_path / "old.part").write_bytes(b"x")
    os.utime(tmp_path / "old.part", (1, 1))
    (tmp_path / "new.part").write_bytes(b"x")
    KernelCache(tmp_path).fetch("k", entry)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["k.kernel", "new.part"]


def test_the_folder_stays_below_its_cap_and_the_oldest_goes_first(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path, max_bytes=2500)
    for i in range(4):
        cache.fetch(f"k{i}", lambda: entry(bytes(1000)))
        os.utime(tmp_path / f"k{i}.kernel", (i, i))
    left = sorted(p.name for p in tmp_path.glob("*.kernel"))
    assert "k3.kernel" in left
    assert "k0.kernel" not in left
    assert sum(p.stat().st_size for p in tmp_path.glob("*")) <= 2500


def test_keys_tell_models_and_machines_apart() -> None:
    cache = KernelCache(Path("x"))
    assert cache.key(host(), "a", "b") != cache.key(host(), "ab")
    assert len(engine_version()) == 32


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert KernelCache(blocked / "kernels").fetch("k", entry).code == b"code"


def test_many_writers_leave_a_whole_entry(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path)
    workers = [
        threading.Thread(target=lambda: cache.fetch("k", lambda: entry(bytes(100_000)))) for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert cache.fetch("k", refuse).code == bytes(100_000)
    assert not list(tmp_path.glob("*.part"))


def test_the_folder_can_be_named(monkeypatch) -> None:
    monkeypatch.setenv("JAKSTAT_CACHE", "/somewhere")
    assert default_folder() == Path("/somewhere/kernels")
    monkeypatch.delenv("JAKSTAT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert default_folder() == Path("/elsewhere/jakstat/kernels")
