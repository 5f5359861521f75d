// Pipelined multiplier, shaped for DSP slices: operands, product and result are registered.
// p_o = a_i * b_i modulo 2^PWidth, Latency cycles later; a new pair every cycle.
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

  localparam int unsigned Stages = Latency - 1;  // registers from the product on

  logic [AWidth-1:0] a_q;
  logic [BWidth-1:0] b_q;
  logic [Stages*PWidth-1:0] p_q;
  logic [PWidth-1:0] product;

  assign product = PWidth'(a_q) * PWidth'(b_q);

  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    b_q <= b_i;
    p_q <= (Stages*PWidth)'({p_q, product});
  end

  assign p_o = p_q[Stages*PWidth-1-:PWidth];

endmodule
