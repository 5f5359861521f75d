// The registers of layout/registers.hpp below the windows.
//
// Requests and acknowledges as in axil_slave; addresses are of this module's 4 KiB. A commit waits
// while commit_busy_i is high. A snapshot while snapshot_busy_i is high is refused, and so is
// inject_send without a free slot (inject_accept_i low in the cycle of inject_send_o), a list of
// writes that is too long or misplaced, and a list or a commit while list_busy_i is high: SLVERR,
// nothing happens.
module control_regs #(
    parameter logic [31:0] BUILD_ID = 32'd0,
    parameter logic [31:0] CLOCK_KHZ = sluice_layout_pkg::CLOCK_KHZ,
    parameter logic [31:0] LIST_WRITES = sluice_layout_pkg::LIST_WRITES  // 0: no memory
) (
    input logic clk_i,
    input logic rst_i,
    input logic tick_i,

    input  logic        write_i,
    input  logic [ 9:0] write_offset_i,  // in words
    input  logic [31:0] write_data_i,
    output logic        write_ack_o,
    output logic        write_error_o,
    input  logic        refused_i,      // a pulse for each of the host's writes that was refused

    input  logic        read_i,
    input  logic [ 9:0] read_offset_i,
    output logic        read_ack_o,
    output logic        read_error_o,
    output logic [31:0] read_data_o,

    output logic [ 7:0] page_table_o,
    output logic        page_live_o,
    output logic [19:0] page_entry_o,

    output logic        commit_o,
    input  logic        commit_busy_i,
    input  logic [31:0] commits_i,
    input  logic        epoch_i,
    output logic        snapshot_o,
    input  logic        snapshot_busy_i,

    output logic         list_start_o,
    output logic [63:10] list_addr_o,
    output logic [ 17:0] list_writes_o,
    input  logic         list_busy_i,
    input  logic         list_failed_i,
    input  logic [ 17:0] list_done_i,

    output logic        punt_pop_o,
    input  logic [ 5:0] punt_frames_i,
    input  logic [ 1:0] asked_lost_i,     // a pulse for each such frame, by port
    output logic        inject_send_o,
    output logic [17:0] inject_what_o,    // port in 17:16, bytes in 15:0
    input  logic        inject_accept_i,
    input  logic [ 4:0] inject_free_i,

    input logic                      idle_i,
    input sluice_pkg::packet_count_t in_flight_i
);
  logic [63:0] cycles;
  logic [31:0] tick, scratch_q;
  logic [15:0] refused_writes;
  logic [31:0] asked_lost;
  logic [31:0] table_page_q;
  logic [63:0] config_id_q;
  logic [63:0] list_addr_q;
  logic [31:0] list_writes_q;

  assign page_table_o = table_page_q[31:24];
  assign page_live_o  = table_page_q[23];
  assign page_entry_o = table_page_q[19:0];

  up_counter #(
      .PARTS(4)
  ) u_cycles (
      .clk_i,
      .rst_i,
      .step_i(1'b1),
      .count_o(cycles)
  );

  up_counter #(
      .PARTS(2)
  ) u_tick (
      .clk_i,
      .rst_i,
      .step_i(tick_i),
      .count_o(tick)
  );

  // Links without answers to writes read it behind them: it must differ from what they answer when
  // the card is gone, all ones.
  up_counter #(
      .PARTS(1)
  ) u_refused (
      .clk_i,
      .rst_i,
      .step_i(refused_i),
      .count_o(refused_writes)
  );

  for (genvar p = 0; p < 2; p++) begin : gen_asked_lost
    up_counter #(
        .PARTS(1)
    ) u_asked_lost (
        .clk_i,
        .rst_i,
        .step_i(asked_lost_i[p]),
        .count_o(asked_lost[16*p+:16])
    );
  end

  // Reads: one cycle
  logic [31:0] read_data;
  logic read_known;
  logic [15:0] read_addr;

  assign read_addr = {4'd0, read_offset_i, 2'd0};

  always_comb begin
    read_known = 1'b1;
    case (read_addr)
      sluice_layout_pkg::REG_MAGIC: read_data = sluice_layout_pkg::MAGIC;
      sluice_layout_pkg::REG_ABI_VERSION: read_data = sluice_layout_pkg::ABI_VERSION;
      sluice_layout_pkg::REG_BUILD_ID: read_data = BUILD_ID;
      sluice_layout_pkg::REG_LAYOUT_HASH: read_data = sluice_layout_pkg::LAYOUT_HASH;
      sluice_layout_pkg::REG_CAP_PORTS: read_data = sluice_layout_pkg::PORTS;
      sluice_layout_pkg::REG_CAP_SERVICES: read_data = sluice_layout_pkg::SERVICES;
      sluice_layout_pkg::REG_CAP_BACKENDS: read_data = sluice_layout_pkg::BACKENDS;
      sluice_layout_pkg::REG_CAP_RING_SLOTS: read_data = sluice_layout_pkg::RING_SLOTS;
      sluice_layout_pkg::REG_SCRATCH: read_data = scratch_q;
      sluice_layout_pkg::REG_STATUS:
      read_data = {
        26'd0, list_failed_i, list_busy_i, epoch_i, snapshot_busy_i, commit_busy_i, idle_i
      };
      sluice_layout_pkg::REG_CLOCK_KHZ: read_data = CLOCK_KHZ;
      sluice_layout_pkg::REG_TICK: read_data = tick;
      sluice_layout_pkg::REG_TICK_HZ: read_data = sluice_layout_pkg::TICK_HZ;
      sluice_layout_pkg::REG_COMMITS: read_data = commits_i;
      sluice_layout_pkg::REG_IN_FLIGHT: read_data = {16'd0, in_flight_i};
      sluice_layout_pkg::REG_TABLE_PAGE: read_data = table_page_q;
      sluice_layout_pkg::REG_CONFIG_ID_LO: read_data = config_id_q[31:0];
      sluice_layout_pkg::REG_CONFIG_ID_HI: read_data = config_id_q[63:32];
      sluice_layout_pkg::REG_PUNT_ASKED_LOST: read_data = asked_lost;
      sluice_layout_pkg::REG_PUNT_STATUS: read_data = {26'd0, punt_frames_i};
      sluice_layout_pkg::REG_INJECT_STATUS: read_data = {27'd0, inject_free_i};
      sluice_layout_pkg::REG_CYCLES_LO: read_data = cycles[31:0];
      sluice_layout_pkg::REG_CYCLES_HI: read_data = cycles[63:32];
      sluice_layout_pkg::REG_LIST_ADDR_LO: read_data = list_addr_q[31:0];
      sluice_layout_pkg::REG_LIST_ADDR_HI: read_data = list_addr_q[63:32];
      sluice_layout_pkg::REG_LIST_WRITES: read_data = list_writes_q;
      sluice_layout_pkg::REG_LIST_DONE: read_data = {14'd0, list_done_i};
      sluice_layout_pkg::REG_CAP_LIST_WRITES: read_data = LIST_WRITES;
      sluice_layout_pkg::REG_REFUSED: read_data = {16'd0, refused_writes};
      default: begin
        read_data  = 32'd0;
        read_known = 1'b0;
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    read_ack_o   <= read_i && !rst_i;
    read_error_o <= read_i && !read_known;
    read_data_o  <= read_i ? read_data : 32'd0;
  end

  // Writes: decided in the cycle after the request, or later if a commit has to wait.
  logic pending_q;
  logic [15:0] write_addr;
  logic is_control, must_wait, decide, known, refused;
  // One and two cycles late: no two writes follow that closely
  logic list_running_q, list_refused_q, near_4gib_q, crosses_4gib_q;
  logic [10:0] list_end;  // in units of 1,024 bytes, from the last multiple of 512 KiB on

  assign write_addr = {4'd0, write_offset_i, 2'd0};
  assign is_control = write_addr == sluice_layout_pkg::REG_CONTROL;
  assign must_wait = is_control && write_data_i[0] && commit_busy_i;
  assign refused = is_control &&
      ((write_data_i[0] && list_running_q) || (write_data_i[1] && snapshot_busy_i) ||
       (write_data_i[2] && (list_running_q || list_refused_q)));
  assign decide = pending_q && (!must_wait || refused);

  always_comb begin
    case (write_addr)
      sluice_layout_pkg::REG_SCRATCH,
      sluice_layout_pkg::REG_CONTROL,
      sluice_layout_pkg::REG_TABLE_PAGE,
      sluice_layout_pkg::REG_CONFIG_ID_LO,
      sluice_layout_pkg::REG_CONFIG_ID_HI,
      sluice_layout_pkg::REG_LIST_ADDR_LO,
      sluice_layout_pkg::REG_LIST_ADDR_HI,
      sluice_layout_pkg::REG_LIST_WRITES,
      sluice_layout_pkg::REG_PUNT_POP: known = 1'b1;
      sluice_layout_pkg::REG_INJECT_SEND: known = inject_accept_i;
      default: known = 1'b0;
    endcase
  end

  assign inject_send_o = decide && write_addr == sluice_layout_pkg::REG_INJECT_SEND;
  assign inject_what_o = write_data_i[17:0];
  assign list_addr_o = list_addr_q[63:10];
  assign list_writes_o = list_writes_q[17:0];
  assign list_end = 11'(list_addr_q[18:10]) + 11'(list_writes_q[16:7]) + 11'(|list_writes_q[6:0]);

  // The counters go on through a reset, so nothing may ask for a snapshot before the first one.
  initial snapshot_o = 1'b0;

  always_ff @(posedge clk_i) begin
    commit_o <= decide && is_control && write_data_i[0] && !refused;
    snapshot_o <= decide && is_control && write_data_i[1] && !refused;
    list_start_o <= decide && is_control && write_data_i[2] && !refused;
    list_running_q <= list_busy_i || list_start_o;
    near_4gib_q <= &list_addr_q[31:19];
    crosses_4gib_q <= list_end > 11'd512;  // no list is longer than 512 KiB
    list_refused_q <= list_writes_q > LIST_WRITES || list_addr_q[9:0] != '0 ||
        (near_4gib_q && crosses_4gib_q);
    punt_pop_o <= decide && write_addr == sluice_layout_pkg::REG_PUNT_POP;
    write_ack_o <= decide;
    write_error_o <= decide && (!known || refused);
    if (decide) begin
      case (write_addr)
        sluice_layout_pkg::REG_SCRATCH: scratch_q <= write_data_i;
        sluice_layout_pkg::REG_TABLE_PAGE: table_page_q <= write_data_i;
        sluice_layout_pkg::REG_CONFIG_ID_LO: config_id_q[31:0] <= write_data_i;
        sluice_layout_pkg::REG_CONFIG_ID_HI: config_id_q[63:32] <= write_data_i;
        sluice_layout_pkg::REG_LIST_ADDR_LO: list_addr_q[31:0] <= write_data_i;
        sluice_layout_pkg::REG_LIST_ADDR_HI: list_addr_q[63:32] <= write_data_i;
        sluice_layout_pkg::REG_LIST_WRITES: list_writes_q <= write_data_i;
        default: ;
      endcase
    end
    pending_q <= write_i || (pending_q && !decide);
    if (rst_i) begin
      pending_q <= 1'b0;
      commit_o <= 1'b0;
      snapshot_o <= 1'b0;
      list_start_o <= 1'b0;
      punt_pop_o <= 1'b0;
      write_ack_o <= 1'b0;
      scratch_q <= 32'd0;
      table_page_q <= 32'd0;
      config_id_q <= 64'd0;
      list_addr_q <= 64'd0;
      list_writes_q <= 32'd0;
    end
  end
endmodule
