// SC: the 16 words that an operation read. In SP: which one is its entry, and which are free or
// expired.
module conn_match #(
    parameter int unsigned REMAINDER_BITS = 44,
    localparam int unsigned WORD = conn_pkg::BODY_BITS + REMAINDER_BITS
) (
    input  logic                         clk_i,
    input  logic                         valid_i,
    input  logic [          16*WORD-1:0] words_i,
    input  logic [   REMAINDER_BITS-1:0] remainder_i,
    input  logic [conn_pkg::OP_BITS-1:0] op_i,
    output logic [                 15:0] match_o,
    output logic [                 15:0] free_o,
    output logic [          16*WORD-1:0] words_o
);
  conn_pkg::op_t op;
  assign op = op_i;

  for (genvar e = 0; e < 16; e++) begin : g_word
    logic [2:0] state;
    logic over;
    assign state = words_i[e*WORD+REMAINDER_BITS+conn_pkg::STATE_AT+:3];
    conn_expired u_expired (
        .now_i(op.now),
        .deadline_i(words_i[e*WORD+REMAINDER_BITS+conn_pkg::DEADLINE_AT+:17]),
        .expired_o (over)
    );
    always_ff @(posedge clk_i) if (valid_i) begin
      match_o[e] <= state != sluice_layout_pkg::CONNECTION_NONE &&
          words_i[e*WORD+:REMAINDER_BITS] == remainder_i;
      free_o[e] <= state == sluice_layout_pkg::CONNECTION_NONE || over;
    end
  end

  always_ff @(posedge clk_i) if (valid_i) words_o <= words_i;

  logic unused;
  assign unused = ^op;
endmodule
