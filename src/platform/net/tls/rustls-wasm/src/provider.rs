//! What is offered to a server, and who checks it.

use crate::host_ecdsa::{P256_SHA256, P256_SHA384, P384_SHA256, P384_SHA384, P521_SHA512};
use crate::host_exchange::{SECP256R1, SECP384R1};
use crate::remembered::Remembered;
use crate::{roots, Config};
use rustls::client::WebPkiServerVerifier;
use ring::rand::SystemRandom;
use rustls::crypto::ring::cipher_suite;
use rustls::crypto::ring::kx_group::X25519;
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, SupportedKxGroup, WebPkiSupportedAlgorithms};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{ClientConfig, Error, SignatureScheme, SupportedCipherSuite};
use std::sync::Arc;
use webpki::ring as rsa;

/// ChaCha20 first: without AES instructions it is more than twice as fast.
static CIPHER_SUITES: &[SupportedCipherSuite] = &[
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];

/// A key share for the first is in each ClientHello.
static GROUPS: &[&dyn SupportedKxGroup] = &[X25519, SECP256R1, SECP384R1];

/// rustls' own list for ring, with ECDSA done by the host and P-521 added; no SHA-1, no RSA below 2048 bits.
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    // Of certificates, which are the same each time; those of handshakes, below, never are.
    all: &[
        &Remembered(P256_SHA256),
        &Remembered(P256_SHA384),
        &Remembered(P384_SHA256),
        &Remembered(P384_SHA384),
        &Remembered(P521_SHA512),
        &Remembered(rsa::ED25519),
        &Remembered(rsa::RSA_PSS_2048_8192_SHA256_LEGACY_KEY),
        &Remembered(rsa::RSA_PSS_2048_8192_SHA384_LEGACY_KEY),
        &Remembered(rsa::RSA_PSS_2048_8192_SHA512_LEGACY_KEY),
        &Remembered(rsa::RSA_PKCS1_2048_8192_SHA256),
        &Remembered(rsa::RSA_PKCS1_2048_8192_SHA384),
        &Remembered(rsa::RSA_PKCS1_2048_8192_SHA512),
        &Remembered(rsa::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS),
        &Remembered(rsa::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS),
        &Remembered(rsa::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS),
    ],
    // In TLS 1.2 the scheme does not fix the curve; rustls takes the first alone in TLS 1.3, where it does.
    mapping: &[
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[P256_SHA256, P384_SHA256]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[P384_SHA384, P256_SHA384]),
        (SignatureScheme::ECDSA_NISTP521_SHA512, &[P521_SHA512]),
        (SignatureScheme::ED25519, &[rsa::ED25519]),
        (SignatureScheme::RSA_PSS_SHA512, &[rsa::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[rsa::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA256, &[rsa::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[rsa::RSA_PKCS1_2048_8192_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[rsa::RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[rsa::RSA_PKCS1_2048_8192_SHA256]),
    ],
};

/// We show no certificate, so no code for signing needs to be in the module.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("no client certificates".into()))
    }
}

/// As in rustls' provider for ring, whose whole would bring code that is not used here.
#[derive(Debug)]
struct Random;

impl SecureRandom for Random {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        ring::rand::SecureRandom::fill(&SystemRandom::new(), buffer).map_err(|_| GetRandomFailed)
    }
}

fn protocols(mut alpn: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    while let [length, rest @ ..] = alpn {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        names.push(name.to_vec());
        alpn = rest;
    }
    Some(names)
}

pub fn create_config(anchors: &[u8], alpn: &[u8]) -> Option<Config> {
    let provider = Arc::new(CryptoProvider {
        cipher_suites: CIPHER_SUITES.to_vec(),
        kx_groups: GROUPS.to_vec(),
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Random,
        key_provider: &NoKeys,
    });
    let roots = Arc::new(roots::read(anchors)?);
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build().ok()?;
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_webpki_verifier(verifier.clone())
        .with_no_client_auth();
    client.alpn_protocols = protocols(alpn)?;
    Some(Config { client, verifier })
}
