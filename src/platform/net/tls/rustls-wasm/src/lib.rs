//! rustls as one synchronous state machine for JavaScript: bytes of the peer in, bytes for the peer and plaintext out.
//! The host (rustls.ts) does all I/O. Pointers it passes come from `allocate`, `config_new` or `connection_new`.

mod connection;
mod host_ecdsa;
mod host_exchange;
mod provider;
mod refusal;
mod remembered;
mod roots;
mod verifier;

use connection::Connection;
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use std::slice;
use std::sync::Arc;

pub struct Config {
    client: ClientConfig,
    verifier: Arc<WebPkiServerVerifier>,
}

unsafe fn bytes<'a>(pointer: *const u8, length: usize) -> &'a [u8] {
    slice::from_raw_parts(pointer, length)
}

#[no_mangle]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::leak(vec![0u8; length].into_boxed_slice()).as_mut_ptr()
}

/// # Safety
/// Both arguments are those of one call of `allocate`.
#[no_mangle]
pub unsafe extern "C" fn release(pointer: *mut u8, length: usize) {
    drop(Box::from_raw(slice::from_raw_parts_mut(pointer, length)));
}

/// A configuration over trust anchors (roots.rs says how they are laid out) and offered protocols (ALPN, each after its
/// length in one byte). Null when the anchors can't be read or there are none.
///
/// # Safety
/// The ranges are readable.
#[no_mangle]
pub unsafe extern "C" fn config_new(
    anchors: *const u8,
    anchors_length: usize,
    alpn: *const u8,
    alpn_length: usize,
) -> *mut Config {
    match provider::create_config(bytes(anchors, anchors_length), bytes(alpn, alpn_length)) {
        Some(config) => Box::into_raw(Box::new(config)),
        None => std::ptr::null_mut(),
    }
}

/// # Safety
/// `config` is alive; it is not used again.
#[no_mangle]
pub unsafe extern "C" fn config_free(config: *mut Config) {
    drop(Box::from_raw(config));
}

/// A connection to a server of this name (DNS or IP, UTF-8), its ClientHello ready to be sent. Null for a bad name.
/// It may outlive its configuration.
///
/// # Safety
/// `config` is alive, the range is readable.
#[no_mangle]
pub unsafe extern "C" fn connection_new(config: *const Config, name: *const u8, name_length: usize) -> *mut Connection {
    match Connection::create(&*config, bytes(name, name_length)) {
        Some(connection) => Box::into_raw(Box::new(connection)),
        None => std::ptr::null_mut(),
    }
}

/// # Safety
/// `connection` is alive; it is not used again.
#[no_mangle]
pub unsafe extern "C" fn connection_free(connection: *mut Connection) {
    drop(Box::from_raw(connection));
}

/// Takes bytes of the peer. 0, or why the connection is refused (refusal.rs); what is to be sent then is the alert.
///
/// # Safety
/// `connection` is alive, the range is readable.
#[no_mangle]
pub unsafe extern "C" fn connection_feed(connection: *mut Connection, data: *const u8, length: usize) -> u32 {
    (*connection).feed(bytes(data, length))
}

/// Encrypts plaintext for the peer. 0, or a reason as above.
///
/// # Safety
/// `connection` is alive, the range is readable.
#[no_mangle]
pub unsafe extern "C" fn connection_send(connection: *mut Connection, data: *const u8, length: usize) -> u32 {
    (*connection).send(bytes(data, length))
}

/// Says close_notify; nothing can be sent after it.
///
/// # Safety
/// `connection` is alive.
#[no_mangle]
pub unsafe extern "C" fn connection_finish(connection: *mut Connection) {
    (*connection).finish();
}

/// Moves one of the connection's outputs (connection.rs: 0 for the peer, 1 plaintext, 2 the peer's certificates, 3 the
/// protocol agreed on) to where `connection_output` points, and says its length.
///
/// # Safety
/// `connection` is alive.
#[no_mangle]
pub unsafe extern "C" fn connection_take(connection: *mut Connection, which: u32) -> usize {
    (*connection).take(which)
}

/// Where the output taken last is, until the next call.
///
/// # Safety
/// `connection` is alive.
#[no_mangle]
pub unsafe extern "C" fn connection_output(connection: *const Connection) -> *const u8 {
    (*connection).output()
}

/// Bit 0: the handshake is complete and the server verified. Bit 1: the peer said close_notify.
///
/// # Safety
/// `connection` is alive.
#[no_mangle]
pub unsafe extern "C" fn connection_state(connection: *const Connection) -> u32 {
    (*connection).state()
}

/// The protocol version on the wire (0x0303 or 0x0304) in the upper half, the cipher suite in the lower; 0 before that.
///
/// # Safety
/// `connection` is alive.
#[no_mangle]
pub unsafe extern "C" fn connection_agreed(connection: *const Connection) -> u32 {
    (*connection).agreed()
}

/// The description of the fatal alert that the peer sent, or -1.
///
/// # Safety
/// `connection` is alive.
#[no_mangle]
pub unsafe extern "C" fn connection_alert(connection: *const Connection) -> i32 {
    (*connection).alert()
}
