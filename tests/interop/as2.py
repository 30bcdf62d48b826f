"""Two stations of pyas2lib, one with ECGrid's certificate and one with AS2Expert's, send each other a signed and sealed
message and answer with a signed receipt.

    python as2.py FOLDER PASSWORD     FOLDER has ecgrid.p12, ecgrid.cer, as2expert.p12, as2expert.cer, and raw messages
                                      from the one to the other as OpenSSL made them: openssl-TO.as2
"""
import re
import sys
from pathlib import Path

VERSIONS = {r"\b(\d\.\d\.\d[a-z]*)\b": r"\b(\d\.\d\.\d+[a-z]*)\b"}

# oscrypto 1.3.0, below pyas2lib, reads no OpenSSL version whose last number has two digits, as 3.0.19.
search = re.search
re.search = lambda pattern, text, *more: search(VERSIONS.get(pattern, pattern), text, *more)
from pyas2lib import as2  # noqa: E402

re.search = search

SIDES = {"ecgrid": "MYCOMPANY AS2", "as2expert": "My station"}
DATA = b"ISA*00*          *00*          *ZZ*MYCOMPANY      ~\r\n"


def station(folder, side, password, key=None):
    p12 = (folder / f"{key or side}.p12").read_bytes()
    return as2.Organization(
        as2_name=SIDES[side], sign_key=p12, sign_key_pass=password, decrypt_key=p12, decrypt_key_pass=password
    )


def partner(folder, side):
    cer = (folder / f"{side}.cer").read_bytes()
    # Certificates are validated, each as its own root.
    return as2.Partner(
        as2_name=SIDES[side], verify_cert=cer, encrypt_cert=cer, validate_certs=True, sign=True, encrypt=True,
        enc_alg="aes_256_cbc", digest_alg="sha256", mdn_mode="SYNC", mdn_digest_alg="sha256",
    )


def received(raw, receiver, sender):
    message = as2.Message()
    status, error, mdn = message.parse(raw, find_org_cb=lambda _: receiver, find_partner_cb=lambda _: sender)
    return message, status, error, mdn


def exchange(folder, password, one, other):
    sent = as2.Message(sender=station(folder, one, password), receiver=partner(folder, other))
    sent.build(DATA)
    raw = sent.headers_str + b"\r\n" + sent.content
    assert b"ISA*" not in raw, "the message is not sealed"
    receiver, sender = station(folder, other, password), partner(folder, one)
    message, status, error, mdn = received(raw, receiver, sender)
    assert status == "processed", (status, error)
    assert (message.encrypted, message.signed) == (True, True)
    assert message.content == DATA, message.content
    assert message.mic == sent.mic
    receipt = as2.Mdn()
    raw_receipt = mdn.headers_str + b"\r\n" + mdn.content
    status, detail = receipt.parse(raw_receipt, find_message_cb=lambda *_: sent)
    assert (status, detail) == ("processed", None), (status, detail)
    assert b"application/pkcs7-signature" in raw_receipt, "the receipt is not signed"
    # A receipt whose disposition was changed does not verify.
    changed = raw_receipt.replace(b"automatic-action", b"automatic-axtion")
    assert changed != raw_receipt
    status, _ = as2.Mdn().parse(changed, find_message_cb=lambda *_: sent)
    assert status != "processed", status
    # Neither opens the message who is not its receiver, nor does it verify as another's.
    _, status, _, _ = received(raw, station(folder, other, password, key=one), sender)
    assert status.startswith("processed/Error"), status
    stranger = partner(folder, one)
    stranger.verify_cert = partner(folder, other).verify_cert
    _, status, _, _ = received(raw, receiver, stranger)
    assert status.startswith("processed/Error"), status


def from_openssl(folder, password, one, other):
    raw = (folder / f"openssl-{other}.as2").read_bytes()
    message, status, error, _ = received(raw, station(folder, other, password), partner(folder, one))
    assert status == "processed", (status, error)
    assert (message.encrypted, message.signed) == (True, True)
    assert message.content.strip() == DATA.strip(), message.content


def main():
    folder, password = Path(sys.argv[1]), sys.argv[2]
    for one, other in [("ecgrid", "as2expert"), ("as2expert", "ecgrid")]:
        exchange(folder, password, one, other)
        from_openssl(folder, password, one, other)
        print(f"{one} to {other}: message and receipt")


main()
