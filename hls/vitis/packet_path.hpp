// The packet path as a Vitis HLS top function: one packet in, one packet out, every clock cycle.
#pragma once

#include <hls_stream.h>

#include "path/packet.hpp"
#include "path/pipeline.hpp"

void packet_path(hls::stream<sluice::path::PacketIn> &in, const sluice::path::Configs &config,
                 const sluice::path::ServiceKeys &service_keys0,
                 const sluice::path::ServiceKeys &service_keys1,
                 const sluice::path::ReturnKeys &return_keys0,
                 const sluice::path::ReturnKeys &return_keys1,
                 const sluice::path::Services &services, const sluice::path::Vips &vips0,
                 const sluice::path::Vips &vips1, const sluice::path::Ring &ring,
                 const sluice::path::Backends &backends, hls::stream<sluice::path::PacketOut> &out);
