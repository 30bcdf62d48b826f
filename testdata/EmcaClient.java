// A client of emCA as a Java programmer writes one: key pair, CSR, PKCS #7 by BouncyCastle (BER, indefinite lengths),
// AES-256/ECB, emKey. Used by make-emca.sh:
//   java -cp bcprov.jar:bcutil.jar:bcpkix.jar EmcaClient.java SIGNER.p12 PASSWORD OUT_DIR AES_KEY_HEX
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.X509Certificate;
import java.util.*;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.*;
import org.bouncycastle.pkcs.jcajce.*;
import org.bouncycastle.util.encoders.Hex;

public class EmcaClient {
    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream(args[0]), args[1].toCharArray());
        String alias = store.aliases().nextElement();
        PrivateKey key = (PrivateKey) store.getKey(alias, args[1].toCharArray());
        X509Certificate certificate = (X509Certificate) store.getCertificate(alias);
        Path out = Paths.get(args[2]);

        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair subject = generator.generateKeyPair();
        byte[] csr = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=CSR"), subject.getPublic())
            .build(new JcaContentSignerBuilder("SHA256withRSA").build(subject.getPrivate())).getEncoded();

        byte[] signed = sign(key, certificate, csr, false);
        Files.write(out.resolve("bc.p7"), signed);
        Files.write(out.resolve("bc-noattr.p7"), sign(key, certificate, csr, true));
        String base64 = Base64.getEncoder().encodeToString(csr);
        Files.write(out.resolve("bc-base64.p7"), sign(key, certificate, base64.getBytes(StandardCharsets.UTF_8), false));

        String object = "{\"signature\":\"" + Base64.getEncoder().encodeToString(signed) + "\","
            + "\"userName\":\"apiuser\",\"password\":\"apipass\",\"profileID\":\"3\",\"subscriberId\":\"sub-bc\","
            + "\"validity\":\"120:23:45:54\",\"validFrom\":\"12:12:2026 00:00:00\","
            + "\"sANValues\":\"rfc822Name=test@gmail.com|dNSName=www.example.com|iPAddress=127.0.0.1|registeredID=2.10.100.2.4.5\","
            + "\"subjectDNOids\":\"2.5.4.3|Test~2.5.4.6|IN~2.5.4.8|Delhi~2.5.4.7|test~2.5.4.5|77686868687~2.5.4.10|Personal"
            + "~1.2.840.113549.1.9.1|test@gmail.com~2.5.4.12|test\","
            + "\"isP7BRequest\":\"true\",\"applicationId\":\"bc-1\"}";
        Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(Hex.decode(args[3]), "AES"));
        String sealed = Base64.getEncoder().encodeToString(cipher.doFinal(object.getBytes(StandardCharsets.UTF_8)));
        Files.writeString(out.resolve("bc-body.json"), "{\"requestData\":\"" + sealed + "\",\"userName\":\"apiuser\"}");
        byte[] digest = MessageDigest.getInstance("SHA-1").digest("apiuser:apipass".getBytes(StandardCharsets.UTF_8));
        Files.writeString(out.resolve("bc-emkey.txt"), Hex.toHexString(digest) + "\n");
    }

    static byte[] sign(PrivateKey key, X509Certificate certificate, byte[] content, boolean direct) throws Exception {
        ContentSigner signer = new JcaContentSignerBuilder("SHA256withRSA").build(key);
        JcaSignerInfoGeneratorBuilder builder =
            new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build());
        builder.setDirectSignature(direct);
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(builder.build(signer, certificate));
        generator.addCertificates(new JcaCertStore(List.of(certificate)));
        return generator.generate(new CMSProcessableByteArray(content), true).getEncoded();
    }
}
