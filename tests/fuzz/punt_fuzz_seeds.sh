#!/usr/bin/env bash
# punt_fuzz_seeds.sh FOLDER: puts the first inputs of punt_fuzz there.
set -euo pipefail
folder=$1

# seed NAME BYTES...: a file of bytes written in hex, the first one port and class
seed() {
  local name=$1 byte
  shift
  for byte in "$@"; do printf '%b' "\\x$byte"; done >"$folder/$name"
}

card=(02 aa bb cc dd 01)
peer=(02 00 00 00 00 11)
tcp=(9c 40 00 50 00 00 00 01 00 00 00 00 50 02 20 00 00 00 00 00)
udp=(9c 40 00 35 00 08 00 00)

# ipv4 TOTAL FRAGMENT(2) PROTOCOL: from 198.51.100.7 to 10.9.0.2
ipv4() {
  echo 08 00 45 00 00 "$1" 00 00 "$2" "$3" 40 "$4" 00 00 c6 33 64 07 0a 09 00 02
}

mapfile -t syn < <(ipv4 28 40 00 06 | tr ' ' '\n')
mapfile -t datagram < <(ipv4 1c 00 00 11 | tr ' ' '\n')
mapfile -t fragment < <(ipv4 1c 20 00 11 | tr ' ' '\n')
mapfile -t ping < <(ipv4 1c 00 00 01 | tr ' ' '\n')
seed syn 00 "${card[@]}" "${peer[@]}" "${syn[@]}" "${tcp[@]}"
seed answer 03 "${card[@]}" "${peer[@]}" "${syn[@]}" "${tcp[@]}"
seed datagram 00 "${card[@]}" "${peer[@]}" "${datagram[@]}" "${udp[@]}"
seed fragment 00 "${card[@]}" "${peer[@]}" "${fragment[@]}" "${udp[@]}"
seed ping 00 "${card[@]}" "${peer[@]}" "${ping[@]}" 08 00 00 00 00 00 00 00
seed arp 03 ff ff ff ff ff ff "${peer[@]}" 08 06 00 01 08 00 06 04 00 01 \
  "${peer[@]}" 0a 02 00 0b 00 00 00 00 00 00 0a 02 00 01
