"""A planet's orbit by the leapfrog method, which should conserve energy."""

import math

from numba import njit


@njit
def energy(x, y, vx, vy):
    return (vx ** 2 + vy ** 2) / 2.0 - 1.0 / math.sqrt(x ** 2 + y ** 2)


@njit
def drift(steps, dt):
    """The relative change of the energy along an elliptic orbit."""
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
