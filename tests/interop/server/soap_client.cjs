// ECGrid over SOAP as npm's soap speaks it: arguments are the base URL and the folder for certificates.
const fs = require('fs');
const path = require('path');
const assert = require('assert');
const soap = require('soap');

const [base, folder] = process.argv.slice(2);
const WSDL = base + '/v4.1/prod/ECGridOS.asmx?WSDL';

async function fault(call, string) {
  try {
    await call;
  } catch (error) {
    const found = error.root.Envelope.Body.Fault;
    const text = found.faultstring || found.Reason.Text.$value || found.Reason.Text;
    assert.strictEqual(text, string);
    const word = /<ECGridOSSOAPErrorCode[^>]*>([^<]*)</.exec(error.body || error.response.data || '');
    const line = { by: path.basename(process.argv[1]), vendor: 'ecgrid', code: word ? word[1] : 'none', msg: text };
    fs.appendFileSync(path.join(folder, 'met.jsonl'), JSON.stringify(line) + '\n');
    return;
  }
  assert.fail('no fault: ' + string);
}

async function main() {
  let made = 0;
  for (const forceSoap12Headers of [false, true]) {
    const client = await soap.createClientAsync(WSDL, { forceSoap12Headers });
    const [{ LoginResult: sessionId }] = await client.LoginAsync({ LoginName: 'demo', Password: 'demo' });
    const asked = {
      SessionID: sessionId,
      CommID: 5001,
      BeginUsage: new Date().toISOString(),
      Usage: 'Signature',
      SecureHashAlgorithm: 'SHA384',
      PartnerAS2ID: 'PARTNER-AS2-ID',
      Expires: new Date(Date.now() + 365 * 86400000).toISOString(),
    };
    const [result] = await client.CertificateCreatePrivateAsync(asked);
    const info = result.CertificateCreatePrivateResult;
    assert.strictEqual(info.CommID, 5001);
    const issued = info.Certificates.Certificate.find((one) => one.CertKeyID === info.CertKeyID);
    assert.strictEqual(issued.SecureHashAlgorithm, 'SHA384');
    made += 1;
    fs.writeFileSync(path.join(folder, `npm-${made}.der`), Buffer.from(issued.PublicCertificate, 'base64'));
    const [back] = await client.CommInfoAsync({ SessionID: sessionId, CommID: 5001 });
    const keys = back.CommInfoResult.Certificates.Certificate.map((one) => one.CertKeyID);
    assert(keys.includes(info.CertKeyID));
    await fault(client.CommInfoAsync({ SessionID: sessionId, CommID: 7 }), 'Object not found.');
    await fault(client.CommInfoAsync({ SessionID: 'nobody', CommID: 5001 }), 'Invalid SessionID');
    await fault(client.CertificateCreatePrivateAsync({ ...asked, Expires: '2020-01-01T00:00:00Z' }), 'Invalid parameter.');
    // What this client sends of a Date object is an empty element: a missing parameter, as the vendor's framework tells it.
    await fault(
      client.CertificateCreatePrivateAsync({ ...asked, Expires: '' }),
      'Server was unable to read request. ---> Expires: is required',
    );
    const [out] = await client.LogoutAsync({ SessionID: sessionId });
    assert.strictEqual(out.LogoutResult, 1);
  }
  console.log('npm soap', made, 'certificates');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
