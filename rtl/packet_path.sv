// The packet path: the three modules compiled from hls/path, one behind the other.
//
//   in -> parse_classify -> schedule -> rewrite -> out
//
// One packet a cycle, no stall. What a module does not need waits beside it in a FIFO for the one
// behind: the packet itself from parse_classify to rewrite, what is known of it beside schedule.
// Each module has its read port of `config`. Latency: the
// sum of the three modules'.
module packet_path (
    input logic clk_i,
    input logic rst_i,

    input logic in_valid_i,
    input parse_classify_pkg::in_t in_i,

    output logic out_valid_o,
    output rewrite_pkg::out_t out_o,

    // Read ports of the tables, as the compiled modules have them; `config` of each module.
    output logic [2:0] config_addr_o,
    input logic [3*parse_classify_pkg::CONFIG_WIDTH-1:0] config_data_i,
    output logic [parse_classify_pkg::SERVICE_KEYS0_ADDR_WIDTH-1:0] service_keys0_addr_o,
    input logic [parse_classify_pkg::SERVICE_KEYS0_WIDTH-1:0] service_keys0_data_i,
    output logic [parse_classify_pkg::SERVICE_KEYS1_ADDR_WIDTH-1:0] service_keys1_addr_o,
    input logic [parse_classify_pkg::SERVICE_KEYS1_WIDTH-1:0] service_keys1_data_i,
    output logic [parse_classify_pkg::RETURN_KEYS0_ADDR_WIDTH-1:0] return_keys0_addr_o,
    input logic [parse_classify_pkg::RETURN_KEYS0_WIDTH-1:0] return_keys0_data_i,
    output logic [parse_classify_pkg::RETURN_KEYS1_ADDR_WIDTH-1:0] return_keys1_addr_o,
    input logic [parse_classify_pkg::RETURN_KEYS1_WIDTH-1:0] return_keys1_data_i,
    output logic [parse_classify_pkg::SERVICES_ADDR_WIDTH-1:0] services_addr_o,
    input logic [parse_classify_pkg::SERVICES_WIDTH-1:0] services_data_i,
    output logic [schedule_pkg::RING_ADDR_WIDTH-1:0] ring_addr_o,
    input logic [schedule_pkg::RING_WIDTH-1:0] ring_data_i,
    output logic [rewrite_pkg::BACKENDS_ADDR_WIDTH-1:0] backends_addr_o,
    input logic [rewrite_pkg::BACKENDS_WIDTH-1:0] backends_data_i
);
  localparam int unsigned CONFIG = parse_classify_pkg::CONFIG_WIDTH;
  // As many packets as the path has stages, and a few more.
  localparam int unsigned WAITING = 64;
  localparam int unsigned FRAME_BITS = 14;
  localparam int unsigned PACKET_BITS = 2 + FRAME_BITS + sluice_pkg::WINDOW_BYTES * 8;
  localparam int unsigned KNOWN_BITS =
      parse_classify_pkg::PARSED_WIDTH + parse_classify_pkg::CLASSIFIED_WIDTH;

  logic classified_valid, chosen_valid;
  parse_classify_pkg::parsed_t parsed;
  parse_classify_pkg::classified_t classified;
  schedule_pkg::choice_t choice;

  parse_classify u_parse_classify (
      .clk_i,
      .rst_i,
      .in_valid_i,
      .in_i,
      .config_r0_addr_o(config_addr_o[0]),
      .config_r0_data_i(config_data_i[0+:CONFIG]),
      .service_keys0_r0_addr_o(service_keys0_addr_o),
      .service_keys0_r0_data_i(service_keys0_data_i),
      .service_keys1_r0_addr_o(service_keys1_addr_o),
      .service_keys1_r0_data_i(service_keys1_data_i),
      .return_keys0_r0_addr_o(return_keys0_addr_o),
      .return_keys0_r0_data_i(return_keys0_data_i),
      .return_keys1_r0_addr_o(return_keys1_addr_o),
      .return_keys1_r0_data_i(return_keys1_data_i),
      .services_r0_addr_o(services_addr_o),
      .services_r0_data_i(services_data_i),
      .out_valid_o(classified_valid),
      .parsed_o(parsed),
      .classified_o(classified)
  );

  // The bank a packet sees, beside parse_classify.
  logic [parse_classify_pkg::LATENCY-1:0] epoch_q;
  always_ff @(posedge clk_i) begin
    epoch_q <= {epoch_q[parse_classify_pkg::LATENCY-2:0], in_i.epoch[0]};
  end

  schedule u_schedule (
      .clk_i,
      .rst_i,
      .in_valid_i(classified_valid),
      .parsed_i(parsed),
      .classified_i(classified),
      .epoch_i({7'd0, epoch_q[parse_classify_pkg::LATENCY-1]}),
      .config_r0_addr_o(config_addr_o[1]),
      .config_r0_data_i(config_data_i[CONFIG+:CONFIG]),
      .ring_r0_addr_o(ring_addr_o),
      .ring_r0_data_i(ring_data_i),
      .out_valid_o(chosen_valid),
      .choice_o(choice)
  );

  logic packet_there, packets_full, known_there, known_full;
  logic [PACKET_BITS-1:0] packet;
  logic [KNOWN_BITS-1:0] known;
  logic [$clog2(WAITING)+1:0] unused_packets_held, unused_known_held;

  fifo #(
      .WIDTH(PACKET_BITS),
      .DEPTH(WAITING)
  ) u_packets (
      .clk_i,
      .rst_i,
      .push_i(in_valid_i && !rst_i),
      .data_i({in_i.epoch[0], in_i.port[0], in_i.frame_bytes[FRAME_BITS-1:0], in_i.window}),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(packets_full),
      .valid_o(packet_there),
      .data_o(packet),
      .pop_i(chosen_valid),
      .held_o(unused_packets_held)
  );

  fifo #(
      .WIDTH(KNOWN_BITS),
      .DEPTH(WAITING)
  ) u_known (
      .clk_i,
      .rst_i,
      .push_i(classified_valid && !rst_i),
      .data_i({classified, parsed}),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(known_full),
      .valid_o(known_there),
      .data_o(known),
      .pop_i(chosen_valid),
      .held_o(unused_known_held)
  );

  rewrite_pkg::in_t rewrite_in;
  always_comb begin
    rewrite_in = '0;
    {rewrite_in.epoch[0], rewrite_in.port[0], rewrite_in.frame_bytes[FRAME_BITS-1:0],
     rewrite_in.window} = packet;
  end

  rewrite u_rewrite (
      .clk_i,
      .rst_i,
      .in_valid_i(chosen_valid),
      .in_i(rewrite_in),
      .parsed_i(known[parse_classify_pkg::PARSED_WIDTH-1:0]),
      .classified_i(known[KNOWN_BITS-1:parse_classify_pkg::PARSED_WIDTH]),
      .choice_i(choice),
      .config_r0_addr_o(config_addr_o[2]),
      .config_r0_data_i(config_data_i[2*CONFIG+:CONFIG]),
      .backends_r0_addr_o(backends_addr_o),
      .backends_r0_data_i(backends_data_i),
      .out_valid_o,
      .out_o
  );

  // Bits of the C++ types that never carry anything.
  logic unused_in;
  assign unused_in = ^in_i;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      packet_present : assert (!chosen_valid || (packet_there && known_there))
      else $error("a choice without its packet");
      room : assert (!(in_valid_i && packets_full) && !(classified_valid && known_full))
      else $error("the packet path is longer than what waits beside it");
    end
  end
`endif
endmodule
