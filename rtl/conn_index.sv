// The buckets of a permuted key {left, remainder} in the four subtables: left ^ F(remainder), F
// of subtable 0 being 0. The same gives left from a bucket: its own inverse.
module conn_index #(
    parameter int unsigned BUCKET_BITS = 16,
    parameter int unsigned REMAINDER_BITS = 44,
    localparam int unsigned BB = BUCKET_BITS
) (
    input  logic [BUCKET_BITS-1:0]    left_i,
    input  logic [REMAINDER_BITS-1:0] remainder_i,
    output logic [4*BUCKET_BITS-1:0]  buckets_o  // subtable 0 lowest
);
  // Five bits of the remainder a bit, chosen so that the differences of any two or three subtables
  // have full rank at 16 bits of 44.
  logic [2*REMAINDER_BITS-1:0] twice;
  assign twice = {remainder_i, remainder_i};

  assign buckets_o[0*BB+:BB] = left_i;
  assign buckets_o[1*BB+:BB] = left_i ^ twice[0+:BB] ^ twice[7+:BB] ^ twice[18+:BB] ^
      twice[29+:BB] ^ twice[40+:BB];
  assign buckets_o[2*BB+:BB] = left_i ^ twice[3+:BB] ^ twice[11+:BB] ^ twice[16+:BB] ^
      twice[26+:BB] ^ twice[37+:BB];
  assign buckets_o[3*BB+:BB] = left_i ^ twice[5+:BB] ^ twice[14+:BB] ^ twice[22+:BB] ^
      twice[31+:BB] ^ twice[43+:BB];

  // Not every bit of the doubled remainder is in a sum.
  logic unused;
  assign unused = ^twice;
endmodule
