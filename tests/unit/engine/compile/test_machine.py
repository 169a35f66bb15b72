import ctypes

import pytest

from jakstat.engine.compile.machine import compile_object, host, load_object

TEXT = "define i64 @twice(i64 %x) {\n  %y = add i64 %x, %x\n  ret i64 %y\n}"


@pytest.mark.parametrize("loops", [False, True])
def test_text_becomes_a_callable_function(loops: bool) -> None:
    code = compile_object(TEXT, host(), loops=loops)
    library = load_object(code, host())
    assert library.function("twice", ctypes.c_int64)(21) == 42
    assert library.address("twice") != 0


def test_vector_width_fits_the_processor() -> None:
    assert host().width in (2, 4, 8)
    assert host().cpu in host().key


def test_wrong_text_is_refused() -> None:
    with pytest.raises(RuntimeError):
        compile_object("define i64 @f( {", host())
