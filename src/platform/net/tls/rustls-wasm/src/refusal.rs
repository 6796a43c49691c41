//! Why a connection is refused, as numbers that rustls.ts knows by name.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

pub const OK: u32 = 0;
pub const INTERNAL: u32 = 1;
const UNTRUSTED: u32 = 2;
const EXPIRED: u32 = 3;
const NOT_YET_VALID: u32 = 4;
const WRONG_NAME: u32 = 5;
/// The certificate, or one above it, breaks a rule: purpose, constraints, path length, an unknown critical extension …
const BAD_CERTIFICATE: u32 = 6;
/// Whoever answers does not hold the key of the certificate it shows, or a certificate was not signed by its issuer.
const BAD_SIGNATURE: u32 = 7;
/// A record was changed, dropped, repeated or made up after the keys were agreed on.
const TAMPERED: u32 = 8;
const INCOMPATIBLE: u32 = 9;
const PROTOCOL: u32 = 10;
/// The peer gave up and said so.
const ALERT: u32 = 11;

fn certificate_reason(error: &CertificateError) -> u32 {
    match error {
        CertificateError::UnknownIssuer => UNTRUSTED,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => EXPIRED,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => NOT_YET_VALID,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => WRONG_NAME,
        CertificateError::BadSignature => BAD_SIGNATURE,
        _ => BAD_CERTIFICATE,
    }
}

pub fn reason_of(error: &Error) -> u32 {
    match error {
        Error::InvalidCertificate(error) => certificate_reason(error),
        Error::UnsupportedNameType => WRONG_NAME,
        Error::DecryptError => TAMPERED,
        Error::AlertReceived(_) => ALERT,
        // It names what the server did wrong, unlike the others of its kind.
        Error::PeerIncompatible(PeerIncompatible::NullCompressionRequired) => PROTOCOL,
        Error::PeerIncompatible(_) => INCOMPATIBLE,
        Error::EncryptError
        | Error::General(_)
        | Error::Other(_)
        | Error::FailedToGetCurrentTime
        | Error::FailedToGetRandomBytes => INTERNAL,
        _ => PROTOCOL,
    }
}

pub fn alert_of(error: &Error) -> i32 {
    match error {
        Error::AlertReceived(alert) => i32::from(u8::from(*alert)),
        Error::NoApplicationProtocol => i32::from(u8::from(AlertDescription::NoApplicationProtocol)),
        _ => -1,
    }
}
