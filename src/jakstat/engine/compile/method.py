"""Methods of the step loop as tables of coefficients: Rosenbrock methods, and collocation.

Rosenbrock methods stand in the transformed form that needs no J-vector products.
Stage i solves
(I/(h g) - J) U_i = f(t + c_i h, y + sum a_ij U_j) + sum (C_ij / h) U_j + h d_i df/dt;
the step is y + sum b_j U_j, its error estimate sum e_j U_j, and between the ends
y(s) = y + sum_j s (b_j + (1 - s) (H_1j + s (H_2j + s H_3j))) U_j
(Hairer and Wanner, Solving ODEs II, section IV.7, doi:10.1007/978-3-642-05221-7).

Collocation (section IV.8 there): Z = h A F(y + Z) is solved by Newton's method in W = T^-1 Z, where
T^-1 A^-1 T is one real number g and pairs (alpha, beta), each standing for [[alpha, beta], [-beta, alpha]].
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Collocation", "Method", "Rosenbrock"]


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


@dataclass(frozen=True, slots=True)
class Collocation:
    """Coefficients of a stiffly accurate collocation method: the last node is 1.

    ``e`` are the weights of Z in the error estimate (g/h I - J)^-1 (f(t, y) + g/h sum e_j Z_j); between the
    ends y(s) = y + sum_j s (D_1j + s (D_2j + ...)) Z_j, D being ``dense``: the polynomial of collocation;
    ``inside`` is the largest abs(s prod (s - c_i)) there.
    """

    name: str
    order: int
    error_order: int
    real: float
    pairs: tuple[tuple[float, float], ...]
    nodes: tuple[float, ...]
    transform: tuple[tuple[float, ...], ...]
    inverse: tuple[tuple[float, ...], ...]
    e: tuple[float, ...]
    dense: tuple[tuple[float, ...], ...]
    inside: float

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.nodes)

    @property
    def gamma(self) -> float:
        """1 / g, so that 1 / (gamma h) stands on the diagonal, as it does for a Rosenbrock method."""
        return 1.0 / self.real


Method = Rosenbrock | Collocation
