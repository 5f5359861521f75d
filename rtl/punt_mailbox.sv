// Frames for the host: written as a stream, read word by word through the punt window.
//
// ready_o is high whenever a frame may start or is under way, so a frame is never cut. A frame is
// at most MAILBOX_FRAME_BYTES long. The window shows the oldest whole frame: word 0 is its
// descriptor (0: no frame), frame words from word 1 on, zeros behind its end. pop_i drops it;
// without a frame it does nothing.
module punt_mailbox #(
    localparam int unsigned SLOTS = sluice_layout_pkg::PUNT_SLOTS,
    localparam int unsigned SLOT_BITS = $clog2(SLOTS),
    localparam int unsigned BEAT_BITS = 5  // beats of a slot: 2 KiB
) (
    input logic clk_i,
    input logic rst_i,

    input  logic                   valid_i,
    output logic                   ready_o,
    input  sluice_pkg::punt_beat_t beat_i,

    output logic              punted_o,       // a frame is in the mailbox now
    output sluice_pkg::port_t punted_port_o,
    output logic              filling_o,      // part of a frame is

    input  logic               pop_i,
    output logic [SLOT_BITS:0] frames_o,

    input  logic        read_i,
    input  logic [ 8:0] read_offset_i,  // in words
    output logic        read_ack_o,
    output logic [31:0] read_data_o
);
  typedef struct packed {
    logic [sluice_pkg::REASON_BITS-1:0] reason;
    logic [sluice_pkg::PORT_BITS-1:0] port;
    logic [15:0] frame_bytes;
  } descriptor_t;

  // Writing
  logic [SLOT_BITS-1:0] write_slot_q, read_slot_q;
  logic [BEAT_BITS-1:0] write_beat_q;
  logic take, take_last, pop;

  assign take = valid_i && ready_o;
  assign take_last = take && beat_i.last;
  assign pop = pop_i && frames_o != '0;

  logic [SLOT_BITS:0] frames_d;

  assign frames_d = frames_o + (SLOT_BITS + 1)'(take_last) - (SLOT_BITS + 1)'(pop);

  always_ff @(posedge clk_i) begin
    punted_o <= take_last && !rst_i;
    punted_port_o <= beat_i.port;
    if (rst_i) begin
      write_slot_q <= '0;
      write_beat_q <= '0;
      read_slot_q <= '0;
      frames_o <= '0;
      filling_o <= 1'b0;
      ready_o <= 1'b0;
    end else begin
      frames_o <= frames_d;
      // A frame that has begun owns its slot; the next one needs a free one.
      ready_o  <= (take ? !beat_i.last : filling_o) || !frames_d[SLOT_BITS];
      if (take) begin
        filling_o <= !beat_i.last;
        write_beat_q <= beat_i.last ? '0 : write_beat_q + 1'b1;
      end
      if (take_last) write_slot_q <= write_slot_q + 1'b1;
      if (pop) read_slot_q <= read_slot_q + 1'b1;
    end
  end

  // The oldest frame's descriptor
  descriptor_t descriptors[0:SLOTS-1];
  descriptor_t head_q;
  logic head_valid_q;

  always_ff @(posedge clk_i) begin
    if (take_last) descriptors[write_slot_q] <= {beat_i.reason, beat_i.port, beat_i.frame_bytes};
  end
  always_ff @(posedge clk_i) begin
    head_valid_q <= frames_o != '0;
    head_q <= descriptors[read_slot_q];
  end

  // Reading: 1 frame word, 2 and 3 memory, 4 word of the beat
  logic [3:1] step_q;
  logic [8:0] word_q;
  logic descriptor_q, inside_q;
  logic [511:0] beat;

  frame_ram #(
      .BEATS(SLOTS << BEAT_BITS)
  ) u_ram (
      .clk_i,
      .write_i({16{take}}),
      .write_addr_i({write_slot_q, write_beat_q}),
      .write_data_i(beat_i.data),
      .read_i(step_q[1] || step_q[2]),
      .read_addr_i({read_slot_q, word_q[8:4]}),
      .read_data_o(beat)
  );

  always_ff @(posedge clk_i) begin
    step_q <= rst_i ? 3'd0 : {step_q[2:1], read_i};
    if (read_i) begin
      descriptor_q <= read_offset_i == 9'd0;
      word_q <= read_offset_i - 9'd1;
    end
    inside_q <= head_valid_q && {5'd0, word_q, 2'd0} < head_q.frame_bytes;
    read_ack_o <= step_q[3] && !rst_i;
    read_data_o <= 32'd0;
    if (step_q[3] && !descriptor_q && inside_q) read_data_o <= beat[{word_q[3:0], 5'd0}+:32];
    if (step_q[3] && descriptor_q && head_valid_q) begin
      read_data_o <= {2'b10, head_q.reason, 7'd0, head_q.port, head_q.frame_bytes};
    end
  end

`ifndef SYNTHESIS
  beats_agree_with_length :
  assert property (@(posedge clk_i) disable iff (rst_i) take_last |->
      16'(write_beat_q) == (beat_i.frame_bytes - 16'd1) >> 6)
  else $error("a punted frame has not as many beats as its length says");
  frame_fits :
  assert property (@(posedge clk_i) disable iff (rst_i) take |->
      beat_i.frame_bytes != 0 &&
      beat_i.frame_bytes <= 16'(sluice_layout_pkg::MAILBOX_FRAME_BYTES))
  else $error("a punted frame does not fit a slot");
  beat_is_stable :
  assert property (@(posedge clk_i) disable iff (rst_i) valid_i && !ready_o |=>
      valid_i && $stable(beat_i))
  else $error("a punted beat changed before it was taken");
  no_overflow :
  assert property (@(posedge clk_i) disable iff (rst_i) frames_o <= (SLOT_BITS + 1)'(SLOTS))
  else $error("more frames than slots");
`endif
endmodule
