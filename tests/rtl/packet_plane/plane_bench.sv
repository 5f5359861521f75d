// The packet plane with the stand-in for the compiled pipeline, as the tests drive it.
module plane_bench #(
    parameter int unsigned LATENCY = 20
) (
    input logic clk_i,
    input logic rst_i,

    input  logic [   1:0] rx_tvalid_i,
    input  logic [1023:0] rx_tdata_i,
    input  logic [ 127:0] rx_tkeep_i,
    input  logic [   1:0] rx_tlast_i,
    input  logic [   1:0] rx_tuser_i,
    output logic [   1:0] tx_tvalid_o,
    input  logic [   1:0] tx_tready_i,
    output logic [1023:0] tx_tdata_o,
    output logic [ 127:0] tx_tkeep_o,
    output logic [   1:0] tx_tlast_o,

    input  logic epoch_i,
    output logic old_epoch_busy_o,
    output logic path_enters_o,
    output logic path_epoch_o,
    output logic path_leaves_o,

    output logic        flow_valid_o,
    output logic [ 1:0] flow_direction_o,
    output logic [ 9:0] flow_service_o,
    output logic [11:0] flow_backend_o,
    output logic [15:0] flow_bytes_o,
    output logic [20:0] reason_event_o,
    output logic [ 1:0] asked_lost_o,
    output logic [67:0] port_event_o,

    output logic         punt_valid_o,
    input  logic [  1:0] punt_ready_i,
    output logic         punt_last_o,
    output logic         punt_port_o,
    output logic [  5:0] punt_reason_o,
    output logic [ 15:0] punt_bytes_o,
    output logic [511:0] punt_data_o,

    input  logic         inject_valid_i,
    output logic         inject_ready_o,
    input  logic         inject_last_i,
    input  logic         inject_port_i,
    input  logic [ 15:0] inject_bytes_i,
    input  logic [511:0] inject_data_i,

    output logic [15:0] in_flight_o,
    output logic        idle_o
);
  packet_plane_pkg::path_in_t path_in;
  packet_plane_pkg::path_out_t path_out;
  sluice_pkg::flow_event_t flow_event;
  sluice_pkg::punt_beat_t punt;
  sluice_pkg::inject_beat_t inject;

  assign path_epoch_o = path_in.epoch;
  assign {flow_valid_o, flow_direction_o, flow_service_o, flow_backend_o, flow_bytes_o} =
      flow_event;
  assign {punt_last_o, punt_port_o, punt_reason_o, punt_bytes_o, punt_data_o} = punt;
  assign inject = {inject_last_i, inject_port_i, inject_bytes_i, inject_data_i};

  packet_plane u_plane (
      .clk_i, .rst_i,
      .rx_tvalid_i, .rx_tdata_i, .rx_tkeep_i, .rx_tlast_i, .rx_tuser_i,
      .tx_tvalid_o, .tx_tready_i, .tx_tdata_o, .tx_tkeep_o, .tx_tlast_o,
      .epoch_i, .old_epoch_busy_o,
      .path_valid_o(path_enters_o), .path_o(path_in),
      .path_valid_i(path_leaves_o), .path_i(path_out),
      .flow_event_o(flow_event), .reason_event_o, .asked_lost_o, .port_event_o,
      .punt_valid_o, .punt_ready_i, .punt_o(punt),
      .inject_valid_i, .inject_ready_o, .inject_i(inject),
      .in_flight_o, .idle_o
  );

  path_stand_in #(.LATENCY(LATENCY)) u_path (
      .clk_i, .rst_i,
      .valid_i(path_enters_o), .in_i(path_in),
      .valid_o(path_leaves_o), .out_o(path_out)
  );
endmodule
