// The less loaded of two backends: two copies of all loads. pair_o comes three cycles after the
// backends; of equal loads, and if neither may be chosen, it is the first. Loads that are written up
// to and with the cycle of the backends count.
module sched_pair (
    input logic clk_i,

    input logic        load_valid_i,
    input logic [11:0] load_backend_i,
    input logic [35:0] load_i,

    input  logic [11:0] first_i,
    input  logic [11:0] second_i,
    output logic [11:0] pair_o
);
  logic [71:0] loads;
  logic [11:0] first2, second2;
  logic [35:0] unused_load;

  for (genvar i = 0; i < 2; i++) begin : g_copy
    sched_ram #(
        .BITS (36),
        .DEPTH(4096)
    ) u_loads (
        .clk_i,
        .write_i(load_valid_i),
        .write_addr_i(load_backend_i),
        .write_data_i(load_i),
        .read_addr_i(i == 0 ? first_i : second_i),
        .read_data_o(loads[36*i+:36])
    );
  end

  conn_delay #(
      .BITS  (24),
      .CYCLES(2)
  ) u_backends (
      .clk_i,
      .data_i({first_i, second_i}),
      .data_o({first2, second2})
  );

  sched_node #(
      .BITS(12)
  ) u_less (
      .clk_i,
      .valid_i(1'b1),
      .ties_i(1'b0),
      .a_i(loads[35:0]),
      .a_place_i(first2),
      .b_i(loads[71:36]),
      .b_place_i(second2),
      .load_o(unused_load),
      .place_o(pair_o)
  );
endmodule
