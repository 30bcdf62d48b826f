"""Rows of any library in, certificates out; pyca judges them."""

import importlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time

import certwright
import polars
import pyarrow as pa
import pytest
from conftest import FIELDS, START, der, pem
from cryptography import x509
from cryptography.hazmat.primitives import serialization


def table(requests, **more):
    devices = [f"dk{n}" for n in range(1, len(requests) + 1)]
    return pa.table({"device_key": devices, "csr": [pem(request) for request in requests], **more})


def rows(batch):
    return pa.table(batch).to_pylist()


def test_every_certificate_is_what_pyca_expects(requests, issuer, root, terms):
    found = rows(certwright.issue(table(requests), issuer=issuer, **terms))
    assert [row["status"] for row in found] == ["issued"] * 100
    for n, (row, request) in enumerate(zip(found, requests), 1):
        certificate = x509.load_der_x509_certificate(row["certificate"])
        certificate.verify_directly_issued_by(root)
        assert certificate.public_key() == request.public_key()
        assert certificate.subject == request.subject
        assert (row["row"], certificate.serial_number) == (n, n)
        assert (row["row_key"], row["holder"], row["vendor"]) == (f"dk{n}", f"open/dk{n}", "enos")
        assert row["not_before"] == certificate.not_valid_before_utc == START
        assert row["not_after"] == certificate.not_valid_after_utc
        assert row["request"] == der(request)


def test_the_same_row_gets_the_same_octets(requests, issuer, terms):
    whole = rows(certwright.issue(table(requests), issuer=issuer, threads=1, **terms))
    again = rows(certwright.issue(table(requests), issuer=issuer, threads=2, **terms))
    assert whole == again
    part = table(requests, row=list(range(1, 101))).slice(40, 20)
    assert rows(certwright.issue(part, issuer=issuer, **terms)) == whole[40:60]
    counted = table(requests).slice(40, 20)
    assert rows(certwright.issue(counted, issuer=issuer, first_row=41, **terms)) == whole[40:60]


def test_libraries_and_types_make_no_difference(requests, issuer, terms):
    plain = table(requests[:20])
    expected = rows(certwright.issue(plain, issuer=issuer, **terms))
    octets = [der(request) for request in requests[:20]]
    devices = plain["device_key"]
    for other in [
        plain.to_batches()[0],
        pa.RecordBatchReader.from_batches(plain.schema, plain.to_batches(max_chunksize=7)),
        polars.from_arrow(plain),
        pa.table({"deviceKey": devices.cast(pa.large_string()), "csr": pa.array(octets, pa.binary())}),
        pa.table({"deviceKey": devices.dictionary_encode(), "csr": pa.array(octets, pa.large_binary())}),
        pa.table({"deviceKey": devices.cast(pa.string_view()), "csr": pa.array(octets, pa.binary_view())}),
    ]:
        assert rows(certwright.issue(other, issuer=issuer, **terms)) == expected
    done = certwright.issue(plain, issuer=issuer, **terms)
    assert polars.DataFrame(done).height == len(done) == 20
    assert pa.record_batch(done).num_rows == 20


def test_artefacts_are_columns(requests, issuer, terms):
    asked = ["cer", "pem", "chain", "p7b", "p7b_pem", "reply"]
    row = rows(certwright.issue(table(requests[:1]), issuer=issuer, artefacts=asked, **terms))[0]
    certificate = x509.load_der_x509_certificate(row["certificate"])
    assert row["cer"] == row["certificate"]
    assert x509.load_pem_x509_certificates(row["chain"].encode())[0] == certificate
    pkcs7 = importlib.import_module("cryptography.hazmat.primitives.serialization.pkcs7")
    assert certificate in pkcs7.load_der_pkcs7_certificates(row["p7b"])
    assert certificate in pkcs7.load_pem_pkcs7_certificates(row["p7b_pem"].encode())
    assert json.loads(row["reply"])["data"]["cert"]


