"""The machine the kernels run on: its vector width, and IR text to callable code.

Everything goes through llvmlite's bundled LLVM; no compiler on the machine is needed.
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import llvmlite
import llvmlite.binding as llvm

__all__ = ["Library", "Machine", "compile_object", "host", "load_object"]


@dataclass(frozen=True, slots=True)
class Machine:
    """A target: processor, its features, and how many doubles a vector holds."""

    triple: str
    cpu: str
    features: str
    width: int

    @property
    def key(self) -> tuple[str, ...]:
        """What code compiled for this machine depends on."""
        versions = ".".join(str(n) for n in llvm.llvm_version_info)
        return (self.triple, self.cpu, self.features, str(self.width), versions, llvmlite.__version__)


@lru_cache(maxsize=1)
def _initialise() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@lru_cache(maxsize=1)
def host() -> Machine:
    """The processor we run on.

    Examples
    --------
    >>> host().width in (2, 4, 8)
    True
    """
    _initialise()
    available = llvm.get_host_cpu_features()
    if platform.machine().lower() in ("x86_64", "amd64"):
        width = (
            8 if available.get("avx512f") and available.get("avx512dq") else 4 if available.get("avx") else 2
        )
    else:
        width = 2
    features = available.flatten()
    if width == 8:
        features += ",-prefer-256-bit"
    return Machine(llvm.get_default_triple(), llvm.get_host_cpu_name(), features, width)


def _target(machine: Machine, optimise: int) -> llvm.TargetMachine:
    """Code that reaches its constants wherever they are: in a process with many threads LLVM may find room
    for them only more than 2 GB away, which the small code model cannot reach and LLVM aborts on.
    """
    target = llvm.Target.from_triple(machine.triple)
    return target.create_target_machine(
        cpu=machine.cpu, features=machine.features, opt=optimise, reloc="pic", codemodel="large", jit=True
    )


def compile_object(text: str, machine: Machine, *, level: int = 2, loops: bool = False) -> bytes:
    """Machine code of an IR module, by LLVM's code generator at a ``level`` from 0 to 3.

    Every level gives the same numbers: no operation is marked as one that may be rounded otherwise.
    ``loops`` readies the text for a low level: without it a loop counts in memory. The whole pipeline
    of level 2 takes six times as long and the code is no faster.
    """
    _initialise()
    module = llvm.parse_assembly(f'target triple = "{machine.triple}"\n{text}')
    module.verify()
    target = _target(machine, level)
    if loops:
        passes = llvm.create_new_module_pass_manager()
        passes.add_sroa_pass()
        passes.add_simplify_cfg_pass()
        passes.add_loop_rotate_pass()
        passes.run(module, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options()))
    code: bytes = target.emit_object(module)
    return code


@dataclass(frozen=True, slots=True)
class Library:
    """Loaded machine code; keep it alive while its functions are in use."""

    _engine: llvm.ExecutionEngine
    _known: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    def address(self, name: str) -> int:
        """The address of a function."""
        if name not in self._known:
            self._known[name] = int(self._engine.get_function_address(name))
        return self._known[name]

    def function(self, name: str, *arguments: type) -> Callable[..., int]:
        """A function returning a 64-bit integer; calling it releases the GIL."""
        return ctypes.CFUNCTYPE(ctypes.c_int64, *arguments)(self.address(name))


def load_object(code: bytes, machine: Machine) -> Library:
    """Make machine code callable."""
    _initialise()
    module = llvm.parse_assembly(f'target triple = "{machine.triple}"')
    engine = llvm.create_mcjit_compiler(module, _target(machine, 2))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Library(engine)
