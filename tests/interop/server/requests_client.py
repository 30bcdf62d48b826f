"""The vendors' REST faces with Python's requests, and the snippets of the vendors' pages as they stand there but for the host.

Arguments are the base URL and the folder for certificates.
"""

import base64
import hashlib
import json
import os
import pathlib
import sys
import time

import requests

from met import met

base, folder = sys.argv[1], pathlib.Path(sys.argv[2])
os.environ["ECGRID_API_KEY"] = "demo"

# -- ECGrid, page "Create Certificate"
api_key = os.environ["ECGRID_API_KEY"]
headers = {"X-API-Key": api_key}
url = base + "/v2/certificates/create"
response = requests.post(
    url,
    json={ "commId": 5001, "beginUsage": "2026-05-07T00:00:00Z", "usage": "EncryptionAndSignature", "secureHashAlgorithm": "SHA256", "partnerAs2Id": "PARTNER-AS2-ID", "expires": "2028-05-07T00:00:00Z" },
    headers=headers,
)
response.raise_for_status()
print(response.json()["data"]["commType"])
data = response.json()["data"]
sample = {"commId": 5001, "mailboxId": 101, "commType": "as2", "identifier": "MYCOMPANY-AS2", "status": "Active", "useType": "Production", "privateKeyRequired": True, "withCerts": True}
assert {name: data[name] for name in sample} == sample, data
issued = data["certificates"][-1]
(folder / "requests-1.der").write_bytes(base64.b64decode(issued["publicCertificate"]))
back = requests.get(f"{base}/v2/comms/5001", headers={"Authorization": "Bearer demo"}).json()["data"]
assert issued in back["certificates"]


def refused(status, code, path, body, key="demo", header="X-API-Key"):
    headers = {header: key} if key else {}
    response = requests.post(f"{base}/v2/{path}", json=body, headers=headers)
    found = response.json()
    assert (response.status_code, found["errorCode"]) == (status, code), (response.status_code, found)
    assert found["success"] is False and found["data"] is None and found["message"]
    met("ecgrid", f"{status} {code}", found["message"])


refused(401, "InvalidAPIKey", "certificates/create", {"commId": 5001}, key=None)
refused(401, "InvalidAPIKey", "certificates/create", {"commId": 5001}, key="x")
refused(401, "InvalidSession", "certificates/create", {"commId": 5001}, key="Bearer x", header="Authorization")
refused(403, "AccessDenied", "certificates/create", {"commId": 5001}, key="reader")
refused(404, "ObjectNotFound", "certificates/create", {"commId": 7})
refused(400, "InvalidParameter", "certificates/create", {"commId": "five"})
add = {"commId": 5001, "certType": "X509", "cert": issued["publicCertificate"]}
refused(400, "DuplicateObject", "certificates/add-public", add)

# -- AS2Expert, page "X.509 Certificates"
BASE_URL = base + "/api/v1"
headers = {"Authorization": "Bearer demo", "Content-Type": "application/json"}
response = requests.post(
    f"{BASE_URL}/certificates/create",
    headers=headers,
    json={
        "station": 62,
        "selfSigned": True,
        "email": "as2@example.com",
        "commonName": "free.as2expert.com",
        "dias": 730
    }
)
created = response.json()
assert created["status"] == "success" and created["msg"] == "Certificate created", created
data = created["data"]
assert data["id"] == data["certificate_id"] and data["station_id"] == 62
assert (data["commonName"], data["countryName"], data["localityName"]) == ("free.as2expert.com", "ES", "Madrid")
(folder / "requests-2.pem").write_text(data["cert_pem"])
rows = requests.post(f"{BASE_URL}/certificates", headers=headers, json={}).json()
assert rows["total"] == len(rows["data"]) and data["id"] in [row["id"] for row in rows["data"]]
detail = requests.post(f"{BASE_URL}/certificates/detail", headers=headers, json={"id": data["id"]}).json()["data"]
assert detail["cert_pem"] == data["cert_pem"] and detail["dias"] == 730
assert {use["partner_id"] for use in detail["lifecycle"]["partners_affected"]} == {140, 141}, detail["lifecycle"]


def as2expert(status, msg, path, body, token="demo"):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = requests.post(f"{BASE_URL}/{path}", headers=headers, json=body)
    found = response.json()
    assert (response.status_code, found["status"], found["msg"]) == (status, "error", msg), found
    met("as2expert", status, msg)


