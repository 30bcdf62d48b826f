#!/usr/bin/env python3
"""Writes a job of so many EnOS rows, each with a P-256 request of its own: fleet.py ROWS > job.jsonl (needs `cryptography`)."""

import json
import multiprocessing
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SLICE = 2_000
FIXED = [
    x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
    x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Shanghai"),
    x509.NameAttribute(NameOID.LOCALITY_NAME, "Shanghai"),
    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Lab"),
]


def row(number):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(FIXED + [x509.NameAttribute(NameOID.COMMON_NAME, f"device-{number:08}")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return json.dumps({
        "orgId": "o1",
        "productKey": "open",
        "deviceKey": f"device-{number:08}",
        "csr": csr.public_bytes(serialization.Encoding.PEM).decode(),
        "issueAuthority": "ECC",
    })


def rows(first):
    return "".join(row(number) + "\n" for number in range(first, min(first + SLICE, ROWS)))


ROWS = int(sys.argv[1])
with multiprocessing.Pool(os.cpu_count()) as pool:
    for text in pool.imap(rows, range(0, ROWS, SLICE)):
        sys.stdout.write(text)
