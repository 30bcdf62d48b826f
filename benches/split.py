#!/usr/bin/env python3
"""Where the CPU time of a recorded run went: perf record -g -o perf.data -- certwright batch ...; split.py perf.data

A sample counts for cryptography or for the ledger when any function on its stack is of it, else for the kernel or for what is
left. Without frame pointers stacks are short, so that leaf functions decide most of it."""

import re
import subprocess
import sys
from collections import Counter

CRYPTO = re.compile(
    r"p256|crypto_bigint|primeorder|primefield|wnaf|sha[12]|ecdsa|elliptic|subtle|ctutils|cmov|hmac|rfc6979|safegcd"
    r"|crypto_mb|graviola|rsa::|lincomb|key::engine"
)
LEDGER = re.compile(r"sqlite|pcache|[Bb]tree|vdbe|walFrames|rusqlite|ledger::|fts5|memjrnl|unix(Write|Sync|Read)")

text = subprocess.run(
    ["perf", "script", "-i", sys.argv[1], "-F", "comm,ip,sym,dso"], capture_output=True, text=True, check=True
).stdout
split, rest = Counter(), Counter()
for sample in text.split("\n\n"):
    frames = [line.strip() for line in sample.splitlines()[1:]]
    if not frames:
        continue
    if any(LEDGER.search(frame) for frame in frames):
        split["ledger"] += 1
    elif any(CRYPTO.search(frame) for frame in frames):
        split["cryptography"] += 1
    elif "[kernel" in frames[0]:
        split["kernel"] += 1
    else:
        split["other"] += 1
        rest[frames[0].split(" ", 1)[-1].rsplit(" (", 1)[0]] += 1
total = sum(split.values())
for name, count in split.most_common():
    print(f"{count / total:6.1%}  {name}")
print("most of other:")
for name, count in rest.most_common(12):
    print(f"{count / total:6.1%}  {name}")
