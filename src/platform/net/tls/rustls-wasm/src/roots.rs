//! Trust anchors as the host hands them over. One after the other: a byte that tells the kind, then parts, each after its
//! length in two bytes (least first). Kind 0: subject, public key, name constraints (empty: none) - DER contents as
//! RFC 5914 has them. Kind 1: a certificate.

use rustls::pki_types::{CertificateDer, Der, TrustAnchor};
use rustls::RootCertStore;

const ANCHOR: u8 = 0;
const CERTIFICATE: u8 = 1;

fn part<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = input.split_at_checked(2)?;
    let (part, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(length.try_into().ok()?)))?;
    *input = rest;
    Some(part)
}

fn der(part: &[u8]) -> Der<'static> {
    Der::from(part.to_vec())
}

/// None when the layout is wrong or a certificate can't be read.
pub fn read(mut input: &[u8]) -> Option<RootCertStore> {
    let mut store = RootCertStore::empty();
    while let [kind, rest @ ..] = input {
        input = rest;
        match *kind {
            ANCHOR => {
                let (subject, key, constraints) = (part(&mut input)?, part(&mut input)?, part(&mut input)?);
                store.roots.push(TrustAnchor {
                    subject: der(subject),
                    subject_public_key_info: der(key),
                    name_constraints: if constraints.is_empty() { None } else { Some(der(constraints)) },
                });
            }
            CERTIFICATE => store.add(CertificateDer::from(part(&mut input)?.to_vec())).ok()?,
            _ => return None,
        }
    }
    Some(store)
}
