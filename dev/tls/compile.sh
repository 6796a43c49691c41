#!/bin/sh
# Runs inside the directory that dev/build-tls.ts made with debootstrap: compiles /build/crate to /build/out/rustls.wasm.
# Everything is at the same path each time, so the result does not depend on where the directory is.
set -eu
export DEBIAN_FRONTEND=noninteractive HOME=/root LC_ALL=C.UTF-8

# The newer suite has rustls and webpki without the advisories of 2026; nothing else is taken from it.
NEWER_SUITE=forky
NEWER_CRATES='librust-rustls-dev=0.23.45+ds-1 librust-rustls-webpki-dev=0.103.15+ds-1 librust-rustls-pki-types-dev=1.15.1+ds-1'
NEWER_FOLDERS='rustls-0.23.45 rustls-webpki-0.103.15 rustls-pki-types-1.15.1'
# What ring and those need besides; libc and log are only looked up, never compiled.
STABLE_FOLDERS='ring-0.17 untrusted-0.9 cfg-if-1 subtle-2 once_cell-1 zeroize-1 zeroize_derive-1 cc-1 shlex-1 libc-0.2 log-0.4'

# The same mirror as the rest. Its lists may be old, since the versions are exact.
mirror=$(sed -n 's/^deb \([^ ]*\) .*/\1/p' /etc/apt/sources.list | head -n 1)
echo "deb [check-valid-until=no] $mirror $NEWER_SUITE main" >/etc/apt/sources.list.d/newer.list
printf 'Package: *\nPin: release n=%s\nPin-Priority: 1\n' "$NEWER_SUITE" >/etc/apt/preferences.d/newer
apt-get update -qq
apt-get install -qq --no-install-recommends rustc cargo libstd-rust-dev-wasm32 clang lld llvm wasi-libc binaryen \
  ca-certificates librust-ring-dev librust-subtle-dev librust-zeroize-dev librust-once-cell-dev librust-log-dev \
  >/build/apt.log 2>&1 || { tail -n 20 /build/apt.log; exit 1; }

rm -rf /build/newer /build/registry /build/out
mkdir -p /build/newer /build/registry /build/out
cd /build/newer
apt-get -qq -o APT::Sandbox::User=root download $NEWER_CRATES
for package in *.deb; do dpkg-deb -x "$package" .; done
for folder in $NEWER_FOLDERS; do cp -rL "/build/newer/usr/share/cargo/registry/$folder" /build/registry/; done
for folder in $STABLE_FOLDERS; do cp -rL /usr/share/cargo/registry/"$folder"* /build/registry/; done

mkdir -p /build/crate/.cargo
cat >/build/crate/.cargo/config.toml <<'CONFIG'
[source.crates-io]
replace-with = "debian"

[source.debian]
directory = "/build/registry"

[target.wasm32-wasip1]
linker = "wasm-ld"
# At most 64 MiB of memory, whatever a peer sends. No path of the machine in the result.
rustflags = [
  "-C", "linker-flavor=wasm-ld",
  "-C", "link-self-contained=no",
  "-C", "link-arg=-L/usr/lib/wasm32-wasi",
  "-C", "link-arg=--max-memory=67108864",
  "--remap-path-prefix", "/build=",
]
CONFIG
cd /build/crate
export CC_wasm32_wasip1=clang AR_wasm32_wasip1=llvm-ar
export CFLAGS_wasm32_wasip1='--target=wasm32-wasi -isystem /usr/include/wasm32-wasi'
cargo build --quiet --release --offline --target wasm32-wasip1
wasm-opt -O3 --converge --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext \
  --enable-mutable-globals --enable-multivalue --enable-reference-types \
  target/wasm32-wasip1/release/rustls_wasm.wasm -o /build/out/rustls.wasm
cat /usr/share/ca-certificates/mozilla/*.crt >/build/out/roots.pem
dpkg-query -W -f '${Package} ${Version}\n' rustc clang wasi-libc binaryen librust-ring-dev ca-certificates >/build/out/versions
echo "$NEWER_CRATES" | tr ' =' '\n ' >>/build/out/versions
