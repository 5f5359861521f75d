// The packet plane: everything between the wires but the packet path itself.
//
//   rx -> ingress -> header_path -> (pipeline) -> admission -> dispatch -> egress -> tx
//              \________________ payload ________________/        \-> punt -> host
//
// The compiled pipeline stands outside (sluice_card): path_o leaves for it, path_i comes back in
// the same order a fixed number of cycles later. Vectors over ports are flat, port p in slice p.
// Latency: 16 cycles and the pipeline's from a frame's last beat in to its first beat out.
// in_flight_o: packets held, five cycles ago, counted where they are held: every frame whose last
// beat has come and that is neither sent, handed to the host nor dropped. idle_o: none, and no
// frame is half received.
module packet_plane (
    input logic clk_i,
    input logic rst_i,

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

    input  logic epoch_i,
    output logic old_epoch_busy_o,

    output logic path_valid_o,
    output packet_plane_pkg::path_in_t path_o,
    input logic path_valid_i,
    input packet_plane_pkg::path_out_t path_i,

    output sluice_pkg::flow_event_t flow_event_o,
    output logic [sluice_pkg::REASON_SOURCES*sluice_pkg::REASON_EVENT_BITS-1:0] reason_event_o,
    output logic [sluice_pkg::PORTS-1:0] asked_lost_o,  // as admission
    output logic [sluice_pkg::PORTS*sluice_pkg::PORT_EVENT_BITS-1:0] port_event_o,

    output logic punt_valid_o,
    input logic [packet_plane_pkg::PUNT_CLASSES-1:0] punt_ready_i,
    output sluice_pkg::punt_beat_t punt_o,
    input logic inject_valid_i,
    output logic inject_ready_o,
    input sluice_pkg::inject_beat_t inject_i,

    output sluice_pkg::packet_count_t in_flight_o,
    output logic idle_o
);
  localparam int unsigned PORTS = sluice_pkg::PORTS;
  localparam int unsigned QUEUES = packet_plane_pkg::QUEUES;
  localparam int unsigned RECORD = packet_plane_pkg::HEADER_RECORD_BITS;
  localparam int unsigned WINDOW = packet_plane_pkg::WINDOW_RECORD_BITS;
  localparam int unsigned PUNT_RECORD = packet_plane_pkg::PUNT_RECORD_BITS;
  localparam int unsigned PUNT = packet_plane_pkg::PUNT_QUEUE;
  localparam int unsigned EVENT = sluice_pkg::REASON_EVENT_BITS;

  logic [PORTS-1:0] window_valid, window_ready, receiving;
  logic [PORTS*WINDOW-1:0] windows;
  logic [PORTS-1:0] payload_valid, payload_pop, verdict_taken, verdict_push;
  logic [PORTS*512-1:0] payloads;
  logic [PORTS*12-1:0] ingress_held, dispatch_held, egress_held;
  packet_plane_pkg::held_t path_held, admission_held, punt_held;

  logic [QUEUES-1:0] to_queue;
  logic [5:0] verdict_reason;
  packet_plane_pkg::header_record_t verdict_header;
  logic [7:0] thrown_beats;
  packet_plane_pkg::side_record_t side;
  logic [PORTS*QUEUES-1:0] header_push, payload_push;  // bit p * QUEUES + q, as all below
  logic [PORTS*QUEUES-1:0] header_freed, payload_freed;
  logic [PORTS*RECORD-1:0] headers;
  logic [PORTS*PUNT_RECORD-1:0] punt_headers;
  logic [PORTS-1:0] inject_ready;

  for (genvar p = 0; p < PORTS; p++) begin : gen_in
    ingress u_ingress (
        .clk_i,
        .rst_i,
        .rx_tvalid_i(rx_tvalid_i[p]),
        .rx_tdata_i(rx_tdata_i[p*512+:512]),
        .rx_tkeep_i(rx_tkeep_i[p*64+:64]),
        .rx_tlast_i(rx_tlast_i[p]),
        .rx_tuser_i(rx_tuser_i[p]),
        .window_valid_o(window_valid[p]),
        .window_ready_i(window_ready[p]),
        .window_o(windows[p*WINDOW+:WINDOW]),
        .payload_valid_o(payload_valid[p]),
        .payload_pop_i(payload_pop[p]),
        .payload_o(payloads[p*512+:512]),
        .verdict_taken_i(verdict_taken[p]),
        .rx_valid_o(port_event_o[p*34+33]),
        .rx_bytes_o(port_event_o[p*34+17+:16]),
        .reason_event_o(reason_event_o[p*EVENT+:EVENT]),
        .held_o(ingress_held[p*12+:12]),
        .receiving_o(receiving[p])
    );
    dispatch u_dispatch (
        .clk_i,
        .rst_i,
        .verdict_push_i(verdict_push[p]),
        .to_queue_i(to_queue),
        .reason_i(verdict_reason),
        .header_i(verdict_header),
        .thrown_beats_i(thrown_beats),
        .taken_o(verdict_taken[p]),
        .payload_valid_i(payload_valid[p]),
        .payload_pop_o(payload_pop[p]),
        .header_push_o(header_push[p*QUEUES+:QUEUES]),
        .header_o(headers[p*RECORD+:RECORD]),
        .punt_o(punt_headers[p*PUNT_RECORD+:PUNT_RECORD]),
        .payload_push_o(payload_push[p*QUEUES+:QUEUES]),
        .held_o(dispatch_held[p*12+:12])
    );
  end

  header_path u_header_path (
      .clk_i,
      .rst_i,
      .window_valid_i(window_valid),
      .window_ready_o(window_ready),
      .window_i(windows),
      .epoch_i,
      .old_epoch_busy_o,
      .path_valid_o,
      .path_o,
      .path_valid_i,
      .side_o(side),
      .held_o(path_held)
  );

  admission u_admission (
      .clk_i,
      .rst_i,
      .path_valid_i,
      .path_i,
      .side_i(side),
      .verdict_push_o(verdict_push),
      .to_queue_o(to_queue),
      .reason_o(verdict_reason),
      .header_o(verdict_header),
      .thrown_beats_o(thrown_beats),
      .header_freed_i(header_freed),
      .payload_freed_i(payload_freed),
      .flow_event_o,
      .reason_event_o(reason_event_o[PORTS*EVENT+:EVENT]),
      .asked_lost_o,
      .held_o(admission_held)
  );

  for (genvar e = 0; e < PORTS; e++) begin : gen_out
    egress u_egress (
        .clk_i,
        .rst_i,
        .header_push_i({header_push[QUEUES+e], header_push[e]}),
        .header_i(headers),
        .payload_push_i({payload_push[QUEUES+e], payload_push[e]}),
        .payload_i(payloads),
        .header_freed_o({header_freed[QUEUES+e], header_freed[e]}),
        .payload_freed_o({payload_freed[QUEUES+e], payload_freed[e]}),
        .inject_valid_i(inject_valid_i && inject_i.port == 1'(e)),
        .inject_ready_o(inject_ready[e]),
        .inject_data_i(inject_i.data),
        .inject_frame_bytes_i(inject_i.frame_bytes[13:0]),
        .inject_last_i(inject_i.last),
        .tx_tvalid_o(tx_tvalid_o[e]),
        .tx_tready_i(tx_tready_i[e]),
        .tx_tdata_o(tx_tdata_o[e*512+:512]),
        .tx_tkeep_o(tx_tkeep_o[e*64+:64]),
        .tx_tlast_o(tx_tlast_o[e]),
        .tx_valid_o(port_event_o[e*34+16]),
        .tx_bytes_o(port_event_o[e*34+:16]),
        .held_o(egress_held[e*12+:12])
    );
`ifndef SYNTHESIS
    stream_checker u_tx_checker (
        .clk_i,
        .rst_i,
        .tvalid_i(tx_tvalid_o[e]),
        .tready_i(tx_tready_i[e]),
        .tdata_i(tx_tdata_o[e*512+:512]),
        .tkeep_i(tx_tkeep_o[e*64+:64]),
        .tlast_i(tx_tlast_o[e])
    );
`endif
  end
  assign inject_ready_o = |inject_ready;

  punt u_punt (
      .clk_i,
      .rst_i,
      .header_push_i({
        header_push[QUEUES+PUNT+1],
        header_push[PUNT+1],
        header_push[QUEUES+PUNT],
        header_push[PUNT]
      }),
      .header_i(punt_headers),
      .payload_push_i({
        payload_push[QUEUES+PUNT+1],
        payload_push[PUNT+1],
        payload_push[QUEUES+PUNT],
        payload_push[PUNT]
      }),
      .payload_i(payloads),
      .header_freed_o({
        header_freed[QUEUES+PUNT+1],
        header_freed[PUNT+1],
        header_freed[QUEUES+PUNT],
        header_freed[PUNT]
      }),
      .payload_freed_o({
        payload_freed[QUEUES+PUNT+1],
        payload_freed[PUNT+1],
        payload_freed[QUEUES+PUNT],
        payload_freed[PUNT]
      }),
      .punt_valid_o,
      .punt_ready_i,
      .punt_o,
      .held_o(punt_held)
  );

  // Packets in flight: the blocks' counts of one cycle, two cycles ago, are added in three more.
  packet_plane_pkg::held_t in_q, path_q, out_q, dispatch_q, admission_q;
  logic [12:0] near_q, far_q;
  logic [4:0] receiving_q;
  always_ff @(posedge clk_i) begin
    in_q <= ingress_held[0+:12] + ingress_held[12+:12];
    path_q <= path_held + punt_held;
    out_q <= egress_held[0+:12] + egress_held[12+:12];
    dispatch_q <= dispatch_held[0+:12] + dispatch_held[12+:12];
    admission_q <= admission_held;
    near_q <= 13'(in_q) + 13'(path_q) + 13'(admission_q);
    far_q <= 13'(out_q) + 13'(dispatch_q);
    in_flight_o <= 16'(near_q) + 16'(far_q);
    receiving_q <= {receiving_q[3:0], |receiving};
    idle_o <= !rst_i && near_q == '0 && far_q == '0 && receiving_q == '0;
  end

`ifndef SYNTHESIS
  logic punt_taken;
  assign punt_taken = punt_valid_o && (sluice_layout_pkg::reason_asked(punt_o.reason)
                                       ? punt_ready_i[1] : punt_ready_i[0]);
  conservation_checker u_conservation (
      .clk_i,
      .rst_i,
      .rx_valid_i({port_event_o[34+33], port_event_o[33]}),
      .tx_valid_i({port_event_o[34+16], port_event_o[16]}),
      // Valid, with a code below the punt reasons' ones.
      .dropped_i({
        reason_event_o[2*EVENT+:EVENT] >> 5 == 7'd2,
        reason_event_o[1*EVENT+:EVENT] >> 5 == 7'd2,
        reason_event_o[0*EVENT+:EVENT] >> 5 == 7'd2
      }),
      .inject_end_i(inject_valid_i && inject_ready_o && inject_i.last),
      .punt_end_i(punt_taken && punt_o.last),
      .in_flight_i(in_flight_o)
  );
`endif
endmodule
