# ci/recipes.sh: how the stacks of ci/stacks are compiled. Source it after ci/lib.sh.
#
# recipe NAME SOURCE BUILD PREFIX installs headers and static libraries into PREFIX, with clang, $CFLAGS,
# and as many processes as jobs_wanted says. What it needs is the group stack-NAME in ci/lib.sh.
# shellcheck shell=sh

# Name, Debian's source package, the versions that are known to compile, the best first.
RECIPES='openssl openssl 3.6.3 3.5
mbedtls mbedtls 3.6
wolfssl wolfssl 5.9.2 5.7.2
gnutls gnutls28 3.8.9
awslc rust-aws-lc-sys 0.42.0
bearssl bearssl 0.6'

# recipe_of NAME package|versions
recipe_of() {
    case $2 in
    package) printf '%s\n' "$RECIPES" | sed -n "s/^$1 \([^ ]*\) .*/\1/p" ;;
    versions) printf '%s\n' "$RECIPES" | sed -n "s/^$1 [^ ]* //p" ;;
    esac
}

recipe() (
    recipe_name=$1
    shift
    "recipe_$recipe_name" "$@"
)

# with_cmake SOURCE BUILD PREFIX OPTION...
with_cmake() {
    cmake_source=$1 cmake_build=$2 cmake_prefix=$3
    shift 3
    cmake -S "$cmake_source" -B "$cmake_build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=clang \
        -DCMAKE_CXX_COMPILER=clang++ "-DCMAKE_C_FLAGS=$CFLAGS" "-DCMAKE_CXX_FLAGS=$CFLAGS" \
        -DBUILD_SHARED_LIBS=OFF -DCMAKE_INSTALL_LIBDIR=lib \
        "-DCMAKE_INSTALL_PREFIX=$cmake_prefix" "$@" &&
        ninja -C "$cmake_build" -j "$(jobs_wanted)" install
}

# OpenSSL compiles in its source's folder.
recipe_openssl() {
    case $(uname -m) in
    x86_64) openssl_target=linux-x86_64-clang ;;
    aarch64) openssl_target=linux-aarch64 ;;
    *) openssl_target=linux-generic64 ;;
    esac
    (
        # shellcheck disable=SC2086 # words
        cd "$1" && CC=clang ./Configure $openssl_target "--prefix=$3" --libdir=lib no-shared no-module no-dso no-engine \
            no-apps no-docs no-tests no-legacy no-quic no-dtls $CFLAGS &&
            make -j "$(jobs_wanted)" build_libs && make install_dev
    )
}

recipe_mbedtls() {
    with_cmake "$1" "$2" "$3" -DENABLE_PROGRAMS=OFF -DENABLE_TESTING=OFF -DGEN_FILES=OFF \
        -DMBEDTLS_FATAL_WARNINGS=OFF
}

recipe_wolfssl() {
    (
        cd "$1" && autoreconf -fi &&
            CC=clang CFLAGS=$CFLAGS ./configure "--prefix=$3" --enable-distro --enable-static --disable-shared \
                --with-pic --disable-examples --disable-crypttests &&
            make -j "$(jobs_wanted)" && make install
    )
}

# Its own needs, nettle and the like, are the distribution's.
recipe_gnutls() {
    (
        mkdir -p "$2" && cd "$2" &&
            CC=clang CFLAGS=$CFLAGS "$1/configure" "--prefix=$3" --libdir="$3/lib" --enable-static --disable-shared \
                --with-pic --with-included-unistring --without-p11-kit --without-idn --without-tpm2 --without-brotli \
                --without-zstd --without-zlib --disable-hardware-acceleration --disable-cxx --disable-tools \
                --disable-tests --disable-doc --disable-guile --disable-libdane &&
            make -j "$(jobs_wanted)" && make install
    )
}

recipe_bearssl() {
    make -C "$1" -j "$(jobs_wanted)" lib CC=clang "CFLAGS=$CFLAGS" && mkdir -p "$3/lib" &&
        cp -R "$1/inc" "$3/include" && cp "$1/build/libbearssl.a" "$3/lib"
}

# AWS-LC comes inside a Rust package. The functions that its adapter replaces are kept from being inlined
# where they are used (stacks.cmake, REPLACES).
recipe_awslc() {
    mkdir -p "$2"
    cat >"$2/replaceable.h" <<END
#ifndef __cplusplus
#define WEAK __attribute__((weak))
WEAK int RAND_bytes(unsigned char *, __SIZE_TYPE__);
WEAK int RAND_priv_bytes(unsigned char *, __SIZE_TYPE__);
WEAK int RAND_public_bytes(unsigned char *, __SIZE_TYPE__);
WEAK int RAND_bytes_with_user_prediction_resistance(unsigned char *, __SIZE_TYPE__, const unsigned char *);
#undef WEAK
#endif
END
    CFLAGS="$CFLAGS -include $2/replaceable.h"
    with_cmake "$1/aws-lc" "$2" "$3" -DBUILD_TESTING=OFF -DBUILD_TOOL=OFF -DDISABLE_GO=ON -DDISABLE_PERL=ON
}

# BoringSSL as everywhere here (boringssl.cmake); assembly is taken as it is. Of its coverage, ssl is what
# counts. Counters in arithmetic would slow it down and tell a fuzzer nothing; that of Curve25519, which is not in
# assembly and knows no lengths, goes without AddressSanitizer, too.
recipe_boringssl() {
    mkdir -p "$2/lists" "$3/lib"
    boringssl_all=$CFLAGS boringssl_ssl=''
    case $CFLAGS in
    *fuzzer-no-link*)
        printf 'src:*/crypto/%s\n' 'fipsmodule/*' 'curve25519/*' 'kyber/*' 'hrss/*' 'chacha/*' 'poly1305/*' \
            >"$2/arithmetic"
        grep curve25519 "$2/arithmetic" >"$2/curve25519"
        boringssl_all="$CFLAGS -fsanitize-coverage-ignorelist=$2/arithmetic -fsanitize-ignorelist=$2/curve25519"
        ;;
    *fcoverage-mapping*)
        boringssl_ssl='-fprofile-instr-generate -fcoverage-mapping'
        boringssl_all=${CFLAGS%" $boringssl_ssl"}
        ;;
    esac
    cat >"$2/lists/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(boringssl LANGUAGES C CXX ASM)
include("$ROOT/ci/boringssl.cmake")
separate_arguments(options UNIX_COMMAND "$boringssl_ssl")
target_compile_options(ssl PRIVATE \${options})
END
    cmake -S "$2/lists" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
        "-DCMAKE_C_FLAGS=$boringssl_all" "-DCMAKE_CXX_FLAGS=$boringssl_all" "-DPARLEY_BORINGSSL_SOURCE=$1" &&
        ninja -C "$2" -j "$(jobs_wanted)" crypto ssl &&
        cp "$2/boringssl/libssl.a" "$2/boringssl/libcrypto.a" "$3/lib" || return 1
    for boringssl_include in "$1/src/include" "$1/include"; do
        if [ -f "$boringssl_include/openssl/ssl.h" ]; then
            cp -R "$boringssl_include" "$3/include"
            return
        fi
    done
    return 1
}
