# Stands for Vivado: its commands write what they are called with to the file of $env(CALLS), one a
# line, and answer as a small world that the test describes in $env(WORLD).
#
# WORLD is a dict: `objects` are names that get_... commands find (all others: empty), `nets` maps a
# pin to the net it is on.
namespace eval ipx {}
set world [expr {[info exists env(WORLD)] ? $env(WORLD) : ""}]

proc record {args} {
  set file [open $::env(CALLS) a]
  puts $file $args
  close $file
}

foreach command {
  create_project add_files set_property update_compile_order close_project package_xo
  ipx::package_project ipx::unload_core ipx::edit_ip_in_project ipx::remove_user_parameter
  ipx::associate_bus_interfaces ipx::create_xgui_files ipx::update_checksums
  ipx::check_integrity ipx::save_core connect_bd_intf_net connect_bd_net disconnect_bd_net
  read_verilog read_xdc synth_design set_max_delay set_false_path
} {
  proc $command args "record [list $command] {*}\$args"
}

# Names that a get_... command was asked for, as far as the world has them.
proc lookup {arguments} {
  set names [lsearch -all -inline -not -glob $arguments -*]
  set objects [expr {[dict exists $::world objects] ? [dict get $::world objects] : ""}]
  set found {}
  foreach name $names {
    if {$name in $objects} { lappend found $name }
  }
  return $found
}

foreach command {get_bd_ports get_bd_pins get_bd_intf_ports get_bd_intf_pins get_bd_cells} {
  proc $command args { lookup $args }
}
proc get_bd_nets args {
  set pin [lindex $args end]
  if {[dict exists $::world nets $pin]} { return [dict get $::world nets $pin] }
}
proc current_fileset {} { return sources_1 }
proc get_files args { return [lindex $args end] }
proc get_property args { return [lindex $args end] }
proc get_pins args { return [lindex $args end] }
proc ipx::current_core {} { return core }
proc ipx::get_user_parameters args { return {BUILD_ID CLOCK_KHZ} }
proc ipx::get_bus_interfaces {name args} { lookup $name }

# Cells by a filter: the world's `cells` maps a filter's text to names.
proc get_cells args {
  set filter [lindex $args [expr {[lsearch $args -filter] + 1}]]
  if {[dict exists $::world cells $filter]} { return [dict get $::world cells $filter] }
}
proc all_fanin args { return "from:[lindex $args end]" }

set argv [expr {[info exists env(ARGV)] ? $env(ARGV) : ""}]
source $env(SCRIPT)
