"""The area of the Mandelbrot set, estimated by counting points of a grid."""

from numba import njit


@njit
def escapes_after(re, im, limit):
    """The number of steps until the point leaves the circle of radius two, or `limit`."""
    x = 0.0
    y = 0.0
    for step in range(limit):
        xx = x * x
        yy = y * y
        if xx + yy > 4.0:
            return step
        y = 2.0 * x * y + im
        x = xx - yy + re
    return limit


@njit
def area(side):
    """The area, from a grid of `side` by `side` points over [-2, 0.5] x [-1.25, 1.25]."""
    limit = 300
    inside = 0
    for row in range(side):
        im = 2.5 * (row + 0.5) / side - 1.25
        for column in range(side):
            re = 2.5 * (column + 0.5) / side - 2.0
            if escapes_after(re, im, limit) == limit:
                inside += 1
    return inside * 2.5 * 2.5 / (side * side)


if __name__ == "__main__":
    print(area(400))