def test_bad_rows_and_nulls_fail_alone(requests, issuer, terms):
    texts = [pem(request) for request in requests[:6]]
    texts[1], texts[2], texts[3] = "no request", None, "x" * 300_000
    devices = ["dk1", "dk2", "dk3", "dk4", None, "dk6"]
    found = rows(certwright.issue(pa.table({"device_key": devices, "csr": texts}), issuer=issuer, **terms))
    assert [row["status"] for row in found] == ["issued", *["rejected"] * 4, "issued"]
    refused = [json.loads(row["rejection"]) for row in found[1:5]]
    rules = [row["findings"][0]["rule"] for row in refused]
    assert rules == ["enos.csr-pem", "enos.csr", "batch.row", "enos.device-identifier"]
    assert all(row["certificate"] is None and row["serial"] is None for row in found[1:5])
    with pytest.raises(certwright.RefusedError) as refusal:
        certwright.issue(pa.table({"device_key": devices, "csr": texts}), issuer=issuer, errors="raise", **terms)
    assert str(refusal.value) == "4 rows were refused"
    assert [finding["row"] for finding in refusal.value.findings] == [2, 3, 4, 5]
    assert refusal.value.findings[0]["rule"] == "enos.csr-pem"


def test_wrong_columns_are_named(requests, issuer, terms):
    good = table(requests[:1])
    for wrong, said in [
        (good.drop_columns(["csr"]), "no column csr or key, found device_key"),
        (good.drop_columns(["device_key"]), "no column device_key or asset_id, found csr"),
        (good.append_column("colour", [["red"]]), "column \"colour\", allowed for enos: row, row_key"),
        (good.set_column(1, "csr", [[1.5]]), "column csr is Float64, allowed string, binary and integers"),
        (good.append_column("row", [[0]]), "column row holds 0 at place 0, allowed numbers from 1 on"),
        (good.append_column("row", [pa.array([None], pa.int64())]),
         "column row holds null at place 0"),
    ]:
        with pytest.raises(certwright.SchemaError) as refusal:
            certwright.issue(wrong, issuer=issuer, **terms)
        assert said in str(refusal.value)
    colourful = good.append_column("colour", [["red"]])
    assert rows(certwright.issue(colourful, issuer=issuer, pass_over=["colour"], **terms))[0]["status"] == "issued"
    with pytest.raises(certwright.CertwrightError, match="no first serial number is given"):
        certwright.issue(good, issuer=issuer, defaults=FIELDS, start=START)
    with pytest.raises(ValueError, match="vendor \"acme\", allowed"):
        certwright.issue(good, vendor="acme", issuer=issuer)
    # And the issuer goes on.
    assert rows(certwright.issue(good, issuer=issuer, **terms))[0]["status"] == "issued"


def test_a_workspace_records_and_answers_again(requests, tmp_path):
    workspace = tmp_path / "workspace"
    opened = certwright.Workspace(workspace, create=True)
    call = {"issuer": opened, "defaults": FIELDS, "job": "recorded"}
    first = rows(certwright.issue(table(requests[:5]), **call))
    again = rows(certwright.issue(table(requests[:5]), **call))
    assert [row["status"] for row in first] == ["issued"] * 5 and first == again
    # Other devices under the same numbers are handed nobody's certificate.
    fleet = table(requests[:10])
    other = rows(certwright.issue(fleet.slice(5, 5), **call))
    assert [row["certificate"] for row in other] == [None] * 5
    refused = [json.loads(row["rejection"])["findings"][0] for row in other]
    assert {finding["rule"] for finding in refused} == {"batch.recorded"}
    assert refused[0]["found"] == "open/dk6, and this row of the job was issued for open/dk1"
    assert [row["status"] for row in rows(certwright.issue(fleet.slice(5, 5), first_row=6, **call))] == ["issued"] * 5
    for job in [{"job": None}, {"job": ""}]:
        with pytest.raises(ValueError, match="no job is named"):
            certwright.issue(fleet, **{**call, **job})
    # Another job is told that the ledger has these subjects.
    other = rows(certwright.issue(table(requests[:5]), **{**call, "job": "other"}))
    assert {json.loads(row["rejection"])["findings"][0]["rule"] for row in other} == {"enos.duplicate-subject"}
    with pytest.raises(certwright.CertwrightError):
        certwright.Workspace(workspace)
    opened.close()
    opened.close()
    with pytest.raises(RuntimeError, match="closed"):
        certwright.issue(fleet, **call)


