#!/usr/bin/env bash
# speed of the simulated card: cycles and packets a second, iperf3 through it (half a minute)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

./run build sim_speed sluice-sim sluiced sluice >&2
exec /usr/bin/python3 tests/bench/sim.py --bin build/bin "$@"
