"""The longest Collatz sequence that starts below a bound."""

from numba import njit


@njit
def length(n):
    """The number of steps from `n` to 1."""
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


@njit
def longest(bound):
    """The smallest start below `bound` with the longest sequence."""
    best = 1
    most = 0
    for start in range(1, bound):
        steps = length(start)
        if steps > most:
            most = steps
            best = start
    return best


if __name__ == "__main__":
    print(longest(300000))
