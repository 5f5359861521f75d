// The table window: turns an access into a host access of one table.
//
// The page (register table_page) names table, bank and first entry. Words of an entry are gathered
// until its last one; then the whole record is written. All outputs but the pulses write_o and
// read_o stay as they are during an access, if the page does. A table answers a read with the word
// asked for, in words_i[its number], no later than READ_CYCLES - 1 cycles after read_o.
//
// Refused with SLVERR: no such table or entry; an odd ring slot or turn as first entry; a write to
// the live bank, to a level or to a counter table; a read of a counter table while a snapshot is being taken. A write
// waits while hold_i is high; reads pass it.
//
// A table's number here is its place in the list of layout/tables.hpp.
module table_host #(
    localparam int unsigned TABLES = 19
) (
    input logic clk_i,
    input logic rst_i,

    input  logic        write_i,
    input  logic [11:0] write_offset_i,  // in words
    input  logic [31:0] write_data_i,
    output logic        write_ack_o,
    output logic        write_error_o,

    input  logic        read_i,
    input  logic [11:0] read_offset_i,
    output logic        read_ack_o,
    output logic        read_error_o,
    output logic [31:0] read_data_o,

    input logic [ 7:0] page_table_i,
    input logic        page_live_i,
    input logic [19:0] page_entry_i,
    input logic        hold_i,
    input logic        snapshot_busy_i,
    input logic        epoch_i,

    output logic [      16:0]       select_o,  // one-hot, stable; tables in memories only
    output logic [      19:0]       entry_o,   // for the ring: an even slot; turns alike
    output logic                    bank_o,
    output logic [       4:0]       word_o,
    output logic [    1023:0]       record_o,
    output logic                    write_o,
    output logic                    read_o,
    output logic                    reading_o,  // from read_o to the answer
    input  logic [  TABLES*32-1:0] words_i
);
  localparam int unsigned READ_CYCLES = 5;

  typedef enum logic [2:0] {
    IDLE,
    SHIFT,
    ADD_LOW,
    ADD_HIGH,
    CHECK,
    WAIT_READ,
    ANSWER
  } state_e;

  // The page's table: known two cycles after the register changed, long before the next access.
  logic [TABLES-1:0] select_d, select_q;
  logic [2:0] word_bits_d, word_bits_q;  // log2 of the words an entry has
  logic [4:0] last_word_q;
  logic [20:0] entries_d, beyond_q;  // beyond_q: bits that are zero in all entries' numbers
  logic is_slots_q, is_banked_q, is_level_q, is_counter_q;

  always_comb begin
    select_d = '0;
    word_bits_d = 3'd2;
    entries_d = 21'd1;
    case (page_table_i)
      sluice_layout_pkg::TABLE_CONFIG: begin
        select_d[0] = 1'b1;
        word_bits_d = 3'd5;
      end
      sluice_layout_pkg::TABLE_SERVICE_KEYS0: begin
        select_d[1] = 1'b1;
        entries_d = 21'(sluice_layout_pkg::TABLE_SERVICE_KEYS0_ENTRIES);
      end
      sluice_layout_pkg::TABLE_SERVICE_KEYS1: begin
        select_d[2] = 1'b1;
        entries_d = 21'(sluice_layout_pkg::TABLE_SERVICE_KEYS1_ENTRIES);
      end
      sluice_layout_pkg::TABLE_RETURN_KEYS0: begin
        select_d[3] = 1'b1;
        entries_d = 21'(sluice_layout_pkg::TABLE_RETURN_KEYS0_ENTRIES);
      end
      sluice_layout_pkg::TABLE_RETURN_KEYS1: begin
        select_d[4] = 1'b1;
        entries_d = 21'(sluice_layout_pkg::TABLE_RETURN_KEYS1_ENTRIES);
      end
      sluice_layout_pkg::TABLE_SERVICES: begin
        select_d[5] = 1'b1;
        word_bits_d = 3'd4;
        entries_d = 21'(sluice_layout_pkg::TABLE_SERVICES_ENTRIES);
      end
      sluice_layout_pkg::TABLE_RING: begin
        select_d[6] = 1'b1;
        word_bits_d = 3'd0;
        entries_d = 21'(sluice_layout_pkg::TABLE_RING_ENTRIES);
      end
      sluice_layout_pkg::TABLE_BACKENDS: begin
        select_d[7] = 1'b1;
        entries_d = 21'(sluice_layout_pkg::TABLE_BACKENDS_ENTRIES);
      end
      sluice_layout_pkg::TABLE_TURNS: begin
        select_d[8] = 1'b1;
        word_bits_d = 3'd0;
        entries_d = 21'(sluice_layout_pkg::TABLE_TURNS_ENTRIES);
      end
      sluice_layout_pkg::TABLE_SHARES: begin
        select_d[9] = 1'b1;
        word_bits_d = 3'd1;
        entries_d = 21'(sluice_layout_pkg::TABLE_SHARES_ENTRIES);
      end
      sluice_layout_pkg::TABLE_RESPONSE_TIMES: begin
        select_d[10] = 1'b1;
        word_bits_d = 3'd0;
        entries_d = 21'(sluice_layout_pkg::TABLE_RESPONSE_TIMES_ENTRIES);
      end
      sluice_layout_pkg::TABLE_SERVICE_CONNECTIONS: begin
        select_d[11] = 1'b1;
        word_bits_d = 3'd0;
        entries_d = 21'(sluice_layout_pkg::TABLE_SERVICE_CONNECTIONS_ENTRIES);
      end
      sluice_layout_pkg::TABLE_BACKEND_CONNECTIONS: begin
        select_d[12] = 1'b1;
        word_bits_d = 3'd0;
        entries_d = 21'(sluice_layout_pkg::TABLE_BACKEND_CONNECTIONS_ENTRIES);
      end
      sluice_layout_pkg::TABLE_VIPS0: begin
        select_d[13] = 1'b1;
        word_bits_d = 3'd1;
        entries_d = 21'(sluice_layout_pkg::TABLE_VIPS0_ENTRIES);
      end
      sluice_layout_pkg::TABLE_VIPS1: begin
        select_d[14] = 1'b1;
        word_bits_d = 3'd1;
        entries_d = 21'(sluice_layout_pkg::TABLE_VIPS1_ENTRIES);
      end
      sluice_layout_pkg::TABLE_SERVICE_COUNTERS: begin
        select_d[15] = 1'b1;
        word_bits_d = 3'd3;
        entries_d = 21'(sluice_layout_pkg::TABLE_SERVICE_COUNTERS_ENTRIES);
      end
      sluice_layout_pkg::TABLE_BACKEND_COUNTERS: begin
        select_d[16] = 1'b1;
        word_bits_d = 3'd3;
        entries_d = 21'(sluice_layout_pkg::TABLE_BACKEND_COUNTERS_ENTRIES);
      end
      sluice_layout_pkg::TABLE_PORT_COUNTERS: begin
        select_d[17] = 1'b1;
        word_bits_d = 3'd4;
        entries_d = 21'(sluice_layout_pkg::TABLE_PORT_COUNTERS_ENTRIES);
      end
      sluice_layout_pkg::TABLE_REASON_COUNTERS: begin
        select_d[18] = 1'b1;
        word_bits_d = 3'd1;
        entries_d = 21'(sluice_layout_pkg::TABLE_REASON_COUNTERS_ENTRIES);
      end
      default: ;
    endcase
  end

  always_ff @(posedge clk_i) begin
    select_q <= select_d;
    word_bits_q <= word_bits_d;
    last_word_q <= ~(5'h1f << word_bits_d);
    beyond_q <= ~(entries_d - 21'd1);
    is_slots_q <= select_d[6] || select_d[8];
    is_banked_q <= |select_d[5:0] || select_d[7] || |select_d[14:13];
    is_level_q <= |select_d[12:11];
    is_counter_q <= |select_d[18:15];
    bank_o <= page_live_i ? epoch_i : !epoch_i;
  end

  state_e state_q;
  logic write_wait_q, read_wait_q, is_write_q;
  logic [11:0] offset_q;  // in words
  logic [31:0] data_q;
  logic [12:0] steps_q;  // entries from the page's first one
  logic [20:0] entry_q;
  logic carry_q;
  logic beyond, refused, is_last_word;
  logic [2:0] wait_q;  // cycles of WAIT_READ so far

  assign beyond = |(entry_q & beyond_q);
  assign refused = select_q == '0 || beyond || (is_slots_q && entry_q[0]) ||
      (is_write_q && (is_counter_q || is_level_q)) ||
      (is_write_q && is_banked_q && page_live_i) ||
      (!is_write_q && is_counter_q && snapshot_busy_i);

  assign is_last_word = word_o == last_word_q;

  assign select_o = select_q[16:0];
  assign entry_o = entry_q[19:0];
  assign reading_o = state_q == WAIT_READ;

  logic [31:0] answer_q;

  always_ff @(posedge clk_i) begin
    answer_q <= 32'd0;
    for (int unsigned i = 0; i < TABLES; i++) begin
      if (reading_o && select_q[i]) answer_q <= words_i[i*32+:32];
    end
  end

  always_ff @(posedge clk_i) begin
    write_o <= 1'b0;
    read_o <= 1'b0;
    write_ack_o <= 1'b0;
    read_ack_o <= 1'b0;
    write_error_o <= 1'b0;
    read_error_o <= 1'b0;
    read_data_o <= 32'd0;
    wait_q <= reading_o ? wait_q + 3'd1 : 3'd0;
    if (write_i) write_wait_q <= 1'b1;
    if (read_i) read_wait_q <= 1'b1;
    case (state_q)
      IDLE: begin
        if (read_wait_q || (write_wait_q && !hold_i)) state_q <= SHIFT;
        is_write_q <= !read_wait_q;
        offset_q <= read_wait_q ? read_offset_i : write_offset_i;
        data_q <= write_data_i;
      end
      SHIFT: begin
        state_q <= ADD_LOW;
        steps_q <= is_slots_q ? {offset_q, 1'b0} : {1'b0, offset_q >> word_bits_q};
        word_o  <= offset_q[4:0] & last_word_q;
      end
      ADD_LOW: begin
        state_q <= ADD_HIGH;
        {carry_q, entry_q[9:0]} <= {1'b0, page_entry_i[9:0]} + {1'b0, steps_q[9:0]};
      end
      ADD_HIGH: begin
        state_q <= CHECK;
        entry_q[20:10] <= {1'b0, page_entry_i[19:10]} + 11'(steps_q[12:10]) + 11'(carry_q);
      end
      CHECK: begin
        state_q <= (is_write_q || refused) ? ANSWER : WAIT_READ;
        write_o <= is_write_q && !refused && is_last_word;
        read_o <= !is_write_q && !refused;
        write_ack_o <= is_write_q;
        write_error_o <= is_write_q && refused;
        read_ack_o <= !is_write_q && refused;
        read_error_o <= !is_write_q && refused;
      end
      WAIT_READ: begin
        if (wait_q == 3'(READ_CYCLES)) begin
          state_q <= ANSWER;
          read_ack_o <= 1'b1;
          read_data_o <= answer_q;
        end
      end
      default: state_q <= IDLE;
    endcase
    if (state_q == ANSWER && is_write_q) write_wait_q <= 1'b0;
    if (state_q == ANSWER && !is_write_q) read_wait_q <= 1'b0;
    if (rst_i) begin
      state_q <= IDLE;
      write_wait_q <= 1'b0;
      read_wait_q <= 1'b0;
      write_o <= 1'b0;
      write_ack_o <= 1'b0;
      read_ack_o <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == CHECK && is_write_q && !refused) record_o[{word_o, 5'd0}+:32] <= data_q;
  end
endmodule
