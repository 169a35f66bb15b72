"""Rosenbrock methods as tables of coefficients, in the transformed form that needs no J-vector products.

Stage i solves (I/(h g) - J) U_i = f(t + c_i h, y + sum a_ij U_j) + sum (C_ij / h) U_j + h d_i df/dt;
the step is y + sum b_j U_j, its error estimate sum e_j U_j, and between the ends
y(s) = y + sum_j s (b_j + (1 - s) (H_1j + s (H_2j + s H_3j))) U_j
(Hairer and Wanner, Solving ODEs II, section IV.7, doi:10.1007/978-3-642-05221-7).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Rosenbrock"]


@dataclass(frozen=True, slots=True)
class Rosenbrock:
    """Coefficients of a Rosenbrock method; ``error_order`` is that of the embedded solution."""

    name: str
    order: int
    error_order: int
    gamma: float
    a: tuple[tuple[float, ...], ...]
    c: tuple[tuple[float, ...], ...]
    times: tuple[float, ...]
    slopes: tuple[float, ...]
    b: tuple[float, ...]
    e: tuple[float, ...]
    dense: tuple[tuple[float, ...], ...]

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.b)
