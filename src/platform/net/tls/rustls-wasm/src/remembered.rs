//! Signatures of certificates that were found good: a server shows the same chain each time, and whether a signature over
//! these bytes is that of this key never changes. Everything else about a chain (names, dates, constraints, who is
//! trusted) is judged anew each time; so is a signature that was no good.

use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

/// A chain has two or three signatures: enough for the servers that an isolate asks again and again.
const MAX_CLAIMS: usize = 64;
/// Key, signature and what is signed; a certificate larger than this is not worth its room.
const MAX_CLAIM_BYTES: usize = 8 * 1024;

/// Compared as a whole, byte by byte: what differs anywhere is another claim.
#[derive(PartialEq, Eq)]
struct Claim {
    signature: Vec<u8>,
    message: Vec<u8>,
    key: Vec<u8>,
    key_algorithm: AlgorithmIdentifier,
    signature_algorithm: AlgorithmIdentifier,
}

/// The one used last comes last.
static GOOD: Mutex<VecDeque<Claim>> = Mutex::new(VecDeque::new());

fn good() -> MutexGuard<'static, VecDeque<Claim>> {
    GOOD.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Another algorithm that is asked only once for what it finds good.
#[derive(Debug)]
pub struct Remembered(pub &'static dyn SignatureVerificationAlgorithm);

impl SignatureVerificationAlgorithm for Remembered {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        if key.len() + message.len() + signature.len() > MAX_CLAIM_BYTES {
            return self.0.verify_signature(key, message, signature);
        }
        let claim = Claim {
            signature: signature.to_vec(),
            message: message.to_vec(),
            key: key.to_vec(),
            key_algorithm: self.public_key_alg_id(),
            signature_algorithm: self.signature_alg_id(),
        };
        let mut good = good();
        match good.iter().position(|known| *known == claim) {
            Some(at) => {
                good.remove(at);
            }
            None => self.0.verify_signature(key, message, signature)?,
        }
        if good.len() == MAX_CLAIMS {
            good.pop_front();
        }
        good.push_back(claim);
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }
}
