"""emCA with Python's requests, OpenSSL's CMS and pycryptodome's AES: a caller of its wire, by name and by hand.

Imported, it has `Client`; run, its arguments are the base URL, the folder with certificates and that of the demonstration.
"""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys

import requests
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from met import met


def openssl(*arguments, octets=b""):
    return subprocess.run(["openssl", *arguments], input=octets, capture_output=True, check=True).stdout


class Client:
    def __init__(self, base, folder, demo):
        self.base, self.key = base, bytes.fromhex((demo / "apiuser.aes").read_text())
        self.signer = folder / "apiuser.pem"
        self.signer.write_bytes(openssl("pkcs12", "-in", str(demo / "apiuser.p12"), "-passin", "pass:apipass", "-nodes"))
        make = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "emca.key"), "-outform", "DER"]
        self.csr = openssl(*make, "-subj", "/CN=anything")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "no.key"), "-out", str(folder / "no.pem"), "-subj", "/CN=no")
        (folder / "no.pem").write_text((folder / "no.pem").read_text() + (folder / "no.key").read_text())
        self.stranger = folder / "no.pem"

    def signed(self, content, signer=None):
        sign = ["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-signer", str(signer or self.signer)]
        return base64.b64encode(openssl(*sign, octets=content)).decode()

    def send(self, method, fields, key=None, em_key=None):
        """The reply to an object, encrypted."""
        em_key = em_key or hashlib.sha1(b"apiuser:apipass").hexdigest()
        sealed = AES.new(key or self.key, AES.MODE_ECB).encrypt(pad(json.dumps(fields).encode(), 16))
        body = {"requestData": base64.b64encode(sealed).decode(), "userName": "apiuser"}
        response = requests.post(f"{self.base}/emCAServices/rest/{method}", json=body, headers={"emKey": em_key})
        assert response.status_code == 200, response.status_code
        return response.json()

    def call(self, method, content, **changes):
        fields = {"userName": "apiuser", "password": "apipass", "signature": self.signed(content), **changes}
        return self.send(method, fields)

    def custom(self, number, send={}, **changes):
        fields = {
            "signature": self.signed(self.csr), "userName": "apiuser", "password": "apipass", "profileID": "3", "subscriberId": "s1",
            "validity": "120:23:45:54", "isP7BRequest": "false", "applicationId": number,
            "subjectDNOids": "2.5.4.3|www.example.com~2.5.4.6|IN", "sANValues": "dNSName=www.example.com|iPAddress=10.80.106.78",
        }
        fields = {name: value for name, value in {**fields, **changes}.items() if value is not None}
        return self.send("createCustomerCertificateById", fields, **send)


def failed(message, reply):
    assert reply == {"status": "failure", "result": message, "subscriberId": None, "requestId": None}, (message, reply)
    met("emca", "failure", message)


def main(base, folder, demo):
    client = Client(base, folder, demo)
    done = client.custom("app-1")
    assert (done["status"], done["subscriberId"], done["requestId"]) == ("success", "s1", None), done
    (folder / "emca-1.pem").write_bytes(openssl("x509", "-inform", "DER", octets=base64.b64decode(done["result"])))
    serial = int(openssl("x509", "-noout", "-serial", "-in", str(folder / "emca-1.pem")).split(b"=")[1], 16)
    # The retry, whatever else it says, and the certificate by its number.
    assert client.custom("app-1", profileID="9", isP7BRequest="true") == done
    number = str(serial).encode()
    held = client.call("getCertificate", number)
    assert (held["status"], held["result"]) == ("success", done["result"]), held
    bundle = base64.b64decode(client.custom("app-2", isP7BRequest="true")["result"])
    assert openssl("pkcs7", "-inform", "DER", "-print_certs", octets=bundle).count(b"BEGIN CERTIFICATE") == 2
    failed("9 profile does not exist", client.custom("app-3", profileID="9"))
    failed("Please enter valid data", client.custom("app-3", subjectDNOids="2.5.4.6|India"))
    failed("Please enter valid data", client.custom("app-3", signature=client.signed(b"no request")))
    failed("Signature verification failed", client.custom("app-3", signature=client.signed(client.csr, client.stranger)))
    failed("Invalid validity", client.custom("app-3", validity="365"))
    failed("Invalid From Date", client.custom("app-3", validFrom="2026-01-01"))
    failed("isP7BRequest", client.custom("app-3", isP7BRequest="perhaps"))
    failed("Invalid parameter", client.custom("app-3", subscriberId=None))
    failed("Invalid input data", client.custom("app-3", send={"key": bytes(32)}))
    failed("Invalid request details found", client.custom("app-3", password="x"))
    failed("Invalid request details found", client.custom("app-3", send={"em_key": "0" * 40}))
    failed("Invalid Certificate Profile name", client.call("getProfileInfoByProfileName", b"nobody's"))
    assert client.call("getProfileInfoByProfileName", b"demo")["status"] == "success"
    assert client.call("revoke", number, revokeMode="1", remarks="lost")["status"] == "success"
    failed("Please enter valid data", client.call("revoke", number, revokeMode="1", remarks="again"))
    print("emCA,", serial)


if __name__ == "__main__":
    main(sys.argv[1], *map(pathlib.Path, sys.argv[2:4]))
