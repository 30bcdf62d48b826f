"""What pyca's own reader says of pyca's vectors: a line each of kind, path and good or bad."""

import sys
import warnings
from pathlib import Path

import cryptography_vectors
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

warnings.simplefilter("ignore")
root = Path(cryptography_vectors.__file__).parent


def pem(octets):
    return b"-----BEGIN" in octets


def request(octets):
    read = x509.load_pem_x509_csr if pem(octets) else x509.load_der_x509_csr
    csr = read(octets)
    csr.subject, csr.extensions, list(csr.attributes)
    if not csr.is_signature_valid:
        raise ValueError("signature")


def message(octets):
    read = pkcs7.load_pem_pkcs7_certificates if pem(octets) else pkcs7.load_der_pkcs7_certificates
    if not read(octets):
        raise ValueError("empty")


def keystore(octets):
    for password in [b"password", b"cryptography", b"changeit", None]:
        try:
            key, certificate, _ = pkcs12.load_key_and_certificates(octets, password)
        except ValueError as error:
            last = error
            continue
        if key is None or certificate is None:
            raise ValueError("no key, or no certificate of it")
        return
    raise last


def certificate(octets):
    read = x509.load_pem_x509_certificate if pem(octets) else x509.load_der_x509_certificate
    found = read(octets)
    found.subject, found.extensions, found.not_valid_after_utc, found.public_key()


def crl(octets):
    read = x509.load_pem_x509_crl if pem(octets) else x509.load_der_x509_crl
    found = read(octets)
    found.issuer, found.extensions, [entry.extensions for entry in found]


KINDS = [
    ("request", request, "x509/requests/*"),
    ("message", message, "pkcs7/*"),
    ("keystore", keystore, "pkcs12/*.p12"),
    ("keystore", keystore, "x509/PKITS_data/pkcs12/*.p12"),
    ("certificate", certificate, "x509/PKITS_data/certs/*.crt"),
    ("crl", crl, "x509/PKITS_data/crls/*.crl"),
]
for kind, judge, pattern in KINDS:
    for path in sorted(root.glob(pattern)):
        try:
            judge(path.read_bytes())
            verdict = "good"
        except Exception:
            verdict = "bad"
        print(kind, path, verdict)
if sys.argv[1:] == ["--version"]:
    print(cryptography_vectors.__version__)
