import ctypes

import numpy as np

from jakstat.engine.compile.machine import compile_object, host, load_object
from jakstat.engine.compile.routine import Routine


def _replacing(width: int) -> str:
    """``replace(%n, %mask, %new, %old)``: where the mask is not 0, old vectors become new ones."""
    r = Routine(width)
    with r.loop("%n") as k:
        mask = r.test("une", r.vload("%mask", k), r.num(0.0))
        r.replace(mask, r.vload("%new", k), "%old", k)
    r.lines.append("  ret i64 0")
    return r.text("define i64 @replace(i64 %n, ptr %mask, ptr %new, ptr %old) nounwind")


def _aligned(values: np.ndarray) -> np.ndarray:
    room = np.zeros(values.size + 8)
    start = (-room.ctypes.data % 64) // 8
    room[start : start + values.size] = values.ravel()
    return room[start : start + values.size]


def test_lanes_that_are_not_replaced_keep_their_bits() -> None:
    machine = host()
    draw = np.random.default_rng(3)
    old = draw.choice([-0.0, 0.0, np.nan, -np.inf, 5e-324, 1.5], (40, machine.width))
    new, mask = draw.normal(size=old.shape), draw.integers(0, 2, old.shape).astype(float)
    held, given, where = _aligned(old), _aligned(new), _aligned(mask)
    library = load_object(compile_object(_replacing(machine.width), machine, level=1, loops=True), machine)
    arguments = (ctypes.c_int64, *[ctypes.c_void_p] * 3)
    library.function("replace", *arguments)(len(old), *(a.ctypes.data for a in (where, given, held)))
    expected = np.where(mask != 0, new, old)
    assert held.tobytes() == expected.tobytes()


def test_replacing_is_no_masked_store_where_vectors_have_four_lanes() -> None:
    machine = host()
    if machine.width == 4:
        code = compile_object(_replacing(4), machine, level=1, loops=True)
        # vmaskmovpd to memory: VEX.256.66.0F38.W0 2F, the last two bytes of its prefix and its opcode
        assert not any(code[i - 1] & 0x87 == 0x05 and code[i] == 0x2F for i in range(1, len(code)))
