"""Integrals by Simpson's rule, with equal steps and with adaptive steps."""

import math

from numba import njit


@njit
def bell(x):
    return math.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi)


@njit
def simpson(low, high, steps):
    """The integral of `bell`, with an even number of equal steps."""
    if steps % 2 != 0:
        steps += 1
    width = (high - low) / steps
    total = bell(low) + bell(high)
    for i in range(1, steps):
        if i % 2 == 0:
            total += 2.0 * bell(low + i * width)
        else:
            total += 4.0 * bell(low + i * width)
    return total * width / 3.0


@njit
def panel(low, high):
    return (high - low) / 6.0 * (bell(low) + 4.0 * bell((low + high) / 2.0) + bell(high))


@njit
def adaptive(low, high, tolerance):
    """The integral of `bell`, with halved steps where two halves and the whole differ."""
    middle = (low + high) / 2.0
    whole = panel(low, high)
    halves = panel(low, middle) + panel(middle, high)
    if abs(halves - whole) <= 15.0 * tolerance:
        return halves + (halves - whole) / 15.0
    return adaptive(low, middle, tolerance / 2.0) + adaptive(middle, high, tolerance / 2.0)


if __name__ == "__main__":
    print(simpson(-3, 3, 1000), adaptive(-3.0, 3.0, 1e-10))
