import datetime
from pathlib import Path

import certwright
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

START = datetime.datetime(2026, 5, 1, tzinfo=datetime.timezone.utc)
FIELDS = {"orgId": "o1", "productKey": "open", "issueAuthority": "ECC"}


def name(n):
    parts = [("COUNTRY_NAME", "CN"), ("STATE_OR_PROVINCE_NAME", "Shanghai"), ("LOCALITY_NAME", "Shanghai"),
             ("ORGANIZATION_NAME", "Acme"), ("ORGANIZATIONAL_UNIT_NAME", "Lab"), ("COMMON_NAME", f"d{n}")]
    return x509.Name([x509.NameAttribute(getattr(NameOID, part), value) for part, value in parts])


def csr(n):
    key = ec.generate_private_key(ec.SECP256R1())
    return x509.CertificateSigningRequestBuilder().subject_name(name(n)).sign(key, hashes.SHA256())


def pem(request):
    return request.public_bytes(serialization.Encoding.PEM).decode()


def der(request):
    return request.public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certwright") / "workspace"
    certwright.Workspace(folder, create=True).close()
    return folder


@pytest.fixture(scope="session")
def issuer(workspace):
    return certwright.Issuer(workspace)


@pytest.fixture(scope="session")
def root(workspace):
    return x509.load_pem_x509_certificate(Path(workspace, "ca/ecc-root/certificate.pem").read_bytes())


@pytest.fixture(scope="session")
def requests():
    return [csr(n) for n in range(1, 101)]


@pytest.fixture
def terms():
    return {"start": START, "serial_start": 1, "defaults": FIELDS}
