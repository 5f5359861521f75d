// Frames for the host: written as a stream, read word by word through the punt window.
//
// Two FIFOs in one memory, half of the slots each: class 1 what the host asked for
// (sluice_layout_pkg::reason_asked), class 0 all other. ready_o of a class is high whenever a frame of
// it may start or is under way, so a frame is never cut. A frame is at most MAILBOX_FRAME_BYTES long.
// The window shows a whole frame until pop_i drops it: the oldest of class 1, but of class 0 after
// MOST_ASKED of class 1 while one of class 0 waits. Word 0 is the descriptor (0: no frame), frame
// words from word 1 on, zeros behind the end. Without a frame pop_i does nothing.
// Latency: two cycles from a pop to the next frame.
module punt_mailbox #(
    localparam int unsigned SLOTS = sluice_layout_pkg::PUNT_SLOTS,
    localparam int unsigned CLASS_SLOTS = SLOTS / 2,
    localparam int unsigned SLOT_BITS = $clog2(CLASS_SLOTS),
    localparam int unsigned MOST_ASKED = 3,
    localparam int unsigned BEAT_BITS = 5  // beats of a slot: 2 KiB
) (
    input logic clk_i,
    input logic rst_i,

    input  logic                   valid_i,
    output logic [            1:0] ready_o,
    input  sluice_pkg::punt_beat_t beat_i,

    output logic              punted_o,       // a frame is in the mailbox now
    output sluice_pkg::port_t punted_port_o,
    output logic              filling_o,      // part of a frame is

    input  logic                 pop_i,
    output logic [SLOT_BITS+1:0] frames_o,

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
  logic asked, take, take_last;
  logic [BEAT_BITS-1:0] write_beat_q;
  logic [SLOT_BITS:0] write_slot, read_slot;  // the class in the top bit
  logic shown_q, shown_asked_q, pop;          // what the window shows

  assign asked = sluice_layout_pkg::reason_asked(beat_i.reason);
  assign take = valid_i && (asked ? ready_o[1] : ready_o[0]);
  assign take_last = take && beat_i.last;
  assign pop = pop_i && shown_q;

  logic [1:0] waits;
  logic [2*SLOT_BITS-1:0] write_slots_q, read_slots_q;
  logic [2*(SLOT_BITS+1)-1:0] counts_q;

  for (genvar c = 0; c < 2; c++) begin : gen_class
    logic mine, take_mine, put, drop;
    logic [SLOT_BITS:0] count_d;

    assign mine = asked == 1'(c);
    assign take_mine = take && mine;
    assign put = take_last && mine;
    assign drop = pop && shown_asked_q == 1'(c);
    assign waits[c] = counts_q[c*(SLOT_BITS+1)+:SLOT_BITS+1] != '0;
    assign count_d = counts_q[c*(SLOT_BITS+1)+:SLOT_BITS+1] + (SLOT_BITS + 1)'(put) -
        (SLOT_BITS + 1)'(drop);

    logic filling_q;  // a frame of this class is under way
    always_ff @(posedge clk_i) begin
      if (rst_i) begin
        write_slots_q[c*SLOT_BITS+:SLOT_BITS] <= '0;
        read_slots_q[c*SLOT_BITS+:SLOT_BITS] <= '0;
        counts_q[c*(SLOT_BITS+1)+:SLOT_BITS+1] <= '0;
        filling_q <= 1'b0;
        ready_o[c] <= 1'b0;
      end else begin
        counts_q[c*(SLOT_BITS+1)+:SLOT_BITS+1] <= count_d;
        if (take_mine) filling_q <= !beat_i.last;
        // A frame that has begun owns its slot; the next one needs a free one.
        ready_o[c] <= (take_mine ? !beat_i.last : filling_q) || !count_d[SLOT_BITS];
        if (put) begin
          write_slots_q[c*SLOT_BITS+:SLOT_BITS] <=
              write_slots_q[c*SLOT_BITS+:SLOT_BITS] + SLOT_BITS'(1);
        end
        if (drop) begin
          read_slots_q[c*SLOT_BITS+:SLOT_BITS] <=
              read_slots_q[c*SLOT_BITS+:SLOT_BITS] + SLOT_BITS'(1);
        end
      end
    end
  end
  assign write_slot = {asked, asked ? write_slots_q[SLOT_BITS+:SLOT_BITS]
                                    : write_slots_q[0+:SLOT_BITS]};
  assign read_slot = {shown_asked_q, shown_asked_q ? read_slots_q[SLOT_BITS+:SLOT_BITS]
                                                   : read_slots_q[0+:SLOT_BITS]};

  always_ff @(posedge clk_i) begin
    punted_o <= take_last && !rst_i;
    punted_port_o <= beat_i.port;
    frames_o <= rst_i ? '0 : {1'b0, counts_q[SLOT_BITS+1+:SLOT_BITS+1]} +
                             {1'b0, counts_q[0+:SLOT_BITS+1]};
    if (rst_i) begin
      write_beat_q <= '0;
      filling_o <= 1'b0;
    end else if (take) begin
      filling_o <= !beat_i.last;
      write_beat_q <= beat_i.last ? '0 : write_beat_q + 1'b1;
    end
  end

  // What the window shows, until it is popped
  localparam int unsigned RUN_BITS = $clog2(MOST_ASKED + 1);
  logic [RUN_BITS-1:0] run_q;  // frames of class 1 shown since the last of class 0
  logic show_asked;

  assign show_asked = waits[1] && !(waits[0] && run_q == RUN_BITS'(MOST_ASKED));
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      shown_q <= 1'b0;
      run_q   <= '0;
    end else if (pop) begin
      shown_q <= 1'b0;
    end else if (!shown_q && |waits) begin
      shown_q <= 1'b1;
      shown_asked_q <= show_asked;
      if (!show_asked || !waits[0]) run_q <= '0;
      else run_q <= run_q + 1'b1;
    end
  end

  // Its descriptor
  descriptor_t descriptors[0:SLOTS-1];
  descriptor_t head_q;
  logic head_valid_q;

  always_ff @(posedge clk_i) begin
    if (take_last) descriptors[write_slot] <= {beat_i.reason, beat_i.port, beat_i.frame_bytes};
  end
  always_ff @(posedge clk_i) begin
    head_valid_q <= shown_q;
    head_q <= descriptors[read_slot];
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
      .write_addr_i({write_slot, write_beat_q}),
      .write_data_i(beat_i.data),
      .read_i(step_q[1] || step_q[2]),
      .read_addr_i({read_slot, word_q[8:4]}),
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
  assert property (@(posedge clk_i) disable iff (rst_i) valid_i && !take |=>
      valid_i && $stable(beat_i))
  else $error("a punted beat changed before it was taken");
  no_overflow :
  assert property (@(posedge clk_i) disable iff (rst_i)
      counts_q[0+:SLOT_BITS+1] <= (SLOT_BITS + 1)'(CLASS_SLOTS) &&
      counts_q[SLOT_BITS+1+:SLOT_BITS+1] <= (SLOT_BITS + 1)'(CLASS_SLOTS))
  else $error("more frames than slots");
`endif
endmodule
