#!/bin/sh
# Builds every fuzz target by OSS-Fuzz's contract: compilers and flags come in CC, CXX, CFLAGS, CXXFLAGS and
# LIB_FUZZING_ENGINE; the source is in $SRC/parley, BoringSSL's where ci/boringssl left it; $WORK is for
# what comes in between. In $OUT there are then, for each target, TARGET, TARGET_seed_corpus.zip,
# TARGET.dict and TARGET.options.
#
#   PARLEY_TARGETS="..."      only these
#   PARLEY_BORINGSSL_BUILD    a build folder with a BoringSSL that was compiled with the same flags
set -eu
: "${CC:?}" "${CXX:?}" "${LIB_FUZZING_ENGINE:?}" "${SRC:?}" "${OUT:?}" "${WORK:?}"
source=$SRC/parley
build=$WORK/parley-${FUZZING_ENGINE:-libfuzzer}-${SANITIZER:-address}-${ARCHITECTURE:-x86_64}

cmake -S "$source" -B "$build" -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=External -DBUILD_TESTING=OFF \
    "-DPARLEY_BORINGSSL_BUILD=${PARLEY_BORINGSSL_BUILD-}"
targets=${PARLEY_TARGETS:-$(cat "$build/fuzz/targets")}
# shellcheck disable=SC2046,SC2086 # names
ninja -C "$build" -j "${JOBS:-$(nproc)}" fuzz/tls.dict $(printf 'fuzz_%s ' $targets)

mkdir -p "$OUT"
for target in $targets; do
    case $target in
    deep_*) corpus=deep ;;
    *) corpus=$target ;;
    esac
    cp "$build/fuzz/$target" "$OUT/$target"
    cp "$build/fuzz/tls.dict" "$OUT/$target.dict"
    printf '[libfuzzer]\nmax_len = 40000\ntimeout = 10\n' >"$OUT/$target.options"
    rm -f "$OUT/${target}_seed_corpus.zip"
    (cd "$source/corpus/$corpus" && find . -type f | LC_ALL=C sort >"$build/seeds" &&
        cmake -E tar cf "$OUT/${target}_seed_corpus.zip" --format=zip --files-from="$build/seeds")
done
