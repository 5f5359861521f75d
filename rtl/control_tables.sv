// Every table that the packet path reads: the pipeline's read ports, and the host's access as
// table_host describes it. Memories hold only the bits of a record that have a meaning.
//
// A record is written in the cycle after write_i; select, entry and bank stay until then. words_o
// is there three cycles after read_i and stays.
module control_tables #(
    parameter int unsigned CONFIG_PORTS = 1
) (
    input logic clk_i,

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
    input  logic [             23:0]        vips0_addr_i,  // of two read ports
    output logic [            127:0]        vips0_data_o,
    input  logic [             23:0]        vips1_addr_i,
    output logic [            127:0]        vips1_data_o,
    input  logic [             19:0]        ring_addr_i,
    output logic [             31:0]        ring_data_o,  // the slot, and its pair's other one
    input  logic [             12:0]        backends_addr_i,
    output logic [            127:0]        backends_data_o,
    input  logic [             12:0]        serving_addr_i,  // a backend of a bank
    output logic [              1:0]        serving_o,       // its `valid`; 2 cycles later

    input  logic [   9:0]       select_i,  // of the VIPs in bits 9 and 8
    input  logic [  19:0]       entry_i,
    input  logic                bank_i,
    input  logic [   4:0]       word_i,
    input  logic [1023:0]       record_i,
    input  logic                write_i,
    input  logic                read_i,
    input  logic                reading_i,
    output logic [10*32-1:0] words_o  // table by table
);
  // The record to write, in each of its forms
  logic write_q;
  initial write_q = 1'b0;
  logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] config_q;
  logic [sluice_layout_pkg::SERVICE_KEY_STORED_BITS-1:0] service_key_q;
  logic [sluice_layout_pkg::RETURN_KEY_STORED_BITS-1:0] return_key_q;
  logic [sluice_layout_pkg::SERVICE_STORED_BITS-1:0] service_q;
  logic [sluice_layout_pkg::VIP_STORED_BITS-1:0] vip_q;
  logic [sluice_layout_pkg::BACKEND_STORED_BITS-1:0] backend_q;
  sluice_layout_pkg::backend_t backend;
  assign backend = backend_q;
  logic unused_backend;
  assign unused_backend = ^backend;

  always_ff @(posedge clk_i) begin
    write_q <= write_i;
    if (write_i) begin
      config_q <= sluice_layout_pkg::config_compress(record_i);
      service_key_q <= sluice_layout_pkg::service_key_compress(
          record_i[sluice_layout_pkg::SERVICE_KEY_RECORD_BITS-1:0]);
      return_key_q <= sluice_layout_pkg::return_key_compress(
          record_i[sluice_layout_pkg::RETURN_KEY_RECORD_BITS-1:0]);
      service_q <= sluice_layout_pkg::service_compress(
          record_i[sluice_layout_pkg::SERVICE_RECORD_BITS-1:0]);
      vip_q <= sluice_layout_pkg::vip_compress(
          record_i[sluice_layout_pkg::VIP_RECORD_BITS-1:0]);
      backend_q <= sluice_layout_pkg::backend_compress(
          record_i[sluice_layout_pkg::BACKEND_RECORD_BITS-1:0]);
    end
  end

  // config
  logic [sluice_layout_pkg::CONFIG_STORED_BITS-1:0] config_host;

  config_banks #(
      .PORTS(CONFIG_PORTS)
  ) u_config (
      .clk_i,
      .addr_i(config_addr_i),
      .data_o(config_data_o),
      .host_write_i(write_q && select_i[0]),
      .host_bank_i(bank_i),
      .host_data_i(config_q),
      .host_data_o(config_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[0*32+:32] <= 32'(sluice_layout_pkg::config_expand(config_host) >> {word_i, 5'd0});
    end
  end

  // `valid` of `backends` once more, for the table of connections
  logic [1:0] unused_serving_host;
  table_ram #(
      .BITS (2),
      .DEPTH(2 * sluice_layout_pkg::TABLE_BACKENDS_ENTRIES)
  ) u_serving (
      .clk_i,
      .pipe_addr_i(serving_addr_i),
      .pipe_data_o(serving_o),
      .host_write_i(write_q && select_i[7]),
      .host_read_i(1'b0),
      .host_addr_i({bank_i, entry_i[11:0]}),
      .host_data_i(backend.valid),
      .host_data_o(unused_serving_host)
  );

  // service_keys0
  logic [sluice_layout_pkg::SERVICE_KEY_STORED_BITS-1:0] service_keys0_pipe, service_keys0_host;

  assign service_keys0_data_o = sluice_layout_pkg::service_key_expand(service_keys0_pipe);

  table_ram #(
      .BITS (sluice_layout_pkg::SERVICE_KEY_STORED_BITS),
      .DEPTH(2 * sluice_layout_pkg::TABLE_SERVICE_KEYS0_ENTRIES)
  ) u_service_keys0 (
      .clk_i,
      .pipe_addr_i(service_keys0_addr_i),
      .pipe_data_o(service_keys0_pipe),
      .host_write_i(write_q && select_i[1]),
      .host_read_i(read_i && select_i[1]),
      .host_addr_i({bank_i, entry_i[10:0]}),
      .host_data_i(service_key_q),
      .host_data_o(service_keys0_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[1*32+:32] <= 32'(sluice_layout_pkg::service_key_expand(service_keys0_host) >>
                             {word_i[1:0], 5'd0});
    end
  end

  // service_keys1
  logic [sluice_layout_pkg::SERVICE_KEY_STORED_BITS-1:0] service_keys1_pipe, service_keys1_host;

  assign service_keys1_data_o = sluice_layout_pkg::service_key_expand(service_keys1_pipe);

  table_ram #(
      .BITS (sluice_layout_pkg::SERVICE_KEY_STORED_BITS),
      .DEPTH(2 * sluice_layout_pkg::TABLE_SERVICE_KEYS1_ENTRIES)
  ) u_service_keys1 (
      .clk_i,
      .pipe_addr_i(service_keys1_addr_i),
      .pipe_data_o(service_keys1_pipe),
      .host_write_i(write_q && select_i[2]),
      .host_read_i(read_i && select_i[2]),
      .host_addr_i({bank_i, entry_i[10:0]}),
      .host_data_i(service_key_q),
      .host_data_o(service_keys1_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[2*32+:32] <= 32'(sluice_layout_pkg::service_key_expand(service_keys1_host) >>
                             {word_i[1:0], 5'd0});
    end
  end

  // return_keys0
  logic [sluice_layout_pkg::RETURN_KEY_STORED_BITS-1:0] return_keys0_pipe, return_keys0_host;

  assign return_keys0_data_o = sluice_layout_pkg::return_key_expand(return_keys0_pipe);

  table_ram #(
      .BITS (sluice_layout_pkg::RETURN_KEY_STORED_BITS),
      .DEPTH(2 * sluice_layout_pkg::TABLE_RETURN_KEYS0_ENTRIES)
  ) u_return_keys0 (
      .clk_i,
      .pipe_addr_i(return_keys0_addr_i),
      .pipe_data_o(return_keys0_pipe),
      .host_write_i(write_q && select_i[3]),
      .host_read_i(read_i && select_i[3]),
      .host_addr_i({bank_i, entry_i[12:0]}),
      .host_data_i(return_key_q),
      .host_data_o(return_keys0_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[3*32+:32] <= 32'(sluice_layout_pkg::return_key_expand(return_keys0_host) >>
                             {word_i[1:0], 5'd0});
    end
  end

  // return_keys1
  logic [sluice_layout_pkg::RETURN_KEY_STORED_BITS-1:0] return_keys1_pipe, return_keys1_host;

  assign return_keys1_data_o = sluice_layout_pkg::return_key_expand(return_keys1_pipe);

  table_ram #(
      .BITS (sluice_layout_pkg::RETURN_KEY_STORED_BITS),
      .DEPTH(2 * sluice_layout_pkg::TABLE_RETURN_KEYS1_ENTRIES)
  ) u_return_keys1 (
      .clk_i,
      .pipe_addr_i(return_keys1_addr_i),
      .pipe_data_o(return_keys1_pipe),
      .host_write_i(write_q && select_i[4]),
      .host_read_i(read_i && select_i[4]),
      .host_addr_i({bank_i, entry_i[12:0]}),
      .host_data_i(return_key_q),
      .host_data_o(return_keys1_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[4*32+:32] <= 32'(sluice_layout_pkg::return_key_expand(return_keys1_host) >>
                             {word_i[1:0], 5'd0});
    end
  end

  // services
  logic [sluice_layout_pkg::SERVICE_STORED_BITS-1:0] services_pipe, services_host;

  assign services_data_o = sluice_layout_pkg::service_expand(services_pipe);

  table_ram #(
      .BITS (sluice_layout_pkg::SERVICE_STORED_BITS),
      .DEPTH(2 * sluice_layout_pkg::TABLE_SERVICES_ENTRIES)
  ) u_services (
      .clk_i,
      .pipe_addr_i(services_addr_i),
      .pipe_data_o(services_pipe),
      .host_write_i(write_q && select_i[5]),
      .host_read_i(read_i && select_i[5]),
      .host_addr_i({bank_i, entry_i[9:0]}),
      .host_data_i(service_q),
      .host_data_o(services_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[5*32+:32] <= 32'(sluice_layout_pkg::service_expand(services_host) >>
                             {word_i[3:0], 5'd0});
    end
  end

  // ring
  logic [31:0] ring_host;

  ring_ram #(
      .SLOTS(sluice_layout_pkg::TABLE_RING_ENTRIES)
  ) u_ring (
      .clk_i,
      .pipe_addr_i(ring_addr_i),
      .pipe_data_o(ring_data_o[15:0]),
      .pipe_pair_o(ring_data_o[31:16]),
      .host_write_i(write_q && select_i[6]),
      .host_read_i(read_i && select_i[6]),
      .host_addr_i(entry_i[19:1]),
      .host_data_i(record_i[31:0]),
      .host_data_o(ring_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) words_o[6*32+:32] <= ring_host;
  end

  // backends
  logic [sluice_layout_pkg::BACKEND_STORED_BITS-1:0] backends_pipe, backends_host;

  assign backends_data_o = sluice_layout_pkg::backend_expand(backends_pipe);

  table_ram #(
      .BITS (sluice_layout_pkg::BACKEND_STORED_BITS),
      .DEPTH(2 * sluice_layout_pkg::TABLE_BACKENDS_ENTRIES)
  ) u_backends (
      .clk_i,
      .pipe_addr_i(backends_addr_i),
      .pipe_data_o(backends_pipe),
      .host_write_i(write_q && select_i[7]),
      .host_read_i(read_i && select_i[7]),
      .host_addr_i({bank_i, entry_i[11:0]}),
      .host_data_i(backend_q),
      .host_data_o(backends_host)
  );

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[7*32+:32] <= 32'(sluice_layout_pkg::backend_expand(backends_host) >>
                             {word_i[1:0], 5'd0});
    end
  end

  // vips0 and vips1, each twice: looked up by destination and by source
  localparam int unsigned VIP_BITS = sluice_layout_pkg::VIP_STORED_BITS;
  localparam int unsigned VIP_ADDR_BITS = $clog2(2 * sluice_layout_pkg::TABLE_VIPS0_ENTRIES);
  localparam int unsigned VIP_RECORD_BITS = sluice_layout_pkg::VIP_RECORD_BITS;
  logic [2*VIP_BITS-1:0] vips0_pipe, vips0_host, vips1_pipe, vips1_host;
  logic unused_vips;
  assign unused_vips = ^{vips0_host[2*VIP_BITS-1:VIP_BITS], vips1_host[2*VIP_BITS-1:VIP_BITS]};

  for (genvar k = 0; k < 2; k++) begin : g_vips
    assign vips0_data_o[k*VIP_RECORD_BITS+:VIP_RECORD_BITS] =
        sluice_layout_pkg::vip_expand(vips0_pipe[k*VIP_BITS+:VIP_BITS]);
    table_ram #(
        .BITS (VIP_BITS),
        .DEPTH(2 * sluice_layout_pkg::TABLE_VIPS0_ENTRIES)
    ) u_vips0 (
        .clk_i,
        .pipe_addr_i(vips0_addr_i[k*VIP_ADDR_BITS+:VIP_ADDR_BITS]),
        .pipe_data_o(vips0_pipe[k*VIP_BITS+:VIP_BITS]),
        .host_write_i(write_q && select_i[8]),
        .host_read_i(read_i && select_i[8] && k == 0),
        .host_addr_i({bank_i, entry_i[10:0]}),
        .host_data_i(vip_q),
        .host_data_o(vips0_host[k*VIP_BITS+:VIP_BITS])
    );
    assign vips1_data_o[k*VIP_RECORD_BITS+:VIP_RECORD_BITS] =
        sluice_layout_pkg::vip_expand(vips1_pipe[k*VIP_BITS+:VIP_BITS]);
    table_ram #(
        .BITS (VIP_BITS),
        .DEPTH(2 * sluice_layout_pkg::TABLE_VIPS1_ENTRIES)
    ) u_vips1 (
        .clk_i,
        .pipe_addr_i(vips1_addr_i[k*VIP_ADDR_BITS+:VIP_ADDR_BITS]),
        .pipe_data_o(vips1_pipe[k*VIP_BITS+:VIP_BITS]),
        .host_write_i(write_q && select_i[9]),
        .host_read_i(read_i && select_i[9] && k == 0),
        .host_addr_i({bank_i, entry_i[10:0]}),
        .host_data_i(vip_q),
        .host_data_o(vips1_host[k*VIP_BITS+:VIP_BITS])
    );
  end

  always_ff @(posedge clk_i) begin
    if (reading_i) begin
      words_o[8*32+:32] <= 32'(sluice_layout_pkg::vip_expand(vips0_host[VIP_BITS-1:0]) >>
                             {word_i[0], 5'd0});
      words_o[9*32+:32] <= 32'(sluice_layout_pkg::vip_expand(vips1_host[VIP_BITS-1:0]) >>
                             {word_i[0], 5'd0});
    end
  end
endmodule
