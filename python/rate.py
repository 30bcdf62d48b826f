"""Rows a second of processor time, from Python and by the command, turn about: `python -P python/rate.py CERTWRIGHT [ROWS [ROUNDS]]`.

Of processor time, so that what else the machine does shows little. `-` in the place of the command leaves it out.
"""

import importlib.util
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import certwright
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography import x509

START = "2026-11-01T00:00:00Z"
FIELDS = {"orgId": "o1", "productKey": "open"}


def fleet(rows, folder):
    path = Path(__file__).parent.parent / "ci" / "spark.py"
    spec = importlib.util.spec_from_file_location("fleet", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fleet"] = module
    spec.loader.exec_module(module)
    module.fleet(rows, 0, 0, folder)
    return pq.read_table(f"{folder}/fleet.parquet").drop_columns(["key", "subject"])


def of_children():
    """Seconds of processor time of programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(command, rows=10_000, rounds=5):
    with tempfile.TemporaryDirectory() as folder:
        table = fleet(int(rows), folder)
        workspace = Path(folder, "workspace")
        certwright.Workspace(workspace, create=True).close()
        root = x509.load_pem_x509_certificate((workspace / "ca/ecc-root/certificate.pem").read_bytes())
        rates = {"batch": [], "python": [], "prepare": [], "sign": [], "finish": []}
        for turn in range(int(rounds)):
            out = Path(folder, f"out{turn}")
            subprocess.run(["cp", "-r", workspace, f"{workspace}{turn}"], check=True)
            before = of_children()
            fields = [word for name, value in FIELDS.items() for word in ("--default", f"{name}={value}")]
            words = [
                command, "batch", f"{folder}/fleet.jsonl", "--vendor", "enos", "--workspace", f"{workspace}{turn}", "--out", out,
                "--sink", "jsonl", "--artefacts", "cer", "--threads", "1", "--serial-start", "1", "--not-before", START,
                "--progress", "none", *fields]
            if command != "-":
                subprocess.run(words, check=True, capture_output=True)
                rates["batch"].append(len(table) / (of_children() - before))

            def timed(name, call):
                began = time.process_time()
                done = call()
                rates[name].append(len(table) / (time.process_time() - began))
                return pa.table(done)

            terms = {"start": START, "serial_start": 1, "defaults": FIELDS, "threads": 1}
            issuer, without = certwright.Issuer(workspace), certwright.Issuer(workspace, prepares_only=True)
            issued = timed("python", lambda: certwright.issue(table, issuer=issuer, **terms))
            prepared = timed("prepare", lambda: certwright.prepare(table, issuer=without, **terms))
            signed = timed("sign", lambda: certwright.sign(prepared, issuer=issuer, threads=1))
            both = prepared.append_column("signature", signed["signature"])
            finished = timed("finish", lambda: certwright.finish(both, issuer=without, threads=1, start=START))
            assert finished["certificate"] == issued["certificate"]
        for octets in issued["certificate"].to_pylist():
            x509.load_der_x509_certificate(octets).verify_directly_issued_by(root)
        print(f"{len(issued)} certificates verified by pyca")
        medians = {name: statistics.median(of_rounds) for name, of_rounds in rates.items() if of_rounds}
        for name, median in medians.items():
            print(f"{name}: {median:.0f} rows a second of processor time, median of {rounds}; {[round(rate) for rate in rates[name]]}")
        if command != "-":
            print(f"python is {100 * medians['python'] / medians['batch']:.0f} % of the batch")


if __name__ == "__main__":
    main(*sys.argv[1:])
