"""What ci/spark asks of files: a fleet to issue for, and whether two outputs are equal."""

import json
import multiprocessing
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
    table = pa.dataset.dataset(path, format="parquet").to_table()
    name = "certificate" if "certificate" in table.column_names else "cer"
    rows = zip(table["row"].to_pylist(), table[name].to_pylist(), table["key_kind"].to_pylist())
    found = {}
    for row, certificate, kind in rows:
        if certificate is not None:
            assert row not in found, f"row {row} stands twice"
            found[row] = (certificate, kind)
    return found


def equal(one, other):
    """Rows of requests have the same octets in both; of those with fresh keys there are as many."""
    one, other = certificates(one), certificates(other)
    assert one.keys() == other.keys(), f"{len(one)} rows and {len(other)}"
    same = sum(certificate == other[row][0] for row, (certificate, kind) in one.items() if kind == "P-256")
    of_requests = sum(kind == "P-256" for _, kind in one.values())
    assert same == of_requests, f"{of_requests - same} rows differ"
    print(f"{same} rows of requests equal octet for octet, {len(one) - same} rows with fresh keys")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
