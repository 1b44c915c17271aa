// A peer over rustls. What it is told, and what it does: see programs.sh.

mod wire;

use rustls::server::{AllowAnyAnonymousOrAuthenticatedClient, AllowAnyAuthenticatedClient, NoClientAuth};
use rustls::*;
use std::collections::HashMap;
use std::error::Error;
use std::fs::{read, File};
use std::io::{stdin, stdout, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use wire::{listen_to, Event, Wire};

type Told = HashMap<String, String>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;

// ---- What is told, as rustls has it ----

fn certificates(file: &str) -> Result<Vec<Certificate>> {
    let all = rustls_pemfile::certs(&mut BufReader::new(File::open(file)?))?;
    Ok(all.into_iter().map(Certificate).collect())
}

fn key(file: &str) -> Result<PrivateKey> {
    let mut keys = rustls_pemfile::pkcs8_private_keys(&mut BufReader::new(File::open(file)?))?;
    Ok(PrivateKey(keys.pop().ok_or("no key")?))
}

fn roots(told: &Told) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    for root in certificates(&told["ca"])? {
        store.add(&root)?;
    }
    Ok(store)
}

// The name of a suite as the RFCs have it.
fn name_of(suite: &SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite()).replace("TLS13_", "TLS_")
}

fn suites(told: &Told) -> Vec<SupportedCipherSuite> {
    let wanted = |suite: &&SupportedCipherSuite| told.get("suite").map_or(true, |name| *name == name_of(suite));
    ALL_CIPHER_SUITES.iter().filter(wanted).copied().collect()
}

fn groups(told: &Told) -> Vec<&'static SupportedKxGroup> {
    match (told.get("group").map(String::as_str), told.contains_key("hrr")) {
        (Some("x25519"), _) => vec![&kx_group::X25519],
        (Some("secp256r1"), _) => vec![&kx_group::SECP256R1],
        (Some("secp384r1"), _) | (None, true) => vec![&kx_group::SECP384R1],
        _ => ALL_KX_GROUPS.to_vec(),
    }
}

fn versions(told: &Told) -> Vec<&'static SupportedProtocolVersion> {
    match told.get("tls").map(String::as_str) {
        Some("1.2") => vec![&version::TLS12],
        Some("1.3") => vec![&version::TLS13],
        _ => ALL_VERSIONS.to_vec(),
    }
}

fn protocols(told: &Told) -> Vec<Vec<u8>> {
    told.get("alpn").map_or(vec![], |list| list.split(',').map(|name| name.into()).collect())
}

// ---- The server ----

fn server_config(told: &Told) -> Result<ServerConfig> {
    let verifier = match told.get("client_auth").map(String::as_str) {
        Some("request") => AllowAnyAnonymousOrAuthenticatedClient::new(roots(told)?),
        Some(_) => AllowAnyAuthenticatedClient::new(roots(told)?),
        None => NoClientAuth::new(),
    };
    let mut config = ServerConfig::builder()
        .with_cipher_suites(&suites(told))
        .with_kx_groups(&groups(told))
        .with_protocol_versions(&versions(told))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&told["cert"])?, key(&told["key"])?)?;
    config.alpn_protocols = protocols(told);
    if told.contains_key("early") {
        config.max_early_data_size = 1 << 14; // of sessions that it remembers; then tickets are their names
    } else if !told.contains_key("no_tickets") {
        config.ticketer = Ticketer::new()?;
    }
    Ok(config)
}

fn serve(told: &Told) -> Result<()> {
    let config = Arc::new(server_config(told)?);
    let listener = TcpListener::bind(format!("127.0.0.1:{}", told["port"]))?;
    for _ in 0..told["connections"].parse()? {
        let (tcp, _) = listener.accept()?;
        let tls = ServerConnection::new(config.clone())?;
        let mut wire = Wire::new(told, tls.into(), tcp)?;
        wire.handshake()?;
        loop {
            wire.echo()?;
            let bytes = match wire.events.recv()? {
                Event::Network(bytes) | Event::Stdin(bytes) => bytes,
            };
            if !wire.take_in(&bytes)? {
                break;
            }
        }
        wire.echo()?;
        wire.hang_up()?;
        eprintln!("fact ok=true");
    }
    Ok(())
}

// ---- The client ----

fn client_config(told: &Told) -> Result<ClientConfig> {
    let builder = ClientConfig::builder()
        .with_cipher_suites(&suites(told))
        .with_kx_groups(&groups(told))
        .with_protocol_versions(&versions(told))?
        .with_root_certificates(roots(told)?);
    let mut config = match told.get("client_cert") {
        Some(file) => builder.with_single_cert(certificates(file)?, key(&told["client_key"])?)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = protocols(told);
    config.enable_early_data = told.contains_key("early");
    Ok(config)
}

fn dial<'a>(told: &'a Told, config: &Arc<ClientConfig>, early: &[u8]) -> Result<Wire<'a>> {
    let tcp = TcpStream::connect(format!("127.0.0.1:{}", told["port"]))?;
    let mut tls = ClientConnection::new(config.clone(), told["sni"].as_str().try_into()?)?;
    if let Some(mut writer) = tls.early_data() {
        writer.write_all(early)?;
    }
    let mut wire = Wire::new(told, tls.into(), tcp)?;
    wire.handshake()?;
    Ok(wire)
}

// The connection that is to be resumed, in which this is said.
fn first(told: &Told, config: &Arc<ClientConfig>, said: &[u8]) -> Result<()> {
    let mut wire = dial(told, config, &[])?;
    wire.say(said)?;
    let (mut more, mut hung_up) = (true, false);
    while more {
        if let Event::Network(bytes) = wire.events.recv()? {
            more = wire.take_in(&bytes)?;
        }
        if wire.heard.len() >= said.len() && !hung_up {
            wire.hang_up()?;
            hung_up = true;
        }
    }
    Ok(())
}

fn connect(told: &Told) -> Result<()> {
    let config = Arc::new(client_config(told)?);
    let early = match told.get("early") {
        Some(file) => read(file)?,
        None => vec![],
    };
    let mut said = early.clone();
    if told.contains_key("connection") {
        if said.is_empty() {
            said = vec![0; 1 << 16];
            let count = stdin().read(&mut said)?;
            said.truncate(count);
        }
        first(told, &config, &said)?;
    }
    let mut wire = dial(told, &config, &early)?;
    listen_to(stdin(), wire.sender.clone(), Event::Stdin);
    if early.is_empty() {
        wire.say(&said)?;
    }
    let mut more = true;
    while more {
        stdout().write_all(&std::mem::take(&mut wire.heard))?;
        stdout().flush()?;
        match wire.events.recv()? {
            Event::Network(bytes) => more = wire.take_in(&bytes)?,
            Event::Stdin(bytes) if bytes.is_empty() => wire.hang_up()?,
            Event::Stdin(bytes) => wire.say(&bytes)?,
        }
    }
    stdout().write_all(&wire.heard)?;
    stdout().flush()?;
    eprintln!("fact ok=true");
    Ok(())
}

fn main() {
    let mut words = std::env::args().skip(1);
    let role = words.next().unwrap_or_default();
    let told: Told =
        words.filter_map(|word| word.split_once('=').map(|(name, value)| (name.into(), value.into()))).collect();
    let result = if role == "serve" { serve(&told) } else { connect(&told) };
    if let Err(why) = result {
        eprintln!("fact ok=false\nfact error={}", why);
        std::process::exit(1);
    }
}
