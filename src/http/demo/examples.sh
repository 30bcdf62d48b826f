# EnOS: a certificate for device dk1 of product pk1 in organization o1 (dk1..dk100 are assets a1..a100).
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout dk1.key -out dk1.csr \
  -subj '/C=CN/ST=Shanghai/L=Shanghai/O=EnOS/OU=EnOS/CN=dk1'
curl -s 'URL/connect-service/v2.0/certificates?action=apply&orgId=o1&productKey=pk1&deviceKey=dk1' \
  -H 'Content-Type: application/json' \
  -d "{\"csr\":\"$(awk '{printf "%s\\n", $0}' dk1.csr)\",\"issueAuthority\":\"ECC\"}"
curl -s 'URL/connect-service/v2.0/certificates?action=list&orgId=o1&assetId=a1'
curl -s URL/enos/CA/cacert/ECC

# ECGrid: a certificate for comm 5001, by REST and by SOAP (URL/v4.1/prod/ECGridOS.asmx?WSDL).
curl -s URL/v2/certificates/create -H 'X-API-Key: demo' -H 'Content-Type: application/json' -d '{"commId":5001}'
curl -s URL/v2/comms/5001 -H 'X-API-Key: demo'
curl -s URL/v4.1/prod/ECGridOS.asmx/CommInfo -d 'SessionID=demo&CommID=5001'

# AS2Expert: a certificate for station 62, and all there are.
curl -s URL/api/v1/certificates/create -H 'Authorization: Bearer demo' -H 'Content-Type: application/json' \
  -d '{"station":62,"selfSigned":true,"dias":730}'
curl -s URL/api/v1/certificates -H 'Authorization: Bearer demo' -d '{}'

# emCA: a request, signed with the client's PFX, encrypted with its AES key.
openssl req -new -newkey rsa:2048 -nodes -keyout tls.key -outform DER -out tls.csr -subj /CN=anything
openssl pkcs12 -in FOLDER/apiuser.p12 -passin pass:apipass -nodes -out apiuser.pem
signature=$(openssl cms -sign -binary -nodetach -in tls.csr -signer apiuser.pem -outform DER | openssl base64 -A)
printf '{"userName":"apiuser","password":"apipass","profileID":"3","subscriberId":"s1","applicationId":"app-1","isP7BRequest":"false","subjectDNOids":"2.5.4.3|www.example.com","sANValues":"dNSName=www.example.com","signature":"%s"}' \
  "$signature" > emca.json
curl -s URL/emCAServices/rest/createCustomerCertificateById -H 'Content-Type: application/json' \
  -H "emKey: $(printf apiuser:apipass | openssl sha1 -r | cut -d' ' -f1)" \
  -d "{\"userName\":\"apiuser\",\"requestData\":\"$(openssl enc -aes-256-ecb -K "$(cat FOLDER/apiuser.aes)" -in emca.json | openssl base64 -A)\"}"
