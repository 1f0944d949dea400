"""Prime numbers by trial division, and coprime pairs."""

import math

from numba import njit


@njit
def is_prime(n):
    if n < 2:
        return False
    if n % 2 == 0:
        return n == 2
    for divisor in range(3, int(math.sqrt(n)) + 1, 2):
        if n % divisor == 0:
            return False
    return True


@njit
def count(bound):
    """The number of primes below `bound`."""
    found = 0
    for n in range(bound):
        if is_prime(n):
            found += 1
    return found


@njit
def gcd(a, b):
    """The greatest common divisor, by recursion."""
    if b == 0:
        return abs(a)
    return gcd(b, a % b)


@njit
def coprime(bound):
    """The share of coprime pairs below `bound`, which tends to 6 / pi ** 2."""
    pairs = 0
    for a in range(1, bound):
        for b in range(1, bound):
            pairs += gcd(a, b) == 1
    return pairs / (bound - 1) ** 2


if __name__ == "__main__":
    print(count(200000), coprime(500))
