// A peer over a Java Secure Socket Extension: the JDK's own, or with -Dprovider=BCJSSE Bouncy Castle's. What it is
// told, and what it does: see programs.sh. The role "train" is a server and its client in one process: every class
// that either needs is loaded, for an archive of them.

import java.io.*;
import java.net.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

public class Peer {
    static final Map<String, String> told = new HashMap<>();
    static final String provider = System.getProperty("provider");

    // Whether we have closed what we could still read from.
    static volatile boolean hungUp;

    // An end that gives up: its socket, to be read to its end, and why.
    static class GivenUp extends Exception {
        GivenUp(Socket tcp, Exception why) {
            super(why);
            try {
                tcp.shutdownOutput();
                tcp.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException gone) {
                // Then the other end has had enough, too.
            }
        }
    }

    static Collection<X509Certificate> certificates(String file) throws Exception {
        List<X509Certificate> all = new ArrayList<>();
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in))
                all.add((X509Certificate) one);
        }
        return all;
    }

    static TrustManager[] roots() throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        for (X509Certificate root : certificates(told.get("ca"))) store.setCertificateEntry("root", root);
        TrustManagerFactory factory = provider == null ? TrustManagerFactory.getInstance("PKIX")
                : TrustManagerFactory.getInstance("PKIX", provider);
        factory.init(store);
        return factory.getTrustManagers();
    }

    static KeyManager[] keys(String certificate, String key) throws Exception {
        X509Certificate[] chain = certificates(certificate).toArray(new X509Certificate[0]);
        String text = Files.readString(Path.of(key)).replaceAll("-----[A-Z ]*-----|\\s", "");
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        store.setKeyEntry("key", KeyFactory.getInstance(chain[0].getPublicKey().getAlgorithm())
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text))), new char[0], chain);
        KeyManagerFactory factory = provider == null ? KeyManagerFactory.getInstance("PKIX")
                : KeyManagerFactory.getInstance("PKIX", provider);
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    // What can only be said before the first connection. RSA key exchange and 3DES are off unless somebody asks.
    static void properties() throws Exception {
        if (told.containsKey("hrr")) System.setProperty("jdk.tls.namedGroups", "secp521r1,secp256r1");
        if (told.containsKey("group")) System.setProperty("jdk.tls.namedGroups", told.get("group"));
        if (told.containsKey("no_tickets")) System.setProperty("jdk.tls.server.enableSessionTicketExtension", "false");
        if (told.containsKey("suite")) Security.setProperty("jdk.tls.disabledAlgorithms", "NULL, anon");
        if (told.containsKey("key_update"))
            Security.setProperty("jdk.tls.keyLimits",
                    "AES/GCM/NoPadding KeyUpdate 512, ChaCha20-Poly1305 KeyUpdate 512");
        if (provider != null) {
            java.util.logging.LogManager.getLogManager().reset(); // it tells of every property
            Security.insertProviderAt((Provider) Class.forName("org.bouncycastle.jce.provider.BouncyCastleProvider")
                    .getConstructor().newInstance(), 1);
            Security.addProvider((Provider) Class.forName("org.bouncycastle.jsse.provider.BouncyCastleJsseProvider")
                    .getConstructor().newInstance());
        }
    }

    static SSLContext context(String prefix) throws Exception {
        KeyManager[] keys = null;
        if (told.containsKey(prefix + "cert"))
            keys = keys(told.get(prefix + "cert"), told.get(prefix + "key"));
        SSLContext context = provider == null ? SSLContext.getInstance("TLS") : SSLContext.getInstance("TLS", provider);
        context.init(keys, told.containsKey("ca") ? roots() : null, null);
        return context;
    }

    static SSLParameters parameters(SSLContext context) {
        SSLParameters wanted = context.getDefaultSSLParameters();
        wanted.setProtocols(told.containsKey("tls") ? new String[] {"TLSv" + told.get("tls")}
                : new String[] {"TLSv1.3", "TLSv1.2"});
        if (told.containsKey("suite")) wanted.setCipherSuites(new String[] {told.get("suite")});
        if (told.containsKey("alpn")) wanted.setApplicationProtocols(told.get("alpn").split(","));
        return wanted;
    }

    static synchronized void fact(String key, Object value) {
        System.err.println("fact " + key + "=" + value);
    }

    // A session that is older than the connection is one that was resumed.
    static void handshake(Socket tcp, SSLSocket tls) throws GivenUp {
        long begun = System.currentTimeMillis();
        SSLSession session;
        try {
            tls.startHandshake();
            session = tls.getSession();
        } catch (IOException why) {
            throw new GivenUp(tcp, why);
        }
        fact("version", session.getProtocol().replace("TLSv", "TLS "));
        fact("suite", session.getCipherSuite().replaceFirst("^SSL_", "TLS_"));
        String alpn = tls.getApplicationProtocol();
        fact("alpn", alpn == null || alpn.isEmpty() ? null : alpn);
        fact("resumed", session.getCreationTime() < begun);
        try {
            fact("peer_verified", session.getPeerCertificates().length > 0);
        } catch (SSLPeerUnverifiedException nobody) {
            fact("peer_verified", false);
        }
        try {
            for (SNIServerName name : ((ExtendedSSLSession) session).getRequestedServerNames())
                if (name instanceof SNIHostName) fact("server_name", ((SNIHostName) name).getAsciiName());
        } catch (UnsupportedOperationException untold) {
            // Bouncy Castle does not say.
        }
    }

    // What comes goes there, until the other end says goodbye, or if that is all right closes.
    static void carry(Socket tcp, InputStream from, OutputStream to) throws GivenUp {
        byte[] bytes = new byte[1 << 14];
        try {
            for (int n; (n = from.read(bytes)) >= 0;) to.write(bytes, 0, n);
        } catch (IOException why) {
            if (hungUp) return;
            boolean truncated = why instanceof EOFException || why.getCause() instanceof EOFException
                    || why.getMessage().contains("close_notify");
            if (!truncated || told.containsKey("strict")) throw new GivenUp(tcp, why);
        }
    }

    // Says goodbye, and can go on reading; over Bouncy Castle, whose shutdownOutput says nothing, it cannot.
    static void hangUp(SSLSocket tls) throws IOException {
        if (provider == null) {
            tls.shutdownOutput();
        } else {
            hungUp = true;
            tls.close();
        }
    }

    static void serve(ServerSocket listener) throws Exception {
        SSLContext context = context("");
        SSLParameters wanted = parameters(context);
        wanted.setWantClientAuth("request".equals(told.get("client_auth")));
        if ("require".equals(told.get("client_auth"))) wanted.setNeedClientAuth(true);
        for (int left = Integer.parseInt(told.get("connections")); left > 0; left--) {
            try (Socket tcp = listener.accept()) {
                SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, null, false);
                tls.setUseClientMode(false);
                tls.setSSLParameters(wanted);
                handshake(tcp, tls);
                carry(tcp, tls.getInputStream(), tls.getOutputStream());
                hangUp(tls);
                fact("ok", true);
            }
        }
    }

    static SSLSocket dial(SSLContext context, Socket tcp, int port) throws Exception {
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, told.get("sni"), port, false);
        SSLParameters wanted = parameters(context);
        wanted.setEndpointIdentificationAlgorithm("HTTPS");
        wanted.setServerNames(List.of(new SNIHostName(told.get("sni"))));
        tls.setSSLParameters(wanted);
        handshake(tcp, tls);
        return tls;
    }

    // The connection that is to be resumed: what was said in it.
    static byte[] first(SSLContext context, int port, InputStream stdin) throws Exception {
        byte[] said = new byte[1 << 16];
        said = Arrays.copyOf(said, stdin.read(said));
        try (Socket tcp = new Socket("127.0.0.1", port)) {
            SSLSocket tls = dial(context, tcp, port);
            tls.getOutputStream().write(said);
            tls.getInputStream().readNBytes(said.length);
            hangUp(tls);
            carry(tcp, tls.getInputStream(), OutputStream.nullOutputStream());
        }
        return said;
    }

    static void connect(int port, InputStream stdin, OutputStream stdout) throws Exception {
        SSLContext context = context("client_");
        if ("both".equals(told.get("connection")))
            stdin = new SequenceInputStream(new ByteArrayInputStream(first(context, port, stdin)), stdin);
        InputStream words = stdin;
        try (Socket tcp = new Socket("127.0.0.1", port)) {
            SSLSocket tls = dial(context, tcp, port);
            Thread speaker = new Thread(() -> {
                try {
                    byte[] bytes = new byte[1 << 14];
                    for (int n; (n = words.read(bytes)) >= 0;) tls.getOutputStream().write(bytes, 0, n);
                    hangUp(tls);
                } catch (IOException gone) {
                    // The reader says why.
                }
            });
            speaker.setDaemon(true);
            speaker.start();
            carry(tcp, tls.getInputStream(), stdout);
            stdout.flush();
        }
        fact("ok", true);
    }

    static void train() throws Exception {
        ServerSocket listener = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
        Thread server = new Thread(() -> {
            try {
                serve(listener);
            } catch (Exception why) {
                why.printStackTrace();
                System.exit(1);
            }
        });
        server.start();
        connect(listener.getLocalPort(), new ByteArrayInputStream("hello".getBytes()), OutputStream.nullOutputStream());
        server.join();
    }

    public static void main(String[] words) throws Exception {
        for (String word : words) {
            String[] pair = word.split("=", 2);
            if (pair.length == 2) told.put(pair[0], pair[1]);
        }
        properties();
        try {
            int port = Integer.parseInt(told.getOrDefault("port", "0"));
            switch (words[0]) {
                case "serve": serve(new ServerSocket(port, 5, InetAddress.getByName("127.0.0.1"))); break;
                case "connect": connect(port, System.in, new FileOutputStream(FileDescriptor.out)); break;
                case "train": train(); break;
            }
        } catch (GivenUp why) {
            fact("ok", false);
            fact("error", why.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }
}
