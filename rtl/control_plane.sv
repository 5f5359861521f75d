// The card's registers, tables, counters and mailboxes behind one AXI4-Lite port.
//
// - Table read ports take an address and give the whole record, as the host's struct, a set number
//   of cycles later: config 1, ring 3, the others 2 (HLSC_LATENCY in hls/path). The top address
//   bit of a banked table is the bank. Nothing the host does disturbs these reads.
// - epoch_o is the live bank. old_epoch_busy_i must be high no later than 4 cycles after a change
//   of epoch_o, as long as a packet that took the other bank is in the pipeline.
// - Events are pulses and never wait. A snapshot freezes every counter at one clock cycle.
// - Frames for the host: the mailbox lowers punt_ready_o of a class when it has no slot for a
//   further frame of it, only between two frames (sluice_pkg::punt_beat_t). Frames from the host:
//   see sluice_pkg::inject_beat_t.
// - in_flight_i and idle_i: packets inside the packet plane; the registers add the inject mailbox.
//
// Reset does not clear the tables nor the service and backend counters, nor does it change which
// bank is live.
module control_plane #(
    parameter logic [31:0] BUILD_ID = 32'd0,
    parameter logic [31:0] CLOCK_KHZ = sluice_layout_pkg::CLOCK_KHZ,
    parameter logic [31:0] LIST_WRITES = sluice_layout_pkg::LIST_WRITES,  // 0: no memory
    parameter int unsigned CONFIG_PORTS = 1
) (
    input logic clk_i,
    input logic rst_i,
    input logic tick_i,

    input  logic [15:0] axil_awaddr_i,
    input  logic        axil_awvalid_i,
    output logic        axil_awready_o,
    input  logic [31:0] axil_wdata_i,
    input  logic [ 3:0] axil_wstrb_i,
    input  logic        axil_wvalid_i,
    output logic        axil_wready_o,
    output logic [ 1:0] axil_bresp_o,
    output logic        axil_bvalid_o,
    input  logic        axil_bready_i,
    input  logic [15:0] axil_araddr_i,
    input  logic        axil_arvalid_i,
    output logic        axil_arready_o,
    output logic [31:0] axil_rdata_o,
    output logic [ 1:0] axil_rresp_o,
    output logic        axil_rvalid_o,
    input  logic        axil_rready_i,

    output logic         axi_arvalid_o,
    input  logic         axi_arready_i,
    output logic [ 63:0] axi_araddr_o,
    output logic [  7:0] axi_arlen_o,
    input  logic         axi_rvalid_i,
    output logic         axi_rready_o,
    input  logic [511:0] axi_rdata_i,
    input  logic [  1:0] axi_rresp_i,
    input  logic         axi_rlast_i,

    input  logic [CONFIG_PORTS-1:0]         config_addr_i,
    output logic [CONFIG_PORTS*1024-1:0] config_data_o,
    input  logic [             11:0]        service_keys0_addr_i,
    output logic [            127:0]        service_keys0_data_o,
    input  logic [             11:0]        service_keys1_addr_i,
    output logic [            127:0]        service_keys1_data_o,
    input  logic [             13:0]        return_keys0_addr_i,
    output logic [            127:0]        return_keys0_data_o,
    input  logic [             13:0]        return_keys1_addr_i,
    output logic [            127:0]        return_keys1_data_o,
    input  logic [             10:0]        services_addr_i,
    output logic [            511:0]        services_data_o,
    input  logic [             23:0]        vips0_addr_i,
    output logic [            127:0]        vips0_data_o,
    input  logic [             23:0]        vips1_addr_i,
    output logic [            127:0]        vips1_data_o,
    input  logic [             19:0]        ring_addr_i,
    output logic [             31:0]        ring_data_o,
    input  logic [             12:0]        backends_addr_i,
    output logic [            127:0]        backends_data_o,
    input  logic [             12:0]        serving_addr_i,
    output logic [              1:0]        serving_o,

    output logic epoch_o,
    input  logic old_epoch_busy_i,

    input sluice_pkg::flow_event_t                                    flow_event_i,
    // One reason_event_t a source, one port_event_t a port
    input logic [sluice_pkg::REASON_SOURCES*sluice_pkg::REASON_EVENT_BITS-1:0] reason_event_i,
    input logic [sluice_pkg::PORTS-1:0] asked_lost_i,  // a pulse for each punt_full_asked, by port
    input logic [sluice_pkg::PORTS*sluice_pkg::PORT_EVENT_BITS-1:0] port_event_i,

    input  logic                   punt_valid_i,
    output logic [            1:0] punt_ready_o,
    input  sluice_pkg::punt_beat_t punt_beat_i,

    output logic                     inject_valid_o,
    input  logic                     inject_ready_i,
    output sluice_pkg::inject_beat_t inject_beat_o,

    input sluice_pkg::packet_count_t in_flight_i,
    input logic                      idle_i,

    // The scheduler's tables: turns, shares, response_times, service_connections and
    // backend_connections, from bit or word 0 on
    output logic [  4:0] sched_select_o,
    output logic [ 15:0] sched_entry_o,
    output logic         sched_word_o,
    output logic [ 63:0] sched_record_o,
    output logic         sched_write_o,
    output logic         sched_read_o,
    input  logic [159:0] sched_words_i,

    // The connection table's registers and window, as conn_regs has them
    output logic        conn_write_o,
    output logic [ 5:0] conn_write_offset_o,
    output logic [31:0] conn_write_data_o,
    input  logic        conn_write_ack_i,
    input  logic        conn_write_error_i,
    output logic        conn_read_o,
    output logic [ 5:0] conn_read_offset_o,
    output logic        conn_read_window_o,
    input  logic        conn_read_ack_i,
    input  logic        conn_read_error_i,
    input  logic [31:0] conn_read_data_i
);
  // The host's accesses, by address
  logic write, write_ack, write_error, read, read_ack, read_error;
  logic [15:2] write_addr, read_addr;
  logic [31:0] write_data, read_data;
  logic host_write, host_write_ack, host_refused, list_write, list_write_ack;
  logic [15:2] host_write_addr, list_write_addr;
  logic [31:0] host_write_data, list_write_data;

  axil_slave u_axil (
      .clk_i, .rst_i,
      .axil_awaddr_i, .axil_awvalid_i, .axil_awready_o,
      .axil_wdata_i, .axil_wstrb_i, .axil_wvalid_i, .axil_wready_o,
      .axil_bresp_o, .axil_bvalid_o, .axil_bready_i,
      .axil_araddr_i, .axil_arvalid_i, .axil_arready_o,
      .axil_rdata_o, .axil_rresp_o, .axil_rvalid_o, .axil_rready_i,
      .write_o(host_write), .write_addr_o(host_write_addr), .write_data_o(host_write_data),
      .write_ack_i(host_write_ack), .write_error_i(write_error),
      .read_o(read), .read_addr_o(read_addr), .read_ack_i(read_ack),
      .read_error_i(read_error), .read_data_i(read_data)
  );

  assign host_refused = axil_bvalid_o && axil_bready_i && axil_bresp_o != 2'b00;

  // Writes come from the host and from its list in the board's memory
  logic list_start, list_busy, list_failed;
  logic [63:10] list_addr;
  logic [17:0] list_writes, list_done;

  write_list u_write_list (
      .clk_i, .rst_i,
      .start_i(list_start), .addr_i(list_addr), .writes_i(list_writes),
      .busy_o(list_busy), .failed_o(list_failed), .done_o(list_done),
      .write_o(list_write), .write_addr_o(list_write_addr), .write_data_o(list_write_data),
      .write_ack_i(list_write_ack), .write_error_i(write_error),
      .axi_arvalid_o, .axi_arready_i, .axi_araddr_o, .axi_arlen_o,
      .axi_rvalid_i, .axi_rready_o, .axi_rdata_i, .axi_rresp_i, .axi_rlast_i
  );

  write_mux u_write_mux (
      .clk_i, .rst_i,
      .a_write_i(host_write), .a_addr_i(host_write_addr), .a_data_i(host_write_data),
      .a_ack_o(host_write_ack),
      .b_write_i(list_write), .b_addr_i(list_write_addr), .b_data_i(list_write_data),
      .b_ack_o(list_write_ack),
      .write_o(write), .addr_o(write_addr), .data_o(write_data), .ack_i(write_ack)
  );

  logic write_regs, write_table, write_inject, write_nowhere;
  logic read_regs, read_table, read_punt, read_nowhere;

  // Windows are as long as they are aligned.
  assign write_regs = write && write_addr[15:12] == 4'h0 && write_addr[11:8] != 4'h1;
  assign conn_write_o = write && write_addr[15:8] == sluice_layout_pkg::REG_CONN_ROUND_KEY0[15:8];
  assign conn_write_offset_o = write_addr[7:2];
  assign conn_write_data_o = write_data;
  assign write_inject = write && write_addr[15:11] == sluice_layout_pkg::WINDOW_INJECT[15:11];
  assign write_table = write && write_addr[15:14] == sluice_layout_pkg::WINDOW_TABLE[15:14];
  assign read_regs = read && read_addr[15:12] == 4'h0 && read_addr[11:8] != 4'h1;
  assign conn_read_window_o =
      read_addr[15:8] == sluice_layout_pkg::WINDOW_CONNECTIONS[15:8];
  assign conn_read_o = read && (conn_read_window_o ||
      read_addr[15:8] == sluice_layout_pkg::REG_CONN_ROUND_KEY0[15:8]);
  assign conn_read_offset_o = read_addr[7:2];
  assign read_punt = read && read_addr[15:11] == sluice_layout_pkg::WINDOW_PUNT[15:11];
  assign read_table = read && read_addr[15:14] == sluice_layout_pkg::WINDOW_TABLE[15:14];

  logic nowhere_write_ack_q, nowhere_read_ack_q;

  assign write_nowhere = write && !write_regs && !conn_write_o && !write_inject && !write_table;
  assign read_nowhere = read && !read_regs && !conn_read_o && !read_punt && !read_table;

  always_ff @(posedge clk_i) begin
    nowhere_write_ack_q <= write_nowhere && !rst_i;
    nowhere_read_ack_q <= read_nowhere && !rst_i;
  end

  logic regs_write_ack, regs_write_error, regs_read_ack, regs_read_error;
  logic table_write_ack, table_write_error, table_read_ack, table_read_error;
  logic inject_write_ack, inject_write_error, punt_read_ack;
  logic [31:0] regs_read_data, table_read_data, punt_read_data;

  assign write_ack = regs_write_ack || conn_write_ack_i || table_write_ack || inject_write_ack || nowhere_write_ack_q;
  assign write_error = (regs_write_ack && regs_write_error) ||
      (table_write_ack && table_write_error) || (inject_write_ack && inject_write_error) ||
      (conn_write_ack_i && conn_write_error_i) || nowhere_write_ack_q;
  assign read_ack = regs_read_ack || conn_read_ack_i || table_read_ack || punt_read_ack || nowhere_read_ack_q;
  assign read_error = (regs_read_ack && regs_read_error) ||
      (table_read_ack && table_read_error) || (conn_read_ack_i && conn_read_error_i) ||
      nowhere_read_ack_q;
  assign read_data = regs_read_data | conn_read_data_i | table_read_data | punt_read_data;

  // Registers, commit, snapshot
  logic commit, commit_busy, snapshot, snapshot_busy, punt_pop, inject_send, inject_accept;
  logic [31:0] commits;
  logic [7:0] page_table;
  logic page_live;
  logic [19:0] page_entry;
  logic [17:0] inject_what;
  logic [5:0] punt_frames;
  logic [4:0] inject_free, inject_used;
  logic idle_q, punt_filling;
  sluice_pkg::packet_count_t in_flight_q;
  always_ff @(posedge clk_i) begin
    in_flight_q <= in_flight_i + 16'(inject_used);
    idle_q <= idle_i && inject_used == '0 && !punt_filling && !punt_valid_i;
  end

  control_regs #(
      .BUILD_ID(BUILD_ID),
      .CLOCK_KHZ(CLOCK_KHZ),
      .LIST_WRITES(LIST_WRITES)
  ) u_regs (
      .clk_i, .rst_i, .tick_i,
      .write_i(write_regs), .write_offset_i(write_addr[11:2]), .write_data_i(write_data),
      .write_ack_o(regs_write_ack), .write_error_o(regs_write_error), .refused_i(host_refused),
      .read_i(read_regs), .read_offset_i(read_addr[11:2]), .read_ack_o(regs_read_ack),
      .read_error_o(regs_read_error), .read_data_o(regs_read_data),
      .page_table_o(page_table), .page_live_o(page_live), .page_entry_o(page_entry),
      .commit_o(commit), .commit_busy_i(commit_busy), .commits_i(commits), .epoch_i(epoch_o),
      .snapshot_o(snapshot), .snapshot_busy_i(snapshot_busy),
      .list_start_o(list_start), .list_addr_o(list_addr), .list_writes_o(list_writes),
      .list_busy_i(list_busy), .list_failed_i(list_failed), .list_done_i(list_done),
      .punt_pop_o(punt_pop), .punt_frames_i(punt_frames), .asked_lost_i,
      .inject_send_o(inject_send), .inject_what_o(inject_what),
      .inject_accept_i(inject_accept), .inject_free_i(inject_free),
      .idle_i(idle_q), .in_flight_i(in_flight_q)
  );

  commit_control u_commit (
      .clk_i, .rst_i, .commit_i(commit), .old_epoch_busy_i, .epoch_o,
      .busy_o(commit_busy), .commits_o(commits)
  );

  // The host's side of the tables
  localparam int unsigned TABLES = 19;
  localparam int unsigned SHARE_CYCLES = 20;

  logic [16:0] select;
  logic [TABLES*32-1:0] words;
  logic [19:0] entry;
  logic bank, table_write, table_read, table_reading;
  logic [4:0] word, share_wait_q;
  logic [1023:0] record;

  table_host u_table_host (
      .clk_i, .rst_i,
      .write_i(write_table), .write_offset_i(write_addr[13:2]), .write_data_i(write_data),
      .write_ack_o(table_write_ack), .write_error_o(table_write_error),
      .read_i(read_table), .read_offset_i(read_addr[13:2]), .read_ack_o(table_read_ack),
      .read_error_o(table_read_error), .read_data_o(table_read_data),
      .page_table_i(page_table), .page_live_i(page_live), .page_entry_i(page_entry),
      .hold_i(commit_busy || share_wait_q != '0), .snapshot_busy_i(snapshot_busy),
      .epoch_i(epoch_o),
      .select_o(select), .entry_o(entry), .bank_o(bank), .word_o(word), .record_o(record),
      .write_o(table_write), .read_o(table_read), .reading_o(table_reading), .words_i(words)
  );

  // The tables
  control_tables #(
      .CONFIG_PORTS(CONFIG_PORTS)
  ) u_tables (
      .clk_i,
      .config_addr_i, .config_data_o,
      .service_keys0_addr_i, .service_keys0_data_o, .service_keys1_addr_i, .service_keys1_data_o,
      .return_keys0_addr_i, .return_keys0_data_o, .return_keys1_addr_i, .return_keys1_data_o,
      .services_addr_i, .services_data_o, .vips0_addr_i, .vips0_data_o, .vips1_addr_i, .vips1_data_o,
      .ring_addr_i, .ring_data_o,
      .backends_addr_i, .backends_data_o, .serving_addr_i, .serving_o,
      .select_i({select[14:13], select[7:0]}), .entry_i(entry), .bank_i(bank), .word_i(word), .record_i(record),
      .write_i(table_write), .read_i(table_read), .reading_i(table_reading),
      .words_o({words[13*32+:2*32], words[8*32-1:0]})
  );

  // Counters
  logic punted, injected, inject_bad;
  sluice_pkg::port_t punted_port, injected_port;

  control_counters u_counters (
      .clk_i, .rst_i,
      .flow_event_i, .reason_event_i, .port_event_i,
      .punted_i(punted), .punted_port_i(punted_port),
      .injected_i(injected), .injected_port_i(injected_port), .inject_bad_i(inject_bad),
      .snapshot_i(snapshot), .busy_o(snapshot_busy),
      .select_services_i(select[15]), .select_backends_i(select[16]), .entry_i(entry[11:0]),
      .word_i(word[3:0]), .read_i(table_read),
      .reading_i(table_reading),
      .words_o(words[19*32-1:15*32])
  );

  // The scheduler's tables
  assign sched_select_o = select[12:8];
  assign sched_entry_o = entry[15:0];
  assign sched_word_o = word[0];
  assign sched_record_o = record[63:0];
  assign sched_write_o = table_write && |select[10:8];
  assign sched_read_o = table_read && |select[12:8];
  assign words[13*32-1:8*32] = sched_words_i;
  // A share takes effect in several steps: another one waits for them
  always_ff @(posedge clk_i) begin
    if (rst_i) share_wait_q <= '0;
    else if (sched_write_o) share_wait_q <= 5'(SHARE_CYCLES);
    else if (share_wait_q != '0) share_wait_q <= share_wait_q - 5'd1;
  end

  // Mailboxes
  punt_mailbox u_punt (
      .clk_i, .rst_i,
      .valid_i(punt_valid_i), .ready_o(punt_ready_o), .beat_i(punt_beat_i),
      .punted_o(punted), .punted_port_o(punted_port), .filling_o(punt_filling),
      .pop_i(punt_pop), .frames_o(punt_frames),
      .read_i(read_punt), .read_offset_i(read_addr[10:2]), .read_ack_o(punt_read_ack),
      .read_data_o(punt_read_data)
  );

  inject_mailbox u_inject (
      .clk_i, .rst_i,
      .write_i(write_inject), .write_offset_i(write_addr[10:2]), .write_data_i(write_data),
      .write_ack_o(inject_write_ack), .write_error_o(inject_write_error),
      .send_i(inject_send), .send_what_i(inject_what), .accept_o(inject_accept),
      .injected_o(injected), .injected_port_o(injected_port), .bad_o(inject_bad),
      .free_o(inject_free), .used_o(inject_used),
      .valid_o(inject_valid_o), .ready_i(inject_ready_i), .beat_o(inject_beat_o)
  );
endmodule
