# Synthesises the packet path with Vitis HLS:  vitis_hls -f build.tcl
# Not run here; see README.md.
set here [file dirname [file normalize [info script]]]
set hls [file dirname $here]
set flags "-std=c++14 -I$here -I$hls/path/include -I$hls/layout/include -I$hls/fixed/include \
-I$hls/compiler/include"

open_project -reset packet_path_vitis
set_top packet_path
foreach source [list $here/packet_path.cpp $hls/path/parse.cpp $hls/path/classify.cpp \
                     $hls/path/schedule.cpp $hls/path/rewrite.cpp $hls/path/pipeline.cpp] {
  add_files $source -cflags $flags
}
open_solution -reset u55c -flow_target vivado
set_part xcu55c-fsvh2892-2L-e
create_clock -period 3.103 -name default
# The stages are one pipeline: no call may stay a module of its own.
foreach stage {parse classify schedule rewrite pipeline} {
  set_directive_inline -recursive sluice::path::$stage
}
csynth_design
export_design -format ip_catalog -ipname packet_path -vendor sluice -version 1.0
exit
