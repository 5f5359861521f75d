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

  sluice_layout_pkg::port_counters_t frozen;

  counter #(.BITS(48), .ADD_BITS(1)) u_rx_packets (
      .clk_i, .rst_i, .freeze_i(freeze_q), .valid_i(event_q.rx_valid), .add_i(1'b1),
      .frozen_o(frozen.rx_packets)
  );
  counter #(.BITS(56), .ADD_BITS(16)) u_rx_bytes (
      .clk_i, .rst_i, .freeze_i(freeze_q), .valid_i(event_q.rx_valid), .add_i(event_q.rx_bytes),
      .frozen_o(frozen.rx_bytes)
  );
  counter #(.BITS(48), .ADD_BITS(1)) u_tx_packets (
      .clk_i, .rst_i, .freeze_i(freeze_q), .valid_i(event_q.tx_valid), .add_i(1'b1),
      .frozen_o(frozen.tx_packets)
  );
  counter #(.BITS(56), .ADD_BITS(16)) u_tx_bytes (
      .clk_i, .rst_i, .freeze_i(freeze_q), .valid_i(event_q.tx_valid), .add_i(event_q.tx_bytes),
      .frozen_o(frozen.tx_bytes)
  );
  counter #(.BITS(48), .ADD_BITS(1)) u_punted (
      .clk_i, .rst_i, .freeze_i(freeze_q), .valid_i(punted_q), .add_i(1'b1),
      .frozen_o(frozen.punted_packets)
  );
  counter #(.BITS(48), .ADD_BITS(1)) u_injected (
      .clk_i, .rst_i, .freeze_i(freeze_q), .valid_i(injected_q), .add_i(1'b1),
      .frozen_o(frozen.injected_packets)
  );

  always_ff @(posedge clk_i) begin
    if (host_read_i) begin
      host_data_o <= 32'(sluice_layout_pkg::port_counters_expand(frozen) >> {host_word_i, 5'd0});
    end
  end
endmodule