def test_the_start_of_validity_is_no_clock(requests, tmp_path):
    begun = time.time()
    opened = certwright.Workspace(tmp_path / "workspace", create=True)
    done = rows(certwright.issue(table(requests[:2]), issuer=opened, defaults=FIELDS, job="j", start="2030-01-01T00:00:00Z"))
    opened.close()
    assert [row["not_before"].year for row in done] == [2030] * 2
    connection = sqlite3.connect(tmp_path / "workspace" / "ledger.sqlite")
    for moments in ["SELECT issued_at FROM certificate", "SELECT at FROM audit"]:
        found = [at for (at,) in connection.execute(moments)]
        assert found and all(begun - 1 <= at <= time.time() for at in found)
    connection.close()


def test_a_workspace_makes_no_key_that_nobody_keeps_and_says_what_is_done(requests, tmp_path):
    opened = certwright.Workspace(tmp_path / "workspace", create=True)
    batch = pa.table({
        "device_key": ["dk1", "dk2"], "csr": [pem(requests[0]), None], "key": [None, "P-256"],
        "subject": [None, "CN=f2,OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN"],
    })
    call = {"issuer": opened, "defaults": FIELDS, "job": "j", "artefacts": ["key"], "key_passphrase": "on paper"}
    with pytest.raises(certwright.RefusedError) as refusal:
        certwright.issue(batch, errors="raise", **call)
    assert [finding["rule"] for finding in refusal.value.findings] == ["batch.key-kept"]
    done = rows(refusal.value.batch)
    assert [row["status"] for row in done] == ["issued", "rejected"]
    assert x509.load_der_x509_certificate(done[0]["certificate"]).public_key() == requests[0].public_key()
    with pytest.raises(ValueError) as other:
        certwright.issue(batch, **{**call, "job": None})
    assert not hasattr(other.value, "batch") and certwright.CertwrightError.batch is None
    opened.close()


def test_numbers_are_each_a_rows_own(requests, issuer, terms):
    crossed = pa.table({
        "row": [3, 1, 2], "device_key": ["dk3", "dk1", "dk2"], "csr": [None, pem(requests[0]), None],
        "key": ["P-256", None, "RSA-2048"],
        "subject": [f"CN=f{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN" for n in (3, 1, 2)],
        "issue_authority": ["ECC", "ECC", "RSA"],
    })
    crossed = crossed.set_column(4, "subject", [[crossed["subject"][0].as_py(), None, crossed["subject"][2].as_py()]])
    done = rows(certwright.issue(crossed, issuer=issuer, artefacts=["key"], plain_keys=True, **terms))
    # As they were given, each with its own number, key and kind.
    assert [(row["row"], row["row_key"], row["serial"], row["key_kind"]) for row in done] == [
        (3, "dk3", "3", "P-256"), (1, "dk1", "1", "P-256"), (2, "dk2", "2", "RSA-2048")]
    for row in (done[0], done[2]):
        key = serialization.load_pem_private_key(row["key"].encode(), None)
        assert key.public_key() == x509.load_der_x509_certificate(row["certificate"]).public_key()
    fleet = table(requests[:2])
    with pytest.raises(certwright.SchemaError, match="row 7 stands twice"):
        certwright.issue(fleet.append_column("row", [[7, 7]]), issuer=issuer, **terms)
    parts = pa.Table.from_batches(fleet.append_column("row", [[2, 2]]).to_batches(max_chunksize=1))
    with pytest.raises(certwright.SchemaError, match="row 2 stands twice"):
        certwright.issue(parts, issuer=issuer, **terms)
    with pytest.raises(ValueError, match="first_row=0, allowed from 1 on"):
        certwright.issue(fleet, issuer=issuer, first_row=0, **terms)


