// Stands for AWS's Streaming Data Engine: its ports, and frames taken from the write channel of
// PCIS (wstrb is tkeep, bit 0 of awaddr the user bit) and put on the write channel of PCIM.
module sde (
    input logic clk,
    input logic rst_n,

    input  logic [ 15:0] pcis_awid,
    input  logic [ 63:0] pcis_awaddr,
    input  logic [  7:0] pcis_awlen,
    input  logic [  2:0] pcis_awsize,
    input  logic         pcis_awvalid,
    output logic         pcis_awready,
    input  logic [511:0] pcis_wdata,
    input  logic [ 63:0] pcis_wstrb,
    input  logic         pcis_wlast,
    input  logic         pcis_wvalid,
    output logic         pcis_wready,
    output logic [ 15:0] pcis_bid,
    output logic [  1:0] pcis_bresp,
    output logic         pcis_bvalid,
    input  logic         pcis_bready,
    input  logic [ 15:0] pcis_arid,
    input  logic [ 63:0] pcis_araddr,
    input  logic [  7:0] pcis_arlen,
    input  logic [  2:0] pcis_arsize,
    input  logic         pcis_arvalid,
    output logic         pcis_arready,
    output logic [ 15:0] pcis_rid,
    output logic [511:0] pcis_rdata,
    output logic [  1:0] pcis_rresp,
    output logic         pcis_rlast,
    output logic         pcis_rvalid,
    input  logic         pcis_rready,

    output logic         pcim_awvalid,
    output logic [  2:0] pcim_awid,
    output logic [ 63:0] pcim_awaddr,
    output logic [  7:0] pcim_awlen,
    output logic [  2:0] pcim_awsize,
    input  logic         pcim_awready,
    output logic         pcim_wvalid,
    output logic [511:0] pcim_wdata,
    output logic [ 63:0] pcim_wstrb,
    output logic         pcim_wlast,
    input  logic         pcim_wready,
    input  logic         pcim_bvalid,
    input  logic [  2:0] pcim_bid,
    input  logic [  1:0] pcim_bresp,
    output logic         pcim_bready,
    output logic         pcim_arvalid,
    output logic [  2:0] pcim_arid,
    output logic [ 63:0] pcim_araddr,
    output logic [  7:0] pcim_arlen,
    output logic [  2:0] pcim_arsize,
    input  logic         pcim_arready,
    input  logic         pcim_rvalid,
    input  logic [  2:0] pcim_rid,
    input  logic [511:0] pcim_rdata,
    input  logic [  1:0] pcim_rresp,
    input  logic         pcim_rlast,
    output logic         pcim_rready,

    input  logic         c2h_axis_valid,
    input  logic [511:0] c2h_axis_data,
    input  logic [ 63:0] c2h_axis_keep,
    input  logic [ 63:0] c2h_axis_user,
    input  logic         c2h_axis_last,
    output logic         c2h_axis_ready,
    output logic         h2c_axis_valid,
    output logic [511:0] h2c_axis_data,
    output logic [ 63:0] h2c_axis_keep,
    output logic [ 63:0] h2c_axis_user,
    output logic         h2c_axis_last,
    input  logic         h2c_axis_ready
);
  assign h2c_axis_valid = pcis_wvalid && rst_n;
  assign h2c_axis_data = pcis_wdata;
  assign h2c_axis_keep = pcis_wstrb;
  assign h2c_axis_user = pcis_awaddr;
  assign h2c_axis_last = pcis_wlast;
  assign pcis_wready = h2c_axis_ready;
  assign pcim_wvalid = c2h_axis_valid;
  assign pcim_wdata = c2h_axis_data;
  assign pcim_wstrb = c2h_axis_keep;
  assign pcim_wlast = c2h_axis_last;
  assign pcim_awaddr = c2h_axis_user;
  assign c2h_axis_ready = pcim_wready;

  assign {pcis_awready, pcis_bid, pcis_bresp, pcis_bvalid, pcis_arready, pcis_rid, pcis_rdata,
          pcis_rresp, pcis_rlast, pcis_rvalid} = '0;
  assign {pcim_awvalid, pcim_awid, pcim_awlen, pcim_awsize, pcim_bready, pcim_arvalid, pcim_arid,
          pcim_araddr, pcim_arlen, pcim_arsize, pcim_rready} = '0;
  logic unused;
  assign unused = ^{
    clk, pcis_awid, pcis_awlen, pcis_awsize, pcis_awvalid, pcis_bready, pcis_arid, pcis_araddr,
    pcis_arlen, pcis_arsize, pcis_arvalid, pcis_rready, pcim_awready, pcim_bvalid, pcim_bid,
    pcim_bresp, pcim_arready, pcim_rvalid, pcim_rid, pcim_rdata, pcim_rresp, pcim_rlast
  };
endmodule
