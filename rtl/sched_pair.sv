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
  logic second_less;

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

  sched_less u_less (
      .a_i(loads[35:0]),
      .b_i(loads[71:36]),
      .ties_i(1'b0),
      .b_o(second_less)
  );
  always_ff @(posedge clk_i) pair_o <= second_less ? second2 : first2;
endmodule
