//! Key exchange with the NIST curves by the host: its native code does in microseconds what takes milliseconds here.

use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};
use zeroize::Zeroize;

#[link(wasm_import_module = "host")]
extern "C" {
    /// Makes a key pair for the group (its number in IANA's registry). 1 when both keys are where they are wanted.
    fn create_exchange_keys(group: u32, private: *mut u8, public: *mut u8) -> u32;
    /// The secret of a private key and the peer's public one. 1 if, and only if, that key is valid and the secret is there.
    fn agree_on_secret(
        group: u32,
        private: *const u8,
        private_length: usize,
        peer: *const u8,
        peer_length: usize,
        secret: *mut u8,
    ) -> u32;
}

/// Secrets are as long as private keys. Public keys are points as in SEC 1, uncompressed: the only form that TLS 1.3 has
/// (RFC 8446 section 4.2.8.2).
#[derive(Debug, Clone, Copy)]
pub struct HostGroup {
    name: NamedGroup,
    secret_length: usize,
    public_length: usize,
}

/// The longest of the groups below.
const MAX_SECRET_LENGTH: usize = 48;
const MAX_PUBLIC_LENGTH: usize = 97;
const UNCOMPRESSED: u8 = 4;

pub static SECP256R1: &dyn SupportedKxGroup =
    &HostGroup { name: NamedGroup::secp256r1, secret_length: 32, public_length: 65 };
pub static SECP384R1: &dyn SupportedKxGroup =
    &HostGroup { name: NamedGroup::secp384r1, secret_length: 48, public_length: 97 };

struct HostExchange {
    group: HostGroup,
    private: [u8; MAX_SECRET_LENGTH],
    public: [u8; MAX_PUBLIC_LENGTH],
}

impl Drop for HostExchange {
    fn drop(&mut self) {
        self.private.zeroize();
    }
}

impl HostGroup {
    fn number(&self) -> u32 {
        u32::from(u16::from(self.name))
    }

    fn is_well_formed(&self, key: &[u8]) -> bool {
        key.len() == self.public_length && key[0] == UNCOMPRESSED
    }
}

impl SupportedKxGroup for HostGroup {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut exchange =
            Box::new(HostExchange { group: *self, private: [0; MAX_SECRET_LENGTH], public: [0; MAX_PUBLIC_LENGTH] });
        let answer = unsafe {
            create_exchange_keys(self.number(), exchange.private.as_mut_ptr(), exchange.public.as_mut_ptr())
        };
        if answer == 1 { Ok(exchange) } else { Err(GetRandomFailed.into()) }
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

impl ActiveKeyExchange for HostExchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        if !self.group.is_well_formed(peer) {
            return Err(PeerMisbehaved::InvalidKeyShare.into());
        }
        let mut buffer = [0; MAX_SECRET_LENGTH];
        let answer = unsafe {
            agree_on_secret(
                self.group.number(),
                self.private.as_ptr(),
                self.group.secret_length,
                peer.as_ptr(),
                peer.len(),
                buffer.as_mut_ptr(),
            )
        };
        let result = if answer == 1 {
            Ok(SharedSecret::from(&buffer[..self.group.secret_length]))
        } else {
            Err(PeerMisbehaved::InvalidKeyShare.into())
        };
        buffer.zeroize();
        result
    }

    fn group(&self) -> NamedGroup {
        self.group.name
    }

    fn pub_key(&self) -> &[u8] {
        &self.public[..self.group.public_length]
    }
}
