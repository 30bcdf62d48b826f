"""Prepare, sign, finish: what three calls make is what one makes, and nobody signs what anybody wrote."""

import json
import shutil

import certwright
import pyarrow as pa
import pytest
from conftest import FIELDS, START, name
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from test_issue import rows, table


@pytest.fixture(scope="module")
def public(workspace, tmp_path_factory):
    """The workspace without its keys."""
    folder = tmp_path_factory.mktemp("public") / "workspace"
    shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("key.pem", "lock"))
    return folder


def three(batch, public, workspace, artefacts=(), **terms):
    without = certwright.Issuer(public, prepares_only=True)
    keys = [artefact for artefact in artefacts if artefact == "key"]
    prepared = pa.table(certwright.prepare(batch, issuer=without, artefacts=keys, **terms))
    signed = pa.table(certwright.sign(prepared.select(["row", "row_key", "tbs"]), issuer=certwright.Issuer(workspace)))
    both = prepared.append_column("signature", signed["signature"])
    return certwright.finish(both, issuer=without, artefacts=artefacts, start=START), prepared, signed


def test_three_stages_make_what_one_call_makes(requests, public, workspace, issuer, terms):
    asked = ["pem", "p7b", "reply"]
    batch = table(requests[:40])
    one = certwright.issue(batch, issuer=issuer, artefacts=asked, **terms)
    finished, _, _ = three(batch, public, workspace, asked, **terms)
    assert rows(finished) == rows(one)


def test_without_the_key_nobody_signs(requests, public, terms):
    keyless = certwright.Issuer(public)
    with pytest.raises(certwright.CertwrightError, match="key"):
        certwright.issue(table(requests[:2]), issuer=keyless, **terms)


def test_octets_that_would_not_be_prepared_are_not_signed(requests, public, workspace, root, terms):
    _, prepared, _ = three(table(requests[:1]), public, workspace, **terms)
    other = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(name(1)).issuer_name(root.subject).serial_number(9)
    builder = builder.not_valid_before(START).not_valid_after(root.not_valid_after_utc)
    builder = builder.public_key(other.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    mine = builder.sign(other, hashes.SHA256()).tbs_certificate_bytes
    changed = bytearray(prepared["tbs"][0].as_py())
    changed[-1] ^= 1
    octets = pa.table({"row": [1, 2, 3], "row_key": ["a", "b", "c"], "tbs": [mine, bytes(changed), b""]})
    signed = rows(certwright.sign(octets, issuer=certwright.Issuer(workspace)))
    assert [row["signature"] for row in signed] == [None] * 3
    rules = {json.loads(row["rejection"])["findings"][0]["rule"] for row in signed}
    assert rules == {"enos.prepared"}


def test_a_wrong_signature_is_found_in_the_end(requests, public, workspace, terms):
    _, prepared, signed = three(table(requests[:2]), public, workspace, **terms)
    crossed = list(reversed(signed["signature"].to_pylist()))
    both = prepared.append_column("signature", pa.array(crossed, pa.binary()))
    finished = rows(certwright.finish(both, issuer=certwright.Issuer(public, prepares_only=True)))
    assert [row["status"] for row in finished] == ["rejected"] * 2


def test_keys_are_made_sealed_and_passed_on(public, workspace, root, terms):
    subject = "CN=f{},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN"
    batch = pa.table({
        "device_key": ["f1", "f2"], "key": ["P-256", "P-256"], "subject": [subject.format(1), subject.format(2)],
    })
    with pytest.raises(certwright.CertwrightError, match="nothing protects them"):
        three(batch, public, workspace, ["key"], **terms)
    finished, prepared, _ = three(batch, public, workspace, ["key", "pem"], key_passphrase="on paper", **terms)
    for row, made in zip(rows(finished), prepared.to_pylist()):
        certificate = x509.load_der_x509_certificate(row["certificate"])
        certificate.verify_directly_issued_by(root)
        key = serialization.load_pem_private_key(row["key"].encode(), b"on paper")
        assert key.public_key() == certificate.public_key()
        assert row["key"] == made["key"]
    unasked = rows(certwright.issue(batch, issuer=certwright.Issuer(workspace), **terms))
    assert json.loads(unasked[0]["rejection"])["findings"][0]["rule"] == "batch.key-artefact"


def test_a_check_finds_what_issuing_refuses(requests, public, terms):
    batch = table(requests[:3]).set_column(1, "csr", [["x", *table(requests[:3])["csr"].to_pylist()[1:]]])
    found = rows(certwright.check(batch, issuer=certwright.Issuer(public, prepares_only=True), **terms))
    assert [row["status"] for row in found] == ["rejected", "good", "good"]


def test_keys_and_requests(requests):
    made = rows(certwright.generate_keys("P-256", 3, passphrase="secret"))
    for row in made:
        key = serialization.load_pem_private_key(row["private_key"].encode(), b"secret")
        spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert spki == row["public_key"]
    octets = requests[0].public_bytes(serialization.Encoding.DER)
    request = certwright.parse_request(octets)
    assert (request.subject, request.key_kind) == ("CN=d1,OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN", "P-256")
    assert request.der == octets
    changed = bytearray(octets)
    changed[-1] ^= 1
    with pytest.raises(certwright.RefusedError) as refusal:
        certwright.parse_request(bytes(changed))
    assert refusal.value.findings[0]["rule"] == "rfc2986.request"
    assert FIELDS["issueAuthority"] == "ECC"


def test_nothing_unsigned_goes_out_as_issued(requests, public, workspace, terms):
    without = certwright.Issuer(public, prepares_only=True)
    with pytest.raises(certwright.CertwrightError, match="not opened to issue"):
        certwright.issue(table(requests[:1]), issuer=without, **terms)
    octets = pa.table({"row": [1], "row_key": ["a"], "tbs": [b""]})
    with pytest.raises(certwright.CertwrightError, match="not opened to sign"):
        certwright.sign(octets, issuer=without)
    with pytest.raises(certwright.CertwrightError, match="not opened to prepare"):
        certwright.prepare(table(requests[:1]), issuer=certwright.Issuer(workspace), **terms)
