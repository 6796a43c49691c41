//! One client connection over byte buffers.

use crate::refusal::{alert_of, reason_of, INTERNAL, OK};
use crate::verifier::RecordingVerifier;
use crate::Config;
use rustls::client::{ClientConnection, Resumption};
use rustls::pki_types::ServerName;
use rustls::Error;
use std::io::{Read, Write};
use std::str;
use std::sync::Arc;

const ESTABLISHED: u32 = 1;
const PEER_CLOSED: u32 = 2;

const FOR_PEER: u32 = 0;
const PLAINTEXT: u32 = 1;
const CERTIFICATES: u32 = 2;
const PROTOCOL: u32 = 3;

pub struct Connection {
    tls: ClientConnection,
    verifier: Arc<RecordingVerifier>,
    plaintext: Vec<u8>,
    output: Vec<u8>,
    peer_closed: bool,
    alert: i32,
}

impl Connection {
    pub fn create(config: &Config, name: &[u8]) -> Option<Self> {
        let name = ServerName::try_from(str::from_utf8(name).ok()?).ok()?.to_owned();
        let verifier = Arc::new(RecordingVerifier::new(config.verifier.clone()));
        let mut client = config.client.clone();
        client.dangerous().set_certificate_verifier(verifier.clone());
        // A resumed session shows no certificate; here each connection has to.
        client.resumption = Resumption::disabled();
        let tls = ClientConnection::new(Arc::new(client), name).ok()?;
        Some(Self { tls, verifier, plaintext: Vec::new(), output: Vec::new(), peer_closed: false, alert: -1 })
    }

    pub fn feed(&mut self, mut data: &[u8]) -> u32 {
        while !data.is_empty() {
            match self.tls.read_tls(&mut data) {
                // After close_notify nothing is read any more; what follows it means nothing.
                Ok(0) => return OK,
                Ok(_) => {}
                Err(_) => return INTERNAL,
            }
            if let Err(error) = self.process() {
                self.alert = alert_of(&error);
                return reason_of(&error);
            }
        }
        OK
    }

    fn process(&mut self) -> Result<(), Error> {
        let state = self.tls.process_new_packets()?;
        if !self.tls.is_handshaking() && !self.verifier.has_verified() {
            return Err(Error::General("handshake without verification".into()));
        }
        let available = state.plaintext_bytes_to_read();
        let start = self.plaintext.len();
        self.plaintext.resize(start + available, 0);
        self.tls.reader().read_exact(&mut self.plaintext[start..]).map_err(|error| Error::General(error.to_string()))?;
        self.peer_closed = state.peer_has_closed();
        Ok(())
    }

    pub fn send(&mut self, data: &[u8]) -> u32 {
        match self.tls.writer().write_all(data) {
            Ok(()) => OK,
            Err(_) => INTERNAL,
        }
    }

    pub fn finish(&mut self) {
        self.tls.send_close_notify();
    }

    pub fn take(&mut self, which: u32) -> usize {
        self.output.clear();
        match which {
            FOR_PEER => {
                while self.tls.wants_write() && self.tls.write_tls(&mut self.output).is_ok() {}
            }
            PLAINTEXT => std::mem::swap(&mut self.output, &mut self.plaintext),
            CERTIFICATES => self.verifier.write_chain(&mut self.output),
            PROTOCOL => self.output.extend_from_slice(self.tls.alpn_protocol().unwrap_or_default()),
            _ => {}
        }
        self.output.len()
    }

    pub fn output(&self) -> *const u8 {
        self.output.as_ptr()
    }

    pub fn state(&self) -> u32 {
        let is_established = !self.tls.is_handshaking() && self.verifier.has_verified();
        (if is_established { ESTABLISHED } else { 0 }) | (if self.peer_closed { PEER_CLOSED } else { 0 })
    }

    pub fn agreed(&self) -> u32 {
        match (self.tls.protocol_version(), self.tls.negotiated_cipher_suite()) {
            (Some(version), Some(suite)) => (u32::from(u16::from(version)) << 16) | u32::from(u16::from(suite.suite())),
            _ => 0,
        }
    }

    pub fn alert(&self) -> i32 {
        self.alert
    }
}
