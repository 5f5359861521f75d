// The stash: 32 entries in registers, compared in full, for what finds no place in the table.
//
// Traffic: compare in SC, answer in SP; reserve in X; write in V, or with live_i low remove. Room
// is sought in one half in even cycles and in the other in odd ones, so that the search sees what
// the commit before the last one took.
// Background: one entry that may be picked shows, except in the cycle after a hold of another one.
// What hold_i picks keeps its place until done_i; clear_i and swap_i, only with done_i, remove it
// or put another one there.
module conn_stash #(
    parameter int unsigned KEY_BITS = 60,
    localparam int unsigned STASH = sluice_layout_pkg::CONNECTION_STASH,
    localparam int unsigned HALF = STASH / 2,
    localparam int unsigned BODY = conn_pkg::BODY_BITS
) (
    input logic clk_i,
    input logic rst_i,

    input  logic                valid_i,
    input  logic [KEY_BITS-1:0] key_i,
    output logic                found_o,
    output logic [         4:0] index_o,
    output logic [    BODY-1:0] body_o,

    output logic       room_o,
    output logic [4:0] room_index_o,
    input  logic       take_i,

    input logic                write_i,
    input logic                live_i,
    input logic [         4:0] write_index_i,
    input logic [KEY_BITS-1:0] write_key_i,
    input logic [    BODY-1:0] write_body_i,

    output logic                pickable_o,
    output logic [         4:0] pick_index_o,
    input  logic                hold_i,
    input  logic [         4:0] hold_index_i,
    output logic                held_o,         // entry hold_index_i is already
    input  logic [         4:0] fetch_index_i,  // answers a cycle later
    output logic [KEY_BITS-1:0] fetch_key_o,
    input  logic [         4:0] read_index_i,   // answers a cycle later
    output logic                read_live_o,
    output logic [    BODY-1:0] read_body_o,
    input  logic                done_i,
    input  logic [         4:0] done_index_i,
    input  logic                clear_i,
    input  logic                swap_i,
    input  logic [KEY_BITS-1:0] swap_key_i,
    input  logic [    BODY-1:0] swap_body_i,

    output logic [5:0] used_o
);
  logic [STASH-1:0] live_q, taking_q, taken_q, pending_q, hit_q;
  logic [STASH*KEY_BITS-1:0] key_q;
  logic [STASH*BODY-1:0] body_q;

  // Compare.
  always_ff @(posedge clk_i) if (valid_i) begin
    for (int unsigned e = 0; e < STASH; e++) begin
      hit_q[e] <= live_q[e] && key_q[e*KEY_BITS+:KEY_BITS] == key_i;
    end
  end

  always_comb begin
    found_o = hit_q != '0;
    index_o = '0;
    body_o  = '0;
    for (int unsigned e = 0; e < STASH; e++) begin
      if (hit_q[e]) begin
        index_o |= 5'(e);
        body_o |= body_q[e*BODY+:BODY];
      end
    end
  end

  // Room.
  logic odd_q;
  logic [STASH-1:0] free;
  logic [1:0] room_q;
  logic [7:0] room_index_q;
  logic [7:0] first;

  assign free = ~(taken_q | taking_q | pending_q);
  assign room_o = room_q[odd_q];
  assign room_index_o = {odd_q, room_index_q[4*odd_q+:4]};

  // By groups of four, so that the search is shallow.
  function automatic logic [1:0] first_of(input logic [3:0] bits);
    first_of = bits[0] ? 2'd0 : bits[1] ? 2'd1 : bits[2] || !bits[3] ? 2'd2 : 2'd3;
  endfunction
  for (genvar h = 0; h < 2; h++) begin : g_half
    logic [3:0] groups;
    logic [7:0] in_group;
    logic [1:0] group;
    for (genvar g = 0; g < 4; g++) begin : g_group
      assign groups[g] = free[h*HALF+4*g+:4] != '0;
      assign in_group[2*g+:2] = first_of(free[h*HALF+4*g+:4]);
    end
    assign group = first_of(groups);
    assign first[4*h+:4] = {group, in_group[2*group+:2]};
  end

  always_ff @(posedge clk_i) begin
    odd_q <= !odd_q && !rst_i;
    // The half that is not shown now shows next.
    for (int unsigned h = 0; h < 2; h++) begin
      if (odd_q != h[0]) begin
        room_q[h] <= free[h*HALF+:HALF] != '0;
        room_index_q[4*h+:4] <= first[4*h+:4];
      end
    end
    if (rst_i) room_q <= '0;
  end

  // Pick: four entries at a time, of the groups that have one in turn; even groups and odd ones
  // alternate, so that what was held in the last cycle is not offered.
  logic [2:0] window_q, window;
  logic [3:0] offered;
  logic [7:0] groups_q, others, later;

  assign others = groups_q & (window_q[0] ? 8'h55 : 8'haa);
  assign later = others & ~((8'd2 << window_q) - 8'd1);

  always_comb begin
    offered = '0;
    for (int unsigned w = 0; w < STASH / 4; w++) begin
      if (window_q == 3'(w)) offered |= live_q[4*w+:4] & ~pending_q[4*w+:4];
    end
    window = {window_q[2:1], !window_q[0]};
    for (int unsigned w = STASH / 4; w > 0; w--) if (others[w-1]) window = 3'(w - 1);
    if (later != '0) begin
      for (int unsigned w = STASH / 4; w > 0; w--) if (later[w-1]) window = 3'(w - 1);
    end
  end

  assign held_o = pending_q[hold_index_i];

  always_ff @(posedge clk_i) begin
    window_q <= rst_i ? '0 : window;
    pickable_o <= offered != '0;
    pick_index_o <= {window_q, first_of(offered)};
    for (int unsigned w = 0; w < STASH / 4; w++) begin
      groups_q[w] <= (live_q[4*w+:4] & ~pending_q[4*w+:4]) != '0;
    end
    read_live_o <= live_q[read_index_i];
    fetch_key_o <= '0;
    read_body_o <= '0;
    for (int unsigned e = 0; e < STASH; e++) begin
      if (fetch_index_i == 5'(e)) fetch_key_o <= key_q[e*KEY_BITS+:KEY_BITS];
      if (read_index_i == 5'(e)) read_body_o <= body_q[e*BODY+:BODY];
    end
  end

  // Contents. Traffic and background never have the same entry: they would have met in a bucket.
  always_ff @(posedge clk_i) begin
    taking_q <= '0;
    if (take_i) begin
      for (int unsigned e = 0; e < STASH; e++) taking_q[e] <= room_index_o == 5'(e);
    end
    taken_q <= taken_q | taking_q;
    if (write_i || swap_i || clear_i) begin
      for (int unsigned e = 0; e < STASH; e++) begin
        if (write_i && write_index_i == 5'(e)) begin
          live_q[e] <= live_i;
          taken_q[e] <= live_i;
          key_q[e*KEY_BITS+:KEY_BITS] <= write_key_i;
          body_q[e*BODY+:BODY] <= write_body_i;
        end else if (swap_i && done_index_i == 5'(e)) begin
          key_q[e*KEY_BITS+:KEY_BITS] <= swap_key_i;
          body_q[e*BODY+:BODY] <= swap_body_i;
        end else if (clear_i && done_index_i == 5'(e)) begin
          live_q[e]  <= 1'b0;
          taken_q[e] <= 1'b0;
        end
      end
    end
    if (hold_i || done_i) begin
      for (int unsigned e = 0; e < STASH; e++) begin
        if (hold_i && hold_index_i == 5'(e)) pending_q[e] <= 1'b1;
        else if (done_i && done_index_i == 5'(e)) pending_q[e] <= 1'b0;
      end
    end
    if (rst_i) {live_q, taking_q, taken_q, pending_q} <= '0;
  end

  // How many are used, in two steps.
  logic [3*STASH/4-1:0] quarters_q;
  logic [5:0] used;
  always_comb begin
    used = '0;
    for (int unsigned i = 0; i < STASH / 4; i++) used += 6'(quarters_q[3*i+:3]);
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < STASH / 4; i++) begin
      quarters_q[3*i+:3] <= 3'(taken_q[4*i]) + 3'(taken_q[4*i+1]) + 3'(taken_q[4*i+2]) +
          3'(taken_q[4*i+3]);
    end
    used_o <= used;
    if (rst_i) {quarters_q, used_o} <= '0;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      one_hit : assert ((hit_q & (hit_q - 1'b1)) == '0)
      else $error("a key is twice in the stash");
      one_writer : assert (!write_i || !(swap_i || clear_i) || write_index_i != done_index_i)
      else $error("traffic and background write one stash entry");
    end
  end
`endif
endmodule
