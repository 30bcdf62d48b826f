"""pkilint over many certificates in one process: a line each of what it finds at WARNING or above, file and code."""

import contextlib
import io
import json
import sys

from pkilint.bin import lint_pkix_cert

for path in sys.argv[1:]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        lint_pkix_cert.main(["lint", "-s", "WARNING", "-f", "JSON", path])
    for result in json.loads(said.getvalue())["results"]:
        for finding in result["finding_descriptions"]:
            print(path, finding["code"])
print("judged", len(sys.argv) - 1)
