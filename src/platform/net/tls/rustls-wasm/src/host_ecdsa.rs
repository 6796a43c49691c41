//! ECDSA by the host: its native code does in microseconds what takes milliseconds here.

use rustls::pki_types::alg_id::{
    ECDSA_P256, ECDSA_P384, ECDSA_P521, ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512,
};
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

#[link(wasm_import_module = "host")]
extern "C" {
    /// 1 if, and only if, `signature` (DER) over `message` is that of the point (SEC 1, uncompressed).
    fn verify_ecdsa(
        curve_bits: u32,
        hash_bits: u32,
        point: *const u8,
        point_length: usize,
        message: *const u8,
        message_length: usize,
        signature: *const u8,
        signature_length: usize,
    ) -> u32;
}

#[derive(Debug)]
pub struct HostEcdsa {
    curve_bits: u32,
    hash_bits: u32,
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
}

impl SignatureVerificationAlgorithm for HostEcdsa {
    fn verify_signature(&self, point: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let answer = unsafe {
            verify_ecdsa(
                self.curve_bits,
                self.hash_bits,
                point.as_ptr(),
                point.len(),
                message.as_ptr(),
                message.len(),
                signature.as_ptr(),
                signature.len(),
            )
        };
        if answer == 1 { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

pub static P256_SHA256: Algorithm =
    &HostEcdsa { curve_bits: 256, hash_bits: 256, key: ECDSA_P256, signature: ECDSA_SHA256 };
pub static P256_SHA384: Algorithm =
    &HostEcdsa { curve_bits: 256, hash_bits: 384, key: ECDSA_P256, signature: ECDSA_SHA384 };
pub static P384_SHA256: Algorithm =
    &HostEcdsa { curve_bits: 384, hash_bits: 256, key: ECDSA_P384, signature: ECDSA_SHA256 };
pub static P384_SHA384: Algorithm =
    &HostEcdsa { curve_bits: 384, hash_bits: 384, key: ECDSA_P384, signature: ECDSA_SHA384 };
pub static P521_SHA512: Algorithm =
    &HostEcdsa { curve_bits: 521, hash_bits: 512, key: ECDSA_P521, signature: ECDSA_SHA512 };
