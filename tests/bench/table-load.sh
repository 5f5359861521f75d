#!/usr/bin/env bash
# accesses and time that loading tables costs on each kind of board (half a minute)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

./run build table_load sluice-sim sluice sluice-xrt-emu >&2
exec /usr/bin/python3 tests/bench/table_load.py --bin build/bin "$@"
