// The packet path: the three modules compiled from hls/path, and the way to the connection table.
//
//   in -> parse_classify -+-> schedule ---------------> (wait) -+-> rewrite -> out
//                         +-> request -> table, scheduler -> known +
//
// One packet a cycle, no stall. A packet's request leaves with the result of parse_classify (cycle
// 0); the ring's choice is there in cycle RING_CYCLE, what the table knows in KNOWN_CYCLE, where
// rewrite begins. Without a request the packet follows the ring. What a module does not need waits
// beside it in a FIFO for the one behind: the packet itself from parse_classify to rewrite, what is
// known of it from request to rewrite. Each module has its read port of `config`.
module packet_path #(
    // The card's connections know 11 and 18; a slower schedule is for estimates only.
    localparam int unsigned RING_CYCLE  = schedule_pkg::LATENCY > 11 ? schedule_pkg::LATENCY : 11,
    localparam int unsigned KNOWN_CYCLE = RING_CYCLE + 7
) (
    input logic clk_i,
    input logic rst_i,

    input logic in_valid_i,
    input parse_classify_pkg::in_t in_i,

    output logic out_valid_o,
    output rewrite_pkg::out_t out_o,

    // Cycle 0: what the packet is to its connection. Time-outs are {closed, half closed,
    // established, opening}.
    output logic request_valid_o,
    output parse_classify_pkg::request_t request_o,
    output logic [2:0] request_scheduler_o,
    output logic [15:0] request_turns_base_o,
    output logic [11:0] request_turns_last_o,
    output logic [16:0] request_persistence_o,
    output logic [1:0] request_on_down_o,
    output logic [1:0] request_on_removed_o,
    output logic [67:0] request_timeouts_o,
    output logic request_epoch_o,
    // RING_CYCLE: the slot at the flow's hash, and the other one of its pair.
    output logic [11:0] ring_backend_o,
    output logic [11:0] pair_backend_o,
    // KNOWN_CYCLE: of the packet whose request was made then; all low without.
    input logic known_hit_i,
    input logic known_taken_i,
    input logic known_stored_i,
    input logic known_resets_i,
    input logic [11:0] known_backend_i,

    // Read ports of the tables, as the compiled modules have them; `config` of each module, VIPs by
    // destination and, in the upper half, by source. The ring's second port asks for the slot whose
    // number differs from the first one's in bit 0.
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
    output logic [2*parse_classify_pkg::VIPS0_ADDR_WIDTH-1:0] vips0_addr_o,
    input logic [2*parse_classify_pkg::VIPS0_WIDTH-1:0] vips0_data_i,
    output logic [2*parse_classify_pkg::VIPS1_ADDR_WIDTH-1:0] vips1_addr_o,
    input logic [2*parse_classify_pkg::VIPS1_WIDTH-1:0] vips1_data_i,
    output logic [schedule_pkg::RING_ADDR_WIDTH-1:0] ring_addr_o,
    input logic [2*schedule_pkg::RING_WIDTH-1:0] ring_data_i,
    output logic [rewrite_pkg::BACKENDS_ADDR_WIDTH-1:0] backends_addr_o,
    input logic [rewrite_pkg::BACKENDS_WIDTH-1:0] backends_data_i
);
  localparam int unsigned CONFIG = parse_classify_pkg::CONFIG_WIDTH;
  localparam int unsigned RING = schedule_pkg::RING_WIDTH;
  localparam int unsigned VIP = parse_classify_pkg::VIPS0_WIDTH;
  localparam int unsigned VIP_ADDR = parse_classify_pkg::VIPS0_ADDR_WIDTH;
  // As many packets as the path has stages, and a few more.
  localparam int unsigned WAITING = 64;
  localparam int unsigned FRAME_BITS = 14;
  localparam int unsigned PACKET_BITS = 2 + FRAME_BITS + sluice_pkg::WINDOW_BYTES * 8;
  localparam int unsigned KNOWN_BITS =
      parse_classify_pkg::PARSED_WIDTH + parse_classify_pkg::CLASSIFIED_WIDTH;

  logic classified_valid, chosen_valid, begin_rewrite;
  parse_classify_pkg::parsed_t parsed;
  parse_classify_pkg::classified_t classified;
  parse_classify_pkg::request_t request;
  schedule_pkg::choice_t choice;
  logic [schedule_pkg::CHOICE_WIDTH-1:0] choice_ring, choice_known;

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
      .vips0_r0_addr_o(vips0_addr_o[0+:VIP_ADDR]),
      .vips0_r0_data_i(vips0_data_i[0+:VIP]),
      .vips0_r1_addr_o(vips0_addr_o[VIP_ADDR+:VIP_ADDR]),
      .vips0_r1_data_i(vips0_data_i[VIP+:VIP]),
      .vips1_r0_addr_o(vips1_addr_o[0+:VIP_ADDR]),
      .vips1_r0_data_i(vips1_data_i[0+:VIP]),
      .vips1_r1_addr_o(vips1_addr_o[VIP_ADDR+:VIP_ADDR]),
      .vips1_r1_data_i(vips1_data_i[VIP+:VIP]),
      .out_valid_o(classified_valid),
      .parsed_o(parsed),
      .classified_o(classified),
      .request_o(request)
  );

  // The bank a packet sees and its random word, beside parse_classify.
  logic epoch;
  logic [31:0] random;
  conn_delay #(
      .BITS  (33),
      .CYCLES(parse_classify_pkg::LATENCY)
  ) u_beside (
      .clk_i,
      .data_i({in_i.epoch[0], in_i.random}),
      .data_o({epoch, random})
  );

  assign request_valid_o = classified_valid && request.valid[0];
  assign request_o = request;
  assign request_scheduler_o = classified.service.scheduler[2:0];
  assign request_turns_base_o = classified.service.turns_base;
  assign request_turns_last_o = classified.service.turns_last[11:0];
  assign request_persistence_o = classified.service.timeout_persistence[16:0];
  assign request_on_down_o = classified.service.on_down[1:0];
  assign request_on_removed_o = classified.service.on_removed[1:0];
  assign request_timeouts_o = {
    classified.service.timeout_closed[16:0],
    classified.service.timeout_half_closed[16:0],
    classified.service.timeout_established[16:0],
    classified.service.timeout_opening[16:0]
  };
  assign request_epoch_o = epoch;

  logic [schedule_pkg::RING_ADDR_WIDTH-1:0] pair_addr;
  schedule u_schedule (
      .clk_i,
      .rst_i,
      .in_valid_i(classified_valid),
      .parsed_i(parsed),
      .classified_i(classified),
      .epoch_i({7'd0, epoch}),
      .random_i(random),
      .config_r0_addr_o(config_addr_o[1]),
      .config_r0_data_i(config_data_i[CONFIG+:CONFIG]),
      .ring_r0_addr_o(ring_addr_o),
      .ring_r0_data_i(ring_data_i[0+:RING]),
      .ring_r1_addr_o(pair_addr),
      .ring_r1_data_i(ring_data_i[RING+:RING]),
      .out_valid_o(chosen_valid),
      .choice_o(choice)
  );

  // The choice waits for RING_CYCLE and for what the table knows.
  if (schedule_pkg::LATENCY == RING_CYCLE) begin : g_choice
    assign choice_ring = choice;
  end else begin : g_choice_later
    conn_delay #(
        .BITS  (schedule_pkg::CHOICE_WIDTH),
        .CYCLES(RING_CYCLE - schedule_pkg::LATENCY)
    ) u_choice (
        .clk_i,
        .data_i(choice),
        .data_o(choice_ring)
    );
  end
  schedule_pkg::choice_t at_ring;
  assign at_ring = choice_ring;
  assign ring_backend_o = at_ring.backend_index[11:0];
  assign pair_backend_o = at_ring.pair_index[11:0];

  conn_delay #(
      .BITS  (schedule_pkg::CHOICE_WIDTH),
      .CYCLES(KNOWN_CYCLE - RING_CYCLE)
  ) u_choice_known (
      .clk_i,
      .data_i(choice_ring),
      .data_o(choice_known)
  );
  logic [KNOWN_CYCLE-1:0] valid_q;
  always_ff @(posedge clk_i) begin
    valid_q <= rst_i ? '0 : {valid_q[KNOWN_CYCLE-2:0], classified_valid};
  end
  assign begin_rewrite = valid_q[KNOWN_CYCLE-1];

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
      .pop_i(begin_rewrite),
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
      .pop_i(begin_rewrite),
      .held_o(unused_known_held)
  );

  rewrite_pkg::in_t rewrite_in;
  rewrite_pkg::known_t rewrite_known;
  always_comb begin
    rewrite_in = '0;
    {rewrite_in.epoch[0], rewrite_in.port[0], rewrite_in.frame_bytes[FRAME_BITS-1:0],
     rewrite_in.window} = packet;
    rewrite_known = '0;
    rewrite_known.hit[0] = known_hit_i;
    rewrite_known.taken[0] = known_taken_i;
    rewrite_known.stored[0] = known_stored_i;
    rewrite_known.resets[0] = known_resets_i;
    rewrite_known.backend_index[11:0] = known_backend_i;
  end

  rewrite u_rewrite (
      .clk_i,
      .rst_i,
      .in_valid_i(begin_rewrite),
      .in_i(rewrite_in),
      .parsed_i(known[parse_classify_pkg::PARSED_WIDTH-1:0]),
      .classified_i(known[KNOWN_BITS-1:parse_classify_pkg::PARSED_WIDTH]),
      .choice_i(choice_known),
      .known_i(rewrite_known),
      .config_r0_addr_o(config_addr_o[2]),
      .config_r0_data_i(config_data_i[2*CONFIG+:CONFIG]),
      .backends_r0_addr_o(backends_addr_o),
      .backends_r0_data_i(backends_data_i),
      .out_valid_o,
      .out_o
  );

  // Bits of the C++ types that never carry anything.
  logic unused_bits;
  assign unused_bits = ^{in_i, at_ring, chosen_valid, pair_addr, classified};

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      packet_present : assert (!begin_rewrite || (packet_there && known_there))
      else $error("a choice without its packet");
      room : assert (!(in_valid_i && packets_full) && !(classified_valid && known_full))
      else $error("the packet path is longer than what waits beside it");
      neighbour : assert (pair_addr == (ring_addr_o ^ 1))
      else $error("the second slot is not the first one's neighbour");
    end
  end
  initial begin
    if (RING_CYCLE != 11) $fatal(1, "the ring's choice comes too late for the connection table");
  end
`endif
endmodule
