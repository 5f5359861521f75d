// Pipelined multiplier, shaped for DSP slices: operands, product and result are registered.
// p_o = a_i * b_i, Latency cycles later, modulo 2^PWidth; a new pair every cycle.
module hlsc_mul #(
  parameter int unsigned AWidth  = 18,
  parameter int unsigned BWidth  = 18,
  parameter int unsigned PWidth  = AWidth + BWidth,
  parameter int unsigned Latency = 3  // 2 or more
) (
  input  logic              clk_i,
  input  logic [AWidth-1:0] a_i,
  input  logic [BWidth-1:0] b_i,
  output logic [PWidth-1:0] p_o
);

  logic [AWidth-1:0] a_q;
  logic [BWidth-1:0] b_q;
  logic [Latency-2:0][PWidth-1:0] p_q;

  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    b_q <= b_i;
    p_q[0] <= PWidth'(a_q) * PWidth'(b_q);
    for (int unsigned i = 1; i < Latency - 1; i++) p_q[i] <= p_q[i-1];
  end

  assign p_o = p_q[Latency-2];

endmodule