as2expert(400, "Campo requerido: id", "certificates/detail", {})
as2expert(400, "selfSigned must be true", "certificates/create", {"station": 62, "selfSigned": False})
as2expert(401, "Invalid token", "certificates", {}, token=None)
as2expert(401, "Invalid token", "certificates", {}, token="x")
as2expert(403, "Scope read requerido", "certificates", {}, token="writer")
as2expert(403, "Scope write requerido", "certificates/create", {"station": 62, "selfSigned": True}, token="reader")
as2expert(400, "Campo requerido: station", "certificates/create", {"selfSigned": True})
as2expert(400, "Campo inválido: keybits", "certificates/create", {"station": 62, "selfSigned": True, "keybits": 1024})
as2expert(400, "JSON inválido", "certificates", [])
as2expert(404, "Certificate not found", "certificates/detail", {"id": 999})
as2expert(404, "Partner not found", "partners/detail", {"id": 999})
partners = requests.post(f"{BASE_URL}/partners", headers=headers, json={"station": 62}).json()["data"]
assert [partner["id"] for partner in partners] == [140, 141], partners
as2expert(404, "Station not found", "certificates/create", {"station": 7, "selfSigned": True})

# -- EnOS, signed in the newer of the two ways that can be checked here
APP_KEY, SECRET, PATH = "app-1-key", "app-1-secret", "/connect-service/v2.0/certificates"


def code(expected, start, found, field="code"):
    assert found[field] == expected and found["msg"].startswith(start), found
    met("enos", expected, found["msg"])


def token(call, secret=SECRET, key=APP_KEY, at=None, **more):
    """The token service, as the vendor's page and its clients ask it."""
    timestamp = at or int(time.time() * 1000)
    encryption = hashlib.sha256(f"{key}{timestamp}{secret}".encode()).hexdigest()
    body = {"appKey": key, "encryption": encryption, "timestamp": timestamp, **more}
    response = requests.post(f"{base}/apim-token-service/v2.0/token/{call}", json=body)
    assert response.status_code == 200 and response.json()["business"] == "apim-token-service", response.text
    return response.json()


first = token("get")
assert (first["status"], first["msg"], first["data"]["expire"]) == (0, "SUCCESS", 7200), first
ACCESS = first["data"]["accessToken"]
assert token("get")["data"]["accessToken"] == ACCESS
refreshed = token("refresh", accessToken=ACCESS)["data"]["accessToken"]
assert refreshed != ACCESS and token("get")["data"]["accessToken"] == refreshed
code(1204, "failed to refresh access token", token("refresh", accessToken="x"), "status")
code(1002, "appKey does not exist", token("get", key="nobody"), "status")
code(1003, "signature is invalid", token("get", secret="x"), "status")
code(1004, "invalid parameter", token("get", at=1), "status")
code(1202, "parameter is empty", token("refresh", accessToken=""), "status")
once = int(time.time() * 1000)
assert token("get", at=once)["status"] == 0
code(1001, "repeated request", token("get", at=once), "status")


def enos(query, body=None, secret=SECRET, skew=0, method="POST", access=ACCESS, at=None, **changes):
    text = json.dumps(body) if body is not None else ""
    timestamp = at or str(int((time.time() + skew) * 1000))
    params = "".join(name + query[name] for name in sorted(query))
    signature = hashlib.sha256((access + params + text + timestamp + secret).encode()).hexdigest()
    headers = {"apim-accesstoken": access, "apim-timestamp": timestamp, "apim-signature": signature, "Content-Type": "application/json;charset=utf-8"}
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    response = requests.request(method, base + PATH, params=query, data=text, headers=headers)
    assert response.status_code == 200
    return response.json()


csr = [(folder / f"{name}.csr").read_text() for name in ("dk1", "dk2")]
device = {"orgId": "o1", "productKey": "pk1", "deviceKey": "dk1"}
apply = {"action": "apply", **device}
done = enos(apply, {"csr": csr[0], "validDay": 250, "issueAuthority": "ecc"})
assert done["code"] == 0 and done["msg"] == "OK" and done["data"]["issueAuthority"] == "ECC", done
(folder / "requests-3.pem").write_text(done["data"]["cert"])
(folder / "requests-3.ca.pem").write_text(done["data"]["caCert"] + "\n")
assert requests.get(done["data"]["certChainURL"]).text.strip() == done["data"]["caCert"]
listed = enos({"action": "list", **device}, method="GET")
assert [row["certSN"] for row in listed["data"]] == [done["data"]["certSN"]]

