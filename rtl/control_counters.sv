// Every counter of the card, frozen together: snapshot_i (only while busy_o is low) starts a new
// snapshot, which is complete and readable once busy_o is low again.
//
// All events of one cycle are before or after a snapshot together. words_o is there three cycles
// after read_i and stays.
module control_counters (
    input logic clk_i,
    input logic rst_i,

    input sluice_pkg::flow_event_t                                    flow_event_i,
    // One reason_event_t a source, one port_event_t a port
    input logic [sluice_pkg::REASON_SOURCES*sluice_pkg::REASON_EVENT_BITS-1:0] reason_event_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::PORT_EVENT_BITS-1:0] port_event_i,
    input logic                                                       punted_i,
    input sluice_pkg::port_t                                          punted_port_i,
    input logic                                                       injected_i,
    input sluice_pkg::port_t                                          injected_port_i,
    input logic                                                       inject_bad_i,

    input  logic snapshot_i,
    output logic busy_o,

    input  logic              select_services_i,
    input  logic              select_backends_i,
    input  logic [11:0]       entry_i,
    input  logic [ 3:0]       word_i,
    input  logic              read_i,
    input  logic              reading_i,            // from read_i until words_o is taken
    output logic [4*32-1:0] words_o             // services, backends, ports, reasons
);
  logic flow_event, flow_out, services_busy, backends_busy;

  assign flow_event = flow_event_i.valid && flow_event_i.direction != sluice_pkg::DIRECTION_NONE;
  assign flow_out = flow_event_i.direction == sluice_pkg::DIRECTION_OUT;

  flow_counters #(
      .ENTRIES(sluice_layout_pkg::SERVICES)
  ) u_services (
      .clk_i,
      .event_i(flow_event),
      .event_index_i(flow_event_i.service),
      .event_out_i(flow_out),
      .event_bytes_i(flow_event_i.frame_bytes),
      .freeze_i(snapshot_i),
      .busy_o(services_busy),
      .host_read_i(read_i && select_services_i),
      .host_index_i(entry_i[sluice_pkg::SERVICE_BITS-1:0]),
      .host_word_i(word_i[2:0]),
      .host_data_o(words_o[31:0])
  );

  flow_counters #(
      .ENTRIES(sluice_layout_pkg::BACKENDS)
  ) u_backends (
      .clk_i,
      .event_i(flow_event),
      .event_index_i(flow_event_i.backend),
      .event_out_i(flow_out),
      .event_bytes_i(flow_event_i.frame_bytes),
      .freeze_i(snapshot_i),
      .busy_o(backends_busy),
      .host_read_i(read_i && select_backends_i),
      .host_index_i(entry_i),
      .host_word_i(word_i[2:0]),
      .host_data_o(words_o[63:32])
  );

  assign busy_o = services_busy || backends_busy;

  logic [sluice_pkg::PORTS*32-1:0] port_words;
  logic [31:0] port_word_q;

  for (genvar port = 0; port < sluice_pkg::PORTS; port++) begin : g_port
    port_counters u_port (
        .clk_i,
        .rst_i,
        .event_i(port_event_i[port*sluice_pkg::PORT_EVENT_BITS+:sluice_pkg::PORT_EVENT_BITS]),
        .punted_i(punted_i && punted_port_i == sluice_pkg::PORT_BITS'(port)),
        .injected_i(injected_i && injected_port_i == sluice_pkg::PORT_BITS'(port)),
        .freeze_i(snapshot_i),
        .host_read_i(reading_i),
        .host_word_i(word_i),
        .host_data_o(port_words[port*32+:32])
    );
  end

  always_ff @(posedge clk_i) begin
    port_word_q <= port_words[{entry_i[sluice_pkg::PORT_BITS-1:0], 5'd0}+:32];
  end
  assign words_o[95:64] = port_word_q;

  sluice_pkg::reason_event_t bad_event;

  assign bad_event.valid = inject_bad_i;
  assign bad_event.reason = sluice_layout_pkg::REASON_INJECT_BAD;

  reason_counters #(
      .SOURCES(sluice_pkg::REASON_SOURCES + 1)
  ) u_reasons (
      .clk_i,
      .rst_i,
      .event_i({bad_event, reason_event_i}),
      .freeze_i(snapshot_i),
      .host_read_i(reading_i),
      .host_code_i(entry_i[5:0]),
      .host_word_i(word_i[0]),
      .host_data_o(words_o[127:96])
  );
endmodule
