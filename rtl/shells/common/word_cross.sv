// FIFO between two clocks.
//
// A handshake is a clock edge with valid and ready both high. Output from registers; an item shows
// 4 to 5 cycles of rd_clk_i after it was taken. Both resets come from one (reset_sync) and empty
// it.
module word_cross #(
    parameter int unsigned WIDTH = 8,
    parameter int unsigned DEPTH = 4  // power of two
) (
    input  logic             wr_clk_i,
    input  logic             wr_rst_i,
    input  logic             valid_i,
    output logic             ready_o,
    input  logic [WIDTH-1:0] data_i,

    input  logic             rd_clk_i,
    input  logic             rd_rst_i,
    output logic             valid_o,
    input  logic             ready_i,
    output logic [WIDTH-1:0] data_o
);
  localparam int unsigned ADDR = $clog2(DEPTH);

  logic [WIDTH-1:0] memory[DEPTH];
  logic [ADDR:0] write_q, write_there, read_q, read_there;
  logic push, fetch;

  assign ready_o = !wr_rst_i && write_q != {~read_there[ADDR], read_there[ADDR-1:0]};
  assign push = valid_i && ready_o;
  always_ff @(posedge wr_clk_i) begin
    if (push) memory[write_q[ADDR-1:0]] <= data_i;
    if (wr_rst_i) write_q <= '0;
    else if (push) write_q <= write_q + 1'b1;
  end

  assign fetch = write_there != read_q && (!valid_o || ready_i);
  always_ff @(posedge rd_clk_i) begin
    if (fetch) data_o <= memory[read_q[ADDR-1:0]];
    if (rd_rst_i) begin
      read_q  <= '0;
      valid_o <= 1'b0;
    end else begin
      if (fetch) read_q <= read_q + 1'b1;
      if (fetch) valid_o <= 1'b1;
      else if (ready_i) valid_o <= 1'b0;
    end
  end

  gray_cross #(
      .WIDTH(ADDR + 1)
  ) u_write_there (
      .from_clk_i(wr_clk_i),
      .from_rst_i(wr_rst_i),
      .value_i(write_q),
      .to_clk_i(rd_clk_i),
      .to_rst_i(rd_rst_i),
      .value_o(write_there)
  );
  gray_cross #(
      .WIDTH(ADDR + 1)
  ) u_read_there (
      .from_clk_i(rd_clk_i),
      .from_rst_i(rd_rst_i),
      .value_i(read_q),
      .to_clk_i(wr_clk_i),
      .to_rst_i(wr_rst_i),
      .value_o(read_there)
  );
endmodule
