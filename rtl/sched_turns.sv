// Turns: whose turn comes after whose, in a list that the host made, and where a service is in it.
//
// Cycles are those of the connection table's request. A counter moves by one for every ask that
// takes a turn (ask_i, in cycle 15, of a request with takes_i), so asks of a service get one turn
// after the other, in consecutive cycles too. After turns_last_i comes turn 0; a counter beyond it,
// of a list that is shorter now, is taken for 0. No reset: the counters go on.
//
//   cycle 11 counter's address   13 counter or a newer one   14 what the two ahead took
//         15 turn's address, ask 16 counter back to memory   17 turn_o
//
// Host: an even turn and the next one, in a 32-bit word; word_o is there two cycles after read_i.
module sched_turns (
    input logic clk_i,
    input logic rst_i,

    input  logic        takes_i,       // in cycle 11
    input  logic [ 9:0] service_i,
    input  logic [15:0] turns_base_i,
    input  logic [11:0] turns_last_i,
    input  logic        ask_i,         // in cycle 15
    output logic [11:0] turn_o,        // in cycle 17

    input  logic        host_write_i,
    input  logic        host_read_i,
    input  logic [14:0] host_addr_i,
    input  logic [31:0] host_data_i,
    output logic [31:0] host_word_o
);
  // The request on its way
  logic takes12_q, takes13_q, takes14_q, takes15_q;
  logic [9:0] service12_q, service13_q, service14_q, service15_q, service16_q;
  logic [15:0] base12_q, base13_q, base14_q, base15_q;
  logic [11:0] last12_q, last13_q, last14_q, last15_q;

  always_ff @(posedge clk_i) begin
    {takes12_q, takes13_q, takes14_q, takes15_q} <= {takes_i, takes12_q, takes13_q, takes14_q};
    {service12_q, service13_q, service14_q, service15_q, service16_q} <= {
      service_i, service12_q, service13_q, service14_q, service15_q
    };
    {base12_q, base13_q, base14_q, base15_q} <= {turns_base_i, base12_q, base13_q, base14_q};
    {last12_q, last13_q, last14_q, last15_q} <= {turns_last_i, last12_q, last13_q, last14_q};
  end

  // Of those ahead the memory shows nothing of the nearest four. Three and four ahead are in 16 and
  // 17 when this one is in 13, two and one ahead in 16 and 15 when it is in 14.
  logic same1_14_q, same2_14_q, same3_13_q, same4_13_q;
  always_ff @(posedge clk_i) begin
    same1_14_q <= service13_q == service14_q;
    same2_14_q <= service13_q == service15_q;
    same3_13_q <= service12_q == service15_q;
    same4_13_q <= service12_q == service16_q;
  end

  logic takes, took16_q, took17_q;
  logic [11:0] stored, own, ahead1, ahead2, at14_q, at15_q, next16_q, next17_q;
  assign takes = ask_i && takes15_q;

  assign own = at14_q > last14_q ? '0 : at14_q;
  assign ahead2 = next16_q > last14_q ? '0 : next16_q;
  assign ahead1 = at15_q == last15_q || at15_q >= last14_q ? '0 : at15_q + 12'd1;

  always_ff @(posedge clk_i) begin
    at14_q <= same3_13_q && took16_q ? next16_q : same4_13_q && took17_q ? next17_q : stored;
    at15_q <= same1_14_q && takes ? ahead1 : same2_14_q && took16_q ? ahead2 : own;
    next16_q <= at15_q == last15_q ? '0 : at15_q + 12'd1;
    next17_q <= next16_q;
    took16_q <= takes && !rst_i;
    took17_q <= took16_q && !rst_i;
  end

  sched_ram #(
      .BITS (12),
      .DEPTH(1024)
  ) u_counters (
      .clk_i,
      .write_i(took16_q),
      .write_addr_i(service16_q),
      .write_data_i(next16_q),
      .read_addr_i(service_i),
      .read_data_o(stored)
  );

  // The turns, even and odd ones
  logic [15:0] turn15;
  logic [23:0] turns, host_turns;
  logic odd16_q, odd17_q;
  assign turn15 = base15_q + 16'(at15_q);
  always_ff @(posedge clk_i) {odd16_q, odd17_q} <= {turn15[0], odd16_q};
  assign turn_o = odd17_q ? turns[23:12] : turns[11:0];

  for (genvar i = 0; i < 2; i++) begin : g_turns
    table_ram #(
        .BITS (sluice_layout_pkg::TURN_STORED_BITS),
        .DEPTH(sluice_layout_pkg::TABLE_TURNS_ENTRIES / 2)
    ) u_turns (
        .clk_i,
        .pipe_addr_i(turn15[15:1]),
        .pipe_data_o(turns[12*i+:12]),
        .host_write_i,
        .host_read_i,
        .host_addr_i,
        .host_data_i(sluice_layout_pkg::turn_compress(host_data_i[16*i+:16])),
        .host_data_o(host_turns[12*i+:12])
    );
    assign host_word_o[16*i+:16] = sluice_layout_pkg::turn_expand(host_turns[12*i+:12]);
  end
endmodule
