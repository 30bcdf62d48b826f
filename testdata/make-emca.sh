#!/bin/bash
# Makes testdata/emca, or the same files elsewhere: testdata/make-emca.sh [OUT_DIR]
# Needs OpenSSL 3 and, for the bc files, a JDK and BouncyCastle (libbcprov-java, libbcutil-java, libbcpkix-java).
# Every run draws new keys and throws them away, so the octets differ; the committed files are one run's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "${1:-$here/emca}" && cd "${1:-$here/emca}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# The AES key of the sealed bodies and the IV of the one in CBC mode.
aes=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
iv=0f0e0d0c0b0a09080706050403020100

# certificate FILE SUBJECT SERIAL KEY_OPTION ...: a self-signed certificate, in place of the PFX that the vendor shares.
certificate() {
  openssl req -x509 -nodes -keyout "$1.key" -subj "$2" -set_serial "$3" -days 3650 -sha256 -out "$out/$1.cert.pem" -newkey "${@:4}" 2>/dev/null
}
ec=(ec -pkeyopt ec_paramgen_curve:prime256v1)
certificate signer "/CN=apiuser/O=Example" 5000001 rsa:2048
certificate signer-ec "/CN=apiuser-ec/O=Example" 5000002 "${ec[@]}"
certificate other "/CN=another/O=Example" 5000003 rsa:2048
certificate impostor "/CN=apiuser/O=Example" 5000001 rsa:2048 # issuer and serial of signer, another key
openssl req -new -newkey rsa:2048 -nodes -keyout subject.key -subj "/C=IN/O=Example/CN=gateway.example.com" -sha256 -out "$out/request.csr.pem" 2>/dev/null
openssl req -new -newkey "${ec[@]}" -nodes -keyout subject-ec.key -subj "/CN=CSR" -sha256 -out "$out/request-ec.csr.pem" 2>/dev/null
openssl req -in "$out/request.csr.pem" -outform DER -out csr.der
openssl req -in "$out/request-ec.csr.pem" -outform DER -out csr-ec.der
base64 -w0 csr.der > csr.b64
printf 'not a request' > text
printf 5000001 > serial
printf 'lab-ca' > ca-name
printf 'tls' > profile-name
# The names and the order of the example on the vendor's page.
cat > pfx-text <<'EOF'
CN=Test123~SERIALNUMBER=77~E=test@example.com~O=Example~OU=ESS~S=KARNATAKA~C=IN~PostalCode=570004~STREET= Bengaluru~ HOUSEIDENTIFIER=3-88~UID=test877~PSEUDONYM=test098~ PHONE=0123456789~TITLE=Mr~2.5.4.4=kumar~rfc822Name=test@example.com~dNSName=www.example.com~dNSName=*.example.com~iPAddress=10.80.106.78~iPAddress=10.80.106.79~registeredID=2.10.100.2.4.5~KeyAlogirthmAndSize=RSA-2048~Password=secret@1
EOF

# message FILE SIGNER CONTENT [OPTION ...]
message() {
  openssl cms -sign -binary -outform DER -signer "$out/$2.cert.pem" -inkey "$2.key" -in "$3" -out "$out/$1.p7" "${@:4}"
}
message ber signer csr.der -nodetach -stream
message der signer csr.der -nodetach
message ber-noattr signer csr.der -nodetach -stream -noattr
message der-noattr signer csr.der -nodetach -noattr
message keyid signer csr.der -nodetach -keyid
message nocerts signer csr.der -nodetach -nocerts
message sha384 signer csr.der -nodetach -md sha384
message sha512-noattr signer csr.der -nodetach -noattr -md sha512
message sha1 signer csr.der -nodetach -md sha1
message pss signer csr.der -nodetach -keyopt rsa_padding_mode:pss
message content-pem signer "$out/request.csr.pem" -nodetach -stream
message content-base64 signer csr.b64 -nodetach -stream
message content-text signer text -nodetach
message ec-request signer csr-ec.der -nodetach -stream
message detached signer csr.der
message ec-signer signer-ec csr.der -nodetach -stream
message ec-signer-noattr signer-ec csr.der -nodetach -noattr
message other-signer other csr.der -nodetach -stream
message impostor impostor csr.der -nodetach -stream
message impostor-nocerts impostor csr.der -nodetach -stream -nocerts
message serial signer serial -nodetach -stream
message ca-name signer ca-name -nodetach -stream
message profile-name signer profile-name -nodetach -stream
message pfx-text signer pfx-text -nodetach -stream
openssl cms -sign -binary -nodetach -outform DER -signer "$out/other.cert.pem" -inkey other.key \
  -signer "$out/signer.cert.pem" -inkey signer.key -in csr.der -out "$out/two-signers.p7"
openssl cms -sign -binary -nodetach -outform PEM -signer "$out/signer.cert.pem" -inkey signer.key -in csr.der -out "$out/message.pem"

# Whole bodies: the object, sealed; the first with the blanks that the vendor's samples are wrapped with.
cat > object.json <<EOF
{"signature":"$(base64 -w0 "$out/ber.p7")","userName":"apiuser","password":"apipass","profileID":"3","subscriberId":"sub-1","validity":"365:12:45:45","validFrom":"12:11:2026 12:23:45","sANValues":"","subjectDNOids":"2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|IN","isP7BRequest":"false","applicationId":"app-1"}
EOF
sealed=$(openssl enc -aes-256-ecb -K $aes -in object.json | base64 -w76 | paste -sd' ')
printf '{"requestData":"%s","userName":"apiuser"}' "$sealed" > "$out/openssl-body.json"
sealed=$({ printf '%s' $iv | xxd -r -p; sed 's/"apiuser"/"cbcuser"/' object.json | openssl enc -aes-256-cbc -K $aes -iv $iv; } | base64 -w0)
printf '{"requestData":"%s","userName":"cbcuser"}' "$sealed" > "$out/openssl-cbc-body.json"

jars=/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar:/usr/share/java/bcpkix.jar
openssl pkcs12 -export -inkey signer.key -in "$out/signer.cert.pem" -name api -passout pass:changeit -out signer.p12
java -cp $jars "$here/EmcaClient.java" signer.p12 changeit "$out" $aes
