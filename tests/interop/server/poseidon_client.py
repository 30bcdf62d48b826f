"""EnOS with the vendor's own Python SDK: arguments are the base URL and the folder for certificates."""

import pathlib
import sys

from poseidon import poseidon

from met import met

base, folder = sys.argv[1], pathlib.Path(sys.argv[2])
KEY, SECRET = "a5b8cd7e-1a2b-4c3d-8e9f-0a1b2c3d4e5f", "b6c9de8f-2b3c-4d5e-9f0a-1b2c3d4e5f60"
URL = base + "/connect-service/v2.0/certificates?orgId=o1&assetId={}&action={}"


def call(action, body=None, asset="a4"):
    return poseidon.urlopen(KEY, SECRET, URL.format(asset, action), body)


csr = (folder / "dk4.csr").read_text()
done = call("apply", {"csr": csr, "validDay": 250, "issueAuthority": "RSA"})
assert done["code"] == 0 and done["data"]["issueAuthority"] == "RSA", done
(folder / "poseidon-1.pem").write_text(done["data"]["cert"])
(folder / "poseidon-1.ca.pem").write_text(done["data"]["caCert"] + "\n")
listed = call("list")
assert [row["cert"] for row in listed["data"]] == [done["data"]["cert"]], listed
for code, start, found in [
    (99400, "Duplicate subject by certificate request!", call("apply", {"csr": csr})),
    (99400, "Invalid Argument csr:csr is missing", call("apply", {"validDay": 1})),
    (11404, "Device cannot be found", call("apply", {"csr": csr}, asset="nobody")),
    (11833, "Certificate is already bound to another device.", call("apply", {"csr": csr}, asset="a5")),
]:
    assert found["code"] == code and found["msg"].startswith(start), found
    met("enos", code, found["msg"])
number = int(done["data"]["certSN"])
renewed = call("renew", {"certSn": number})
assert renewed["code"] == 0, renewed
assert call("revoke", {"certSn": int(renewed["data"]["certSN"]), "reason": 1})["code"] == 0
assert [row["certStatus"] for row in call("list")["data"]] == [1, 1]
print("enos-poseidon, 1 certificate")
