//! webpki's verdict on the server, spoken after the server has proved that it holds the certificate's key: so whoever
//! intercepts can be named by the chain it shows.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex, MutexGuard};

enum Verdict {
    None,
    Refused(Error),
    /// The chain is good; its key has still to show itself.
    Trusted,
    Verified,
}

struct Seen {
    chain: Vec<Vec<u8>>,
    verdict: Verdict,
}

pub struct RecordingVerifier {
    webpki: Arc<WebPkiServerVerifier>,
    seen: Mutex<Seen>,
}

impl std::fmt::Debug for RecordingVerifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RecordingVerifier")
    }
}

impl RecordingVerifier {
    pub fn new(webpki: Arc<WebPkiServerVerifier>) -> Self {
        Self { webpki, seen: Mutex::new(Seen { chain: Vec::new(), verdict: Verdict::None }) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn has_verified(&self) -> bool {
        matches!(self.seen().verdict, Verdict::Verified)
    }

    /// The chain as it came, leaf first: each certificate's DER after its length in four bytes, least first.
    pub fn write_chain(&self, output: &mut Vec<u8>) {
        for certificate in &self.seen().chain {
            output.extend_from_slice(&(certificate.len() as u32).to_le_bytes());
            output.extend_from_slice(certificate);
        }
    }

    fn conclude(&self, signature: Result<HandshakeSignatureValid, Error>) -> Result<HandshakeSignatureValid, Error> {
        let mut seen = self.seen();
        let valid = signature?;
        match std::mem::replace(&mut seen.verdict, Verdict::None) {
            Verdict::Trusted | Verdict::Verified => {
                seen.verdict = Verdict::Verified;
                Ok(valid)
            }
            Verdict::Refused(error) => Err(error),
            Verdict::None => Err(Error::NoCertificatesPresented),
        }
    }
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = match self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Ok(_) => Verdict::Trusted,
            Err(error) => Verdict::Refused(error),
        };
        let mut seen = self.seen();
        seen.chain = std::iter::once(end_entity).chain(intermediates).map(|certificate| certificate.to_vec()).collect();
        seen.verdict = verdict;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.conclude(self.webpki.verify_tls12_signature(message, certificate, signed))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.conclude(self.webpki.verify_tls13_signature(message, certificate, signed))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}
