# rustls, from Debian's sources.
# shellcheck shell=sh disable=SC2034
packages='cargo ?librust-rustls-dev ?librust-rustls-pemfile-dev'
large='a Rust compiler'
# shellcheck source=../programs/programs.sh
. "$INTEROP/programs/programs.sh"
crates=/usr/share/cargo/registry

# Debian's own cargo, and nothing from the network.
cargo_run() { env PATH=/usr/bin:/bin CARGO_HOME="$PWD/home" HOME="$PWD" "$@"; }

available() {
    [ -x /usr/bin/cargo ] || {
        echo "not installed: cargo"
        return 1
    }
    for crate in rustls rustls-pemfile; do
        set -- "$crates/$crate"-[0-9]*
        [ -d "$1" ] || {
            echo "not installed: librust-$crate-dev"
            return 1
        }
    done
}
version() { for crate in "$crates"/rustls-[0-9]*; do basename "$crate"; done; }

features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group early_data cert=*"
    echo "suite=AES_* suite=CHACHA20_* suite=ECDHE_*_GCM_* suite=ECDHE_*_CHACHA20_*"
    echo "group=x25519 group=secp256r1 group=secp384r1"
    case $1 in
    serve) echo "echo ends tickets no_tickets strict_alpn answers_half_closed" ;;
    connect) echo "pipe resume_both sni verify verify_name half_close" ;;
    esac
}

prepare() {
    older target/release/peer "$INTEROP/programs/peer.rs" "$INTEROP/programs/wire.rs" "$INTEROP/peers/rustls.sh" || return 0
    mkdir -p src home
    cp "$INTEROP/programs/wire.rs" src/ && cp "$INTEROP/programs/peer.rs" src/main.rs
    cat >Cargo.toml <<'EOF'
[package]
name = "peer"
version = "0.0.0"
edition = "2021"

[dependencies]
rustls = "*"
rustls-pemfile = "*"

[workspace]
EOF
    cat >home/config.toml <<EOF
[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "$crates"
EOF
    cargo_run cargo build --release --offline --quiet
}

serve() { launch_told "$PREP/target/release/peer"; }
connect() { launch_told "$PREP/target/release/peer"; }
