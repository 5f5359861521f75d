// FIFO with a registered read and speculative writes.
//
// Write: an item pushed while full_o is low is stored; it becomes readable when commit_i is high in
// the same or a later cycle. rollback_i drops everything pushed since the last commit, and the item
// pushed in the same cycle. Tie commit_i high and rollback_i low for a plain FIFO.
// Read: valid_o and data_o come from registers; pop_i takes the item shown. One item a cycle.
// Latency: an item shows two cycles after it was pushed and committed.
// Holds DEPTH items and one more in the output register. held_o counts the committed ones, a
// cycle ago.
module fifo #(
    parameter int unsigned WIDTH = 8,
    parameter int unsigned DEPTH = 16  // power of two
) (
    input logic clk_i,
    input logic rst_i,

    input  logic             push_i,
    input  logic [WIDTH-1:0] data_i,
    input  logic             commit_i,
    input  logic             rollback_i,
    output logic             full_o,

    output logic             valid_o,
    output logic [WIDTH-1:0] data_o,
    input  logic             pop_i,

    output logic [$clog2(DEPTH)+1:0] held_o
);
  localparam int unsigned ADDR = $clog2(DEPTH);

  logic [WIDTH-1:0] memory[DEPTH];
  // One bit more than the address: equal is empty, equal but for the top bit is full.
  logic [ADDR:0] write_q, write_d, commit_q, read_q;
  logic [WIDTH-1:0] data_q;
  logic valid_q;
  logic read;

  assign read = (read_q != commit_q) && (!valid_q || pop_i);
  assign write_d = write_q + (ADDR + 1)'(push_i);
  assign full_o = write_q == {~read_q[ADDR], read_q[ADDR-1:0]};
  assign valid_o = valid_q;
  assign data_o = data_q;

  always_ff @(posedge clk_i) begin
    if (push_i) memory[write_q[ADDR-1:0]] <= data_i;
    if (read) data_q <= memory[read_q[ADDR-1:0]];
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      write_q  <= '0;
      commit_q <= '0;
      read_q   <= '0;
      valid_q  <= 1'b0;
    end else begin
      write_q <= rollback_i ? commit_q : write_d;
      if (commit_i) commit_q <= write_d;
      if (read) read_q <= read_q + 1'b1;
      if (read) valid_q <= 1'b1;
      else if (pop_i) valid_q <= 1'b0;
    end
    held_o <= rst_i ? '0 : {1'b0, commit_q - read_q} + (ADDR + 2)'(valid_q);
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      no_overflow : assert (!push_i || !full_o)
      else $error("push into a full FIFO");
      no_underflow : assert (!pop_i || valid_q)
      else $error("pop from an empty FIFO");
      one_decision : assert (!(commit_i && rollback_i))
      else $error("commit and rollback at once");
    end
  end
  stable_until_pop :
  assert property (@(posedge clk_i) disable iff (rst_i) valid_q && !pop_i |=> valid_q)
  else $error("an item vanished");
`endif
endmodule
