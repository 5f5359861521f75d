# Run by v++ in the linked block design: gives each MAC its transceivers, their reference clock and
# the free-running clock. Platforms name these differently; the first that is there is taken.

# Port p's transceivers and reference clock under either naming.
set gt_names {
  {io_gt_qsfp_00 io_clk_qsfp_refclka_00}
  {io_gt_qsfp_01 io_clk_qsfp_refclka_01}
}
set quad_names {
  {io_gt_gtyquad_00 io_clk_gtyquad_refclk0_00}
  {io_gt_gtyquad_01 io_clk_gtyquad_refclk1_00}
}
set free_running {clk_gt_freerun ip_clkwiz_ucs_freerun_00/clk_out1 blp_s_aclk_freerun_ref_00}

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
  # The MAC kernel has the clock as two pins, the platform as one interface.
  connect_bd_net [get_bd_ports ${refclk}_clk_p] [get_bd_pins $cell/gt_refclk${port}_p]
  connect_bd_net [get_bd_ports ${refclk}_clk_n] [get_bd_pins $cell/gt_refclk${port}_n]
  # v++ may have tied it to a kernel clock.
  set pin [get_bd_pins $cell/clk_gt_freerun]
  set net [get_bd_nets -quiet -of_objects $pin]
  if {$net ne ""} { disconnect_bd_net $net $pin }
  connect_bd_net $clock $pin
}

set names $gt_names
if {[get_bd_intf_ports -quiet [lindex $gt_names 0 0]] eq ""} { set names $quad_names }
set clock [first_free_running_clock $free_running]
foreach port {0 1} {
  set cell cmac_${port}_1
  if {[get_bd_cells -quiet $cell] eq ""} {
    error "post_link.tcl: no $cell in the design: the link file has nk=cmac_$port:1:$cell"
  }
  lassign [lindex $names $port] gt refclk
  connect_mac $cell $port $gt $refclk $clock
  puts "post_link.tcl: $cell on $gt, clock $refclk"
}
