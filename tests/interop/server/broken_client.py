"""What each vendor documents for a failure of its own: the ledger below the running server is made to refuse.

Arguments are the base URL, the folder with requests, that of the demonstration and the ledger.
"""

import base64
import hashlib
import pathlib
import sqlite3
import sys
import time

import requests
import zeep

from emca_client import Client, failed
from met import met

base, (folder, demo, ledger) = sys.argv[1], map(pathlib.Path, sys.argv[2:5])
# The token of the vendor's SDK, which nobody here can read.
OPAQUE = {"apim-accesstoken": base64.b64encode(bytes(256)).decode()}
KEY, TOKEN = {"X-API-Key": "demo"}, {"Authorization": "Bearer demo"}


def sql(*statements):
    with sqlite3.connect(ledger, timeout=60) as connection:
        for statement in statements:
            connection.execute(statement)


def enos(action, body=None, device="dk1", method="POST"):
    query = {"orgId": "o1", "productKey": "pk1", "deviceKey": device, "action": action}
    response = requests.request(method, base + "/connect-service/v2.0/certificates", params=query, json=body, headers=OPAQUE)
    assert response.status_code == 200
    found = response.json()
    if found["code"] != 0:
        met("enos", found["code"], found["msg"])
    return found["code"], found["msg"]


def token(key="app-1-key", secret="app-1-secret"):
    timestamp = int(time.time() * 1000)
    encryption = hashlib.sha256(f"{key}{timestamp}{secret}".encode()).hexdigest()
    body = {"appKey": key, "encryption": encryption, "timestamp": timestamp}
    return requests.post(f"{base}/apim-token-service/v2.0/token/get", json=body).json()


def ecc(name):
    return {"csr": (folder / f"{name}.csr").read_text(), "issueAuthority": "ECC"}


def quiet(text):
    """Nothing of this machine is told to a caller."""
    assert "ledger" not in text and "/" not in text.replace("application/json", "") and "sqlite" not in text.lower(), text


assert enos("apply", ecc("dk1")) == (0, "OK")
sql("CREATE TRIGGER broken BEFORE INSERT ON certificate BEGIN SELECT RAISE(ABORT, 'out of /srv/ledger'); END")
assert enos("apply", ecc("dk2"), "dk2") == (99500, "Internal error of certificate service.")
found = requests.post(base + "/v2/certificates/create", json={"commId": 5001}, headers=KEY)
assert (found.status_code, found.json()["errorCode"]) == (500, "InternalError"), found.text
quiet(found.json()["message"])
met("ecgrid", "500 InternalError", found.json()["message"])
found = requests.post(base + "/api/v1/certificates/create", json={"station": 62, "selfSigned": True}, headers=TOKEN)
assert (found.status_code, found.json()) == (500, {"status": "error", "msg": "DB error: internal detail"}), found.text
met("as2expert", 500, found.json()["msg"])
failed("Internal server error", Client(base, folder, demo).custom("app-9"))
service = zeep.Client(base + "/v4.1/prod/ECGridOS.asmx?WSDL").service
try:
    service.CertificateRenewPrivate(SessionID="demo", CommID=5001, CertKeyID=1, OverlapDays=30, Years=1, SecureHashAlgorithm="sha2")
    raise AssertionError("no fault")
except zeep.exceptions.Fault as fault:
    assert fault.message == "Object not found.", fault.message
try:
    service.CertificateCreatePrivate(
        SessionID="demo", CommID=5001, BeginUsage="2026-05-07T00:00:00Z", Usage="Signature", SecureHashAlgorithm="SHA256",
        Expires="2036-05-07T00:00:00Z",
    )
    raise AssertionError("no fault")
except zeep.exceptions.Fault as fault:
    word = fault.detail.find(".//ECGridOSSOAPErrorCode").text
    assert (fault.code.split(":")[-1], word) == ("Server", "SystemError"), (fault.code, word)
    quiet(fault.message)
    met("ecgrid", word, fault.message)
sql("DROP TRIGGER broken")
sql("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'out of /srv/ledger'); END")
refused = token()
assert (refused["status"], refused["data"]) == (1005, None), refused
quiet(refused["msg"])
met("enos", 1005, refused["msg"])
sql("DROP TRIGGER broken")
assert token()["status"] == 0
assert enos("apply", ecc("dk2"), "dk2") == (0, "OK")
# The vendor's clients keep a number in 31 bits; after the last one its CA has none to give.
sql("UPDATE authority SET next_serial = 2147483648")
code, msg = enos("apply", ecc("dk3"), "dk3")
assert code == 99400 and msg.startswith("Call ca error!: Certificate service err info:, code: enos.serial"), msg
sql("UPDATE authority SET next_serial = 100")
assert enos("apply", ecc("dk3"), "dk3") == (0, "OK")
sql("UPDATE certificate_der SET der = x'3000' WHERE certificate_id = (SELECT max(id) FROM certificate)")
code, msg = enos("list", device="dk3", method="GET")
assert code == 99400 and msg.startswith("Query cert is failed!message: "), msg
print("failures of each vendor's own")
