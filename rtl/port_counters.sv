// Counters of one port, with a frozen copy for the host. An event in the cycle of freeze_i or later
// belongs to the next snapshot.
module port_counters (
    input logic clk_i,
    input logic rst_i,

    input sluice_pkg::port_event_t event_i,
    input logic                    punted_i,
    input logic                    injected_i,
    input logic                    freeze_i,

    input  logic        host_read_i,  // stays until the data is there, like the word
    input  logic [ 3:0] host_word_i,  // of record PortCounters
    output logic [31:0] host_data_o   // one cycle later
);
  sluice_pkg::port_event_t event_q;
  logic punted_q, injected_q, freeze_q;

  always_ff @(posedge clk_i) begin
    event_q <= event_i;
    punted_q <= punted_i;
    injected_q <= injected_i;
    freeze_q <= freeze_i;
    if (rst_i) begin
      event_q.rx_valid <= 1'b0;
      event_q.tx_valid <= 1'b0;
      punted_q <= 1'b0;
      injected_q <= 1'b0;
      freeze_q <= 1'b0;
    end
  end

  // Fields of the record
  logic [4*48-1:0] packets;  // injected, punted, tx, rx
  logic [2*56-1:0] bytes;    // tx, rx

  counter_bank #(
      .COUNT(4),
      .BITS(48),
      .ADD_BITS(1)
  ) u_packets (
      .clk_i,
      .rst_i,
      .valid_i({injected_q, punted_q, event_q.tx_valid, event_q.rx_valid}),
      .add_i(4'b1111),
      .freeze_i(freeze_q),
      .frozen_o(packets)
  );

  counter_bank #(
      .COUNT(2),
      .BITS(56),
      .ADD_BITS(16)
  ) u_bytes (
      .clk_i,
      .rst_i,
      .valid_i({event_q.tx_valid, event_q.rx_valid}),
      .add_i({event_q.tx_bytes, event_q.rx_bytes}),
      .freeze_i(freeze_q),
      .frozen_o(bytes)
  );

  sluice_layout_pkg::port_counters_t frozen;

  assign frozen.rx_packets = packets[47:0];
  assign frozen.tx_packets = packets[95:48];
  assign frozen.punted_packets = packets[143:96];
  assign frozen.injected_packets = packets[191:144];
  assign frozen.rx_bytes = bytes[55:0];
  assign frozen.tx_bytes = bytes[111:56];

  always_ff @(posedge clk_i) begin
    if (host_read_i) begin
      host_data_o <= 32'(sluice_layout_pkg::port_counters_expand(frozen) >> {host_word_i, 5'd0});
    end
  end
endmodule
