"""ECGrid over SOAP as zeep speaks it, strict: arguments are the base URL and the folder for certificates."""

import pathlib
import sys
from datetime import datetime, timedelta, timezone

import zeep
from zeep.exceptions import Fault

from met import met

base, folder = sys.argv[1], pathlib.Path(sys.argv[2])
WSDL = base + "/v4.1/prod/ECGridOS.asmx?WSDL"


def fault(call, string, word=None, **arguments):
    try:
        call(**arguments)
    except Fault as found:
        assert found.message == string, (found.message, string)
        if word is not None:
            detail = found.detail[0]
            if detail.tag != "ErrorInfo":
                detail = detail.find(".//ErrorInfo")
            assert detail.find("ErrorString").text == string, detail
            code = detail.getparent().find("ECGridOSSOAPErrorCode")
            assert code.text == word, code.text
            met("ecgrid", word, string)
        return
    raise AssertionError(f"no fault: {string}")


now = datetime.now(timezone.utc).replace(microsecond=0)
made = 0
for port in ("ECGridOS_x0020_API_x0020_v4Soap", "ECGridOS_x0020_API_x0020_v4Soap12"):
    client = zeep.Client(WSDL, port_name=port)
    service = client.service
    session = service.Login(LoginName="demo", Password="demo")
    new = dict(
        SessionID=session,
        CommID=5001,
        BeginUsage=now,
        Usage="EncryptionAndSignature",
        SecureHashAlgorithm="SHA256",
        PartnerAS2ID="PARTNER-AS2-ID",
        Expires=now + timedelta(days=730),
    )
    result = service.CertificateCreatePrivate(**new)
    assert (result.CommID, result.Type, result.MailboxID, result.CommType) == (5001, "as2", 101, "AS2")
    issued = [one for one in result.Certificates.Certificate if one.CertKeyID == result.CertKeyID]
    (issued,) = issued
    assert issued.PartnerID == "PARTNER-AS2-ID" and issued.HasPrivateKey and issued.RootInfo.PrivatePFX
    made += 1
    (folder / f"zeep-{made}.der").write_bytes(issued.PublicCertificate)
    (folder / f"zeep-{made}.p12").write_bytes(issued.RootInfo.PrivatePFX)
    (folder / f"zeep-{made}.password").write_text(issued.RootInfo.Password)
    # Read back.
    info = service.CommInfo(SessionID=session, CommID=5001)
    keys = [one.CertKeyID for one in info.Certificates.Certificate]
    assert result.CertKeyID in keys, keys
    comms = service.CommList(SessionID="demo", NetworkID=0, MailboxID=0, ShowInactive=False, WithCerts=True)
    assert [comm.CommID for comm in comms] == [5001]
    renewed = service.CertificateRenewPrivate(
        SessionID=session, CommID=5001, CertKeyID=result.CertKeyID, OverlapDays=30, Years=1, SecureHashAlgorithm="sha2"
    )
    assert renewed.CertKeyID == result.CertKeyID + 1
    assert service.CertificateTerminate(SessionID=session, CommID=5001, CertKeyID=renewed.CertKeyID) is True
    public = dict(
        SessionID=session, CommID=5001, CertType="X509", BeginUsage=now, Usage="Encryption", PartnerCommID=0
    )
    other = (folder / "other.der").read_bytes()
    if made == 1:
        added = service.CertificateAddPublic(Cert=other, **public)
        assert added.CertKeyID == renewed.CertKeyID + 1
    fault(service.CertificateAddPublic, "Duplicate object.", "InvalidParameter", Cert=other, **public)
    fault(service.CertificateCreatePrivate, "Object not found.", "ObjectNotFound", **{**new, "CommID": 7})
    fault(service.CertificateCreatePrivate, "Invalid parameter.", "InvalidParameter", **{**new, "Expires": now - timedelta(days=1)})
    fault(service.CertificateCreatePrivate, "Invalid data length.", "InvalidParameter", **{**new, "PartnerAS2ID": "x" * 200})
    fault(service.CertificateCreatePrivate, "Invalid SessionID", "Authentication", **{**new, "SessionID": "nobody"})
    fault(service.CertificateCreatePrivate, "Access denied.", "Authorization", **{**new, "SessionID": "reader"})
    fault(service.Login, "Invalid SessionID", "Authentication", LoginName="demo", Password="x")
    assert service.Logout(SessionID=session) == 1
    fault(service.CommInfo, "Invalid SessionID", "Authentication", SessionID=session, CommID=5001)
# One call too many, of somebody who has made none yet.
for _ in range(200):
    try:
        service.CommList(SessionID="hasty-soap", NetworkID=0, MailboxID=0, ShowInactive=False, WithCerts=False)
    except Fault as found:
        word = found.detail.find(".//ECGridOSSOAPErrorCode").text
        assert (found.message, word) == ("Rate limit exceeded.", "SystemError"), (found.message, word)
        met("ecgrid", word, found.message)
        break
else:
    raise AssertionError("200 calls in a row")
print("zeep", zeep.__version__, made, "certificates")
