"""Keys and odd certification requests for testdata/make.sh: Python's standard library, nothing more.

Everything follows from fixed seeds, so that the files come out the same octet for octet wherever they are made.
The price: anyone can derive these private keys. They are for tests and must never protect anything.

    make.py key rsa|p256 SEED OUT       one private key in PEM, for OpenSSL to use
    make.py resign KEY IN OUT           IN's certificationRequestInfo signed anew by RFC 6979 (OpenSSL's nonce is random)
    make.py bad OUT_DIR                 the requests that must be refused
    make.py jobs CSR_DIR OUT            the requests of a folder as request bodies, one a line
"""

import base64
import hashlib
import hmac
import json
import math
import sys
from pathlib import Path

# ---- randomness from a seed


class Drbg:
    """SHA-256 in counter mode: the same octets for the same seed."""

    def __init__(self, seed):
        self.seed, self.counter = seed.encode(), 0

    def integer(self, bits):
        octets = b""
        while 8 * len(octets) < bits:
            octets += hashlib.sha256(self.seed + self.counter.to_bytes(8, "big")).digest()
            self.counter += 1
        return int.from_bytes(octets, "big") >> (8 * len(octets) - bits)


# ---- DER


def tlv(tag, *contents):
    body = b"".join(contents)
    length = len(body)
    if length < 0x80:
        return bytes([tag, length]) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    body = bytearray([40 * first + second])
    for arc in rest:
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.insert(0, 0x80 | arc & 0x7F)
        body += bytes(group)
    return tlv(0x06, bytes(body))


def sequence(*parts):
    return tlv(0x30, *parts)


def bit_string(octets):
    return tlv(0x03, b"\0", octets)


def split(der):
    """The parts of one constructed value."""
    parts, (start, end) = [], content(der, 0)
    while start < end:
        stop = content(der, start)[1]
        parts.append(der[start:stop])
        start = stop
    return parts


def content(der, at):
    length, start = der[at + 1], at + 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[at + 2 : start], "big")
    return start, start + length


def pem(label, der):
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return f"-----BEGIN {label}-----\n" + "\n".join(lines) + f"\n-----END {label}-----\n"


def unpem(text):
    inside = text.split("-----BEGIN")[1].split("-----\n", 1)[1].split("-----END")[0]
    return base64.b64decode(inside)


# ---- RSA

SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2))]


def is_prime(n):
    if any(n % p == 0 for p in SMALL_PRIMES):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in [2, 3, 5, 7, 11, 13, 17, 19]:
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(drbg, bits, fits=lambda p: True):
    """A prime with its two highest bits set, so that the product of two has twice the bits."""
    while True:
        p = drbg.integer(bits) | (3 << (bits - 2)) | 1
        if fits(p) and is_prime(p):
            return p


