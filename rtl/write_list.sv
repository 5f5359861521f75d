// Register writes in bulk: reads a list of them from the board's memory by AXI4 bursts and makes
// one after the other, as if each had come over AXI4-Lite.
//
// An entry is 64 bits, little-endian: the register's address in 31:0, the data in 63:32; eight a
// beat of 512 bits. The list begins at a multiple of 1,024 bytes, so that no burst (16 beats at
// most) crosses 4 KiB, and it does not cross 4 GiB. It is not started while busy. The registers
// refuse what breaks this.
//
// It ends with failed_o at the first write that is refused, entry that is no register's address, or
// read that the memory answers with an error; what of a burst is still to come is then taken and
// thrown away. done_o counts the writes that were made, four cycles behind.
//
// write_o is a pulse; address and data stay until the acknowledge, as in axil_slave.
module write_list #(
    parameter int unsigned COUNT_BITS = 18  // even
) (
    input logic clk_i,
    input logic rst_i,

    input  logic                  start_i,
    input  logic [         63:10] addr_i,
    input  logic [COUNT_BITS-1:0] writes_i,
    output logic                  busy_o,
    output logic                  failed_o,
    output logic [COUNT_BITS-1:0] done_o,

    output logic        write_o,
    output logic [15:2] write_addr_o,
    output logic [31:0] write_data_o,
    input  logic        write_ack_i,
    input  logic        write_error_i,

    output logic         axi_arvalid_o,
    input  logic         axi_arready_i,
    output logic [ 63:0] axi_araddr_o,
    output logic [  7:0] axi_arlen_o,
    input  logic         axi_rvalid_i,
    output logic         axi_rready_o,
    input  logic [511:0] axi_rdata_i,
    input  logic [  1:0] axi_rresp_i,
    input  logic         axi_rlast_i
);
  localparam int unsigned BEAT_WRITES = 8;
  localparam int unsigned BURST_BEATS = 16;

  typedef enum logic [2:0] {
    IDLE,
    PLAN,     // how long the next burst is
    REQUEST,  // its address is offered
    BEAT,     // the next beat is awaited
    WRITE,    // the next write is made
    ANSWER    // its acknowledge is awaited
  } state_e;

  state_e state_q;
  logic [63:10] addr_q;
  logic [COUNT_BITS-1:3] full_beats_q;  // beats of eight writes still to take
  logic [2:0] tail_q;  // writes of the last beat, still to take, if it is no full one
  logic [511:0] beat_q;           // the next entry in its lowest bits
  logic [3:0] lanes_q;            // entries of it still to make
  logic last_q;                   // it ends its burst

  assign busy_o = state_q != IDLE;
  assign axi_arvalid_o = state_q == REQUEST;
  assign axi_araddr_o = {addr_q, 10'd0};
  assign axi_rready_o = state_q == BEAT;
  assign write_addr_o = beat_q[15:2];
  assign write_data_o = beat_q[63:32];

  logic whole_burst, entry_is_good, beat_is_good;

  assign whole_burst = |full_beats_q[COUNT_BITS-1:7];
  assign entry_is_good = beat_q[31:16] == '0 && beat_q[1:0] == '0;
  assign beat_is_good = axi_rresp_i == 2'b00 && !failed_o;

  always_ff @(posedge clk_i) begin
    write_o <= 1'b0;
    case (state_q)
      IDLE: begin
        if (start_i) begin
          state_q  <= writes_i == '0 ? IDLE : PLAN;
          failed_o <= 1'b0;
        end
        addr_q <= addr_i;
        full_beats_q <= writes_i[COUNT_BITS-1:3];
        tail_q <= writes_i[2:0];
      end
      PLAN: begin
        state_q <= REQUEST;
        axi_arlen_o <= whole_burst ? 8'(BURST_BEATS - 1) :
            8'(full_beats_q[6:3]) - (tail_q == '0 ? 8'd1 : 8'd0);
      end
      REQUEST: if (axi_arready_i) state_q <= BEAT;
      BEAT: begin
        if (axi_rvalid_i) begin
          beat_q  <= axi_rdata_i;
          last_q  <= axi_rlast_i;
          if (full_beats_q != '0) begin
            lanes_q <= 4'(BEAT_WRITES);
            full_beats_q <= full_beats_q - 1'b1;
          end else begin
            lanes_q <= {1'b0, tail_q};
            tail_q  <= '0;
          end
          if (beat_is_good) state_q <= WRITE;
          else if (axi_rlast_i) state_q <= IDLE;
          if (!beat_is_good) failed_o <= 1'b1;
        end
      end
      WRITE: begin
        write_o <= entry_is_good;
        if (entry_is_good) begin
          state_q <= ANSWER;
        end else begin
          failed_o <= 1'b1;
          state_q  <= last_q ? IDLE : BEAT;
        end
      end
      default: begin  // ANSWER
        if (write_ack_i) begin
          beat_q  <= beat_q >> 64;
          lanes_q <= lanes_q - 4'd1;
          if (write_error_i) begin
            failed_o <= 1'b1;
            state_q  <= last_q ? IDLE : BEAT;
          end else begin
            if (lanes_q != 4'd1) begin
              state_q <= WRITE;
            end else if (!last_q) begin
              state_q <= BEAT;
            end else begin
              state_q <= full_beats_q == '0 && tail_q == '0 ? IDLE : PLAN;
              addr_q[31:10] <= addr_q[31:10] + 22'd1;
            end
          end
        end
      end
    endcase
    if (rst_i) begin
      state_q <= IDLE;
      write_o <= 1'b0;
      failed_o <= 1'b0;
    end
  end

  logic clear_done_q, made_q;

  always_ff @(posedge clk_i) begin
    clear_done_q <= rst_i || (state_q == IDLE && start_i);
    made_q <= state_q == ANSWER && write_ack_i && !write_error_i;
  end

  up_counter #(
      .PARTS(2),
      .PART_BITS(COUNT_BITS / 2)
  ) u_done (
      .clk_i,
      .rst_i(clear_done_q),
      .step_i(made_q),
      .count_o(done_o)
  );

`ifndef SYNTHESIS
  logic [4:0] beats_q;  // of the burst still to come

  always_ff @(posedge clk_i) begin
    if (axi_arvalid_o && axi_arready_i) beats_q <= axi_arlen_o[4:0] + 5'd1;
    else if (axi_rvalid_i && axi_rready_o) beats_q <= beats_q - 5'd1;
  end
  memory_ends_a_burst_where_it_was_asked :
  assert property (@(posedge clk_i) disable iff (rst_i) axi_rvalid_i && axi_rready_o |->
      axi_rlast_i == (beats_q == 5'd1))
  else $error("a burst has another length than was asked for");
  request_is_stable :
  assert property (@(posedge clk_i) disable iff (rst_i) axi_arvalid_o && !axi_arready_i |=>
      axi_arvalid_o && $stable(axi_araddr_o) && $stable(axi_arlen_o))
  else $error("a read request changed before it was taken");
`endif
endmodule
