// Is the deadline over? Epochs are modulo 2^17; the last 8,192 are the past (CONNECTION_OVER_EPOCHS).
module conn_expired (
    input  logic [16:0] now_i,
    input  logic [16:0] deadline_i,
    output logic        expired_o
);
  logic [3:0] block, previous;
  assign block = deadline_i[16:13];
  assign previous = {
    now_i[16] ^ (now_i[15:13] == 3'd0),
    now_i[15] ^ (now_i[14:13] == 2'd0),
    now_i[14] ^ ~now_i[13],
    ~now_i[13]
  };
  assign expired_o = now_i[12:0] < deadline_i[12:0] ? block == previous : block == now_i[16:13];
endmodule