def test_whoever_comes_while_a_workspace_works_is_told_so(tmp_path):
    """Also the thread that works, from a signal's handler. In a process of its own: what hangs is ended."""
    code = """
        import signal, sys, threading, time
        import certwright, pyarrow as pa

        opened = certwright.Workspace("workspace", create=True)
        # Each row is refused by its request, slice after slice: long enough for everybody to come.
        fleet = pa.table({"device_key": [f"dk{n}" for n in range(60_000)], "csr": ["none"] * 60_000})
        call = {"issuer": opened, "defaults": {"orgId": "o1", "productKey": "open"}}
        told = []

        def busy(what):
            try:
                what()
            except certwright.BusyError as error:
                told.append(str(error))

        def other():
            while len(told) < 2:
                busy(opened.close)
                busy(lambda: certwright.issue(fleet.slice(0, 1), job="other", **call))
            signal.pthread_kill(main, signal.SIGUSR1)

        main = threading.get_ident()
        signal.signal(signal.SIGUSR1, lambda *_: busy(opened.close))
        thread = threading.Thread(target=other)
        begun = threading.Event()
        threading.Thread(target=lambda: (begun.wait(), time.sleep(0.05), thread.start())).start()
        begun.set()
        done = certwright.issue(fleet, job="j", **call)
        thread.join()
        opened.close()
        print(len(done), len(told) >= 3, set(told))
    """
    child = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert child.stdout == "60000 True {'another call is at work here'}\n", child.stderr


def test_ctrl_c_leaves_what_is_done(requests, issuer, terms):
    """Between two slices; the batch so far hangs on the exception."""
    fleet = pa.table({"device_key": [f"dk{n}" for n in range(100_000)], "csr": [pem(requests[0])] + ["none"] * 99_999})
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt) as interrupt:
        certwright.issue(fleet, issuer=issuer, **terms)
        time.sleep(60)
    done = rows(interrupt.value.batch)
    assert 2048 <= len(done) < 100_000 and len(done) % 2048 == 0
    assert done[0]["status"] == "issued" and done[0]["row_key"] == "dk0"


def test_the_interpreter_runs_while_rows_are_worked_on(requests, issuer, terms):
    turns, stop = 0, threading.Event()

    def turn():
        nonlocal turns
        while not stop.is_set():
            turns += 1
            stop.wait(0.001)

    thread = threading.Thread(target=turn)
    thread.start()
    certwright.generate_keys("RSA-2048", 16)
    stop.set()
    thread.join()
    assert turns > 20


def test_ctrl_c_ends_a_long_call(tmp_path):
    code = "import certwright; print('ready', flush=True); certwright.generate_keys('RSA-4096', 100_000)"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # Elsewhere, or the sources of the package would be found before the package.
    child = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, **pipes)
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=120)
    assert "KeyboardInterrupt" in said


@pytest.mark.skipif("CERTWRIGHT_LARGE" not in os.environ, reason="takes 8 GiB; CERTWRIGHT_LARGE=1 asks for it")
def test_a_column_chunk_of_two_gib(requests, issuer, terms):
    octets = [b"x" * 250_000] * 9_000
    octets[0], octets[-1] = der(requests[0]), der(requests[1])
    chunk = pa.array(octets, pa.large_binary())
    assert chunk.nbytes > 2**31
    devices = pa.array([f"dk{n}" for n in range(9_000)])
    found = pa.table(certwright.issue(pa.table({"device_key": devices, "csr": chunk}), issuer=issuer, **terms))
    status = found["status"].to_pylist()
    assert status[0] == status[-1] == "issued" and set(status[1:-1]) == {"rejected"}


def test_the_stubs_tell_every_name():
    import ast
    from pathlib import Path

    stubs = ast.parse(Path(certwright.__file__).with_suffix(".pyi").read_text())
    told = {node.name for node in stubs.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert set(certwright.__all__) - {"__version__"} <= told
    assert Path(certwright.__file__).with_name("py.typed").exists()
    assert textwrap.dedent(certwright.issue.__doc__)
