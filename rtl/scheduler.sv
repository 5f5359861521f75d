// The schedulers (docs/schedulers.md): which backend a new connection gets, beside conn_table.
//
// Cycles are those of the table's request, with READ_CYCLES = 4 there:
//
//   0   req_*: the service, how it chooses, its turns; req_begins_i: a SYN or a client's UDP. Of
//       other packets, and of kinds ring and random, the proposal is the ring's.
//   11  ring_backend_i: the ring's slot; pair_backend_i: the other one of the pair
//   15  ask_*: only now a turn is taken. What is not stored gets the ring's slot, and takes none.
//   17  pick_o
//   18  change_*; 22 removed_*; swept_* at any time. A service is below 1,024.
//
// While sweep_stall_o is high the table must begin no sweep; 40 may still arrive. Counts are exact
// as soon as their events have come; with those of this request, loads are written in cycle 27, so a
// request sees them that comes 22 cycles later (kind least; kind pair: 14).
//
// clear_i zeroes all counts (4,096 cycles) and ignores events while it is high: from a reset until
// the table has been flushed and clear_done_o is high.
//
// Host: tables turns, shares, response_times, service_connections, backend_connections, in this
// order in select_i (one-hot) and words_o. A record is written in the cycle after write_i, select and
// entry stay until then; words_o is there four cycles after read_i, and stays. turns: an even turn
// and the next one. Between two shares lie 20 cycles or more.
module scheduler (
    input logic clk_i,
    input logic rst_i,

    input  logic clear_i,
    output logic clear_done_o,

    input logic        req_valid_i,
    input logic [ 9:0] req_service_i,
    input logic [ 2:0] req_kind_i,        // layout::SchedulerKind
    input logic [15:0] req_turns_base_i,
    input logic [11:0] req_turns_last_i,
    input logic        req_begins_i,

    input logic [11:0] ring_backend_i,
    input logic [11:0] pair_backend_i,

    input  logic        ask_valid_i,
    input  logic        ask_stored_i,
    output logic [11:0] pick_o,

    input logic        change_valid_i,
    input logic        change_up_i,
    input logic [11:0] change_backend_i,
    input logic [11:0] change_service_i,
    input logic        removed_valid_i,
    input logic        removed_active_i,
    input logic [11:0] removed_backend_i,
    input logic [11:0] removed_service_i,
    input logic        swept_valid_i,
    input logic        swept_active_i,
    input logic [11:0] swept_backend_i,
    input logic [11:0] swept_service_i,
    output logic       sweep_stall_o,

    input logic        sample_valid_i,
    input logic [11:0] sample_backend_i,
    input logic [15:0] sample_ticks_i,

    input  logic [     4:0] select_i,
    input  logic [    15:0] entry_i,
    input  logic            word_i,    // of a share
    input  logic [    63:0] record_i,
    input  logic            write_i,
    input  logic            read_i,
    output logic [5*32-1:0] words_o
);
  localparam logic [2:0] PAIR = 3'd2;
  localparam logic [2:0] TURNS = 3'd3;
  localparam logic [2:0] LEAST = 3'd4;

  // The request on its way
  logic [9:0] service5, service11;
  logic [15:0] base11;
  logic [11:0] last11;
  logic pair0, turns0, least0, least5, turns11, pair16, least16, turns15;
  assign pair0 = req_valid_i && req_begins_i && req_kind_i == PAIR;
  assign turns0 = req_valid_i && req_begins_i && req_kind_i == TURNS;
  assign least0 = req_valid_i && req_begins_i && req_kind_i == LEAST;

  conn_delay #(
      .BITS  (11),
      .CYCLES(5)
  ) u_row (
      .clk_i,
      .data_i({least0, req_service_i}),
      .data_o({least5, service5})
  );
  conn_delay #(
      .BITS  (10),
      .CYCLES(6)
  ) u_service (
      .clk_i,
      .data_i(service5),
      .data_o(service11)
  );
  conn_delay #(
      .BITS  (29),
      .CYCLES(11)
  ) u_turns_list (
      .clk_i,
      .data_i({turns0, req_turns_base_i, req_turns_last_i}),
      .data_o({turns11, base11, last11})
  );
  conn_delay #(
      .BITS  (1),
      .CYCLES(4)
  ) u_kind15 (
      .clk_i,
      .data_i(turns11),
      .data_o(turns15)
  );
  conn_delay #(
      .BITS  (2),
      .CYCLES(16)
  ) u_kind16 (
      .clk_i,
      .data_i({pair0, least0}),
      .data_o({pair16, least16})
  );

  logic [11:0] first13, second13, ring16;
  conn_delay #(
      .BITS  (24),
      .CYCLES(2)
  ) u_pair_backends (
      .clk_i,
      .data_i({ring_backend_i, pair_backend_i}),
      .data_o({first13, second13})
  );
  conn_delay #(
      .BITS  (12),
      .CYCLES(3)
  ) u_ring (
      .clk_i,
      .data_i(first13),
      .data_o(ring16)
  );

  // The host
  logic write_q;
  logic [63:0] record_q;
  logic reads_words1_q, reads_words2_q;
  logic [4:0] read;
  assign read = read_i ? select_i : '0;
  always_ff @(posedge clk_i) begin
    write_q <= write_i && !rst_i;
    if (write_i) record_q <= record_i;
    reads_words1_q <= read_i;
    reads_words2_q <= reads_words1_q;
  end

  // Turns
  logic stored15;
  logic [11:0] turn17;
  logic [31:0] turn_word;
  assign stored15 = ask_valid_i && ask_stored_i;

  sched_turns u_turns (
      .clk_i,
      .rst_i,
      .takes_i(turns11),
      .service_i(service11),
      .turns_base_i(base11),
      .turns_last_i(last11),
      .ask_i(stored15),
      .turn_o(turn17),
      .host_write_i(write_q && select_i[0]),
      .host_read_i(read[0]),
      .host_addr_i(entry_i[15:1]),
      .host_data_i(record_q[31:0]),
      .host_word_o(turn_word)
  );

  // Counts and loads
  logic removal, renewed;
  logic [11:0] removal_backend, renewed_backend, view_backend;
  logic [20:0] near;
  logic [19:0] mean, host_mean;
  logic load_valid, load_least;
  logic [11:0] load_backend;
  logic [9:0] load_row;
  logic [5:0] load_column;
  logic [35:0] load;
  logic [63:0] share, counts;

  sched_counts u_counts (
      .clk_i,
      .rst_i,
      .clear_i,
      .clear_done_o,
      .change_valid_i,
      .change_up_i,
      .change_backend_i,
      .change_service_i(change_service_i[9:0]),
      .removed_i(removed_valid_i && removed_active_i),
      .removed_backend_i,
      .removed_service_i(removed_service_i[9:0]),
      .swept_i(swept_valid_i && swept_active_i),
      .swept_backend_i,
      .swept_service_i(swept_service_i[9:0]),
      .sweep_stall_o,
      .removal_o(removal),
      .removal_backend_o(removal_backend),
      .view_backend_i(view_backend),
      .near_o(near),
      .read_i(read[3] || read[4]),
      .host_entry_i(entry_i[9:0]),
      .words_o(counts)
  );

  sched_times u_times (
      .clk_i,
      .rst_i,
      .sample_valid_i,
      .sample_backend_i,
      .sample_ticks_i,
      .view_backend_i(view_backend),
      .mean_o(mean),
      .renewed_o(renewed),
      .renewed_backend_o(renewed_backend),
      .write_i(write_q && select_i[2]),
      .read_i(read[2]),
      .host_entry_i(entry_i[11:0]),
      .host_mean_i(sluice_layout_pkg::response_time_compress(record_q[31:0])),
      .host_mean_o(host_mean)
  );

  sched_loads u_loads (
      .clk_i,
      .rst_i,
      .change_i(change_valid_i),
      .change_backend_i,
      .removal_i(removal),
      .removal_backend_i(removal_backend),
      .renewed_i(renewed),
      .renewed_backend_i(renewed_backend),
      .view_backend_o(view_backend),
      .mean_i(mean),
      .near_i(near),
      .load_valid_o(load_valid),
      .load_least_o(load_least),
      .load_backend_o(load_backend),
      .load_row_o(load_row),
      .load_column_o(load_column),
      .load_o(load),
      .count_read_i(read[4]),
      .share_write_i(write_q && select_i[1]),
      .share_read_i(read[1]),
      .host_entry_i(entry_i[11:0]),
      .host_record_i(record_q),
      .host_share_o(share)
  );

  // Choices
  logic least_valid;
  logic [11:0] pair16_backend, least16_backend;

  sched_pair u_pair (
      .clk_i,
      .load_valid_i(load_valid),
      .load_backend_i(load_backend),
      .load_i(load),
      .first_i(first13),
      .second_i(second13),
      .pair_o(pair16_backend)
  );

  sched_least u_least (
      .clk_i,
      .rst_i,
      .load_valid_i(load_least),
      .load_backend_i(load_backend),
      .load_row_i(load_row),
      .load_column_i(load_column),
      .load_i(load),
      .read_i(least5),
      .row_i(service5),
      .valid_o(least_valid),
      .backend_o(least16_backend)
  );

  logic stored16_q, turns16_q, turns17_q;
  logic [11:0] other17_q;
  always_ff @(posedge clk_i) begin
    stored16_q <= stored15;
    turns16_q <= turns15 && stored15;
    turns17_q <= turns16_q;
    other17_q <= stored16_q && pair16 ? pair16_backend :
        stored16_q && least16 && least_valid ? least16_backend : ring16;
  end
  assign pick_o = turns17_q ? turn17 : other17_q;

  // Words
  logic [95:0] words_q;
  always_ff @(posedge clk_i) begin
    if (reads_words2_q) begin
      words_q <= {
        sluice_layout_pkg::response_time_expand(host_mean), word_i ? share[63:32] : share[31:0],
        turn_word
      };
    end
  end
  assign words_o = {counts, words_q};

  logic unused;
  assign unused = ^{change_service_i, removed_service_i, swept_service_i};
endmodule
