// The permutation of keys, or its inverse: a Feistel network with the round function of SIMON and
// ROUNDS round keys, round r's at round_keys_i[r*KEY_BITS/2+:KEY_BITS/2]. Latency
// ROUNDS / ROUNDS_PER_STAGE cycles, one key a cycle. moves_i: where a key comes into a stage, the
// first one lowest.
module conn_permute #(
    parameter int unsigned KEY_BITS = 60,
    parameter int unsigned ROUNDS = 12,
    parameter int unsigned ROUNDS_PER_STAGE = 3,
    parameter bit INVERSE = 1'b0,
    localparam int unsigned HALF = KEY_BITS / 2,
    localparam int unsigned STAGES = ROUNDS / ROUNDS_PER_STAGE
) (
    input  logic                   clk_i,
    input  logic [     STAGES-1:0] moves_i,
    input  logic [ROUNDS*HALF-1:0] round_keys_i,
    input  logic [   KEY_BITS-1:0] key_i,
    output logic [   KEY_BITS-1:0] key_o
);
  // One round maps {left, right} to {right ^ f(left) ^ round key, left}. With its halves swapped
  // halves and after, and the round keys in reverse, the network is its own inverse.
  function automatic logic [KEY_BITS-1:0] after_round(input logic [KEY_BITS-1:0] halves,
                                                      input logic [HALF-1:0] round_key);
    logic [HALF-1:0] left;
    left = halves[KEY_BITS-1:HALF];
    after_round = {
      halves[HALF-1:0] ^ ({left[HALF-2:0], left[HALF-1]} & {left[HALF-9:0], left[HALF-1:HALF-8]}) ^
          {left[HALF-3:0], left[HALF-1:HALF-2]} ^ round_key,
      left
    };
  endfunction

  function automatic logic [KEY_BITS-1:0] after_stage(
      input logic [KEY_BITS-1:0] halves, input logic [ROUNDS_PER_STAGE*HALF-1:0] round_keys);
    after_stage = halves;
    for (int unsigned r = 0; r < ROUNDS_PER_STAGE; r++) begin
      after_stage = after_round(after_stage, round_keys[
          HALF*(INVERSE ? ROUNDS_PER_STAGE-1-r : r)+:HALF]);
    end
  endfunction

  logic [KEY_BITS-1:0] start, last;

  if (INVERSE) begin : g_swap
    assign start = {key_i[HALF-1:0], key_i[KEY_BITS-1:HALF]};
    assign key_o = {last[HALF-1:0], last[KEY_BITS-1:HALF]};
  end else begin : g_straight
    assign start = key_i;
    assign key_o = last;
  end

  for (genvar stage = 0; stage < STAGES; stage++) begin : g_stage
    localparam int unsigned FIRST = ROUNDS_PER_STAGE * (INVERSE ? STAGES - 1 - stage : stage);
    logic [KEY_BITS-1:0] halves, halves_q;
    if (stage == 0) begin : g_first
      assign halves = start;
    end else begin : g_next
      assign halves = g_stage[stage-1].halves_q;
    end
    always_ff @(posedge clk_i) begin
      if (moves_i[stage]) begin
        halves_q <= after_stage(halves, round_keys_i[HALF*FIRST+:HALF*ROUNDS_PER_STAGE]);
      end
    end
  end
  assign last = g_stage[STAGES-1].halves_q;
endmodule
