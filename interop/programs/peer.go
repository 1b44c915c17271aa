// A peer over Go's crypto/tls. What it is told, and what it does: see programs.sh.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

var told = map[string]string{}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "fact ok=false\nfact error=%s\n", strings.ReplaceAll(err.Error(), "\n", " "))
	os.Exit(1)
}

func roots() *x509.CertPool {
	pem, err := os.ReadFile(told["ca"])
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

// suites has those of TLS 1.2 only: Go does not let anybody choose those of TLS 1.3.
func suites() []uint16 {
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if suite.Name == told["suite"] && suite.SupportedVersions[0] != tls.VersionTLS13 {
			return []uint16{suite.ID}
		}
	}
	return nil
}

func configuration() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites()}
	switch told["tls"] {
	case "1.2":
		config.MaxVersion = tls.VersionTLS12
	case "1.3":
		config.MinVersion = tls.VersionTLS13
	}
	groups := map[string]tls.CurveID{"x25519": tls.X25519, "secp256r1": tls.CurveP256,
		"secp384r1": tls.CurveP384, "secp521r1": tls.CurveP521}
	if group, known := groups[told["group"]]; known {
		config.CurvePreferences = []tls.CurveID{group}
	} else if told["hrr"] != "" {
		config.CurvePreferences = []tls.CurveID{tls.CurveP521}
	}
	if told["alpn"] != "" {
		config.NextProtos = strings.Split(told["alpn"], ",")
	}
	for _, prefix := range []string{"", "client_"} {
		if told[prefix+"cert"] != "" {
			pair, err := tls.LoadX509KeyPair(told[prefix+"cert"], told[prefix+"key"])
			check(err)
			config.Certificates = []tls.Certificate{pair}
		}
	}
	return config
}

func sayFacts(conn *tls.Conn) {
	state := conn.ConnectionState()
	version := map[uint16]string{tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3"}[state.Version]
	alpn := state.NegotiatedProtocol
	if alpn == "" {
		alpn = "null"
	}
	fmt.Fprintf(os.Stderr, "fact version=%s\nfact suite=%s\nfact alpn=%s\nfact resumed=%t\nfact server_name=%s\n"+
		"fact peer_verified=%t\n", version, tls.CipherSuiteName(state.CipherSuite), alpn, state.DidResume,
		state.ServerName, len(state.VerifiedChains) > 0)
}

// ended says whether a connection ended well: with close_notify, if that is asked for.
func ended(err error) error {
	if err == nil || err == io.EOF || (err == io.ErrUnexpectedEOF && told["strict"] == "") {
		return nil
	}
	return err
}

// giveUp waits for the other end to close, after an alert.
func giveUp(tcp net.Conn, err error) {
	tcp.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, tcp)
	fail(err)
}

func serve() {
	config := configuration()
	config.SessionTicketsDisabled = told["no_tickets"] != ""
	switch told["client_auth"] {
	case "request":
		config.ClientAuth, config.ClientCAs = tls.VerifyClientCertIfGiven, roots()
	case "require":
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, roots()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+told["port"])
	check(err)
	connections, err := strconv.Atoi(told["connections"])
	check(err)
	for ; connections > 0; connections-- {
		tcp, err := listener.Accept()
		check(err)
		conn := tls.Server(tcp, config)
		if err := conn.Handshake(); err != nil {
			giveUp(tcp, err)
		}
		sayFacts(conn)
		_, err = io.Copy(conn, conn)
		if err = ended(err); err != nil {
			giveUp(tcp, err)
		}
		conn.Close()
		fmt.Fprintln(os.Stderr, "fact ok=true")
	}
}

func dial(config *tls.Config) (net.Conn, *tls.Conn) {
	tcp, err := net.Dial("tcp", "127.0.0.1:"+told["port"])
	check(err)
	conn := tls.Client(tcp, config)
	if err := conn.Handshake(); err != nil {
		giveUp(tcp, err)
	}
	sayFacts(conn)
	return tcp, conn
}

// first makes the connection that is to be resumed, and returns what it said in it.
func first(config *tls.Config) []byte {
	said := make([]byte, 1<<16)
	n, err := os.Stdin.Read(said)
	check(err)
	tcp, conn := dial(config)
	_, err = conn.Write(said[:n])
	check(err)
	_, err = io.CopyN(io.Discard, conn, int64(n))
	if err != nil && err != io.EOF {
		giveUp(tcp, err)
	}
	check(conn.CloseWrite())
	_, err = io.Copy(io.Discard, conn)
	check(ended(err))
	conn.Close()
	return said[:n]
}

func connect() {
	config := configuration()
	config.RootCAs, config.ServerName = roots(), told["sni"]
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	stdin := io.Reader(os.Stdin)
	if told["connection"] == "both" {
		stdin = io.MultiReader(bytes.NewReader(first(config)), os.Stdin)
	}
	tcp, conn := dial(config)
	go func() {
		io.Copy(conn, stdin)
		conn.CloseWrite()
	}()
	_, err := io.Copy(os.Stdout, conn)
	if err = ended(err); err != nil {
		giveUp(tcp, err)
	}
	fmt.Fprintln(os.Stderr, "fact ok=true")
}

func main() {
	for _, word := range os.Args[2:] {
		name, value, _ := strings.Cut(word, "=")
		told[name] = value
	}
	if os.Args[1] == "serve" {
		serve()
	} else {
		connect()
	}
}
