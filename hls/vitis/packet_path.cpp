#include "packet_path.hpp"

void packet_path(hls::stream<sluice::path::PacketIn> &in, const sluice::path::Configs &config,
                 const sluice::path::ServiceKeys &service_keys0,
                 const sluice::path::ServiceKeys &service_keys1,
                 const sluice::path::ReturnKeys &return_keys0,
                 const sluice::path::ReturnKeys &return_keys1,
                 const sluice::path::Services &services, const sluice::path::Vips &vips0,
                 const sluice::path::Vips &vips1, const sluice::path::Ring &ring,
                 const sluice::path::Backends &backends,
                 hls::stream<sluice::path::PacketOut> &out) {
#pragma HLS INTERFACE mode = ap_ctrl_none port = return
#pragma HLS INTERFACE mode = axis port = in
#pragma HLS INTERFACE mode = axis port = out
#pragma HLS AGGREGATE variable = config compact = auto
#pragma HLS AGGREGATE variable = service_keys0 compact = auto
#pragma HLS AGGREGATE variable = service_keys1 compact = auto
#pragma HLS AGGREGATE variable = return_keys0 compact = auto
#pragma HLS AGGREGATE variable = return_keys1 compact = auto
#pragma HLS AGGREGATE variable = services compact = auto
#pragma HLS AGGREGATE variable = vips0 compact = auto
#pragma HLS AGGREGATE variable = vips1 compact = auto
#pragma HLS AGGREGATE variable = ring compact = auto
#pragma HLS AGGREGATE variable = backends compact = auto
// Latencies as HLSC_LATENCY in the kernels' declarations.
#pragma HLS INTERFACE mode = ap_memory port = config storage_type = rom_1p latency = 1
#pragma HLS INTERFACE mode = ap_memory port = service_keys0 storage_type = rom_1p latency = 2
#pragma HLS INTERFACE mode = ap_memory port = service_keys1 storage_type = rom_1p latency = 2
#pragma HLS INTERFACE mode = ap_memory port = return_keys0 storage_type = rom_1p latency = 2
#pragma HLS INTERFACE mode = ap_memory port = return_keys1 storage_type = rom_1p latency = 2
#pragma HLS INTERFACE mode = ap_memory port = services storage_type = rom_1p latency = 2
#pragma HLS INTERFACE mode = ap_memory port = vips0 storage_type = rom_2p latency = 2
#pragma HLS INTERFACE mode = ap_memory port = vips1 storage_type = rom_2p latency = 2
#pragma HLS INTERFACE mode = ap_memory port = ring storage_type = rom_1p latency = 3
#pragma HLS INTERFACE mode = ap_memory port = backends storage_type = rom_1p latency = 2
#pragma HLS PIPELINE II = 1
  const sluice::path::PacketIn packet = in.read();
  sluice::path::PacketOut result;
  sluice::path::pipeline(packet, config, service_keys0, service_keys1, return_keys0, return_keys1,
                         services, vips0, vips1, ring, backends, result);
  out.write(result);
}
