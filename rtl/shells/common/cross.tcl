# Constraints of what crosses clocks in rtl/shells/common, for Vivado; found by the names of the
# modules' registers, wherever they stand. Read as a constraint file that is Tcl: read_xdc
# -unmanaged.

# A path that another clock samples: about as long as the faster of our clocks' period, so that the
# bits of one Gray code arrive within a cycle of each other.
set cross_ns 3.0

# gray_cross -> sync_bits: one bit of it changes at a time.
foreach first [get_cells -quiet -hierarchical -filter {NAME =~ *u_sync_bits/first_q_reg*}] {
  set from [all_fanin -quiet -flat -startpoints_only -only_cells [get_pins $first/D]]
  if {$from ne ""} { set_max_delay -datapath_only -from $from -to $first $cross_ns }
}

# reset_sync begins at once and ends with its clock.
set resets [get_pins -quiet -hierarchical -filter {NAME =~ */chain_q_reg*/PRE}]
if {$resets ne ""} { set_false_path -to $resets }

# Memories written with one clock and read with the other: what is read has been there for at
# least two of the reader's cycles. Block RAM registers both ports itself; LUT RAM does not.
foreach {memory readers} {
  *lasts_reg*   {m_tlast_o_reg* read_q_reg* frames_read_q_reg* m_tvalid_o_reg*}
  *lengths_reg* {m_bytes_o_reg*}
  *memory_reg*  {data_o_reg*}
} {
  set from [get_cells -quiet -hierarchical \
    -filter "NAME =~ $memory && PRIMITIVE_SUBGROUP == LUTRAM"]
  foreach reader $readers {
    set to [get_cells -quiet -hierarchical -filter "NAME =~ *$reader"]
    if {$from ne "" && $to ne ""} { set_max_delay -datapath_only -from $from -to $to $cross_ns }
  }
}
