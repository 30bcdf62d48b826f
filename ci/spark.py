"""What ci/spark asks of files: a fleet to issue for, and whether two outputs are equal."""

import json
import multiprocessing
import subprocess
import sys

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

SUBJECT = [("COUNTRY_NAME", "CN"), ("STATE_OR_PROVINCE_NAME", "Shanghai"), ("LOCALITY_NAME", "Shanghai"),
           ("ORGANIZATION_NAME", "Acme"), ("ORGANIZATIONAL_UNIT_NAME", "Lab")]


def requests(span):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    texts = []
    for n in range(*span):
        names = [*SUBJECT, ("COMMON_NAME", f"d{n}")]
        name = x509.Name([x509.NameAttribute(getattr(x509.NameOID, kind), text) for kind, text in names])
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
        texts.append(request.public_bytes(serialization.Encoding.PEM).decode())
    return texts


def fleet(rows, fresh, bad, folder):
    """`rows` requests, every `bad`-th of them spoilt, and behind them `fresh` rows that ask for RSA keys."""
    rows, fresh, bad = int(rows), int(fresh), int(bad)
    spans = [(first, min(first + 2000, rows + 1)) for first in range(1, rows + 1, 2000)]
    with multiprocessing.Pool() as pool:
        texts = [text for part in pool.map(requests, spans) for text in part]
    if bad:
        texts = ["spoilt" if n % bad == 0 else text for n, text in enumerate(texts, 1)]
    devices = [f"dk{n}" for n in range(1, rows + 1)]
    issuers = ["ECC"] * rows + ["RSA"] * fresh
    subjects = [f"CN=f{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN" for n in range(1, fresh + 1)]
    keyed = [f"fk{n}" for n in range(1, fresh + 1)]
    table = pa.table({
        "row": pa.array(range(1, rows + fresh + 1), pa.int64()),
        "device_key": devices + keyed,
        "csr": pa.array(texts + [None] * fresh, pa.string()),
        "key": pa.array([None] * rows + ["RSA-2048"] * fresh, pa.string()),
        "subject": pa.array([None] * rows + subjects, pa.string()),
        "issue_authority": issuers,
    })
    pq.write_table(table, f"{folder}/fleet.parquet", row_group_size=20_000)
    names = {"device_key": "deviceKey", "issue_authority": "issueAuthority"}
    with open(f"{folder}/fleet.jsonl", "w") as lines:
        for row in table.drop_columns(["row"]).to_pylist():
            kept = {names.get(name, name): value for name, value in row.items() if value is not None}
            lines.write(json.dumps(kept) + "\n")


def requests_only(fleet, rows, out):
    """The first rows; a fleet begins with its requests."""
    table = pq.read_table(fleet).slice(0, int(rows))
    assert table["csr"].null_count == 0, "the fleet has fewer requests"
    pq.write_table(table, out, row_group_size=20_000)


def certificates(path):
    """Of each row: certificate, kind of its key, and the key where one was made."""
    table = pa.dataset.dataset(path, format="parquet").to_table()
    name = "certificate" if "certificate" in table.column_names else "cer"
    columns = (table[column].to_pylist() for column in ("row", name, "key_kind", "key"))
    found = {}
    for row, certificate, kind, key in zip(*columns):
        if certificate is not None:
            assert row not in found, f"row {row} stands twice"
            found[row] = (certificate, kind, key)
    return found


def opened(sealed, factory):
    """A key that was encrypted for the factory, as OpenSSL opens it."""
    command = ["openssl", "cms", "-decrypt", "-inform", "PEM", "-inkey", factory]
    return subprocess.run(command, input=sealed.encode(), check=True, capture_output=True).stdout


def check_keys(rows, factory, at_most=20):
    """Keys of some rows, first to last, open and are those of their certificates."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    step = max(1, len(rows) // at_most)
    for row in sorted(rows)[::step]:
        certificate, _, sealed = rows[row]
        key = serialization.load_pem_private_key(opened(sealed, factory), None)
        certified = x509.load_der_x509_certificate(certificate).public_key()
        assert key.public_key() == certified, f"row {row} has the key of another certificate"
    return len(range(0, len(rows), step))


def equal(one, other, good, fresh, factory):
    """Rows of requests have the same octets in both, and so many are there; so many have fresh keys, which are their own."""
    good, fresh = int(good), int(fresh)
    one, other = certificates(one), certificates(other)
    assert one.keys() == other.keys(), f"{len(one)} rows and {len(other)}"
    of_requests = [row for row, (_, kind, _) in one.items() if kind == "P-256"]
    differ = [row for row in of_requests if one[row][0] != other[row][0]]
    assert not differ, f"{len(differ)} rows differ, the first is {differ[0]}"
    assert len(of_requests) == good, f"{len(of_requests)} rows of requests, {good} are good"
    keyed = {row: found for row, found in other.items() if found[1] == "RSA-2048"}
    assert len(keyed) == fresh and len(other) == good + fresh, f"{len(keyed)} of {len(other)} rows with fresh keys, {fresh} asked for"
    assert all(other[row][2] is None for row in of_requests), "a row of a request has a key"
    tried = check_keys(keyed, factory) if fresh else 0
    print(f"{good} rows of requests equal octet for octet, {fresh} rows with fresh keys, {tried} of which were opened")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
