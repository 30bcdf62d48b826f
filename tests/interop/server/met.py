"""Which of the vendors' refusals a client met: a line of JSON each in `met.jsonl` of the client's folder, its second argument.

The test holds these against the tables of errors in docs/vendors.
"""

import json
import pathlib
import sys


def met(vendor, code, msg=""):
    line = {"by": pathlib.Path(sys.argv[0]).name, "vendor": vendor, "code": str(code), "msg": msg}
    with open(pathlib.Path(sys.argv[2]) / "met.jsonl", "a") as file:
        file.write(json.dumps(line) + "\n")
