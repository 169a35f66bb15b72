"""RODAS4: six stages, order 4, stiffly accurate, dense output of order 3; for loose tolerances.

E. Hairer and G. Wanner, Solving Ordinary Differential Equations II, section IV.7 (code
RODAS), doi:10.1007/978-3-642-05221-7.
"""

from __future__ import annotations

from jakstat.engine.compile.method import Rosenbrock

__all__ = ["RODAS4"]

# Coefficients of the code RODAS (its METH = 1), in the transformed form of section IV.7: a, C, times
# (alpha_i), slopes (gamma_i), b with error weights e, and the dense output. Tests hold the order of each.
_A5 = (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950)

RODAS4 = Rosenbrock(
    name="rodas4",
    order=4,
    error_order=3,
    gamma=0.25,
    a=(
        (),
        (1.544,),
        (0.9466785280815826, 0.2557011698983284),
        (3.314825187068521, 2.896124015972201, 0.9986419139977817),
        _A5,
        (*_A5, 1.0),
    ),
    c=(
        (),
        (-5.6688,),
        (-2.430093356833875, -0.2063599157091915),
        (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
        (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
        (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054),
    ),
    times=(0.0, 0.386, 0.21, 0.63, 1.0, 1.0),
    slopes=(0.25, -0.1043, 0.1035, -0.03620000000000023, 0.0, 0.0),
    b=(*_A5, 1.0, 1.0),
    e=(0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    dense=(
        (
            10.12623508344586,
            -7.487995877610167,
            -34.80091861555747,
            -7.992771707568823,
            1.025137723295662,
            0.0,
        ),
        (
            -0.6762803392801253,
            6.087714651680015,
            16.43084320892478,
            24.76722511418386,
            -6.594389125716872,
            0.0,
        ),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
)
"""Order 4 with a 3rd-order error estimate."""
