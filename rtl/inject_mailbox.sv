// Frames from the host: written word by word through the inject window, sent as a stream.
//
// The window is the next free slot; with none, writes to it and send_i are not accepted. send_i
// queues what the window holds; a bad length or port is accepted, counted (bad_o) and dropped. The
// stream keeps valid_o high from a frame's first beat to its last. Frames are padded to
// MIN_FRAME_BYTES; bytes behind a frame's end are zero.
module inject_mailbox #(
    localparam int unsigned SLOTS = sluice_layout_pkg::INJECT_SLOTS,
    localparam int unsigned SLOT_BITS = $clog2(SLOTS),
    localparam int unsigned BEAT_BITS = 5  // beats of a slot: 2 KiB
) (
    input logic clk_i,
    input logic rst_i,

    input  logic        write_i,
    input  logic [ 8:0] write_offset_i,  // in words
    input  logic [31:0] write_data_i,
    output logic        write_ack_o,
    output logic        write_error_o,

    input  logic        send_i,
    input  logic [17:0] send_what_i,   // port in 17:16, bytes in 15:0
    output logic        accept_o,
    output logic        injected_o,    // a send was accepted, good or bad
    output sluice_pkg::port_t injected_port_o,  // port 0 if there is no such port
    output logic        bad_o,

    output logic [SLOT_BITS:0] free_o,
    output logic [SLOT_BITS:0] used_o,  // frames not wholly sent yet

    output logic                     valid_o,
    input  logic                     ready_i,
    output sluice_pkg::inject_beat_t beat_o
);
  localparam int unsigned MIN_BYTES = 14;  // an Ethernet header

  typedef struct packed {
    logic [sluice_pkg::PORT_BITS-1:0] port;
    logic [10:0] frame_bytes;
  } descriptor_t;

  // The host's side
  logic [SLOT_BITS-1:0] write_slot_q;
  logic send, send_bad, send_good, sent;
  logic [8:0] word;

  assign word = write_offset_i - 9'd1;
  assign accept_o = free_o != '0;
  assign send = send_i && accept_o;
  assign send_bad = send_what_i[15:0] < 16'(MIN_BYTES) ||
      send_what_i[15:0] > 16'(sluice_layout_pkg::MAILBOX_FRAME_BYTES) ||
      send_what_i[17:16] >= 2'(sluice_pkg::PORTS);
  assign send_good = send && !send_bad;

  always_ff @(posedge clk_i) begin
    write_ack_o <= write_i && !rst_i;
    write_error_o <= write_i && !accept_o;
    injected_o <= send && !rst_i;
    injected_port_o <= send_what_i[17:16] < 2'(sluice_pkg::PORTS) ? send_what_i[16] : 1'b0;
    bad_o <= send && send_bad && !rst_i;
    if (rst_i) begin
      write_slot_q <= '0;
      free_o <= (SLOT_BITS + 1)'(SLOTS);
      used_o <= '0;
    end else begin
      if (send_good) write_slot_q <= write_slot_q + 1'b1;
      free_o <= free_o - (SLOT_BITS + 1)'(send_good) + (SLOT_BITS + 1)'(sent);
      used_o <= used_o + (SLOT_BITS + 1)'(send_good) - (SLOT_BITS + 1)'(sent);
    end
  end

  // The oldest frame that is not being read yet
  descriptor_t descriptors[0:SLOTS-1];
  descriptor_t head_q, next;
  logic [SLOT_BITS-1:0] next_slot_q, head_slot_q;
  logic [SLOT_BITS:0] waiting_q;
  logic head_valid_q, load, step;
  logic [BEAT_BITS-1:0] head_beat_q, head_last_beat_q;
  logic head_is_last;

  always_ff @(posedge clk_i) begin
    if (send_good) descriptors[write_slot_q] <= {send_what_i[16], send_what_i[10:0]};
  end

  assign next = descriptors[next_slot_q];
  assign load = !head_valid_q && waiting_q != '0;
  assign head_is_last = head_beat_q == head_last_beat_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      head_valid_q <= 1'b0;
      next_slot_q  <= '0;
      waiting_q <= '0;
    end else begin
      waiting_q <= waiting_q + (SLOT_BITS + 1)'(send_good) - (SLOT_BITS + 1)'(load);
      if (load) begin
        head_valid_q <= 1'b1;
        next_slot_q  <= next_slot_q + 1'b1;
      end else if (step && head_is_last) begin
        head_valid_q <= 1'b0;
      end
    end
    if (load) begin
      head_q <= next;
      head_slot_q <= next_slot_q;
      head_beat_q <= '0;
      head_last_beat_q <= BEAT_BITS'((next.frame_bytes - 11'd1) >> 6);
    end else if (step) begin
      head_beat_q <= head_beat_q + 1'b1;
    end
  end

  // Reading moves as one: address, memory, memory, beat. Nothing moves while the beat waits.
  logic move;
  logic [2:1] valid_q, last_q;
  descriptor_t descriptor1_q, descriptor2_q;
  logic [511:0] data;

  assign move = !valid_o || ready_i;
  assign step = head_valid_q && move;
  assign sent = valid_o && ready_i && beat_o.last;

  frame_ram #(
      .BEATS(SLOTS << BEAT_BITS)
  ) u_ram (
      .clk_i,
      .write_i((write_i && accept_o && write_offset_i != 9'd0) ? 16'd1 << word[3:0] : 16'd0),
      .write_addr_i({write_slot_q, word[8:4]}),
      .write_data_i({16{write_data_i}}),
      .read_i(move && (head_valid_q || valid_q != 2'd0)),
      .read_addr_i({head_slot_q, head_beat_q}),
      .read_data_o(data)
  );

  logic [5:0] tail;  // valid bytes of the last beat; 0: all

  assign tail = descriptor2_q.frame_bytes[5:0];

  always_ff @(posedge clk_i) begin
    if (move) begin
      valid_q <= {valid_q[1], head_valid_q};
      last_q <= {last_q[1], head_is_last};
      descriptor1_q <= head_q;
      descriptor2_q <= descriptor1_q;
      valid_o <= valid_q[2];
      if (valid_q[2]) begin
        beat_o.last <= last_q[2];
        beat_o.port <= descriptor2_q.port;
        beat_o.frame_bytes <=
            descriptor2_q.frame_bytes < 11'(sluice_layout_pkg::MIN_FRAME_BYTES)
                ? 16'(sluice_layout_pkg::MIN_FRAME_BYTES)
                : {5'd0, descriptor2_q.frame_bytes};
        for (int unsigned i = 0; i < 64; i++) begin
          beat_o.data[i*8+:8] <=
              (!last_q[2] || tail == 6'd0 || 6'(i) < tail) ? data[i*8+:8] : 8'd0;
        end
      end
    end
    if (rst_i) begin
      valid_q <= 2'd0;
      valid_o <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  logic inside_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) inside_q <= 1'b0;
    else if (valid_o && ready_i) inside_q <= !beat_o.last;
  end
  no_gap :
  assert property (@(posedge clk_i) disable iff (rst_i) inside_q |-> valid_o)
  else $error("a gap inside an injected frame");
  beat_is_stable :
  assert property (@(posedge clk_i) disable iff (rst_i) valid_o && !ready_i |=>
      valid_o && $stable(beat_o))
  else $error("an injected beat changed before it was taken");
  slots_are_conserved :
  assert property (@(posedge clk_i) disable iff (rst_i)
      free_o + used_o == (SLOT_BITS + 1)'(SLOTS))
  else $error("a slot was lost");
`endif
endmodule
