// The operations in the pipeline, from S0 to V, and which of those ahead of each have its key or
// one of its buckets. "k ahead" is k cycles ahead; nothing of the N operations ahead of one shows
// in the memory when it is read. Stage s is s cycles after S0.
module conn_window #(
    parameter int unsigned KEY_BITS = 60,
    parameter int unsigned BUCKET_BITS = 16,
    parameter int unsigned READ_CYCLES = 4,
    localparam int unsigned N = READ_CYCLES + 8
) (
    input logic clk_i,
    input logic rst_i,

    input logic                     valid_i,
    input logic [     KEY_BITS-1:0] key_i,
    input logic [4*BUCKET_BITS-1:0] buckets_i,

    output logic [                N:0] valids_o,   // by stage
    output logic [(N+1)*4*BUCKET_BITS-1:0] buckets_o,
    output logic [       KEY_BITS-1:0] key_sc_o,
    output logic [       KEY_BITS-1:0] key_v_o,

    // Same key, and same bucket in each subtable, as the operation k ahead. To the stage named.
    output logic [      N:4] same_sp_o,
    output logic [4*N-1:12]  shares_sp_o,  // 4 * (k - 1) + subtable
    output logic             same_ss_o,    // k = 3
    output logic [      3:0] shares_ss_o,
    output logic             same_st_o,    // k = 2
    output logic [      3:0] shares_st_o,
    output logic [      3:0] shares_next_st_o,  // k = 1
    output logic             same_x_o,          // k = 1
    output logic [      N:2] nearest_y2_o,      // the nearest of same key, k >= 2
    output logic             same_v_o           // k = 1
);
  localparam int unsigned ROW = 4 * BUCKET_BITS;
  localparam int unsigned SC = READ_CYCLES + 1;

  logic [N:1] valid_q;
  logic [N*KEY_BITS-1:0] key_q;
  logic [N*ROW-1:0] buckets_q;
  logic [N:1] same1_q;
  logic [4*N-1:0] shares1_q;

  assign valids_o = {valid_q, valid_i};
  assign buckets_o = {buckets_q, buckets_i};
  assign key_sc_o = key_q[(SC-1)*KEY_BITS+:KEY_BITS];
  assign key_v_o = key_q[(N-1)*KEY_BITS+:KEY_BITS];

  always_ff @(posedge clk_i) valid_q <= rst_i ? '0 : {valid_q[N-1:1], valid_i};
  logic [KEY_BITS-1:0] unused_key;
  logic [ROW-1:0] unused_buckets;
  conn_line #(
      .BITS  (KEY_BITS),
      .CYCLES(N)
  ) u_keys (
      .clk_i,
      .moves_i(valids_o[N-1:0]),
      .data_i(key_i),
      .line_o(key_q),
      .data_o(unused_key)
  );
  conn_line #(
      .BITS  (ROW),
      .CYCLES(N)
  ) u_buckets (
      .clk_i,
      .moves_i(valids_o[N-1:0]),
      .data_i(buckets_i),
      .line_o(buckets_q),
      .data_o(unused_buckets)
  );

  // What is not valid may show anything.
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      for (int unsigned k = 1; k <= N; k++) begin
        same1_q[k] <= valid_q[k] && key_q[(k-1)*KEY_BITS+:KEY_BITS] == key_i;
        for (int unsigned i = 0; i < 4; i++) begin
          shares1_q[4*(k-1)+i] <= valid_q[k] && buckets_q[(k-1)*ROW+i*BUCKET_BITS+:BUCKET_BITS] ==
              buckets_i[i*BUCKET_BITS+:BUCKET_BITS];
        end
      end
    end
  end

  // From stage 1 to SP; from there on only what is still to be asked.
  logic [N:1] same_sp;
  logic [4*N-1:0] shares_sp;
  conn_delay #(
      .BITS  (5 * N),
      .CYCLES(READ_CYCLES + 1)
  ) u_sp (
      .clk_i,
      .data_i({same1_q, shares1_q}),
      .data_o({same_sp, shares_sp})
  );
  assign same_sp_o = same_sp[N:4];
  assign shares_sp_o = shares_sp[4*N-1:12];

  logic [2:1] same_ss_q;
  logic [7:0] shares_ss_q;
  logic same1_st_q;

  always_ff @(posedge clk_i) begin
    {same_ss_o, same_ss_q} <= same_sp[3:1];
    {shares_ss_o, shares_ss_q} <= shares_sp[11:0];
    {same_st_o, same1_st_q} <= same_ss_q;
    {shares_st_o, shares_next_st_o} <= shares_ss_q;
    same_x_o <= same1_st_q;
  end

  // The nearest in time for Y2, five cycles after SP and so READ_CYCLES + 6 after stage 1.
  logic [N:2] nearest2_q;
  always_ff @(posedge clk_i) if (valid_q[1]) begin
    nearest2_q[2] <= same1_q[2];
    for (int unsigned k = 3; k <= N; k++) begin
      nearest2_q[k] <= same1_q[k] && (same1_q & ((N'(1) << (k - 1)) - N'(2))) == '0;
    end
  end
  conn_delay #(
      .BITS  (N - 1),
      .CYCLES(READ_CYCLES + 5)
  ) u_y2 (
      .clk_i,
      .data_i(nearest2_q),
      .data_o(nearest_y2_o)
  );
  conn_delay #(
      .BITS  (1),
      .CYCLES(3)
  ) u_v (
      .clk_i,
      .data_i(same_x_o),
      .data_o(same_v_o)
  );
endmodule
