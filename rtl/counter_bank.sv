// Counters and their frozen copies: counter k adds add_i[k] when valid_i[k]; freeze_i copies all of
// them, before the adds of its own cycle. They wrap at BITS. Counters outside MASK stay zero.
//
// Each is three parts, one behind the other, which hands it the carry: an adder of the whole width
// would be too deep. frozen_o is right four cycles after freeze_i. A counter without an add on its
// way does not move, which keeps simulations fast.
module counter_bank #(
    parameter int unsigned COUNT = 4,
    parameter int unsigned BITS = 48,
    parameter int unsigned ADD_BITS = 1,  // at most 16
    parameter logic [COUNT-1:0] MASK = {COUNT{1'b1}}
) (
    input  logic                      clk_i,
    input  logic                      rst_i,
    input  logic [         COUNT-1:0] valid_i,
    input  logic [COUNT*ADD_BITS-1:0] add_i,
    input  logic                      freeze_i,
    output logic [    COUNT*BITS-1:0] frozen_o
);
  localparam int unsigned LOW = 12;
  localparam int unsigned MIDDLE = (BITS - LOW) / 2;
  localparam int unsigned HIGH = BITS - LOW - MIDDLE;

  logic [COUNT*16-1:0] add;
  logic [COUNT*LOW-1:0] low_q;
  logic [COUNT*MIDDLE-1:0] middle_q;
  logic [COUNT*HIGH-1:0] high_q;
  logic [COUNT-1:0] low_carry_q, middle_carry_q;
  logic [COUNT*4-1:0] upper_add_q;  // what is left of add_i above LOW
  logic [COUNT*5-1:0] middle_add_q;
  logic [COUNT-1:0] adds, moving, moving1_q, moving2_q, moving3_q;
  logic freeze1_q, freeze2_q, freeze3_q;

  for (genvar i = 0; i < COUNT; i++) begin : g_add
    assign add[i*16+:16] = 16'(add_i[i*ADD_BITS+:ADD_BITS]);
  end

  assign adds = valid_i & MASK;
  assign moving = adds | moving1_q | moving2_q | moving3_q;

  always_ff @(posedge clk_i) begin
    moving1_q <= adds;
    moving2_q <= moving1_q;
    moving3_q <= moving2_q;
    if (moving != '0) begin
      for (int unsigned i = 0; i < COUNT; i++) begin
        if (moving[i]) begin
          low_carry_q[i] <= 1'b0;
          upper_add_q[i*4+:4] <= 4'd0;
          if (adds[i]) begin
            {low_carry_q[i], low_q[i*LOW+:LOW]} <=
                {1'b0, low_q[i*LOW+:LOW]} + {1'b0, add[i*16+:LOW]};
            upper_add_q[i*4+:4] <= add[i*16+LOW+:16-LOW];
          end
          middle_add_q[i*5+:5] <= {1'b0, upper_add_q[i*4+:4]} + 5'(low_carry_q[i]);
          {middle_carry_q[i], middle_q[i*MIDDLE+:MIDDLE]} <=
              {1'b0, middle_q[i*MIDDLE+:MIDDLE]} + (MIDDLE + 1)'(middle_add_q[i*5+:5]);
          if (middle_carry_q[i]) high_q[i*HIGH+:HIGH] <= high_q[i*HIGH+:HIGH] + HIGH'(1);
        end
      end
    end
    if (rst_i) begin
      {moving1_q, moving2_q, moving3_q} <= '0;
      {low_carry_q, upper_add_q, middle_add_q, middle_carry_q} <= '0;
      {high_q, middle_q, low_q} <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    freeze1_q <= freeze_i && !rst_i;
    freeze2_q <= freeze1_q && !rst_i;
    freeze3_q <= freeze2_q && !rst_i;
    if (freeze_i || freeze2_q || freeze3_q || rst_i) begin
      for (int unsigned i = 0; i < COUNT; i++) begin
        if (freeze_i) frozen_o[i*BITS+:LOW] <= low_q[i*LOW+:LOW];
        if (freeze2_q) frozen_o[i*BITS+LOW+:MIDDLE] <= middle_q[i*MIDDLE+:MIDDLE];
        if (freeze3_q) frozen_o[i*BITS+LOW+MIDDLE+:HIGH] <= high_q[i*HIGH+:HIGH];
      end
      if (rst_i) frozen_o <= '0;
    end
  end
endmodule
