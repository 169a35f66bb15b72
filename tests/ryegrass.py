"""Root lengths (cm) of ryegrass under ferulic acid (mM), as the R package drc ships them (Inderjit 2002)."""

import numpy as np

RYEGRASS = (
    np.repeat([0.0, 0.94, 1.88, 3.75, 7.5, 15.0, 30.0], [6, 3, 3, 3, 3, 3, 3]),
    np.array(
        [7.58, 8.0, 8.328571429, 7.25, 7.375, 7.9625, 8.355555556, 6.914285714, 7.75, 6.871428571, 6.45,
         5.922222222, 1.925, 2.885714286, 4.233333333, 1.1875, 0.857142857, 1.057142857, 0.6875, 0.525, 0.825,
         0.25, 0.22, 0.44]
    ),
)  # fmt: skip