class Rsa:
    def __init__(self, p, q, e=65537):
        self.p, self.q, self.e, self.n = p, q, e, p * q
        self.d = pow(e, -1, (p - 1) * (q - 1)) if e % 2 else None

    @classmethod
    def seeded(cls, seed, bits=2048, e=65537):
        drbg = Drbg(seed)
        coprime = lambda p: math.gcd(p - 1, e) == 1
        return cls(prime(drbg, bits // 2, coprime), prime(drbg, bits // 2, coprime), e)

    def private_pem(self):
        p, q, d = self.p, self.q, self.d
        values = [0, self.n, self.e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
        return pem("RSA PRIVATE KEY", sequence(*map(integer, values)))

    def spki(self):
        algorithm = sequence(oid("1.2.840.113549.1.1.1"), tlv(0x05))
        return sequence(algorithm, bit_string(sequence(integer(self.n), integer(self.e))))

    def sign(self, message, digest):
        """RSASSA-PKCS1-v1_5; None when this padded digest has no root under an even exponent."""
        arc = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}[digest]
        info = sequence(sequence(oid(arc), tlv(0x05)), tlv(0x04, hashlib.new(digest, message).digest()))
        size = (self.n.bit_length() + 7) // 8
        padded = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
        value = int.from_bytes(padded, "big")
        root = pow(value, self.d, self.n) if self.d else self.square_root(value)
        if root is None:
            return None
        number = {"sha1": 5, "sha256": 11, "sha384": 12}[digest]
        algorithm = sequence(oid(f"1.2.840.113549.1.1.{number}"), tlv(0x05))
        return algorithm + bit_string(root.to_bytes(size, "big"))

    def square_root(self, value):
        roots = [pow(value, (p + 1) // 4, p) for p in (self.p, self.q)]
        if any(r * r % p != value % p for r, p in zip(roots, (self.p, self.q))):
            return None
        return (roots[1] + self.q * (pow(self.q, -1, self.p) * (roots[0] - roots[1]) % self.p)) % self.n


def close_primes(seed):
    p = prime(Drbg(seed), 1024)
    q = p + 2
    while not is_prime(q) or math.gcd(q - 1, 65537) != 1:
        q += 2
    return Rsa(q, p)


def roca(seed):
    """Primes k·M + (65537^a mod M), the form by which CVE-2017-15361 is told."""
    drbg, m = Drbg(seed), 2 * math.prod(SMALL_PRIMES[:125])  # the first 126 primes, as for 2048 bits

    def one():
        while True:
            p = (drbg.integer(1024 - m.bit_length()) | 3 << (1022 - m.bit_length())) * m + pow(65537, drbg.integer(256), m)
            if p.bit_length() == 1024 and p >> 1022 == 3 and is_prime(p) and p % 65537 != 1:
                return p

    return Rsa(one(), one())


# ---- ECDSA (P-256, P-384), signed by RFC 6979


class Ec:
    CURVES = {
        "p256": (
            "1.2.840.10045.3.1.7",
            2**256 - 2**224 + 2**192 + 2**96 - 1,
            0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
            0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
            0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
            0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        ),
        "p384": (
            "1.3.132.0.34",
            2**384 - 2**128 - 2**96 + 2**32 - 1,
            0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
            0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
            0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
            0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
        ),
    }

    def __init__(self, curve, scalar):
        self.arc, self.field, _, self.order, x, y = self.CURVES[curve]
        self.base, self.scalar = (x, y), scalar
        self.size = (self.field.bit_length() + 7) // 8

    @classmethod
    def seeded(cls, seed, curve="p256"):
        order = cls.CURVES[curve][3]
        return cls(curve, Drbg(seed).integer(order.bit_length() + 64) % (order - 1) + 1)

    @classmethod
    def from_pem(cls, text):
        scalar = split(unpem(text))[1]
        return cls("p256", int.from_bytes(scalar[2:], "big"))

    def add(self, a, b):
        if a is None or b is None:
            return a or b
        (ax, ay), (bx, by), p = a, b, self.field
        if ax == bx and (ay + by) % p == 0:
            return None
        slope = (3 * ax * ax - 3) * pow(2 * ay, -1, p) if a == b else (by - ay) * pow(bx - ax, -1, p)
        x = (slope * slope - ax - bx) % p
        return x, (slope * (ax - x) - ay) % p

    def times(self, scalar):
        total, step = None, self.base
        while scalar:
            if scalar & 1:
                total = self.add(total, step)
            step, scalar = self.add(step, step), scalar >> 1
        return total

    def point(self):
        x, y = self.times(self.scalar)
        return b"\4" + x.to_bytes(self.size, "big") + y.to_bytes(self.size, "big")

    def private_pem(self):
        scalar = tlv(0x04, self.scalar.to_bytes(self.size, "big"))
        parts = integer(1), scalar, tlv(0xA0, oid(self.arc)), tlv(0xA1, bit_string(self.point()))
        return pem("EC PRIVATE KEY", sequence(*parts))

    def spki(self):
        return sequence(sequence(oid("1.2.840.10045.2.1"), oid(self.arc)), bit_string(self.point()))

    def nonce(self, hashed, digest):
        """RFC 6979 §3.2."""
        reduced = (self.truncate(hashed) % self.order).to_bytes(self.size, "big")
        secret = self.scalar.to_bytes(self.size, "big") + reduced
        mac = lambda key, *parts: hmac.new(key, b"".join(parts), digest).digest()
        v, k = b"\1" * len(hashed), b"\0" * len(hashed)
        for octet in (b"\0", b"\1"):
            k = mac(k, v, octet, secret)
            v = mac(k, v)
        while True:
            t = b""
            while len(t) < self.size:
                v = mac(k, v)
                t += v
            nonce = self.truncate(t[: self.size])
            if 0 < nonce < self.order:
                return nonce
            k = mac(k, v, b"\0")
            v = mac(k, v)

    def truncate(self, octets):
        return int.from_bytes(octets, "big") >> max(0, 8 * len(octets) - self.order.bit_length())

    def sign(self, message, digest):
        hashed = hashlib.new(digest, message).digest()
        nonce = self.nonce(hashed, digest)
        r = self.times(nonce)[0] % self.order
        s = pow(nonce, -1, self.order) * (self.truncate(hashed) + r * self.scalar) % self.order
        number = {"sha256": 2, "sha384": 3}[digest]
        algorithm = sequence(oid(f"1.2.840.10045.4.3.{number}"))
        return algorithm + bit_string(sequence(integer(r), integer(s)))


# ---- certification requests (RFC 2986)

UTF8, PRINTABLE = 0x0C, 0x13
TYPES = {"C": "2.5.4.6", "ST": "2.5.4.8", "L": "2.5.4.7", "O": "2.5.4.10", "OU": "2.5.4.11", "CN": "2.5.4.3"}


def subject(cn, without=None, **other):
    values = {"C": "CN", "ST": "Shanghai", "L": "Shanghai", "O": "EnOS", "OU": "Fleet", "CN": cn} | other
    rdns = []
    for name, value in values.items():
        if name == without:
            continue
        octets = value if isinstance(value, bytes) else value.encode()
        value = tlv(PRINTABLE if name == "C" else UTF8, octets)
        rdns.append(tlv(0x31, sequence(oid(TYPES[name]), value)))
    return sequence(*rdns)


def info(key, name):
    return sequence(integer(0), name, key.spki(), tlv(0xA0))


def request(key, name, digest="sha256"):
    body = info(key, name)
    return sequence(body, key.sign(body, digest))


def bad(out):
    """Each file has one fault; testdata/README.md names it."""
    label = "CERTIFICATE REQUEST"

    def write(name, der):
        (out / f"{name}.csr.pem").write_text(pem(label, der), newline="")

    good_key = Rsa.seeded("bad rsa-2048")
    ec = Ec.seeded("bad p-256")
    good = request(good_key, subject("bad-good"))

    # The text and its octets.
    (out / "empty.csr.pem").write_text("")
    (out / "not-pem.csr.pem").write_text("This is a letter, not a certification request.\n")
    (out / "pem-cut.csr.pem").write_text(pem(label, good)[:700])
    (out / "pem-two-objects.csr.pem").write_text(pem(label, good) + pem(label, request(ec, subject("bad-second"))))
    (out / "pem-wrong-label.csr.pem").write_text(pem("CERTIFICATE", good))
    (out / "pem-bad-base64.csr.pem").write_text(pem(label, good).replace("A", "*", 1))
    write("truncated", good[:-40])
    write("trailing-octets", good + b"\0\0")
    indefinite = b"\x30\x80" + b"".join(split(good)) + b"\0\0"
    write("ber-indefinite-length", indefinite)

    # Proof of possession.
    flipped = bytearray(good)
    flipped[-1] ^= 1
    write("wrong-signature", bytes(flipped))
    parts = split(good)
    write("wrong-signer", sequence(info(ec, subject("bad-wrong-signer")), *parts[1:]))

    # Keys and algorithms that EnOS does not take.
    write("rsa-1024", request(Rsa.seeded("bad rsa-1024", 1024), subject("bad-rsa-1024")))
    write("rsa-3072", request(Rsa.seeded("bad rsa-3072", 3072), subject("bad-rsa-3072")))
    write("rsa-2048-sha1", request(good_key, subject("bad-rsa-2048-sha1"), "sha1"))
    write("rsa-2048-sha384", request(good_key, subject("bad-rsa-2048-sha384"), "sha384"))
    write("p384", request(Ec.seeded("bad p-384", "p384"), subject("bad-p384"), "sha384"))
    write("p256-sha384", request(ec, subject("bad-p256-sha384"), "sha384"))
    off_curve = bytearray(info(ec, subject("bad-point-off-curve")))
    off_curve[-3] ^= 1  # the last octet of y; `A0 00` follows
    write("point-off-curve", sequence(bytes(off_curve), ec.sign(bytes(off_curve), "sha256")))

    # The subject.
    for part in TYPES:
        name = f"no-{part.lower()}"
        write(name, request(good_key, subject(f"bad-{name}", without=part)))
    write("country-of-three", request(good_key, subject("bad-country-of-three", C="CHN")))
    write("cn-empty", request(good_key, subject("")))
    write("cn-of-65", request(good_key, subject("n" * 65)))
    write("invalid-utf8", request(good_key, subject(b"bad-\xc3\x28-utf8")))
    write("subject-empty", request(good_key, sequence()))

    # Weak keys; each proves possession (under an even modulus few programs can tell), so only the key is at fault.
    write("weak-exponent-3", request(Rsa.seeded("bad e=3", e=3), subject("bad-exponent-3")))
    write("weak-even-exponent", even_exponent())
    write("weak-even-modulus", request(Rsa(prime(Drbg("bad even"), 2047), 2), subject("bad-even-modulus")))
    write("weak-small-factor", request(Rsa(prime(Drbg("bad small"), 2040), 251), subject("bad-small-factor")))
    write("weak-close-primes", request(close_primes("bad close"), subject("bad-close-primes")))
    write("weak-roca", request(roca("bad roca"), subject("bad-roca")))
    drbg = Drbg("bad shared")
    shared, first, second = (prime(drbg, 1024) for _ in range(3))
    write("weak-shared-factor-1", request(Rsa(shared, first), subject("bad-shared-factor-1")))
    write("weak-shared-factor-2", request(Rsa(shared, second), subject("bad-shared-factor-2")))


def even_exponent():
    """e = 2 signs one padded digest in four: count up the name until it does."""
    drbg, three = Drbg("bad e=2"), lambda p: p % 4 == 3
    key = Rsa(prime(drbg, 1024, three), prime(drbg, 1024, three), 2)
    for counter in range(1000):
        name = subject(f"bad-even-exponent-{counter}")
        if signed := key.sign(info(key, name), "sha256"):
            return sequence(info(key, name), signed)
    raise AssertionError("no square in a thousand")


def jobs(source, out):
    """EnOS's request bodies for the devices of a folder, the names of the query beside them."""
    lines = []
    for path in sorted(source.glob("*.csr.pem")):
        csr = path.read_bytes().decode()
        ec = bytes.fromhex("06072a8648ce3d0201") in unpem(path.read_text())  # id-ecPublicKey, RFC 5480 section 2.1.1
        row = {"orgId": "o1", "productKey": "open", "deviceKey": path.name.removesuffix(".csr.pem"), "action": "apply"}
        row |= {"csr": csr, "validDay": 365, "issueAuthority": "ECC" if ec else "RSA"}
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    out.write_bytes("".join(lines).encode())


def main(verb, *arguments):
    if verb == "key":
        kind, seed, out = arguments
        key = Rsa.seeded(seed) if kind == "rsa" else Ec.seeded(seed)
        Path(out).write_text(key.private_pem())
    elif verb == "resign":
        key, source, out = arguments
        body = split(unpem(Path(source).read_text()))[0]
        signed = Ec.from_pem(Path(key).read_text()).sign(body, "sha256")
        Path(out).write_text(pem("CERTIFICATE REQUEST", sequence(body, signed)))
    elif verb == "bad":
        bad(Path(arguments[0]))
    elif verb == "jobs":
        jobs(*map(Path, arguments))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
