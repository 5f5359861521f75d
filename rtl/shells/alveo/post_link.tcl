# Run by v++ in the linked block design: gives each MAC its transceivers, their reference clock and
# the free-running clock. Platforms name these differently; the first that is there is taken.

# Transceivers and reference clock of port 0 and port 1, by naming: U200 and U250; U55C and the U280
# from 2022 on; the U280 of 2019.
set namings {
  {{io_gt_qsfp_00 io_clk_qsfp_refclka_00} {io_gt_qsfp_01 io_clk_qsfp_refclka_01}}
  {{io_gt_qsfp0_00 io_clk_qsfp0_refclka_00} {io_gt_qsfp1_00 io_clk_qsfp1_refclka_00}}
  {{io_gt_gtyquad_00 io_clk_gtyquad_refclk0_00} {io_gt_gtyquad_01 io_clk_gtyquad_refclk0_01}}
}
# A port, or a pin of the block that brings clocks in: the U280 of 2019; platforms of two stages at
# level 1, of one stage at level 0; the ports before that block come last.
set free_running {
  clk_gt_freerun
  ii_level1_wire/ulp_m_aclk_freerun_ref_00
  ii_level0_wire/ulp_m_aclk_freerun_ref_00
  blp_s_aclk_freerun_ref_00
  plp_s_aclk_freerun_ref_00
}

proc names_of_platform {namings} {
  foreach naming $namings {
    if {[get_bd_intf_ports -quiet [lindex $naming 0 0]] ne ""} { return $naming }
    lappend tried [lindex $naming 0 0]
  }
  error "post_link.tcl: the platform has no transceivers named one of: $tried; is it one with\
    networking?"
}

proc first_free_running_clock {names} {
  foreach name $names {
    foreach found [list [get_bd_ports -quiet $name] [get_bd_pins -quiet $name]] {
      if {$found ne ""} { return $found }
    }
  }
  error "post_link.tcl: the platform has no free-running clock named one of: $names"
}

proc connect_mac {cell port gt refclk clock} {
  if {[get_bd_intf_ports -quiet $gt] eq "" || [get_bd_intf_ports -quiet $refclk] eq ""} {
    error "post_link.tcl: the platform has no $gt with $refclk: is it one with networking?"
  }
  connect_bd_intf_net [get_bd_intf_ports $gt] [get_bd_intf_pins $cell/gt_serial_port$port]
  # MAC kernels have the reference clock as an interface; older ones as two pins.
  set interface [get_bd_intf_pins -quiet $cell/gt_refclk$port]
  if {$interface ne ""} {
    connect_bd_intf_net [get_bd_intf_ports $refclk] $interface
  } else {
    connect_bd_net [get_bd_ports ${refclk}_clk_p] [get_bd_pins $cell/gt_refclk${port}_p]
    connect_bd_net [get_bd_ports ${refclk}_clk_n] [get_bd_pins $cell/gt_refclk${port}_n]
  }
  # v++ may have tied it to a kernel clock.
  set pin [get_bd_pins $cell/clk_gt_freerun]
  set net [get_bd_nets -quiet -of_objects $pin]
  if {$net ne ""} { disconnect_bd_net $net $pin }
  connect_bd_net $clock $pin
}

set names [names_of_platform $namings]
set clock [first_free_running_clock $free_running]
foreach port {0 1} {
  set cell cmac_${port}_1
  if {[get_bd_cells -quiet $cell] eq ""} {
    error "post_link.tcl: no $cell in the design: the link file has nk=cmac_$port:1:$cell"
  }
  lassign [lindex $names $port] gt refclk
  connect_mac $cell $port $gt $refclk $clock
  puts "post_link.tcl: $cell on $gt, clock $refclk, free-running $clock"
}
