# Run by the HDK's build: synthesis of the custom logic. The HDK's header sets the variables.
source ${HDK_SHELL_DIR}/build/scripts/synth_cl_header.tcl

# Packages first; the sources of AWS's Streaming Data Engine stand among ours.
foreach pattern {*_pkg.sv *.sv} {
  foreach source [lsort [glob ${src_post_enc_dir}/$pattern]] {
    if {![info exists seen($source)]} {
      set seen($source) 1
      read_verilog -sv $source
    }
  }
}

read_xdc [list ${constraints_dir}/cl_synth_user.xdc ${constraints_dir}/cl_timing_user.xdc]
set_property PROCESSING_ORDER LATE [get_files cl_synth_user.xdc]
set_property PROCESSING_ORDER LATE [get_files cl_timing_user.xdc]
update_compile_order -fileset sources_1

synth_design -mode out_of_context -top ${CL} -verilog_define XSDB_SLV_DIS -part ${DEVICE_TYPE} \
  -keep_equivalent_registers

source ${HDK_SHELL_DIR}/build/scripts/synth_cl_footer.tcl
