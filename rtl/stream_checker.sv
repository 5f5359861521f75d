// Checks an AXI-Stream of whole frames in simulation; nothing in hardware.
//
// tvalid stays and nothing changes until tready; tkeep is full but in a frame's last beat, where it
// is 1 to 64 ones from bit 0; no gap inside a frame while the receiver has always been ready.
module stream_checker (
    input logic              clk_i,
    input logic              rst_i,
    input logic              tvalid_i,
    input logic              tready_i,
    input sluice_pkg::beat_t tdata_i,
    input logic [63:0]       tkeep_i,
    input logic              tlast_i
);
  logic inside_q;  // a frame's first beat was taken, its last one not
  logic waited_q;  // the receiver was not ready since the frame began
  always_ff @(posedge clk_i) begin
    if (rst_i) inside_q <= 1'b0;
    else if (tvalid_i && tready_i) inside_q <= !tlast_i;
    waited_q <= !tready_i || (inside_q && waited_q);
  end

  stable_until_ready :
  assert property (@(posedge clk_i) disable iff (rst_i) tvalid_i && !tready_i |=>
                   tvalid_i && $stable(tlast_i) && $stable(tkeep_i) && $stable(tdata_i))
  else $error("a beat changed before it was taken");
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      keep_full : assert (!(tvalid_i && !tlast_i) || &tkeep_i)
      else $error("a beat before the last one is not full");
      keep_contiguous : assert (!tvalid_i || (tkeep_i[0] && !(|(tkeep_i[63:1] & ~tkeep_i[62:0]))))
      else $error("tkeep has a hole");
      no_gap : assert (!(inside_q && !waited_q) || tvalid_i)
      else $error("a gap inside a frame");
    end
  end
endmodule
