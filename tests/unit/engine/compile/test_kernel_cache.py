import os
import threading
from pathlib import Path

from jakstat.engine.compile.kernel_cache import Entry, KernelCache, default_folder, engine_version
from jakstat.engine.compile.machine import host


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
