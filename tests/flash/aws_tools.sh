#!/bin/sh
# Stands in for AWS's tools and for `aws`, by the name it is called by. Its folder holds a slot:
#   image, status       what the slot says ("none", "cleared 1 ok 0 0x10212415")
#   images/AGFI         what BAR 0 reads with that image
#   pci/ADDRESS         the device in sysfs
#   calls               each call, one a line; a test reads them
#   fail/TOOL.N         commands to run in the N-th call of a tool, which may end it
#   ids                 the device id that the slot shows, if not the usual one
#   aws.json            what `aws` prints
here=$(dirname "$0")
tool=${0##*/}
echo "$tool $*" >> "$here/calls"
calls=$(grep -c "^$tool " "$here/calls")
device=$here/pci/0000:34:00.0

show() {
  read -r status code error number shell < "$here/status"
  if [ "$1" = -H ]; then
    echo "Type  FpgaImageSlot  FpgaImageId             StatusName    StatusCode   ErrorName ..."
  fi
  echo "AFI          0       $(cat "$here/image")  $status  $code  $error  $number  $shell"
  [ "$1" = -H ] && echo "Type  FpgaImageSlot  VendorId    DeviceId    DBDF"
  ids=0xf0a1
  if [ "$(cat "$here/image")" = none ]; then ids=0xf000; fi  # as the cleared slot has them
  if [ -f "$here/ids" ]; then ids=$(cat "$here/ids"); fi
  echo "AFIDEVICE    0       0x1d0f      $ids      0000:34:00.0"
}
say_error() { echo "Error: ($1) $2"; exit "$1"; }
wrong() { say_error 99 "the stand-in was called wrongly: $tool $*"; }

# shellcheck source=/dev/null  # a test writes it
if [ -f "$here/fail/$tool.$calls" ]; then . "$here/fail/$tool.$calls"; fi
case "$tool $*" in
  "fpga-describe-local-image -S 0 -H") show -H ;;
  "fpga-describe-local-image -S 0 -R -H")
    if [ -f "$here/loaded" ]; then
      cat "$here/loaded" > "$device/resource0"
      rm "$here/loaded"
      printf '\017\035\241\360\000\000' | dd of="$device/config" conv=notrunc status=none
    fi
    show -H ;;
  "fpga-clear-local-image -S 0")
    echo none > "$here/image"
    echo "cleared 1 ok 0 0x10212415" > "$here/status"
    cat "$here/ones" > "$device/resource0"
    show ;;
  "fpga-load-local-image -S 0 -I agfi-"*)
    [ "$(cat "$here/image")" = none ] || wrong "$@"
    [ -f "$here/images/$4" ] || say_error 5 invalid-afi-id
    echo "$4" > "$here/image"
    echo "loaded 0 ok 0 0x10212415" > "$here/status"
    cp "$here/images/$4" "$here/loaded"
    show ;;
  "aws ec2 describe-fpga-images --filters Name=fpga-image-global-id,Values=agfi-"*" --output json")
    cat "$here/aws.json" ;;
  *) wrong "$@" ;;
esac
