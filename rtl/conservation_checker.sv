// Checks in simulation, in every cycle, that no packet gets lost or made; nothing in hardware.
//
// What the events have let in and not let out must be what the blocks hold: in = out + punted +
// drops + in flight. in_flight_i shows a cycle's packets five cycles later, an event comes in the
// cycle in which its packet is held for the first time or no longer.
module conservation_checker (
    input logic clk_i,
    input logic rst_i,
    input logic [sluice_pkg::PORTS-1:0]          rx_valid_i,
    input logic [sluice_pkg::PORTS-1:0]          tx_valid_i,
    input logic [sluice_pkg::REASON_SOURCES-1:0] dropped_i,
    input logic                                  inject_end_i,  // last beats taken in this cycle
    input logic                                  punt_end_i,
    input sluice_pkg::packet_count_t             in_flight_i
);
  logic inject_end_q, punt_end_q;
  logic [15:0] balance_q, balance1_q, balance2_q, balance3_q, balance4_q;

  always_ff @(posedge clk_i) begin
    inject_end_q <= inject_end_i && !rst_i;
    punt_end_q <= punt_end_i && !rst_i;
    balance_q <= rst_i ? '0 : balance_q + 16'($countones(rx_valid_i)) + 16'(inject_end_q) -
        16'($countones(tx_valid_i)) - 16'($countones(dropped_i)) - 16'(punt_end_q);
    balance1_q <= balance_q;
    balance2_q <= balance1_q;
    balance3_q <= balance2_q;
    balance4_q <= balance3_q;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      packets_conserved : assert (balance4_q == in_flight_i)
      else $error("packets lost or made: %0d should be inside, %0d are", balance4_q, in_flight_i);
    end
  end
endmodule
