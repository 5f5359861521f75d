// Is the deadline over? Epochs are modulo 2^13; half of them are the past.
module conn_expired (
    input  logic [12:0] now_i,
    input  logic [12:0] deadline_i,
    output logic        expired_o
);
  assign expired_o = !(now_i[12] ^ deadline_i[12] ^ (now_i[11:0] < deadline_i[11:0]));
endmodule
