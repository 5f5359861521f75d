#!/usr/bin/env bash
# config_fuzz_seeds.sh FOLDER: puts the first inputs of config_fuzz there.
set -euo pipefail
cp "$(dirname "${BASH_SOURCE[0]}")"/config_seeds/*.yaml "$1"
