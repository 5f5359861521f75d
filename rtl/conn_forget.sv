// Forgets the connections of one service: reads the table slot by slot, as the host would, and
// removes by key what is the service's. It takes what traffic leaves, as the host's operations do,
// and goes through the registers' ports to the table, which it shares with them.
//
// Entries move while they are read, so one that was not met may be left: what met any is followed by
// another round, until one meets none. Of a service that is in use new ones come all the time, so
// there are at most eight rounds.
module conn_forget #(
    parameter int unsigned KEY_BITS = sluice_layout_pkg::CONNECTION_KEY_BITS,
    parameter int unsigned BUCKET_BITS = sluice_layout_pkg::CONNECTION_BUCKET_BITS
) (
    input logic clk_i,
    input logic rst_i,

    input  logic        start_i,
    input  logic [11:0] service_i,  // with start_i
    output logic        busy_o,

    // The registers: their operation and their read. They wait for an answer before the next one.
    input  logic                   host_valid_i,
    output logic                   host_ready_o,
    input  logic                   host_remove_i,
    input  logic [   KEY_BITS-1:0] host_key_i,
    output logic                   host_done_o,
    input  logic                   read_valid_i,
    output logic                   read_ready_o,
    input  logic                   read_stash_i,
    input  logic [BUCKET_BITS-1:0] read_bucket_i,
    input  logic [            4:0] read_slot_i,
    output logic                   slot_valid_o,

    // The table.
    output logic                   host_valid_o,
    input  logic                   host_ready_i,
    output logic                   host_remove_o,
    output logic [   KEY_BITS-1:0] host_key_o,
    input  logic                   host_done_i,
    input  logic                   host_hit_i,
    output logic                   read_valid_o,
    input  logic                   read_ready_i,
    output logic                   read_stash_o,
    output logic [BUCKET_BITS-1:0] read_bucket_o,
    output logic [            4:0] read_slot_o,
    input  logic                   slot_valid_i,
    input  logic                   slot_live_i,
    input  logic [   KEY_BITS-1:0] slot_key_i,
    input  logic [           15:0] slot_others_i
);
  typedef enum logic [1:0] {
    IDLE,
    READ,
    JUDGE,
    REMOVE
  } state_e;
  state_e state_q;
  logic [11:0] service_q;
  logic stash_q, first_q, met_q;
  logic [2:0] round_q;
  logic [BUCKET_BITS-1:0] bucket_q;
  logic [4:0] slot_q;
  logic [15:0] left_q;  // slots of the bucket still to be read
  logic [KEY_BITS-1:0] key_q;
  logic live_q;

  assign busy_o = state_q != IDLE;

  // Who has the port: the one who was first, until the answer.
  logic reading_q, read_mine_q, operating_q, host_mine_q, read_asked_q, host_asked_q;
  logic wants_read, wants_host, grants_read, grants_host;
  assign wants_read = state_q == READ && !read_asked_q;
  assign wants_host = state_q == REMOVE && !host_asked_q;
  assign grants_read = wants_read && !read_valid_i;
  assign grants_host = wants_host && !host_valid_i;
  assign read_valid_o = (read_valid_i || grants_read) && !reading_q;
  assign read_ready_o = read_ready_i && !reading_q;
  assign read_stash_o = grants_read ? stash_q : read_stash_i;
  assign read_bucket_o = grants_read ? bucket_q : read_bucket_i;
  assign read_slot_o = grants_read ? slot_q : read_slot_i;
  assign slot_valid_o = slot_valid_i && !read_mine_q;
  assign host_valid_o = (host_valid_i || grants_host) && !operating_q;
  assign host_ready_o = host_ready_i && !operating_q;
  assign host_remove_o = grants_host || host_remove_i;
  assign host_key_o = grants_host ? key_q : host_key_i;
  assign host_done_o = host_done_i && !host_mine_q;

  always_ff @(posedge clk_i) begin
    if (read_valid_o && read_ready_i) {reading_q, read_mine_q} <= {1'b1, grants_read};
    else if (slot_valid_i) {reading_q, read_mine_q} <= '0;
    if (host_valid_o && host_ready_i) {operating_q, host_mine_q} <= {1'b1, grants_host};
    else if (host_done_i) {operating_q, host_mine_q} <= '0;
    if (rst_i) {reading_q, read_mine_q, operating_q, host_mine_q} <= '0;
  end

  // What comes next: the slots that the first reading of a bucket did not show empty, the buckets,
  // the stash.
  logic mine_read, mine_done, judged, last_slot, last_place;
  logic [15:0] left;
  logic [3:0] next_slot;
  assign mine_read = slot_valid_i && read_mine_q;
  assign mine_done = host_done_i && host_mine_q;
  assign judged = mine_done || (state_q == JUDGE && !(live_q && key_q[11:0] == service_q));
  assign left = left_q & ~(16'd1 << slot_q[3:0]);
  assign last_slot = stash_q || left == '0;
  assign last_place = stash_q && slot_q == '1;

  always_comb begin
    next_slot = '0;
    for (int unsigned i = 16; i > 0; i--) begin
      if (left[i-1]) next_slot = 4'(i - 1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (grants_read && read_valid_o && read_ready_i) read_asked_q <= 1'b1;
    if (grants_host && host_valid_o && host_ready_i) host_asked_q <= 1'b1;
    case (state_q)
      IDLE:
      if (start_i) begin
        state_q   <= READ;
        service_q <= service_i;
        {stash_q, bucket_q, slot_q, met_q, round_q} <= '0;
        first_q   <= 1'b1;
      end
      READ:
      if (mine_read) begin
        state_q <= JUDGE;
        read_asked_q <= 1'b0;
        {live_q, key_q} <= {slot_live_i, slot_key_i};
        if (first_q) left_q <= slot_others_i;
        first_q <= 1'b0;
      end
      JUDGE: if (!judged) state_q <= REMOVE;
      REMOVE:
      if (mine_done) begin
        host_asked_q <= 1'b0;
        met_q <= met_q || host_hit_i;
      end
      default: ;
    endcase
    if (judged) begin
      state_q <= last_place && (&round_q || !(met_q || (mine_done && host_hit_i))) ? IDLE : READ;
      left_q  <= left;
      if (last_place) begin
        {stash_q, bucket_q, slot_q, met_q} <= '0;
        first_q <= 1'b1;
        round_q <= round_q + 3'd1;
      end else if (!last_slot) begin
        slot_q <= {1'b0, next_slot};
      end else if (stash_q) begin
        slot_q <= slot_q + 5'd1;
      end else begin
        slot_q <= '0;
        first_q <= 1'b1;
        {stash_q, bucket_q} <= {1'b0, bucket_q} + 1'b1;
      end
    end
    if (rst_i) begin
      state_q <= IDLE;
      {read_asked_q, host_asked_q} <= '0;
    end
  end
endmodule
