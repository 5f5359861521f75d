// The least loaded backend of a service: 64 columns, a row a service, and a tree over a row.
//
//   cycle 0 row   2 loads   8 least of them, and then what was written in cycle 0   9 its column
//         11 backend_o, valid_o: it may be chosen
//
// Loads that are written up to and with cycle 0 count. Equal loads are taken in rotation as far as
// a binary tree can: each half that has one of them gets every second choice, and so on. Contents
// are "may not be chosen" when the FPGA is configured.
module sched_least (
    input logic clk_i,
    input logic rst_i,

    input logic        load_valid_i,
    input logic [11:0] load_backend_i,
    input logic [ 9:0] load_row_i,
    input logic [ 5:0] load_column_i,
    input logic [35:0] load_i,

    input  logic        read_i,
    input  logic [ 9:0] row_i,
    output logic        valid_o,
    output logic [11:0] backend_o
);
  localparam int unsigned COLUMNS = sluice_layout_pkg::COLUMNS;
  localparam int unsigned LEVELS = 6;

  // A column that is written in the cycle of the read shows nothing; its new load comes last.
  logic late, late1_q;
  logic [LEVELS+1:0] valid_q;  // a row in cycle 1 and later
  logic [5:0] late_column1_q;
  logic [COLUMNS-1:0] late2_q;
  assign late = load_valid_i && load_row_i == row_i;
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[LEVELS:0], read_i};
    late1_q <= late;
    late_column1_q <= load_column_i;
    if (valid_q[0]) begin
      for (int unsigned c = 0; c < COLUMNS; c++) late2_q[c] <= late1_q && late_column1_q == 6'(c);
    end
  end

  // Nodes of the tree: 1 is the root, n has 2n and 2n+1 below it, 64 to 127 are the columns. Their
  // bits are in reverse order, so that a few columns from 0 on are on both sides of every node.
  logic [128*36-1:36] loads;
  logic [128*6-1:6] columns;

  for (genvar c = 0; c < COLUMNS; c++) begin : g_column
    localparam logic [5:0] C = 6'(c);
    localparam int unsigned LEAF = 64 + 32'({C[0], C[1], C[2], C[3], C[4], C[5]});
    logic [35:0] stored;
    sched_column #(
        .COLUMN(C)
    ) u_column (
        .clk_i,
        .write_i(load_valid_i),
        .write_column_i(load_column_i),
        .write_row_i(load_row_i),
        .write_load_i(load_i),
        .read_i,
        .read1_i(valid_q[0]),
        .row_i,
        .load_o(stored)
    );
    assign loads[36*LEAF+:36] = {stored[35] && !late2_q[c], stored[34:0]};
    assign columns[6*LEAF+:6] = C;
  end

  // Choices are numbered; the number's lowest bit goes to the root. With the upper half added, every
  // other choice is not always in the same half.
  logic [11:0] number_q;
  logic [LEVELS-1:0] turn1_q, turn2_q;
  logic [LEVELS*LEVELS-1:0] turns;  // from cycle 2 on
  logic [LEVELS*(LEVELS-1)-1:0] turns_q;
  always_ff @(posedge clk_i) begin
    if (read_i) number_q <= number_q + 12'd1;
    turn1_q <= number_q[5:0] + number_q[11:6];
    turn2_q <= turn1_q;
    turns_q <= turns[LEVELS*(LEVELS-1)-1:0];
    if (rst_i) number_q <= '0;
  end
  assign turns = {turns_q, turn2_q};

  for (genvar d = 0; d < LEVELS; d++) begin : g_depth
    for (genvar i = 0; i < (1 << d); i++) begin : g_node
      localparam int unsigned N = (1 << d) + i;
      sched_node #(
          .BITS(6)
      ) u_node (
          .clk_i,
          .valid_i(valid_q[LEVELS-d]),
          .ties_i(turns[LEVELS*(LEVELS-1-d)+d]),
          .a_i(loads[36*2*N+:36]),
          .a_place_i(columns[6*2*N+:6]),
          .b_i(loads[36*(2*N+1)+:36]),
          .b_place_i(columns[6*(2*N+1)+:6]),
          .load_o(loads[36*N+:36]),
          .place_o(columns[6*N+:6])
      );
    end
  end

  logic late8, usable9, usable11;
  logic [5:0] late_column8, column9;
  logic [34:0] late_load8;
  logic [35:0] least9;
  logic [9:0] row9;
  assign usable9 = least9[35];

  conn_delay #(
      .BITS  (42),
      .CYCLES(8)
  ) u_late (
      .clk_i,
      .data_i({late && load_i[35], load_i[34:0], load_column_i}),
      .data_o({late8, late_load8, late_column8})
  );

  sched_node #(
      .BITS(6)
  ) u_last (
      .clk_i,
      .valid_i(valid_q[LEVELS+1]),
      .ties_i(1'b0),
      .a_i(loads[71:36]),
      .a_place_i(columns[11:6]),
      .b_i({late8, late_load8}),
      .b_place_i(late_column8),
      .load_o(least9),
      .place_o(column9)
  );

  conn_delay #(
      .BITS  (10),
      .CYCLES(9)
  ) u_row (
      .clk_i,
      .data_i(row_i),
      .data_o(row9)
  );
  conn_delay #(
      .BITS  (1),
      .CYCLES(2)
  ) u_usable (
      .clk_i,
      .data_i(usable9),
      .data_o(usable11)
  );
  assign valid_o = usable11;

  // Whose column it is
  sched_ram #(
      .BITS (12),
      .DEPTH(1024 * COLUMNS)
  ) u_backends (
      .clk_i,
      .write_i(load_valid_i),
      .write_addr_i({load_row_i, load_column_i}),
      .write_data_i(load_backend_i),
      .read_addr_i({row9, column9}),
      .read_data_o(backend_o)
  );

  logic unused;
  assign unused = ^least9;
endmodule
