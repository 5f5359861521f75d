// Four subtables of four slots a bucket, and their write register (stage W).
//
// a: an operation's bucket in each subtable in S1, its 16 words in SC, READ_CYCLES later.
// a_valid_i: who is in S1, lowest, and in the stages up to SC.
// b: the same for the background; in b_read_o the subtables whose words are theirs, in SC: port B
//    of the others wrote.
// Writes are decided in V: one of the traffic and one of the background, in different subtables.
module conn_memory #(
    parameter int unsigned BUCKET_BITS = 16,
    parameter int unsigned REMAINDER_BITS = 44,
    parameter int unsigned READ_CYCLES = 4,
    localparam int unsigned ROW = 4 * BUCKET_BITS,
    localparam int unsigned WORD = conn_pkg::BODY_BITS + REMAINDER_BITS
) (
    input logic clk_i,
    input logic rst_i,

    input  logic [READ_CYCLES-1:0] a_valid_i,
    input  logic [    ROW-1:0] a_buckets_i,
    output logic [16*WORD-1:0] a_words_o,    // {body, remainder}
    input  logic [READ_CYCLES-1:0] b_valid_i,
    input  logic [    ROW-1:0] b_buckets_i,
    output logic [16*WORD-1:0] b_words_o,
    output logic [        3:0] b_read_o,

    input logic            write_i,
    input logic [     3:0] slot_i,     // {subtable, slot}
    input logic [ ROW-1:0] buckets_i,
    input logic [WORD-1:0] word_i,

    input logic            back_write_i,
    input logic [     3:0] back_slot_i,
    input logic [ ROW-1:0] back_buckets_i,
    input logic [WORD-1:0] back_word_i
);
  localparam int unsigned UPPER = 36;  // the references, and the upper bits of the deadline
  localparam int unsigned REST = WORD - UPPER;

  logic [3:0] writes_q;  // a subtable each

  for (genvar i = 0; i < 4; i++) begin : g_subtable
    logic mine, back_mine;
    logic [3:0] lanes_q;
    logic [BUCKET_BITS-1:0] bucket_q, b_addr;
    logic [WORD-1:0] word_q;

    assign mine = write_i && slot_i[3:2] == 2'(i);
    assign back_mine = back_write_i && back_slot_i[3:2] == 2'(i);
    assign writes_q[i] = lanes_q != '0;
    assign b_addr = writes_q[i] ? bucket_q : b_buckets_i[i*BUCKET_BITS+:BUCKET_BITS];

    always_ff @(posedge clk_i) begin
      if (mine || back_mine) begin
        bucket_q <= mine ? buckets_i[i*BUCKET_BITS+:BUCKET_BITS] :
            back_buckets_i[i*BUCKET_BITS+:BUCKET_BITS];
        word_q <= mine ? word_i : back_word_i;
      end
      for (int unsigned j = 0; j < 4; j++) begin
        lanes_q[j] <= !rst_i && ((mine && slot_i[1:0] == 2'(j)) ||
                                 (back_mine && back_slot_i[1:0] == 2'(j)));
      end
    end

    for (genvar j = 0; j < 4; j++) begin : g_slot
      conn_column #(
          .ADDR_BITS(BUCKET_BITS),
          .LANE_BITS(REST),
          .READ_CYCLES(READ_CYCLES)
      ) u_words (
          .clk_i,
          .a_valid_i,
          .a_addr_i (a_buckets_i[i*BUCKET_BITS+:BUCKET_BITS]),
          .a_data_o (a_words_o[(4*i+j)*WORD+:REST]),
          .b_valid_i,
          .b_write_i(lanes_q[j]),
          .b_addr_i (b_addr),
          .b_data_i (word_q[REST-1:0]),
          .b_data_o (b_words_o[(4*i+j)*WORD+:REST])
      );
    end
    // The upper bits of two slots fill a word of an UltraRAM.
    for (genvar j = 0; j < 4; j += 2) begin : g_pair
      conn_column #(
          .ADDR_BITS(BUCKET_BITS),
          .LANES(2),
          .LANE_BITS(UPPER),
          .READ_CYCLES(READ_CYCLES)
      ) u_upper (
          .clk_i,
          .a_valid_i,
          .a_addr_i (a_buckets_i[i*BUCKET_BITS+:BUCKET_BITS]),
          .a_data_o ({
            a_words_o[(4*i+j+1)*WORD+REST+:UPPER], a_words_o[(4*i+j)*WORD+REST+:UPPER]
          }),
          .b_valid_i,
          .b_write_i(lanes_q[j+:2]),
          .b_addr_i (b_addr),
          .b_data_i ({2{word_q[WORD-1:REST]}}),
          .b_data_o ({
            b_words_o[(4*i+j+1)*WORD+REST+:UPPER], b_words_o[(4*i+j)*WORD+REST+:UPPER]
          })
      );
    end
  end

  conn_delay #(
      .BITS  (4),
      .CYCLES(READ_CYCLES)
  ) u_read (
      .clk_i,
      .data_i(~writes_q),
      .data_o(b_read_o)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    one_write : assert (rst_i || !write_i || !back_write_i || slot_i[3:2] != back_slot_i[3:2])
    else $error("traffic and background write one subtable");
  end
`endif
endmodule
