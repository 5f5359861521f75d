#!/usr/bin/env bash
# area and LUT levels of the packet path and the card, estimated by Yosys (minutes)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

./run build hlsc sluice_rtl >&2
exec python3 tests/bench/area.py --build build "$@"
