// Two slots that an insert may take, of the 16 that its key has: in X, both free of every operation
// ahead but the one directly ahead, which can take only one of them.
//
// In SP the free slots lose what operations four or more ahead have taken, in SS what the third
// ahead has, in ST the second. The emptiest subtable comes first.
module conn_choose #(
    parameter int unsigned READ_CYCLES = 4,
    localparam int unsigned N = READ_CYCLES + 8
) (
    input logic clk_i,
    input logic rst_i,

    input logic [  15:0] free_i,       // SP
    input logic [4*N-1:12] shares_sp_i,
    input logic [   3:0] shares_ss_i,
    input logic [   3:0] shares_st_i,
    input logic [   3:0] shares_next_st_i,
    input logic [  15:0] written_i,    // the slot that the operation now in Y1 wrote

    output logic [15:0] taken_o,  // in SP: not mine, not free

    // In X.
    output logic       first_valid_o,
    output logic [3:0] first_o,
    output logic       first_shared_o,  // the one ahead has the same bucket there
    output logic       second_valid_o,
    output logic [3:0] second_o
);
  localparam int unsigned PAST = N - 3;

  // Of the subtables, those with at least a number of free slots, and the first of the best.
  function automatic logic [1:0] emptiest(input logic [15:0] free);
    logic [3:0] one, two, three, four, best;
    for (int i = 0; i < 4; i++) begin
      one[i] = free[4*i] | free[4*i+1] | free[4*i+2] | free[4*i+3];
      two[i] = (free[4*i] & free[4*i+1]) | (free[4*i+2] & free[4*i+3]) |
          ((free[4*i] | free[4*i+1]) & (free[4*i+2] | free[4*i+3]));
      three[i] = (free[4*i] & free[4*i+1] & (free[4*i+2] | free[4*i+3])) |
          (free[4*i+2] & free[4*i+3] & (free[4*i] | free[4*i+1]));
      four[i] = free[4*i] & free[4*i+1] & free[4*i+2] & free[4*i+3];
    end
    best = four != 0 ? four : three != 0 ? three : two != 0 ? two : one;
    emptiest = best[0] ? 2'd0 : best[1] ? 2'd1 : best[2] || !best[3] ? 2'd2 : 2'd3;
  endfunction

  function automatic logic [15:0] spread(input logic [3:0] subtables);
    spread = {{4{subtables[3]}}, {4{subtables[2]}}, {4{subtables[1]}}, {4{subtables[0]}}};
  endfunction

  // SP
  logic [16*(PAST-1)-1:0] written_q;  // by operations in Y2 and later
  logic [16*PAST-1:0] written;
  assign written = {written_q, written_i};

  always_ff @(posedge clk_i) begin
    written_q <= rst_i ? '0 : written[16*(PAST-1)-1:0];
  end

  always_comb begin
    taken_o = '0;
    for (int unsigned k = 4; k <= N; k++) begin
      taken_o |= written[16*(k-4)+:16] & spread(shares_sp_i[4*(k-1)+:4]);
    end
  end

  // SS
  logic [15:0] free_ss_q, free_st_q;
  logic [1:0] best_ss_q, best_st_q;
  always_ff @(posedge clk_i) begin
    free_ss_q <= free_i & ~taken_o;
    best_ss_q <= emptiest(free_i);
    free_st_q <= free_ss_q & ~(written_i & spread(shares_ss_i));
    best_st_q <= best_ss_q;
  end

  // ST
  logic [15:0] free;
  logic [3:0] any, more;     // subtables with a free slot, with two
  logic [7:0] lowest, next;  // their slots
  assign free = free_st_q & ~(written_i & spread(shares_st_i));

  always_comb begin
    for (int i = 0; i < 4; i++) begin
      any[i] = free[4*i] | free[4*i+1] | free[4*i+2] | free[4*i+3];
      more[i] = (free[4*i] & free[4*i+1]) | (free[4*i+2] & free[4*i+3]) |
          ((free[4*i] | free[4*i+1]) & (free[4*i+2] | free[4*i+3]));
      lowest[2*i+:2] = free[4*i] ? 2'd0 : free[4*i+1] ? 2'd1 : free[4*i+2] ? 2'd2 : 2'd3;
      next[2*i+:2] = free[4*i] && free[4*i+1] ? 2'd1 :
          (free[4*i] || free[4*i+1]) && free[4*i+2] ? 2'd2 : 2'd3;
    end
  end

  // The best subtable and, behind it, the first two of the others.
  logic [3:0] others, others_but_one;
  logic best_any;
  logic [1:0] best, other, last;
  assign best = best_st_q;
  assign best_any = any[best];
  always_comb begin
    others = any & ~(4'd1 << best);
    other = others[0] ? 2'd0 : others[1] ? 2'd1 : others[2] ? 2'd2 : 2'd3;
    others_but_one = others & ~(4'd1 << other);
    last = others_but_one[0] ? 2'd0 : others_but_one[1] ? 2'd1 : others_but_one[2] ? 2'd2 : 2'd3;
  end

  logic [1:0] first, second;
  logic one_subtable;
  assign first = best_any ? best : other;
  assign one_subtable = best_any ? others == '0 : others_but_one == '0;
  assign second = best_any ? other : last;

  always_ff @(posedge clk_i) begin
    first_valid_o <= any != '0;
    first_o <= {first, lowest[2*first+:2]};
    first_shared_o <= shares_next_st_i[first];
    second_valid_o <= !one_subtable || (any != '0 && more[first]);
    second_o <= one_subtable ? {first, next[2*first+:2]} : {second, lowest[2*second+:2]};
  end
endmodule
