// A connection of rustls over a socket, for peer.rs.

use crate::{name_of, Result, Told};
use rustls::Connection;
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread;

// What happens: bytes from the network, or from stdin; nothing: its end.
pub enum Event {
    Network(Vec<u8>),
    Stdin(Vec<u8>),
}

pub fn listen_to(mut source: impl Read + Send + 'static, events: Sender<Event>, event: fn(Vec<u8>) -> Event) {
    thread::spawn(move || loop {
        let mut bytes = vec![0; 1 << 14];
        let count = source.read(&mut bytes).unwrap_or(0);
        bytes.truncate(count);
        if events.send(event(bytes)).is_err() || count == 0 {
            return;
        }
    });
}

pub struct Wire<'a> {
    told: &'a Told,
    tls: Connection,
    tcp: TcpStream,
    pub events: Receiver<Event>,
    pub sender: Sender<Event>,
    pub heard: Vec<u8>, // and not yet dealt with
}

impl<'a> Wire<'a> {
    pub fn new(told: &'a Told, mut tls: Connection, tcp: TcpStream) -> Result<Self> {
        let (sender, events) = channel();
        listen_to(tcp.try_clone()?, sender.clone(), Event::Network);
        tls.set_buffer_limit(None);
        Ok(Wire { told, tls, tcp, events, sender, heard: vec![] })
    }

    fn flush(&mut self) -> Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.tcp)?;
        }
        Ok(())
    }

    // After an alert: waits for the other end to close.
    fn give_up<T>(&mut self, why: impl Into<Box<dyn Error>>) -> Result<T> {
        let _ = self.flush();
        let _ = self.tcp.shutdown(Shutdown::Write);
        while let Ok(event) = self.events.recv() {
            if let Event::Network(bytes) = event {
                if bytes.is_empty() {
                    break;
                }
            }
        }
        Err(why.into())
    }

    // Takes in what came; whether more may come.
    pub fn take_in(&mut self, bytes: &[u8]) -> Result<bool> {
        let mut rest = bytes;
        loop {
            self.tls.read_tls(&mut rest)?;
            if let Err(why) = self.tls.process_new_packets() {
                return self.give_up(why);
            }
            if let Connection::Server(server) = &mut self.tls {
                if let Some(mut early) = server.early_data() {
                    early.read_to_end(&mut self.heard)?;
                }
            }
            match self.tls.reader().read_to_end(&mut self.heard) {
                Ok(_) => return Ok(false),
                Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                Err(why) if why.kind() == ErrorKind::UnexpectedEof => {
                    let fine = !self.told.contains_key("strict") && !self.tls.is_handshaking();
                    return if fine { Ok(false) } else { self.give_up(why) };
                }
                Err(why) => return self.give_up(why),
            }
            if rest.is_empty() {
                return Ok(true);
            }
        }
    }

    pub fn handshake(&mut self) -> Result<()> {
        self.flush()?;
        while self.tls.is_handshaking() {
            if let Event::Network(bytes) = self.events.recv()? {
                self.take_in(&bytes)?;
            }
            self.flush()?;
        }
        self.say_facts();
        Ok(())
    }

    fn say_facts(&self) {
        let version = format!("{:?}", self.tls.protocol_version().unwrap());
        eprintln!("fact version={}", version.replace("TLSv1_", "TLS 1."));
        eprintln!("fact suite={}", name_of(&self.tls.negotiated_cipher_suite().unwrap()));
        let alpn = self.tls.alpn_protocol().map(|name| String::from_utf8_lossy(name));
        eprintln!("fact alpn={}", alpn.unwrap_or_else(|| "null".into()));
        eprintln!("fact peer_verified={}", self.tls.peer_certificates().is_some());
        match &self.tls {
            Connection::Server(server) => eprintln!("fact server_name={}", server.sni_hostname().unwrap_or("null")),
            Connection::Client(client) => eprintln!("fact early_data_accepted={}", client.is_early_data_accepted()),
        }
    }

    pub fn say(&mut self, bytes: &[u8]) -> Result<()> {
        self.tls.writer().write_all(bytes)?;
        self.flush()
    }

    pub fn echo(&mut self) -> Result<()> {
        let bytes = std::mem::take(&mut self.heard);
        self.say(&bytes)
    }

    pub fn hang_up(&mut self) -> Result<()> {
        self.tls.send_close_notify();
        self.flush()
    }
}
