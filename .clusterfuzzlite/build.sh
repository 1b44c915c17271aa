#!/bin/sh
# As OSS-Fuzz does it.
set -eu
exec "${SRC:?}/parley/ci/oss-fuzz/build.sh"
