// A relying party in Java with a complete CRL (RFC 5280 §5): is the list its issuer's, and is the certificate on it?
//   javac -d . Crl.java && java Crl ISSUER CRL CERTIFICATE
// Says "N entries, not revoked" or "N entries, revoked: REASON"; a list that the issuer did not sign ends it with an exception.
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.*;

class Crl {
    public static void main(String[] args) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        X509Certificate issuer;
        X509CRL list;
        X509Certificate certificate;
        try (InputStream a = new FileInputStream(args[0]);
                InputStream b = new FileInputStream(args[1]);
                InputStream c = new FileInputStream(args[2])) {
            issuer = (X509Certificate) factory.generateCertificate(a);
            list = (X509CRL) factory.generateCRL(b);
            certificate = (X509Certificate) factory.generateCertificate(c);
        }
        if (!list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            throw new CRLException("the list is " + list.getIssuerX500Principal() + "'s");
        }
        list.verify(issuer.getPublicKey());
        X509CRLEntry entry = list.getRevokedCertificate(certificate);
        String verdict = entry == null ? "not revoked" : "revoked: " + entry.getRevocationReason();
        System.out.println(list.getRevokedCertificates().size() + " entries, " + verdict);
    }
}
