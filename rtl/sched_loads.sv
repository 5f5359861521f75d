// The load of every backend: (active connections + 1) x cost, x mean response time if it is timed.
//
// One refresh a cycle: of the backend whose count lane A changes; else of what waits: a backend
// whose share was written, one whose change lost its cycle, those that lane B has counted or that
// have a new mean (unless lane B counts in that cycle), or the next of all. What waits gets one cycle in eight at least. A share that was written waits 20 cycles
// at most (the next one may be written then), a change 16: more only if there are changes in all of
// them, and then perhaps until the backend's next refresh. All backends come round within 32 times
// their number of cycles. In a cycle in which the host reads a count or writes a share nothing is
// refreshed.
//
//   cycle 0 who   2 share, mean   5 count + 1, factor   8 product   9 load_*
//
// A load is {1: may be chosen, exponent 3, mantissa 32}: the product over 16^exponent, so 28 bits at
// least are exact and none is too great. load_least_o: it belongs into a row of least. A cost of 0
// clears its column there once, when it is written: the column may be another backend's later.
module sched_loads (
    input logic clk_i,
    input logic rst_i,

    input logic        change_i,
    input logic [11:0] change_backend_i,
    input logic        removal_i,
    input logic [11:0] removal_backend_i,
    input logic        renewed_i,
    input logic [11:0] renewed_backend_i,

    output logic [11:0] view_backend_o,  // cycle 0
    input  logic [19:0] mean_i,          // cycle 2
    input  logic [20:0] near_i,          // cycle 5

    output logic        load_valid_o,
    output logic        load_least_o,
    output logic [11:0] load_backend_o,
    output logic [ 9:0] load_row_o,
    output logic [ 5:0] load_column_o,
    output logic [35:0] load_o,

    input  logic        count_read_i,   // the host reads the count of host_entry_i
    input  logic        share_write_i,
    input  logic        share_read_i,
    input  logic [11:0] host_entry_i,
    input  logic [63:0] host_record_i,
    output logic [63:0] host_share_o    // two cycles after share_read_i
);
  localparam int unsigned SHARE = sluice_layout_pkg::SHARE_STORED_BITS;

  // What waits: the next of it is in other_*.
  logic [2:0] slot_q;
  logic [4:0] since_q;  // cycles since the last one of the round
  logic [11:0] round_q, other_q, written_q, lost_q, removed;
  logic other_touched_q, written_pending_q, lost_pending_q, other_lost_q;
  logic removed_valid, removed_full;
  logic [6:0] held;
  logic busy, own, takes_other, to_lost, to_removed;

  assign busy = count_read_i || share_write_i;
  assign own = change_i && slot_q != '0;
  assign takes_other = !own && !busy;
  assign to_lost = lost_pending_q && !other_lost_q && !written_pending_q;
  assign to_removed = removed_valid && since_q != '1 && !written_pending_q && !to_lost;
  assign view_backend_o = count_read_i ? host_entry_i : own ? change_backend_i : other_q;

  fifo #(
      .WIDTH(12),
      .DEPTH(32)
  ) u_removed (
      .clk_i,
      .rst_i,
      .push_i((removal_i || renewed_i) && !removed_full),
      .data_i(removal_i ? removal_backend_i : renewed_backend_i),
      .commit_i(1'b1),
      .rollback_i(1'b0),
      .full_o(removed_full),
      .valid_o(removed_valid),
      .data_o(removed),
      .pop_i(takes_other && to_removed),
      .held_o(held)
  );

  always_ff @(posedge clk_i) begin
    slot_q <= slot_q + 3'd1;
    if (since_q != '1) since_q <= since_q + 5'd1;
    if (takes_other) begin
      other_touched_q <= written_pending_q;
      written_pending_q <= 1'b0;
      other_lost_q <= to_lost;
      if (to_lost) lost_pending_q <= 1'b0;
      other_q <= written_pending_q ? written_q : to_lost ? lost_q : to_removed ? removed : round_q;
      if (!written_pending_q && !to_lost && !to_removed) begin
        round_q <= round_q + 12'd1;
        since_q <= '0;
      end
    end
    if (share_write_i) begin
      written_q <= host_entry_i;
      written_pending_q <= 1'b1;
    end
    if (change_i && (!own || busy)) begin
      lost_q <= change_backend_i;
      lost_pending_q <= 1'b1;
    end
    if (rst_i) begin
      {slot_q, since_q, round_q, other_q} <= '0;
      {other_touched_q, other_lost_q, written_pending_q, lost_pending_q} <= '0;
    end
  end

  // Share and factor
  logic [SHARE-1:0] share, host_share;
  logic [17:0] cost;
  logic timed;
  logic [5:0] column;
  logic [9:0] row;
  assign {row, column, timed, cost} = share;
  assign host_share_o = sluice_layout_pkg::share_expand(host_share);

  table_ram #(
      .BITS (SHARE),
      .DEPTH(4096)
  ) u_shares (
      .clk_i,
      .pipe_addr_i(view_backend_o),
      .pipe_data_o(share),
      .host_write_i(share_write_i),
      .host_read_i(share_read_i),
      .host_addr_i(host_entry_i),
      .host_data_i(sluice_layout_pkg::share_compress(host_record_i)),
      .host_data_o(host_share)
  );

  logic [19:0] times;
  logic [37:0] factor;
  logic [58:0] product;
  assign times = timed && mean_i != '0 ? mean_i : 20'd1;

  sched_multiply #(
      .A_BITS(18),
      .B_BITS(20)
  ) u_factor (
      .clk_i,
      .a_i(cost),
      .b_i(times),
      .product_o(factor)
  );

  sched_multiply #(
      .A_BITS(21),
      .B_BITS(38)
  ) u_product (
      .clk_i,
      .a_i(near_i),
      .b_i(factor),
      .product_o(product)
  );

  // On the way
  logic [7:0] valid_q;  // cycles 1 to 8
  logic [11:0] backend8;
  logic touched2, touched8, usable8;
  logic [15:0] place8;
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[6:0], own || takes_other};
    if (busy) valid_q[0] <= 1'b0;
    if (rst_i) valid_q <= '0;
  end
  conn_delay #(
      .BITS  (12),
      .CYCLES(8)
  ) u_backend (
      .clk_i,
      .data_i(view_backend_o),
      .data_o(backend8)
  );
  conn_delay #(
      .BITS  (1),
      .CYCLES(2)
  ) u_touched (
      .clk_i,
      .data_i(!own && other_touched_q),
      .data_o(touched2)
  );
  conn_delay #(
      .BITS  (18),
      .CYCLES(6)
  ) u_place (
      .clk_i,
      .data_i({touched2, cost != '0, row, column}),
      .data_o({touched8, usable8, place8})
  );

  // The product as a load
  logic [2:0] exponent;
  logic [31:0] mantissa;
  always_comb begin
    exponent = '0;
    for (int i = 1; i < 8; i++) begin
      if ((product >> (28 + 4 * i)) != '0) exponent = 3'(i);
    end
    mantissa = 32'(product >> {exponent, 2'd0});
  end

  always_ff @(posedge clk_i) begin
    load_valid_o <= valid_q[7];
    load_least_o <= valid_q[7] && (usable8 || touched8);
    load_backend_o <= backend8;
    {load_row_o, load_column_o} <= place8;
    load_o <= usable8 ? {1'b1, exponent, mantissa} : '0;
    if (rst_i) {load_valid_o, load_least_o} <= '0;
  end

  logic unused;
  assign unused = ^held;
endmodule
