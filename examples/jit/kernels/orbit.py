"""A planet around a sun at the origin, by leapfrog: energy should stay what it was."""

import math

from numba import njit


@njit
def energy(x, y, vx, vy):
    return (vx ** 2 + vy ** 2) / 2.0 - 1.0 / math.sqrt(x ** 2 + y ** 2)


@njit
def drift(steps, dt):
    """By how much the energy of an ellipse changed, relative to what it was."""
    x, y = 1.0, 0.0
    vx, vy = 0.0, 1.2
    before = energy(x, y, vx, vy)
    for _ in range(steps):
        x, y = x + vx * dt / 2.0, y + vy * dt / 2.0
        cube = (x * x + y * y) * math.sqrt(x * x + y * y)
        vx, vy = vx - x / cube * dt, vy - y / cube * dt
        x, y = x + vx * dt / 2.0, y + vy * dt / 2.0
    return abs(energy(x, y, vx, vy) - before) / abs(before)


if __name__ == "__main__":
    print(drift(100000, 0.001))
