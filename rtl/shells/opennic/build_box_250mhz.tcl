# Sourced by OpenNIC's build in the plug-in folder: the card's sources, in order.
set order [open order]
set names [split [string trim [read $order]] \n]
close $order
foreach name $names {
  if {![file exists rtl/$name]} { error "build_box_250mhz.tcl: rtl/$name is missing" }
  read_verilog -quiet -sv rtl/$name
}
read_xdc -unmanaged cross.tcl
