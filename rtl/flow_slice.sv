// Some adjacent bits of every flow counter, with their frozen copy: one add a cycle, any index.
//
// Each stored value carries the epoch it was last touched in: the first touch of a later epoch
// saves the old value to the frozen copy. Slices make a wide counter: carry_o is the add_i of the
// slice above, which gets valid, address and epoch one cycle later.
//
//   cycle 0 inputs registered, address to memory  2 memory output or a newer result -> operand
//         1 memory                                3 add     4 write back, carry
//
// There is no reset; contents are zero when the FPGA is configured. host_data_o comes two cycles
// after host_read_i.
module flow_slice #(
    parameter int unsigned BITS = 12,
    parameter int unsigned ADD_BITS = 12,  // more would be more than 6 LUT levels
    parameter int unsigned DEPTH = 2048,
    localparam int unsigned ADDR_BITS = $clog2(DEPTH)
) (
    input logic clk_i,

    input logic                 valid_i,  // in cycle 0
    input logic                 epoch_i,
    input logic [ADDR_BITS-1:0] addr_i,

    input  logic [ADD_BITS-1:0] add_i,   // in cycle 3 of its address
    output logic                carry_o, // in cycle 4

    input  logic                 host_read_i,
    input  logic [ADDR_BITS-1:0] host_addr_i,
    output logic [     BITS-1:0] host_data_o
);
  logic valid1_q, valid2_q, valid3_q, valid4_q, valid5_q;
  logic epoch1_q, epoch2_q, epoch3_q;
  logic [ADDR_BITS-1:0] addr1_q, addr2_q, addr3_q, addr4_q, addr5_q;

  always_ff @(posedge clk_i) begin
    {valid1_q, valid2_q, valid3_q, valid4_q, valid5_q} <=
        {valid_i, valid1_q, valid2_q, valid3_q, valid4_q};
    {epoch1_q, epoch2_q, epoch3_q} <= {epoch_i, epoch1_q, epoch2_q};
    if (valid_i) addr1_q <= addr_i;
    if (valid1_q) addr2_q <= addr1_q;
    if (valid2_q) addr3_q <= addr2_q;
    if (valid3_q) addr4_q <= addr3_q;
    if (valid4_q) addr5_q <= addr4_q;
  end

  initial {valid1_q, valid2_q, valid3_q, valid4_q, valid5_q} = '0;

  // The four items ahead of one may change its value after its read: the one directly ahead is in
  // cycle 4 when this one adds in 3; the others are in 4, 5 and 6 when it takes its operand in 2.
  logic ahead1_q, ahead2_q, ahead3_q, ahead4_q;

  always_ff @(posedge clk_i) begin
    if (valid2_q) ahead1_q <= valid3_q && addr3_q == addr2_q;
    if (valid1_q) begin
      ahead2_q <= valid3_q && addr3_q == addr1_q;
      ahead3_q <= valid4_q && addr4_q == addr1_q;
      ahead4_q <= valid5_q && addr5_q == addr1_q;
    end
  end

  logic [BITS:0] stored;  // {epoch, value}
  logic [BITS:0] operand3_q, sum4_q, sum5_q, sum6_q, operand;
  logic [BITS-1:0] old4_q;
  logic save4_q;
  initial save4_q = 1'b0;

  assign operand = ahead1_q ? sum4_q : operand3_q;

  always_ff @(posedge clk_i) begin
    if (valid2_q) begin
      operand3_q <= ahead2_q ? sum4_q : ahead3_q ? sum5_q : ahead4_q ? sum6_q : stored;
    end
    save4_q <= valid3_q && operand[BITS] != epoch3_q;
    if (valid3_q) begin
      old4_q <= operand[BITS-1:0];
      {carry_o, sum4_q[BITS-1:0]} <= {1'b0, operand[BITS-1:0]} + (BITS + 1)'(add_i);
      sum4_q[BITS] <= epoch3_q;
    end
    if (valid4_q) sum5_q <= sum4_q;
    if (valid5_q) sum6_q <= sum5_q;
  end

  flow_ram #(
      .BITS (BITS + 1),
      .DEPTH(DEPTH)
  ) u_live (
      .clk_i,
      .write_i(valid4_q),
      .write_addr_i(addr4_q),
      .write_data_i(sum4_q),
      .read_i(valid_i),
      .read_addr_i(addr_i),
      .read_data_o(stored)
  );

  flow_ram #(
      .BITS (BITS),
      .DEPTH(DEPTH)
  ) u_frozen (
      .clk_i,
      .write_i(save4_q),
      .write_addr_i(addr4_q),
      .write_data_i(old4_q),
      .read_i(host_read_i),
      .read_addr_i(host_addr_i),
      .read_data_o(host_data_o)
  );
endmodule
