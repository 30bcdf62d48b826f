#!/bin/bash
# Makes testdata/enos (fleet, fleet.jsonl, bad), or the same elsewhere: testdata/make.sh [OUT_DIR]
# Needs OpenSSL 3 and python3. Keys follow from fixed seeds and stay in a temporary folder; the octets come out the
# same every time, which the checks hold against the committed files.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/enos}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$out/fleet" "$out/bad"
mkdir -p "$out/fleet" "$out/bad"

# request NAME rsa|p256 MASK [NAME=VALUE ...] [+SECTION]: a request whose subject has these parts in this order.
# MASK chooses the ASN.1 string type (asn1parse of OpenSSL's string_mask); +SECTION adds an attribute section.
request() {
  local name=$1 kind=$2 mask=$3 part attributes=""
  local parts=() count=0
  for part in "${@:4}"; do
    case $part in
      +san) attributes="req_extensions = san" ;;
      +challenge) attributes="attributes = challenge" ;;
      *) parts+=("$((count++)).$part") ;;
    esac
  done
  {
    printf '[req]\nprompt = no\nutf8 = yes\nstring_mask = %s\ndistinguished_name = subject\n%s\n' "$mask" "$attributes"
    printf '[san]\nsubjectAltName = DNS:%s.example.com\n' "$name"
    printf '[challenge]\nchallengePassword = forgotten\n'
    printf '[subject]\n'
    printf '%s\n' "${parts[@]}"
  } > "$work/$name.cnf"
  python3 "$here/make.py" key "$kind" "fleet $name" "$work/$name.key"
  openssl req -new -sha256 -config "$work/$name.cnf" -key "$work/$name.key" -out "$work/$name.csr" ${label:+-newhdr}
  # OpenSSL draws the ECDSA nonce at random; a second signature over the same octets makes the file repeatable.
  if [[ $kind == p256 ]]; then
    python3 "$here/make.py" resign "$work/$name.key" "$work/$name.csr" "$work/$name.signed"
    mv "$work/$name.signed" "$work/$name.csr"
  fi
  openssl req -in "$work/$name.csr" -noout -verify 2>&1 | grep -q 'verify OK' || { echo "$name does not verify" >&2; exit 1; }
  cp "$work/$name.csr" "$out/fleet/$name.csr.pem"
}
file() { echo "$out/fleet/$1.csr.pem"; }

plain=(C=CN ST=Shanghai L=Shanghai O=EnOS OU=EnOS)
label=new request boiler-01 rsa default "${plain[@]}" CN=25SZAm # as the vendor's page sends it: all PrintableString
label=new request boiler-02 rsa default "${plain[@]}" CN=boiler-02
request inverter-01 rsa utf8only "${plain[@]}" CN=inverter-01
request inverter-02 rsa utf8only "${plain[@]}" CN=inverter-02 emailAddress=ops@example.com
request edge-box-01 rsa utf8only C=CN ST=Shanghai O=EnOS L=Shanghai OU=EnOS CN=edge-box-01 # the order of the vendor's tool
request java-01 rsa utf8only C=CN ST=Shanghai L=Shanghai O=EnOS CN=java-01 OU=EnOS emailAddress=4Dnb1T2 # of its Java sample
request munich-01 rsa utf8only C=DE ST=Bayern L=München O=Straßenbahn OU=Zähler CN=münchen-01
request shanghai-01 rsa utf8only C=CN ST=上海市 L=上海 O=远景 OU=风机 CN=风机-01
request meter-01 rsa utf8only "${plain[@]}" CN=meter-01 +san       # asks for a name that EnOS leaves out
request meter-02 rsa utf8only "${plain[@]}" CN=meter-02 +challenge # RFC 2985 §5.4.1
request windows-01 rsa default "${plain[@]}" CN=windows-01
sed -i 's/$/\r/' "$(file windows-01)"
label=new request sensor-01 p256 default "${plain[@]}" CN=sensor-01
request sensor-02 p256 utf8only "${plain[@]}" CN=sensor-02
request sensor-03 p256 utf8only "${plain[@]}" CN=sensor-03 emailAddress=ops@example.com
request sensor-04 p256 utf8only O=EnOS OU=EnOS CN=sensor-04 C=CN L=Shanghai ST=Shanghai
request sensor-05 p256 utf8only "${plain[@]}" CN="$(printf 'n%.0s' {1..64})" # ub-common-name, RFC 5280 appendix A.1
request sensor-06 p256 default "${plain[@]}" CN=sensor-06
request sensor-07 p256 utf8only "${plain[@]}" CN=sensor-07
{ printf 'Device sensor-06, as mailed:\n\n'; cat "$(file sensor-06)"; printf '\nRegards\n'; } > "$work/mail"
cp "$work/mail" "$(file sensor-06)"
printf '%s' "$(cat "$(file sensor-07)")" > "$work/cut" # no last newline
cp "$work/cut" "$(file sensor-07)"
sed -i 's/BEGIN CERT/BEGIN NEW CERT/; s/END CERT/END NEW CERT/' "$(file sensor-01)" # the second signature lost the label

python3 "$here/make.py" jobs "$out/fleet" "$out/fleet.jsonl"
python3 "$here/make.py" bad "$out/bad"
