// Counters of which one goes up or down by one in a cycle; any one, every cycle.
//
//   cycle 0 address to memory   2 memory output or a newer result   3 add   4 write back
//
// A view of any counter may be had every cycle: view_o, in cycle 4 of view_addr_i, has every step
// up to and with the one in the cycle of view_addr_i; stored_o, in cycle 2, may lack the last four.
// clear_i writes zero to clear_addr_i and ends what is under way; a reset ends what is under way.
module sched_lane #(
    parameter int unsigned BITS = 21,
    parameter int unsigned DEPTH = 4096,
    localparam int unsigned ADDR_BITS = $clog2(DEPTH)
) (
    input logic clk_i,
    input logic rst_i,

    input logic                 clear_i,
    input logic [ADDR_BITS-1:0] clear_addr_i,

    input logic                 step_i,
    input logic [ADDR_BITS-1:0] step_addr_i,
    input logic                 step_up_i,

    input  logic [ADDR_BITS-1:0] view_addr_i,
    output logic [     BITS-1:0] stored_o,
    output logic [     BITS-1:0] view_o
);
  logic valid1_q, valid2_q, valid3_q, valid4_q;
  logic up1_q, up2_q, up3_q;
  logic [ADDR_BITS-1:0] addr1_q, addr2_q, addr3_q, addr4_q, view1_q, view2_q, view3_q;

  always_ff @(posedge clk_i) begin
    {valid1_q, valid2_q, valid3_q, valid4_q} <= {step_i, valid1_q, valid2_q, valid3_q};
    {up1_q, up2_q, up3_q} <= {step_up_i, up1_q, up2_q};
    {addr1_q, addr2_q, addr3_q, addr4_q} <= {step_addr_i, addr1_q, addr2_q, addr3_q};
    {view1_q, view2_q, view3_q} <= {view_addr_i, view1_q, view2_q};
    if (rst_i || clear_i) {valid1_q, valid2_q, valid3_q, valid4_q} <= '0;
  end

  // The memory shows a step nothing of the three ahead of it, a view nothing of its own cycle's
  // either. One ahead is in cycle 4 when this one adds in 3; two and three ahead are in 4 and 5
  // when it takes its operand in 2.
  logic ahead1_q, ahead2_q, ahead3_q;
  logic view_ahead0_q, view_ahead1_q, view_ahead2_q, view_ahead3_q;

  always_ff @(posedge clk_i) begin
    ahead1_q <= valid3_q && addr3_q == addr2_q;
    ahead2_q <= valid3_q && addr3_q == addr1_q;
    ahead3_q <= valid4_q && addr4_q == addr1_q;
    view_ahead0_q <= valid3_q && addr3_q == view3_q;
    view_ahead1_q <= valid3_q && addr3_q == view2_q;
    view_ahead2_q <= valid3_q && addr3_q == view1_q;
    view_ahead3_q <= valid4_q && addr4_q == view1_q;
  end

  logic [BITS-1:0] stored, operand, operand3_q, sum4_q, sum5_q, value3_q, value4_q;

  assign operand = ahead1_q ? sum4_q : operand3_q;
  assign view_o = view_ahead0_q ? sum4_q : value4_q;

  always_ff @(posedge clk_i) begin
    operand3_q <= ahead2_q ? sum4_q : ahead3_q ? sum5_q : stored;
    sum4_q <= up3_q ? operand + BITS'(1) : operand - BITS'(1);
    sum5_q <= sum4_q;
    value3_q <= view_ahead2_q ? sum4_q : view_ahead3_q ? sum5_q : stored_o;
    value4_q <= view_ahead1_q ? sum4_q : value3_q;
  end

  logic write;
  logic [ADDR_BITS-1:0] write_addr;
  logic [BITS-1:0] write_data;
  assign write = valid4_q || clear_i;
  assign write_addr = clear_i ? clear_addr_i : addr4_q;
  assign write_data = clear_i ? '0 : sum4_q;

  sched_ram #(
      .BITS (BITS),
      .DEPTH(DEPTH)
  ) u_steps (
      .clk_i,
      .write_i(write),
      .write_addr_i(write_addr),
      .write_data_i(write_data),
      .read_addr_i(step_addr_i),
      .read_data_o(stored)
  );

  sched_ram #(
      .BITS (BITS),
      .DEPTH(DEPTH)
  ) u_views (
      .clk_i,
      .write_i(write),
      .write_addr_i(write_addr),
      .write_data_i(write_data),
      .read_addr_i(view_addr_i),
      .read_data_o(stored_o)
  );
endmodule
