// Two ports of the card on the one stream pair of AWS's Streaming Data Engine.
//
// Host to card: bit 0 of tuser in a frame's first beat is the port it comes in at; never waits.
// Card to host: frames of both ports by turns, as wholes; tuser is the port they left by. A frame
// of 60 to 63 bytes is sent as 64, the shortest that the engine moves, with zeros.
// One clock. What the host does not fetch holds the ports up: nothing is thrown away here.
module sde_ports (
    input logic clk_i,
    input logic rst_i,

    input  logic         h2c_valid_i,
    output logic         h2c_ready_o,
    input  logic [511:0] h2c_data_i,
    input  logic [ 63:0] h2c_keep_i,
    input  logic         h2c_last_i,
    input  logic         h2c_port_i,

    output logic [   1:0] rx_tvalid_o,
    output logic [1023:0] rx_tdata_o,
    output logic [ 127:0] rx_tkeep_o,
    output logic [   1:0] rx_tlast_o,

    input  logic [   1:0] tx_tvalid_i,
    output logic [   1:0] tx_tready_o,
    input  logic [1023:0] tx_tdata_i,
    input  logic [ 127:0] tx_tkeep_i,
    input  logic [   1:0] tx_tlast_i,

    output logic         c2h_valid_o,
    input  logic         c2h_ready_i,
    output logic [511:0] c2h_data_o,
    output logic [ 63:0] c2h_keep_o,
    output logic         c2h_last_o,
    output logic         c2h_port_o
);
  // Host to card
  logic rx_inside_q, rx_port_q, rx_port;
  assign h2c_ready_o = 1'b1;
  assign rx_port = rx_inside_q ? rx_port_q : h2c_port_i;
  always_ff @(posedge clk_i) begin
    if (h2c_valid_i) rx_port_q <= rx_port;
    if (rst_i) rx_inside_q <= 1'b0;
    else if (h2c_valid_i) rx_inside_q <= !h2c_last_i;
    rx_tvalid_o <= rst_i ? 2'b00 : {h2c_valid_i && rx_port, h2c_valid_i && !rx_port};
    rx_tdata_o  <= {2{h2c_data_i}};
    rx_tkeep_o  <= {2{h2c_keep_i}};
    rx_tlast_o  <= {2{h2c_last_i}};
  end

  // Card to host: port_q is whose turn it is; it changes between frames only.
  logic tx_inside_q, port_q, port, take, last;
  logic [63:0] keep;
  logic [511:0] data, data_kept;
  assign port = tx_inside_q || tx_tvalid_i[port_q] ? port_q : !port_q;
  assign take = tx_tvalid_i[port] && (!c2h_valid_o || c2h_ready_i);
  assign tx_tready_o = {take && port, take && !port};
  assign data = port ? tx_tdata_i[512+:512] : tx_tdata_i[0+:512];
  assign keep = port ? tx_tkeep_i[64+:64] : tx_tkeep_i[0+:64];
  assign last = tx_tlast_i[port];
  always_comb begin
    for (int i = 0; i < 64; i++) data_kept[8*i+:8] = keep[i] ? data[8*i+:8] : 8'd0;
  end
  always_ff @(posedge clk_i) begin
    if (take) begin
      c2h_data_o <= data_kept;
      c2h_keep_o <= tx_inside_q ? keep : '1;
      c2h_last_o <= last;
      c2h_port_o <= port;
    end
    if (rst_i) begin
      tx_inside_q <= 1'b0;
      port_q <= 1'b0;
      c2h_valid_o <= 1'b0;
    end else begin
      if (take) tx_inside_q <= !last;
      if (take) port_q <= last ? !port : port;
      if (take) c2h_valid_o <= 1'b1;
      else if (c2h_ready_i) c2h_valid_o <= 1'b0;
    end
  end
endmodule
