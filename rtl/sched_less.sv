// Which of two loads is the less: {1: may be chosen, load}. One that may be chosen is less than one
// that may not; of equal ones b if ties_i.
module sched_less (
    input  logic [35:0] a_i,
    input  logic [35:0] b_i,
    input  logic        ties_i,
    output logic        b_o
);
  // Twelve groups of three bits.
  logic [35:0] a, b;
  logic [11:0] less, equal;
  assign a = {!a_i[35], a_i[34:0]};
  assign b = {!b_i[35], b_i[34:0]};

  for (genvar i = 0; i < 12; i++) begin : g_group
    assign less[i]  = b[3*i+:3] < a[3*i+:3];
    assign equal[i] = b[3*i+:3] == a[3*i+:3];
  end

  always_comb begin
    b_o = ties_i && equal == '1;
    for (int i = 0; i < 12; i++) begin
      if (less[i] && (equal >> (i + 1)) == (12'hfff >> (i + 1))) b_o = 1'b1;
    end
  end
endmodule
