// Stands in for the compiled pipeline where a test wants to choose the verdict of each packet.
//
// Every packet says what shall become of it in its first bytes:
//   0 verdict, 1 egress port, 2 reason, 3 bytes added to the header (signed), 4-5 service,
//   6-7 backend, 8 direction, 9 if not 0: bytes that leave of a frame that is cut (little-endian)
// A forwarded header grows at its front by bytes 0xa5 or loses bytes there; a forwarded frame is
// padded to 60 bytes. One that is cut leaves as so many bytes of the window, with zeros behind it.
// Otherwise the header is the window as it came.
module path_stand_in #(
    parameter int unsigned LATENCY = 20
) (
    input logic clk_i,
    input logic rst_i,
    input logic valid_i,
    input packet_plane_pkg::path_in_t in_i,
    output logic valid_o,
    output packet_plane_pkg::path_out_t out_o
);
  localparam logic [$clog2(LATENCY)-1:0] LATENCY_END = $clog2(LATENCY)'(LATENCY - 1);

  logic signed [7:0] growth;
  logic [7:0] window_bytes, header_bytes;
  logic [13:0] frame_bytes;
  logic forward, cut;
  packet_plane_pkg::path_out_t made;

  assign forward = in_i.window[1:0] == 2'd1;
  assign cut = forward && in_i.window[79:72] != 8'd0;
  assign growth = forward && !cut ? in_i.window[31:24] : 8'sd0;
  assign window_bytes = in_i.frame_bytes < 14'd128 ? in_i.frame_bytes[7:0] : 8'd128;
  assign header_bytes = window_bytes + growth;
  assign frame_bytes = in_i.frame_bytes + {{6{growth[7]}}, growth};

  always_comb begin
    made.cut = cut;
    made.verdict = in_i.window[1:0];
    made.egress_port = in_i.window[8];
    made.reason = in_i.window[21:16];
    made.service = in_i.window[41:32];
    made.backend = in_i.window[59:48];
    made.direction = in_i.window[65:64];
    made.header_bytes = header_bytes;
    made.frame_bytes = frame_bytes;
    if (cut) begin
      made.header_bytes = in_i.window[79:72];
      made.frame_bytes  = 14'(in_i.window[79:72]);
    end else if (forward && frame_bytes < 14'd60) begin
      made.header_bytes = 8'd60;
      made.frame_bytes = 14'd60;
    end
    made.header = 1216'(in_i.window);
    if (growth > 0) begin
      made.header = (1216'(in_i.window) << {growth[6:0], 3'd0}) |
                    ({152{8'ha5}} & ~({1216{1'b1}} << {growth[6:0], 3'd0}));
    end else if (growth < 0) begin
      made.header = 1216'(in_i.window) >> {7'(-growth), 3'd0};
    end
  end

  // A ring: what is read was written a round ago.
  logic [LATENCY-1:0] valid_q;
  packet_plane_pkg::path_out_t out_q[LATENCY];
  logic [$clog2(LATENCY)-1:0] place_q;
  always_ff @(posedge clk_i) begin
    place_q <= rst_i || place_q == LATENCY_END ? '0 : place_q + 1'b1;
    if (rst_i) valid_q <= '0;
    else valid_q[place_q] <= valid_i;
    if (valid_i) out_q[place_q] <= made;
  end
  assign valid_o = valid_q[place_q];
  assign out_o = out_q[place_q];

  logic unused;
  assign unused = ^{in_i.epoch, in_i.port};
endmodule
