// Feeds the packet path from all ports and pairs its results with what it does not carry along.
//
// Round robin between the ports' window records, one packet a cycle into the pipeline, which never
// stalls. epoch_i is sampled with the packet. The side band waits in a FIFO as long as the packet is
// in the pipeline, so nothing here depends on the pipeline's latency beyond 3 <= latency <= 60.
// Latency: one cycle from a record to path_valid_o; results pass with the cycle they come in.
// old_epoch_busy_o: a packet that was sampled with the other epoch has not left the pipeline.
module header_path (
    input logic clk_i,
    input logic rst_i,

    // Window records, port p in slice p.
    input  logic [sluice_pkg::PORTS-1:0] window_valid_i,
    output logic [sluice_pkg::PORTS-1:0] window_ready_o,
    input  logic [sluice_pkg::PORTS*packet_plane_pkg::WINDOW_RECORD_BITS-1:0] window_i,

    input  logic epoch_i,
    output logic old_epoch_busy_o,

    output logic path_valid_o,
    output packet_plane_pkg::path_in_t path_o,
    input logic path_valid_i,

    output packet_plane_pkg::side_record_t side_o,  // of the packet of path_valid_i

    output packet_plane_pkg::held_t held_o  // packets in the pipeline, two cycles ago
);
  localparam int unsigned RECORD = packet_plane_pkg::WINDOW_RECORD_BITS;
  localparam int unsigned COUNT = $clog2(packet_plane_pkg::SIDE_RECORDS) + 2;

  packet_plane_pkg::window_record_t window;
  packet_plane_pkg::side_record_t side;
  logic take, port, last_port_q;

  // Two ports: the one that did not go last wins.
  assign take = |window_valid_i;
  assign port = &window_valid_i ? !last_port_q : window_valid_i[1];
  assign window_ready_o = {port, !port};
  assign window = port ? window_i[RECORD+:RECORD] : window_i[0+:RECORD];

  assign side.port = port;
  assign side.payload_beats = window.payload_beats;
  assign side.frame_bytes = window.frame_bytes;
  assign side.payload_bytes =
      window.payload_beats == 8'd0 ? 14'd0 : window.frame_bytes - 14'(sluice_pkg::WINDOW_BYTES);

  // Xorshift (Marsaglia, 2003, triple 13, 7, 17), a step a packet: period 2^64 - 1.
  logic [63:0] random_q, random1, random2;
  assign random1 = random_q ^ (random_q << 13);
  assign random2 = random1 ^ (random1 >> 7);

  always_ff @(posedge clk_i) begin
    path_valid_o <= take && !rst_i;
    if (take) begin
      random_q <= random2 ^ (random2 << 17);
      path_o.random <= random_q[63:32];
      path_o.window <= window.window;
      path_o.frame_bytes <= window.frame_bytes;
      path_o.port <= port;
      path_o.epoch <= epoch_i;
      last_port_q <= port;
    end
    if (rst_i) begin
      last_port_q <= 1'b0;
      random_q <= 64'h9e3779b97f4a7c15;
    end
  end

  logic side_valid, side_full, side_epoch;
  logic [COUNT-1:0] side_held;
  fifo #(
      .WIDTH(1 + packet_plane_pkg::SIDE_RECORD_BITS),
      .DEPTH(packet_plane_pkg::SIDE_RECORDS)
  ) u_side (
      .clk_i,
      .rst_i,
      .push_i(take && !rst_i),
      .data_i({epoch_i, side}),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(side_full),
      .valid_o(side_valid),
      .data_o({side_epoch, side_o}),
      .pop_i(path_valid_i),
      .held_o(side_held)
  );
  always_ff @(posedge clk_i) held_o <= 12'(side_held);

  // Packets in the pipeline of each epoch.
  logic [COUNT-1:0] epoch0_q, epoch1_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      epoch0_q <= '0;
      epoch1_q <= '0;
    end else begin
      epoch0_q <= epoch0_q + COUNT'(take && !epoch_i) - COUNT'(path_valid_i && !side_epoch);
      epoch1_q <= epoch1_q + COUNT'(take && epoch_i) - COUNT'(path_valid_i && side_epoch);
    end
  end
  assign old_epoch_busy_o = epoch_i ? epoch0_q != '0 : epoch1_q != '0;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      side_band_present : assert (!path_valid_i || side_valid)
      else $error("a result without its packet");
      side_band_room : assert (!take || !side_full)
      else $error("pipeline longer than the side band");
    end
  end
  epochs_balance :
  assert property (@(posedge clk_i) disable iff (rst_i)
                   1 |=> $past(epoch0_q + epoch1_q) == side_held)
  else $error("epoch counts disagree with the packets in the pipeline");
`endif
endmodule
