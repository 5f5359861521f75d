// How many half-open entries may give way. Nearly full, the sweep removes as many of them as inserts
// took free places, and no more: a round of it would leave none of those that are just being
// answered.
module conn_credit #(
    parameter int unsigned BITS = 16
) (
    input  logic clk_i,
    input  logic rst_i,
    input  logic press_i,   // the table is nearly full
    input  logic insert_i,
    input  logic evict_i,
    output logic evicts_o   // one more may go
);
  logic [BITS-1:0] credit_q;

  always_ff @(posedge clk_i) begin
    evicts_o <= press_i && credit_q != '0;
    if (!press_i) credit_q <= '0;
    else if (insert_i && !evict_i) credit_q <= credit_q + BITS'(!(&credit_q));
    else if (evict_i && !insert_i) credit_q <= credit_q - BITS'(credit_q != '0);
    if (rst_i) {evicts_o, credit_q} <= '0;
  end
endmodule
