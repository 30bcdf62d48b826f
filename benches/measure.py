#!/usr/bin/env python3
"""Rate, CPU time, its split and the most memory of a batch of P-256 requests, signed by a P-256 CA, to JSONL:

    cargo build --release && python3 benches/measure.py 1000000          # in a folder below the temporary one
    python3 benches/measure.py 10000000 --folder /var/tmp/big --keep     # some 3 kB a row on the disk

The job comes from `cargo bench --bench fleet`. With --perf it also needs perf, for a run of its own that tells where the CPU time
went."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent

arguments = argparse.ArgumentParser()
arguments.add_argument("rows", type=int)
arguments.add_argument("--command", default=HERE.parent / "target/release/certwright", type=pathlib.Path)
arguments.add_argument("--engine", help="portable, scalar or lanes; the machine chooses without it")
arguments.add_argument("--folder", type=pathlib.Path, help="where job, workspace and results go; a temporary one without it")
arguments.add_argument("--keep", action="store_true", help="leave them there; a job that is there already is used again")
arguments.add_argument("--perf", action="store_true", help="say where the CPU time of a second run went")
asked = arguments.parse_args()
folder = asked.folder or pathlib.Path(tempfile.mkdtemp(prefix="certwright-measure-"))
folder.mkdir(parents=True, exist_ok=True)
command = asked.command.resolve()
environment = dict(os.environ)
if asked.engine:
    environment["CERTWRIGHT_ENGINE"] = asked.engine


def batch(name, before=()):
    """Runs the job in a fresh workspace; wall and CPU seconds, and the most memory in MiB."""
    for old in (f"{name}-workspace", f"{name}-out"):
        shutil.rmtree(folder / old, ignore_errors=True)
    words = [command, "init", "--workspace", f"{name}-workspace"]
    subprocess.run(words, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    words = [*before, command, "batch", job.name, "--vendor", "enos", "--workspace", f"{name}-workspace"]
    words += ["--out", f"{name}-out", "--sink", "jsonl"]
    begun = time.monotonic()
    run = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(run.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit(f"the batch ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


try:
    job = folder / f"job-{asked.rows}.jsonl"
    if not job.exists():
        partial = job.with_suffix(".partial")
        with partial.open("wb") as to:
            made = {**os.environ, "CERTWRIGHT_FLEET_ROWS": str(asked.rows)}
            subprocess.run(["cargo", "bench", "-q", "--bench", "fleet"], cwd=HERE, env=made, stdout=to, check=True)
        partial.rename(job)
    wall, cpu, memory = batch("measured")
    report = json.loads((folder / "measured-out/report.json").read_text())
    print(f"{asked.rows} rows, {report['issued']} issued, {report['rejected']} rejected, {os.cpu_count()} cores")
    print(f"{asked.rows / wall:,.0f} rows a second, {wall:,.1f} s")
    print(f"{cpu / asked.rows * 1e6:,.1f} µs of CPU time a row, {cpu / wall:.2f} cores")
    print(f"{memory:,.0f} MiB at the most")
    if asked.perf:
        data = folder / "perf.data"
        batch("profiled", ["perf", "record", "-q", "-F", "499", "-g", "-o", data, "--"])
        subprocess.run([sys.executable, HERE / "split.py", data], check=True)
finally:
    if not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)
