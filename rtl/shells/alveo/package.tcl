# Packages the kernel: vivado -mode batch -source package.tcl -tclargs RTL KERNEL_XML PART WORK XO
#   RTL         folder with all SystemVerilog of the kernel, packages first by name order of `order`
#   KERNEL_XML  ports and registers, from layout_generate --kernel-xml
#   PART        the FPGA
#   WORK        folder for the project, made anew
#   XO          the kernel object for v++ --link

if {[llength $argv] != 5} {
  error "package.tcl: 5 arguments: RTL KERNEL_XML PART WORK XO"
}
lassign $argv rtl kernel_xml part work xo

set order [open $rtl/order]
set sources [lmap name [split [string trim [read $order]] \n] {string cat $rtl / $name}]
close $order
foreach source $sources {
  if {![file exists $source]} { error "package.tcl: $source is in the order, but not there" }
}

file delete -force $work
create_project -force sluice_kernel $work/project -part $part
add_files -norecurse $sources
set_property top sluice_kernel [current_fileset]
update_compile_order -fileset sources_1

ipx::package_project -root_dir $work/ip -vendor sluice -library kernel -taxonomy /KernelIP \
  -import_files -set_current false
ipx::unload_core $work/ip/component.xml
ipx::edit_ip_in_project -upgrade true -name edit -directory $work/ip $work/ip/component.xml
set core [ipx::current_core]

# v++ finds the IP by this name, which is the kernel's, not the top module's.
set_property name sluice_card $core
set_property version 1.0 $core
set_property core_revision 1 $core
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
foreach parameter [ipx::get_user_parameters -of_objects $core] {
  ipx::remove_user_parameter [get_property NAME $parameter] $core
}

# The rules of Vitis: this name for the control slave, and a clock for every interface.
set_property name S_AXI_CONTROL [ipx::get_bus_interfaces s_axi_control -of_objects $core]
set interfaces {S_AXI_CONTROL m_axi_tables S_AXIS_0 M_AXIS_0 S_AXIS_1 M_AXIS_1}
foreach interface $interfaces {
  if {[ipx::get_bus_interfaces $interface -of_objects $core] eq ""} {
    error "package.tcl: Vivado found no interface $interface among the ports"
  }
  ipx::associate_bus_interfaces -busif $interface -clock ap_clk $core
}
ipx::associate_bus_interfaces -clock ap_clk -reset ap_rst_n $core

ipx::create_xgui_files $core
set_property supported_families {} $core
set_property auto_family_support_level level_2 $core
ipx::update_checksums $core
ipx::check_integrity -kernel $core
ipx::save_core $core
close_project -delete

file delete -force $xo
# kernel_xml says user_managed.
package_xo -xo_path $xo -kernel_name sluice_card -ip_directory $work/ip -kernel_xml $kernel_xml