ecc = {"csr": csr[0], "issueAuthority": "ECC"}
code(1003, "signature is invalid", enos(apply, ecc, secret="x"))
code(1004, "invalid parameter", enos(apply, ecc, apim_timestamp="yesterday"))
code(1202, "parameter is empty", enos(apply, ecc, apim_timestamp=""))
code(1203, "access token has expired", enos(apply, ecc, skew=-90000))
code(1203, "access token has expired", enos(apply, ecc, access="never given"))
# The same call again is none; signed anew it is one, and says what has become of the first.
once = str(int(time.time() * 1000))
assert enos({"action": "list", **device}, method="GET", at=once)["code"] == 0
code(1001, "repeated request", enos({"action": "list", **device}, method="GET", at=once))
code(99400, "Duplicate subject by certificate request!", enos(apply, ecc))
code(11833, "Certificate is already bound to another device.", enos({**apply, "deviceKey": "dk3"}, ecc))
code(11404, "Device cannot be found", enos({**apply, "deviceKey": "nobody"}, ecc))
code(99400, "invalid argument: The device identifier is invalid", enos({"action": "apply", "orgId": "o1"}, ecc))
code(99400, "Invalid Argument csr:csr is missing", enos(apply, {}))
code(99400, "Invalid cert request!", enos(apply, {"csr": "x"}))
code(99400, "The specified validity period exceeds", enos(apply, {**ecc, "csr": csr[1], "validDay": 9999}))
code(99400, "The product to which the device belongs to is not", enos({**apply, "productKey": "oneway", "deviceKey": "d"}, {**ecc, "csr": csr[1]}))
code(99400, "When calling Certificate Services, the call parameters are invalid.", enos(apply, {"csr": csr[1], "issueAuthority": "DSA"}))
code(99400, "Invalid Argument certSn:certSn is missing", enos({**apply, "action": "revoke"}, {}))
code(99400, "Invalid Argument certSn:certSn is missing", enos({**apply, "action": "renew"}, {}))
code(99400, "Invalid Argument validDay:", enos(apply, {**ecc, "csr": csr[1], "validDay": 0}))
code(99400, "Revoke cert is failed!", enos({**apply, "action": "revoke"}, {"certSn": 99}))
code(99400, "Renew cert is failed!", enos({**apply, "action": "renew"}, {"certSn": 99}))
number = int(done["data"]["certSN"])
renewed = enos({**apply, "action": "renew"}, {"certSn": number, "issueAuthority": "ECC"})
assert renewed["code"] == 0, renewed
assert enos({**apply, "action": "revoke"}, {"certSn": int(renewed["data"]["certSN"]), "reason": 1})["code"] == 0
statuses = [row["certStatus"] for row in enos({"action": "list", **device}, method="GET")["data"]]
assert statuses == [1, 1], statuses
crl = requests.get(base + "/enos/CA/crl/ECC")
deadline = time.time() + 60
while time.time() < deadline:
    crl = requests.get(base + "/enos/CA/crl/ECC")
    (folder / "ecc.crl").write_bytes(crl.content)
    from cryptography import x509

    if len(list(x509.load_der_x509_crl(crl.content))) == 2:
        break
    time.sleep(1)
else:
    raise AssertionError("the CRL is not fresh within a minute")

# -- EnOS, the wire of 2018, signed as its SDK signs
body = json.dumps(csr[1])
timestamp = str(int(time.time() * 1000))
sign = hashlib.sha1((APP_KEY + "orgIdo1" + "requestTimestamp" + timestamp + body + SECRET).encode()).hexdigest().upper()
query = {"accessKey": APP_KEY, "requestTimestamp": timestamp, "orgId": "o1", "sign": sign}
path = "/connectService/products/pk1/devices/dk2/certificates"
legacy = requests.post(base + path + "/apply", params=query, data=body).json()
# Its wire has no issueAuthority, and this key is none for the RSA authority.
assert "submsg" in legacy, legacy
code(99400, "Invalid cert request!", legacy, "status")
code(1001, "repeated request", requests.post(base + path + "/apply", params=query, data=body).json(), "status")
code(1002, "appKey does not exist", requests.post(base + path + "/apply", params={**query, "accessKey": "nobody"}, data=body).json(), "status")

# -- one call too many, of somebody who has made none yet
for _ in range(200):
    rest = requests.get(base + "/v2/comms/5001", headers={"X-API-Key": "hasty"})
    if rest.status_code == 429:
        break
assert rest.json()["errorCode"] == "RateLimitExceeded" and 1 <= int(rest.headers["Retry-After"]) <= 60, rest.text
met("ecgrid", "429 RateLimitExceeded", rest.json()["message"])
for _ in range(200):
    response = requests.post(f"{BASE_URL}/stations", headers={"Authorization": "Bearer hasty"}, json={})
    if response.status_code == 429:
        break
assert 1 <= response.json()["retry_after"] <= 60, response.text
met("as2expert", 429, response.json()["msg"])
print("requests", requests.__version__, "3 certificates")
