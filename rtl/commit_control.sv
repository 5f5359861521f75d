// Which bank is live, and whether the other one may be written already.
//
// commit_i (only while busy_o is low) flips epoch_o. busy_o is high from the next cycle until no
// packet of the other bank is in the pipeline. old_epoch_busy_i may come up to GUARD - 1 cycles
// after the change of epoch_o.
//
// A reset leaves the live bank live: the tables survive it too, and the other bank may be half
// written.
module commit_control (
    input logic clk_i,
    input logic rst_i,

    input  logic        commit_i,
    input  logic        old_epoch_busy_i,
    output logic        epoch_o,
    output logic        busy_o,
    output logic [31:0] commits_o
);
  localparam int unsigned GUARD = 6;

  logic [GUARD-1:0] guard_q;  // ones shift out

  initial epoch_o = 1'b0;
  always_ff @(posedge clk_i) if (commit_i && !rst_i) epoch_o <= !epoch_o;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_o  <= 1'b0;
      guard_q <= '0;
    end else begin
      guard_q <= {guard_q[GUARD-2:0], 1'b0};
      if (commit_i) begin
        busy_o  <= 1'b1;
        guard_q <= '1;
      end else if (!guard_q[GUARD-1] && !old_epoch_busy_i) begin
        busy_o <= 1'b0;
      end
    end
  end

  up_counter #(
      .PARTS(2)
  ) u_commits (
      .clk_i,
      .rst_i,
      .step_i(commit_i),
      .count_o(commits_o)
  );

`ifndef SYNTHESIS
  one_commit_at_a_time :
  assert property (@(posedge clk_i) disable iff (rst_i) commit_i |-> !busy_o)
  else $error("commit while the old bank is still in use");
`endif
endmodule
