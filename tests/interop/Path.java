// A relying party in Java: builds a path (PKIX, RFC 5280 §6) from a certificate to the one anchor that it holds.
//   javac -d . Path.java && java Path ANCHOR CERTIFICATE OTHERS
// Says "path of N" and exits with 0, or says why there is none.
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.*;
import java.util.*;

class Path {
    public static void main(String[] args) throws Exception {
        X509Certificate anchor = read(args[0]).get(0);
        X509Certificate target = read(args[1]).get(0);
        X509CertSelector selector = new X509CertSelector();
        selector.setCertificate(target);
        PKIXBuilderParameters parameters =
            new PKIXBuilderParameters(Set.of(new TrustAnchor(anchor, null)), selector);
        parameters.setRevocationEnabled(false);
        List<X509Certificate> store = new ArrayList<>(read(args[2]));
        store.add(target);
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(store)));
        CertPath path = CertPathBuilder.getInstance("PKIX").build(parameters).getCertPath();
        System.out.println("path of " + path.getCertificates().size());
    }

    @SuppressWarnings("unchecked")
    private static List<X509Certificate> read(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            return List.copyOf((Collection<X509Certificate>) CertificateFactory.getInstance("X.509").generateCertificates(in));
        }
    }
}
