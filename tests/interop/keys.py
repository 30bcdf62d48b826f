"""RSA keys before judges that share no code with who made them: GMP for primes and common factors, badkeys for the rest.

    python keys.py FILE     FILE has a PKCS #8 PrivateKeyInfo in hex on each line; prints {"keys": N, "faults": [...]}
"""
import hashlib
import json
import sys

import gmpy2
from badkeys.checks import checkrsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

# Its blocklist is not in the package; the two "extra" ones are known for false alarms.
CHECKS = ["fermat", "roca", "rsabias", "rsainvalid", "rsapoly", "rsawarnings", "sharedprimes", "smalld", "smallfactors"]


def numbers(line):
    # What the library would find by itself is asked below, and named.
    key = load_der_private_key(bytes.fromhex(line), None, unsafe_skip_rsa_key_validation=True).private_numbers()
    return tuple(map(int, (key.public_numbers.n, key.public_numbers.e, key.d, key.p, key.q, key.iqmp)))


def shared(moduli):
    """Which share a factor with another: by a product and a remainder tree (D. J. Bernstein)."""
    levels = [[gmpy2.mpz(n) for n in moduli]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([below[i] * below[i + 1] if i + 1 < len(below) else below[i] for i in range(0, len(below), 2)])
    rest = levels.pop()
    while levels:
        level = levels.pop()
        rest = [rest[i // 2] % (n * n) for i, n in enumerate(level)]
    return {i for i, n in enumerate(moduli) if gmpy2.gcd(rest[i] // n, n) != 1}


def faults(key):
    n, e, d, p, q, inverse = key
    half = n.bit_length() // 2
    # FIPS 186-5 A.1.1 and A.1.3.
    found = {
        "modulus": n != p * q or n.bit_length() != 2048,
        "exponent": e != 65537,
        "prime": not (gmpy2.is_prime(p, 25) and gmpy2.is_prime(q, 25)),
        "short prime": min(p, q) ** 2 < 1 << (2 * half - 1),
        "close primes": abs(p - q) <= 1 << (half - 100),
        "private exponent": d <= 1 << half or (d * e) % gmpy2.lcm(p - 1, q - 1) != 1,
        "coefficient": (inverse * q) % p != 1,
    }
    return [name for name, wrong in found.items() if wrong] + sorted(checkrsa(n, e=e, checks=CHECKS))


def judge(keys):
    common = shared([key[0] for key in keys])
    told = [(at, fault) for at, key in enumerate(keys) for fault in faults(key)]
    return sorted(told + [(at, "shared factor") for at in common])


def planted():
    """Keys of each kind that must be found."""

    def key(p, q, e=65537):
        p, q = max(p, q), min(p, q)
        d = int(gmpy2.invert(e, gmpy2.lcm(p - 1, q - 1)))
        return int(p * q), e, d, int(p), int(q), int(gmpy2.invert(q, p))

    def prime(name):
        octets = hashlib.shake_256(name.encode()).digest(128)
        return gmpy2.next_prime(int.from_bytes(octets, "big") | 3 << 1022)

    a, b, c, d, e, f = map(prime, "abcdef")
    wrong = key(e, prime("g"))
    return [key(a, b), key(c, d), key(d, prime("h")), key(f, gmpy2.next_prime(f)), wrong[:3] + (wrong[3] + 2,) + wrong[4:]]


def main():
    told = set(judge(planted()))
    others = {(4, fault) for fault in ("modulus", "prime", "coefficient", "private exponent")}
    assert told == others | {(1, "shared factor"), (2, "shared factor"), (3, "close primes"), (3, "fermat")}, told
    with open(sys.argv[1], encoding="ascii") as lines:
        keys = [numbers(line) for line in lines]
    assert len({key[0] for key in keys}) == len(keys), "two keys are one"
    print(json.dumps({"keys": len(keys), "faults": judge(keys)}))


main()
