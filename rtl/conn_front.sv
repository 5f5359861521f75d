// Requests and, in cycles without one, operations of the host: five cycles to S0 with the key
// permuted, its buckets, and the four deadlines it may set.
//
// The card's own part of a request that is not valid is ignored. host_ready_o says that there is
// room this cycle. One cycle before S0 the buckets show as pre_*. Further on, valids_i says who is in
// the stages from S0 to X.
module conn_front #(
    parameter int unsigned KEY_BITS = 60,
    parameter int unsigned BUCKET_BITS = 16,
    parameter int unsigned READ_CYCLES = 4,
    parameter int unsigned ROUNDS = 12
) (
    input logic clk_i,
    input logic rst_i,

    input logic [ROUNDS*KEY_BITS/2-1:0] round_keys_i,
    input logic [                 16:0] now_i,

    input logic                req_valid_i,
    input logic [KEY_BITS-1:0] req_key_i,
    input logic [         3:0] req_event_i,
    input logic                req_sees_return_i,
    input logic [         1:0] req_on_down_i,
    input logic [         1:0] req_on_removed_i,
    input logic                req_offer_i,
    input logic [        15:0] req_sequence_i,
    input logic [        15:0] req_acknowledged_i,
    input logic [        67:0] req_timeouts_i,

    input  logic                host_valid_i,
    output logic                host_ready_o,
    input  logic                host_remove_i,
    input  logic [KEY_BITS-1:0] host_key_i,
    input  logic [         2:0] host_state_i,
    input  logic [        11:0] host_backend_i,
    input  logic [        16:0] host_timeout_i,
    input  logic [        15:0] host_reference_in_i,
    input  logic [        15:0] host_reference_out_i,

    output logic                     pre_valid_o,
    output logic [4*BUCKET_BITS-1:0] pre_buckets_o,

    output logic                         valid_o,
    output logic [         KEY_BITS-1:0] key_o,
    output logic [    4*BUCKET_BITS-1:0] buckets_o,

    input  logic [          READ_CYCLES+5:0] valids_i,
    output logic [6*conn_pkg::OP_BITS-1:0] ops_o  // in SC, lowest, to Y1
);
  localparam int unsigned REMAINDER_BITS = KEY_BITS - BUCKET_BITS;

  logic [KEY_BITS-1:0] key, permuted;
  logic [4:1] valid_q;
  logic from_client, dated;

  assign host_ready_o = !req_valid_i && !rst_i;
  assign key = req_valid_i ? req_key_i : host_key_i;
  // A packet's own sequence number is for the reference of its sender, what it acknowledges for
  // the other one's.
  assign from_client = req_event_i < sluice_layout_pkg::CONNECTION_EVENT_SYN_ACK ||
      req_event_i == sluice_layout_pkg::CONNECTION_EVENT_UDP_IN;
  // Where the card does not see the backend, its reference is when the entry was made.
  assign dated = !req_sees_return_i &&
      (req_event_i == sluice_layout_pkg::CONNECTION_EVENT_DATA_IN ||
       req_event_i == sluice_layout_pkg::CONNECTION_EVENT_UDP_IN);

  conn_permute #(
      .KEY_BITS(KEY_BITS),
      .ROUNDS(ROUNDS),
      .ROUNDS_PER_STAGE(ROUNDS / 4)
  ) u_permute (
      .clk_i,
      .moves_i({valid_q[3:1], req_valid_i || host_valid_i}),
      .round_keys_i,
      .key_i(key),
      .key_o(permuted)
  );

  conn_index #(
      .BUCKET_BITS(BUCKET_BITS),
      .REMAINDER_BITS(REMAINDER_BITS)
  ) u_index (
      .left_i(permuted[KEY_BITS-1:REMAINDER_BITS]),
      .remainder_i(permuted[REMAINDER_BITS-1:0]),
      .buckets_o(pre_buckets_o)
  );

  assign pre_valid_o = valid_q[4];

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[3:1], req_valid_i || host_valid_i};
    valid_o <= valid_q[4];
    if (valid_q[4]) begin
      key_o <= permuted;
      buckets_o <= pre_buckets_o;
    end
    if (rst_i) {valid_q, valid_o} <= '0;
  end

  // now + time-out: the time-out, then two halves of the adder.
  conn_pkg::op_t op, op1_q, op2_q, op3;
  logic [67:0] asked1_q;
  logic [67:0] timeouts, deadlines3;
  logic [35:0] low2_q;   // four sums of the lower eight bits
  logic [35:0] high2_q;  // the upper nine bits of the four time-outs

  for (genvar i = 0; i < 4; i++) begin : g_timeout
    logic [16:0] asked;
    logic least;
    assign asked = asked1_q[17*i+:17];
    assign least = asked[16:1] == 16'd0;  // sluice_layout_pkg::CONNECTION_LEAST_TIMEOUT
    assign timeouts[17*i+:17] = {asked[16:2], asked[1] || least, asked[0] && !least};
    always_ff @(posedge clk_i) begin
      if (req_valid_i || host_valid_i) begin
        asked1_q[17*i+:17] <= req_valid_i ? req_timeouts_i[17*i+:17] : host_timeout_i;
      end
      if (valid_q[1]) begin
        low2_q[9*i+:9] <= {1'b0, op1_q.now[7:0]} + {1'b0, timeouts[17*i+:8]};
        high2_q[9*i+:9] <= timeouts[17*i+8+:9];
      end
    end
    assign deadlines3[17*i+:17] = {
      op2_q.now[16:8] + high2_q[9*i+:9] + 9'(low2_q[9*i+8]), low2_q[9*i+:8]
    };
  end

  always_comb begin
    op = '0;
    op.host = !req_valid_i;
    op.now = now_i;
    op.service = key[11:0];
    op.host_state = host_state_i;
    op.host_backend = host_backend_i;
    if (req_valid_i) begin
      op.kind = req_event_i;
      op.sees_return = req_sees_return_i;
      op.on_down = req_on_down_i;
      op.on_removed = req_on_removed_i;
      op.offer = req_offer_i;
      op.reference_in = from_client ? req_sequence_i : req_acknowledged_i;
      op.reference_out = dated ? 16'(now_i) : from_client ? req_acknowledged_i : req_sequence_i;
    end else begin
      op.kind = host_remove_i ? sluice_layout_pkg::CONNECTION_EVENT_REMOVE :
          sluice_layout_pkg::CONNECTION_EVENT_RESTORE;
      op.offer = 1'b1;
      op.reference_in = host_reference_in_i;
      op.reference_out = host_reference_out_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_valid_i || host_valid_i) op1_q <= op;
    if (valid_q[1]) op2_q <= op1_q;
  end

  always_comb begin
    op3 = op2_q;
    op3.deadlines = deadlines3;
  end

  logic [(READ_CYCLES+3)*conn_pkg::OP_BITS-1:0] unused_line;
  logic [conn_pkg::OP_BITS-1:0] unused_op;
  conn_line #(
      .BITS  (conn_pkg::OP_BITS),
      .CYCLES(READ_CYCLES + 9)
  ) u_op (
      .clk_i,
      .moves_i({valids_i, valid_q[4:2]}),
      .data_i(op3),
      .line_o({ops_o, unused_line}),
      .data_o(unused_op)
  );
endmodule
