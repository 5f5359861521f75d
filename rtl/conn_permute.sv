// The permutation of keys, or its inverse: a Feistel network with the round function of SIMON and
// ROUNDS round keys, round r's at round_keys_i[r*KEY_BITS/2+:KEY_BITS/2]. Latency
// ROUNDS / ROUNDS_PER_STAGE cycles, one key a cycle.
module conn_permute #(
    parameter int unsigned KEY_BITS = 60,
    parameter int unsigned ROUNDS = 12,
    parameter int unsigned ROUNDS_PER_STAGE = 3,
    parameter bit INVERSE = 1'b0,
    localparam int unsigned HALF = KEY_BITS / 2
) (
    input  logic                   clk_i,
    input  logic [ROUNDS*HALF-1:0] round_keys_i,
    input  logic [   KEY_BITS-1:0] key_i,
    output logic [   KEY_BITS-1:0] key_o
);
  localparam int unsigned STAGES = ROUNDS / ROUNDS_PER_STAGE;

  // One round maps {left, right} to {right ^ f(left) ^ round key, left}. With its halves swapped
  // before and after, and the round keys in reverse, the network is its own inverse.
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

  logic [KEY_BITS-1:0] start;
  logic [KEY_BITS*STAGES-1:0] stages_q;
  logic [KEY_BITS-1:0] last;
  assign last = stages_q[KEY_BITS*(STAGES-1)+:KEY_BITS];

  if (INVERSE) begin : g_swap
    assign start = {key_i[HALF-1:0], key_i[KEY_BITS-1:HALF]};
    assign key_o = {last[HALF-1:0], last[KEY_BITS-1:HALF]};
  end else begin : g_straight
    assign start = key_i;
    assign key_o = last;
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned stage = 0; stage < STAGES; stage++) begin
      logic [KEY_BITS-1:0] halves;
      halves = stage == 0 ? start : stages_q[KEY_BITS*((stage+STAGES-1)%STAGES)+:KEY_BITS];
      for (
          int unsigned r = stage * ROUNDS_PER_STAGE; r < (stage + 1) * ROUNDS_PER_STAGE; r++
      ) begin
        halves = after_round(halves, round_keys_i[HALF*(INVERSE ? ROUNDS-1-r : r)+:HALF]);
      end
      stages_q[KEY_BITS*stage+:KEY_BITS] <= halves;
    end
  end
endmodule
