// The card: packet plane, packet path and control plane. Every shell wraps this module.
//
// One clock; synchronous reset, at least 8 cycles. Vectors over ports are flat, port p in slice p.
// - rx: AXI-Stream without tready, a beat a cycle; tuser at tlast marks a bad frame.
// - tx: AXI-Stream; tvalid never falls nor does data change before tready.
// - s_axil: 32-bit AXI4-Lite under the names that vendor tools group; docs/reference.
// - m_axi: reads of the board's memory, where the host leaves lists of register writes: bursts of up
//   to 16 beats of 64 bytes, one at a time, none across 4 KiB. A board without memory sets HAS_MEMORY
//   to 0 and the inputs to 0.
// - tick_i: one cycle a tick of the card's time (TICK_HZ of the layouts).
// From a frame's last beat in to its first beat out: 16 cycles and those of packet_path.
module sluice_card #(
    parameter logic [31:0] BUILD_ID = 32'd0,
    parameter logic [31:0] CLOCK_KHZ = sluice_layout_pkg::CLOCK_KHZ,
    parameter bit HAS_MEMORY = 1'b1,
    parameter int unsigned CONNECTION_BUCKET_BITS = sluice_layout_pkg::CONNECTION_BUCKET_BITS
) (
    input logic clk_i,
    input logic rst_i,
    input logic tick_i,

    input logic [sluice_pkg::PORTS-1:0]                        rx_tvalid_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BITS-1:0]  rx_tdata_i,
    input logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BYTES-1:0] rx_tkeep_i,
    input logic [sluice_pkg::PORTS-1:0]                        rx_tlast_i,
    input logic [sluice_pkg::PORTS-1:0]                        rx_tuser_i,

    output logic [sluice_pkg::PORTS-1:0]                        tx_tvalid_o,
    input  logic [sluice_pkg::PORTS-1:0]                        tx_tready_i,
    output logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BITS-1:0]  tx_tdata_o,
    output logic [sluice_pkg::PORTS*sluice_pkg::BEAT_BYTES-1:0] tx_tkeep_o,
    output logic [sluice_pkg::PORTS-1:0]                        tx_tlast_o,

    input  logic [15:0] s_axil_awaddr,
    input  logic        s_axil_awvalid,
    output logic        s_axil_awready,
    input  logic [31:0] s_axil_wdata,
    input  logic [ 3:0] s_axil_wstrb,
    input  logic        s_axil_wvalid,
    output logic        s_axil_wready,
    output logic [ 1:0] s_axil_bresp,
    output logic        s_axil_bvalid,
    input  logic        s_axil_bready,
    input  logic [15:0] s_axil_araddr,
    input  logic        s_axil_arvalid,
    output logic        s_axil_arready,
    output logic [31:0] s_axil_rdata,
    output logic [ 1:0] s_axil_rresp,
    output logic        s_axil_rvalid,
    input  logic        s_axil_rready,

    output logic         m_axi_arvalid,
    input  logic         m_axi_arready,
    output logic [ 63:0] m_axi_araddr,
    output logic [  7:0] m_axi_arlen,
    output logic [  2:0] m_axi_arsize,
    output logic [  1:0] m_axi_arburst,
    input  logic         m_axi_rvalid,
    output logic         m_axi_rready,
    input  logic [511:0] m_axi_rdata,
    input  logic [  1:0] m_axi_rresp,
    input  logic         m_axi_rlast
);
  localparam int unsigned PORTS = sluice_pkg::PORTS;
  localparam int unsigned PATH_LATENCY = parse_classify_pkg::LATENCY + 18 + rewrite_pkg::LATENCY;

  logic epoch, old_epoch_busy;
  logic path_in_valid, path_out_valid;
  packet_plane_pkg::path_in_t path_in;
  packet_plane_pkg::path_out_t path_out;

  sluice_pkg::flow_event_t flow_event;
  logic [sluice_pkg::REASON_SOURCES*sluice_pkg::REASON_EVENT_BITS-1:0] reason_event;
  logic [sluice_pkg::PORTS-1:0] asked_lost;
  logic [PORTS*sluice_pkg::PORT_EVENT_BITS-1:0] port_event;
  logic punt_valid, inject_valid, inject_ready;
  logic [packet_plane_pkg::PUNT_CLASSES-1:0] punt_ready;
  sluice_pkg::punt_beat_t punt;
  sluice_pkg::inject_beat_t inject;
  sluice_pkg::packet_count_t in_flight;
  logic idle;

  packet_plane u_packet_plane (
      .clk_i,
      .rst_i,
      .rx_tvalid_i,
      .rx_tdata_i,
      .rx_tkeep_i,
      .rx_tlast_i,
      .rx_tuser_i,
      .tx_tvalid_o,
      .tx_tready_i,
      .tx_tdata_o,
      .tx_tkeep_o,
      .tx_tlast_o,
      .epoch_i(epoch),
      .old_epoch_busy_o(old_epoch_busy),
      .path_valid_o(path_in_valid),
      .path_o(path_in),
      .path_valid_i(path_out_valid),
      .path_i(path_out),
      .flow_event_o(flow_event),
      .reason_event_o(reason_event),
      .asked_lost_o(asked_lost),
      .port_event_o(port_event),
      .punt_valid_o(punt_valid),
      .punt_ready_i(punt_ready),
      .punt_o(punt),
      .inject_valid_i(inject_valid),
      .inject_ready_o(inject_ready),
      .inject_i(inject),
      .in_flight_o(in_flight),
      .idle_o(idle)
  );

  // The packet path, between the C++ structs and the plane's records.
  parse_classify_pkg::in_t kernel_in;
  rewrite_pkg::out_t kernel_out;
  logic [2:0] config_addr;
  logic [3*parse_classify_pkg::CONFIG_WIDTH-1:0] config_data;
  logic [parse_classify_pkg::SERVICE_KEYS0_ADDR_WIDTH-1:0] service_keys0_addr;
  logic [parse_classify_pkg::SERVICE_KEYS0_WIDTH-1:0] service_keys0_data;
  logic [parse_classify_pkg::SERVICE_KEYS1_ADDR_WIDTH-1:0] service_keys1_addr;
  logic [parse_classify_pkg::SERVICE_KEYS1_WIDTH-1:0] service_keys1_data;
  logic [parse_classify_pkg::RETURN_KEYS0_ADDR_WIDTH-1:0] return_keys0_addr;
  logic [parse_classify_pkg::RETURN_KEYS0_WIDTH-1:0] return_keys0_data;
  logic [parse_classify_pkg::RETURN_KEYS1_ADDR_WIDTH-1:0] return_keys1_addr;
  logic [parse_classify_pkg::RETURN_KEYS1_WIDTH-1:0] return_keys1_data;
  logic [2*parse_classify_pkg::VIPS0_ADDR_WIDTH-1:0] vips0_addr;
  logic [2*parse_classify_pkg::VIPS0_WIDTH-1:0] vips0_data;
  logic [2*parse_classify_pkg::VIPS1_ADDR_WIDTH-1:0] vips1_addr;
  logic [2*parse_classify_pkg::VIPS1_WIDTH-1:0] vips1_data;
  logic [parse_classify_pkg::SERVICES_ADDR_WIDTH-1:0] services_addr;
  logic [parse_classify_pkg::SERVICES_WIDTH-1:0] services_data;
  logic [schedule_pkg::RING_ADDR_WIDTH-1:0] ring_addr;
  logic [2*schedule_pkg::RING_WIDTH-1:0] ring_data;
  logic [rewrite_pkg::BACKENDS_ADDR_WIDTH-1:0] backends_addr;
  logic [rewrite_pkg::BACKENDS_WIDTH-1:0] backends_data;

  always_comb begin
    kernel_in = '0;
    kernel_in.window = path_in.window;
    kernel_in.frame_bytes = {2'd0, path_in.frame_bytes};
    kernel_in.port = {7'd0, path_in.port};
    kernel_in.epoch = {7'd0, path_in.epoch};
    kernel_in.random = path_in.random;
  end

  logic request_valid, request_epoch;
  logic [1:0] request_on_down, request_on_removed;
  parse_classify_pkg::request_t request;
  logic [2:0] request_scheduler;
  logic [15:0] request_turns_base;
  logic [16:0] request_persistence;
  logic [11:0] request_turns_last, ring_backend, pair_backend, known_backend;
  logic [67:0] request_timeouts;
  logic known_hit, known_taken, known_stored, known_resets;

  packet_path u_packet_path (
      .clk_i,
      .rst_i,
      .in_valid_i(path_in_valid),
      .in_i(kernel_in),
      .request_valid_o(request_valid),
      .request_o(request),
      .request_scheduler_o(request_scheduler),
      .request_turns_base_o(request_turns_base),
      .request_turns_last_o(request_turns_last),
      .request_persistence_o(request_persistence),
      .request_on_down_o(request_on_down),
      .request_on_removed_o(request_on_removed),
      .request_timeouts_o(request_timeouts),
      .request_epoch_o(request_epoch),
      .ring_backend_o(ring_backend),
      .pair_backend_o(pair_backend),
      .known_hit_i(known_hit),
      .known_taken_i(known_taken),
      .known_stored_i(known_stored),
      .known_resets_i(known_resets),
      .known_backend_i(known_backend),
      .config_addr_o(config_addr),
      .config_data_i(config_data),
      .service_keys0_addr_o(service_keys0_addr),
      .service_keys0_data_i(service_keys0_data),
      .service_keys1_addr_o(service_keys1_addr),
      .service_keys1_data_i(service_keys1_data),
      .return_keys0_addr_o(return_keys0_addr),
      .return_keys0_data_i(return_keys0_data),
      .return_keys1_addr_o(return_keys1_addr),
      .return_keys1_data_i(return_keys1_data),
      .vips0_addr_o(vips0_addr),
      .vips0_data_i(vips0_data),
      .vips1_addr_o(vips1_addr),
      .vips1_data_i(vips1_data),
      .services_addr_o(services_addr),
      .services_data_i(services_data),
      .ring_addr_o(ring_addr),
      .ring_data_i(ring_data),
      .backends_addr_o(backends_addr),
      .backends_data_i(backends_data),
      .out_valid_o(path_out_valid),
      .out_o(kernel_out)
  );

  logic [12:0] serving_addr;
  logic [1:0] serving;
  logic conn_write, conn_write_ack, conn_write_error;
  logic conn_read, conn_read_window, conn_read_ack, conn_read_error;
  logic [5:0] conn_write_offset, conn_read_offset;
  logic [31:0] conn_write_data, conn_read_data;
  logic [4:0] sched_select;
  logic [15:0] sched_entry;
  logic sched_word, sched_write, sched_read;
  logic [63:0] sched_record;
  logic [159:0] sched_words;

  connections #(
      .BUCKET_BITS(CONNECTION_BUCKET_BITS)
  ) u_connections (
      .clk_i,
      .rst_i,
      .tick_i,
      .request_valid_i(request_valid),
      .request_i(request),
      .request_scheduler_i(request_scheduler),
      .request_turns_base_i(request_turns_base),
      .request_turns_last_i(request_turns_last),
      .request_persistence_i(request_persistence),
      .request_on_down_i(request_on_down),
      .request_on_removed_i(request_on_removed),
      .request_timeouts_i(request_timeouts),
      .request_epoch_i(request_epoch),
      .ring_backend_i(ring_backend),
      .pair_backend_i(pair_backend),
      .known_hit_o(known_hit),
      .known_taken_o(known_taken),
      .known_stored_o(known_stored),
      .known_resets_o(known_resets),
      .known_backend_o(known_backend),
      .serving_addr_o(serving_addr),
      .serving_i(serving),
      .write_i(conn_write),
      .write_offset_i(conn_write_offset),
      .write_data_i(conn_write_data),
      .write_ack_o(conn_write_ack),
      .write_error_o(conn_write_error),
      .read_i(conn_read),
      .read_offset_i(conn_read_offset),
      .read_window_i(conn_read_window),
      .read_ack_o(conn_read_ack),
      .read_error_o(conn_read_error),
      .read_data_o(conn_read_data),
      .sched_select_i(sched_select),
      .sched_entry_i(sched_entry),
      .sched_word_i(sched_word),
      .sched_record_i(sched_record),
      .sched_write_i(sched_write),
      .sched_read_i(sched_read),
      .sched_words_o(sched_words)
  );

  assign path_out.cut = kernel_out.cut[0];
  assign path_out.verdict = kernel_out.verdict[1:0];
  assign path_out.reason = kernel_out.reason[5:0];
  assign path_out.egress_port = kernel_out.egress_port[0];
  assign path_out.direction = kernel_out.direction[1:0];
  assign path_out.service = kernel_out.service[9:0];
  assign path_out.backend = kernel_out.backend[11:0];
  assign path_out.frame_bytes = kernel_out.frame_bytes[13:0];
  assign path_out.header_bytes = kernel_out.header_bytes[7:0];
  assign path_out.header = kernel_out.header;
  // Bits of the C++ types that never carry anything.
  logic unused_kernel;
  assign unused_kernel = ^kernel_out;

  assign m_axi_arsize  = 3'd6;   // 64 bytes a beat
  assign m_axi_arburst = 2'b01;  // addresses rise

  control_plane #(
      .BUILD_ID(BUILD_ID),
      .CLOCK_KHZ(CLOCK_KHZ),
      .CONFIG_PORTS(3),
      .LIST_WRITES(HAS_MEMORY ? sluice_layout_pkg::LIST_WRITES : 32'd0)
  ) u_control_plane (
      .clk_i,
      .rst_i,
      .tick_i,
      .axil_awaddr_i(s_axil_awaddr),
      .axil_awvalid_i(s_axil_awvalid),
      .axil_awready_o(s_axil_awready),
      .axil_wdata_i(s_axil_wdata),
      .axil_wstrb_i(s_axil_wstrb),
      .axil_wvalid_i(s_axil_wvalid),
      .axil_wready_o(s_axil_wready),
      .axil_bresp_o(s_axil_bresp),
      .axil_bvalid_o(s_axil_bvalid),
      .axil_bready_i(s_axil_bready),
      .axil_araddr_i(s_axil_araddr),
      .axil_arvalid_i(s_axil_arvalid),
      .axil_arready_o(s_axil_arready),
      .axil_rdata_o(s_axil_rdata),
      .axil_rresp_o(s_axil_rresp),
      .axil_rvalid_o(s_axil_rvalid),
      .axil_rready_i(s_axil_rready),
      .axi_arvalid_o(m_axi_arvalid),
      .axi_arready_i(m_axi_arready),
      .axi_araddr_o(m_axi_araddr),
      .axi_arlen_o(m_axi_arlen),
      .axi_rvalid_i(m_axi_rvalid),
      .axi_rready_o(m_axi_rready),
      .axi_rdata_i(m_axi_rdata),
      .axi_rresp_i(m_axi_rresp),
      .axi_rlast_i(m_axi_rlast),
      .config_addr_i(config_addr),
      .config_data_o(config_data),
      .service_keys0_addr_i(service_keys0_addr),
      .service_keys0_data_o(service_keys0_data),
      .service_keys1_addr_i(service_keys1_addr),
      .service_keys1_data_o(service_keys1_data),
      .return_keys0_addr_i(return_keys0_addr),
      .return_keys0_data_o(return_keys0_data),
      .return_keys1_addr_i(return_keys1_addr),
      .return_keys1_data_o(return_keys1_data),
      .vips0_addr_i(vips0_addr),
      .vips0_data_o(vips0_data),
      .vips1_addr_i(vips1_addr),
      .vips1_data_o(vips1_data),
      .services_addr_i(services_addr),
      .services_data_o(services_data),
      .ring_addr_i(ring_addr),
      .ring_data_o(ring_data),
      .backends_addr_i(backends_addr),
      .backends_data_o(backends_data),
      .serving_addr_i(serving_addr),
      .serving_o(serving),
      .sched_select_o(sched_select),
      .sched_entry_o(sched_entry),
      .sched_word_o(sched_word),
      .sched_record_o(sched_record),
      .sched_write_o(sched_write),
      .sched_read_o(sched_read),
      .sched_words_i(sched_words),
      .conn_write_o(conn_write),
      .conn_write_offset_o(conn_write_offset),
      .conn_write_data_o(conn_write_data),
      .conn_write_ack_i(conn_write_ack),
      .conn_write_error_i(conn_write_error),
      .conn_read_o(conn_read),
      .conn_read_offset_o(conn_read_offset),
      .conn_read_window_o(conn_read_window),
      .conn_read_ack_i(conn_read_ack),
      .conn_read_error_i(conn_read_error),
      .conn_read_data_i(conn_read_data),
      .epoch_o(epoch),
      .old_epoch_busy_i(old_epoch_busy),
      .flow_event_i(flow_event),
      .reason_event_i(reason_event),
      .asked_lost_i(asked_lost),
      .port_event_i(port_event),
      .punt_valid_i(punt_valid),
      .punt_ready_o(punt_ready),
      .punt_beat_i(punt),
      .inject_valid_o(inject_valid),
      .inject_ready_i(inject_ready),
      .inject_beat_o(inject),
      .in_flight_i(in_flight),
      .idle_i(idle)
  );

`ifndef SYNTHESIS
  // The packages that the types stand in, and the layouts, must say the same.
  initial begin
    if (sluice_pkg::PORTS != sluice_layout_pkg::PORTS ||
        sluice_pkg::BEAT_BYTES != sluice_layout_pkg::BEAT_BYTES ||
        sluice_pkg::WINDOW_BYTES != sluice_layout_pkg::WINDOW_BYTES ||
        sluice_pkg::HEADER_BYTES < sluice_layout_pkg::WINDOW_BYTES + sluice_layout_pkg::MAX_PUSH_BYTES ||
        1 << sluice_pkg::REASON_BITS != sluice_layout_pkg::REASONS ||
        1 << sluice_pkg::SERVICE_BITS != sluice_layout_pkg::SERVICES ||
        1 << sluice_pkg::BACKEND_BITS != sluice_layout_pkg::BACKENDS) begin
      $fatal(1, "sluice_pkg disagrees with the layouts");
    end
    if (PATH_LATENCY < 3 || PATH_LATENCY > packet_plane_pkg::SIDE_RECORDS - 4) begin
      $fatal(1, "the packet path's latency does not suit the header path's side band");
    end
  end
`endif
endmodule
