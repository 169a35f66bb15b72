"""Numbers of every command are written in plain digits."""

from typing import Annotated, get_args, get_origin

import pytest
from typer.models import ParameterInfo
from typer.testing import CliRunner

from jakstat.cli.main import COMMANDS, app

NUMBERS = [
    (command, name)
    for command, function in COMMANDS
    for name, hint in function.__annotations__.items()
    if get_origin(hint) is Annotated
    and any(isinstance(info, ParameterInfo) for info in get_args(hint)[1:])
    and {get_args(hint)[0], *get_args(get_args(hint)[0])} & {int, float}
]


def test_there_are_numbers():
    assert ("fit", "starts") in NUMBERS
    assert ("run", "rtol") in NUMBERS
    assert len(NUMBERS) > 30


@pytest.mark.parametrize(("command", "name"), NUMBERS)
def test_no_option_takes_a_number_as_python_writes_it(command, name):
    function = dict(COMMANDS)[command]
    info = next(i for i in get_args(function.__annotations__[name]) if isinstance(i, ParameterInfo))
    option = next((d for d in info.param_decls or () if d.startswith("--")), f"--{name.replace('_', '-')}")
    for text in ("1_0", "１０", "nan", "0x10"):
        done = CliRunner().invoke(app, [command, f"{option}={text}"])
        assert done.exit_code == 2
        assert "plain digits" in done.output, done.output
