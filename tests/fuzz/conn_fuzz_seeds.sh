#!/usr/bin/env bash
# conn_fuzz_seeds.sh FOLDER: puts the first inputs of conn_fuzz there.
set -euo pipefail
cat > "$1/rows" <<'END'
["tcp","10.9.0.1",80,"192.0.2.7",40000,"10.2.0.11",8080,"established",871,4660,22136]
["udp","10.9.0.2",53,"198.51.100.1",53,"10.2.0.12",53,"opening",0,0,65535]
END
cat > "$1/file" <<'END'
{"format":"sluice-connections","version":1}
["tcp","10.9.0.3",82,"192.0.2.7",40000,"10.2.0.13",8082,"client_fin",2,6,65533]
{"connections":1,"fnv1a":"40b416360aa20e75"}
END
