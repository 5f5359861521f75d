// Packets by reason code, from several sources at once, with a frozen copy for the host.
//
// An event in the cycle of freeze_i or later belongs to the next snapshot. Codes without a meaning
// (not in REASON_MASK) have no counter and read as zero.
module reason_counters #(
    parameter int unsigned SOURCES = 4
) (
    input logic clk_i,
    input logic rst_i,

    input logic [SOURCES*sluice_pkg::REASON_EVENT_BITS-1:0] event_i,  // reason_event_t each
    input logic                                             freeze_i,

    input  logic        host_read_i,  // stays until the data is there, like code and word
    input  logic [ 5:0] host_code_i,
    input  logic        host_word_i,  // of record ReasonCounter
    output logic [31:0] host_data_o   // two cycles later
);
  localparam int unsigned CODES = 64;
  localparam int unsigned COUNT_BITS = $clog2(SOURCES + 1);

  localparam int unsigned EVENT_BITS = sluice_pkg::REASON_EVENT_BITS;

  logic [SOURCES*EVENT_BITS-1:0] event_q;
  logic any_q, freeze_q, freeze2_q;
  logic any_d;

  always_comb begin
    any_d = 1'b0;
    for (int unsigned i = 0; i < SOURCES; i++) begin
      any_d = any_d || event_i[(i+1)*EVENT_BITS-1];
    end
  end

  always_ff @(posedge clk_i) begin
    if (any_d || any_q) event_q <= event_i;
    any_q <= any_d && !rst_i;
    freeze_q <= freeze_i && !rst_i;
    freeze2_q <= freeze_q && !rst_i;
  end

  logic [CODES*48-1:0] frozen;
  logic [CODES*COUNT_BITS-1:0] count_d, count_q;
  logic [CODES-1:0] met_d, met_q;  // codes with an event

  always_comb begin
    count_d = '0;
    met_d   = '0;
    if (any_q) begin
      for (int unsigned code = 0; code < CODES; code++) begin
        for (int unsigned i = 0; i < SOURCES; i++) begin
          if (event_q[i*EVENT_BITS+:EVENT_BITS] == {1'b1, 6'(code)}) begin
            met_d[code] = 1'b1;
            count_d[code*COUNT_BITS+:COUNT_BITS] =
                count_d[code*COUNT_BITS+:COUNT_BITS] + COUNT_BITS'(1);
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    met_q <= rst_i ? '0 : met_d;
    if (any_q) count_q <= count_d;
  end

  counter_bank #(
      .COUNT(CODES),
      .BITS(48),
      .ADD_BITS(COUNT_BITS),
      .MASK(sluice_layout_pkg::REASON_MASK)
  ) u_counters (
      .clk_i,
      .rst_i,
      .valid_i(met_q),
      .add_i(count_q),
      .freeze_i(freeze2_q),
      .frozen_o(frozen)
  );

  // Read in two steps of eight
  logic [8*32-1:0] row_q;

  always_ff @(posedge clk_i) begin
    for (int unsigned row = 0; row < 8; row++) begin
      for (int unsigned column = 0; column < 8; column++) begin
        if (host_read_i && host_code_i[2:0] == 3'(column)) begin
          row_q[row*32+:32] <= host_word_i ? {16'd0, frozen[(row*8+column)*48+32+:16]}
                                           : frozen[(row*8+column)*48+:32];
        end
      end
    end
    host_data_o <= row_q[{host_code_i[5:3], 5'd0}+:32];
  end
endmodule
