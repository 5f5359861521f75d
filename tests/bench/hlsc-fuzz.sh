#!/usr/bin/env bash
# random kernels through hlsc against their native builds (--seconds N or --programs N)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

./run build hlsc hlsc_fuzz_main >&2
exec python3 tests/hlsc_fuzz/fuzz.py --build build "$@"
