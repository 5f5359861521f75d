// Our offsets against the vendor's own declaration of the format.
#include "axlf.hpp"

#include <gtest/gtest.h>
#include <xclbin.h>

#include <cstddef>

namespace ours = sluice::image::axlf;

static_assert(ours::kSignatureLength == offsetof(axlf, m_signature_length));
static_assert(ours::kReserved == offsetof(axlf, reserved));
static_assert(ours::kReservedBytes == sizeof(axlf::reserved) + sizeof(axlf::m_keyBlock));
static_assert(ours::kUniqueId == offsetof(axlf, m_uniqueId));
static_assert(ours::kLength == offsetof(axlf, m_header) + offsetof(axlf_header, m_length));
static_assert(ours::kTimeStamp == offsetof(axlf, m_header) + offsetof(axlf_header, m_timeStamp));
static_assert(ours::kVersionMajor ==
              offsetof(axlf, m_header) + offsetof(axlf_header, m_versionMajor));
static_assert(ours::kVersionMinor ==
              offsetof(axlf, m_header) + offsetof(axlf_header, m_versionMinor));
static_assert(ours::kMode == offsetof(axlf, m_header) + offsetof(axlf_header, m_mode));
static_assert(ours::kInterfaceUuid == offsetof(axlf, m_header) + offsetof(axlf_header, rom_uuid));
static_assert(ours::kPlatform == offsetof(axlf, m_header) + offsetof(axlf_header, m_platformVBNV));
static_assert(ours::kPlatformBytes == sizeof(axlf_header::m_platformVBNV));
static_assert(ours::kUuid == offsetof(axlf, m_header) + offsetof(axlf_header, uuid));
static_assert(ours::kSectionCount ==
              offsetof(axlf, m_header) + offsetof(axlf_header, m_numSections));
static_assert(ours::kSections == offsetof(axlf, m_sections));

static_assert(ours::kSectionHeaderBytes == sizeof(axlf_section_header));
static_assert(ours::kSectionName == offsetof(axlf_section_header, m_sectionName));
static_assert(ours::kSectionNameBytes == sizeof(axlf_section_header::m_sectionName));
static_assert(ours::kSectionOffset == offsetof(axlf_section_header, m_sectionOffset));
static_assert(ours::kSectionSize == offsetof(axlf_section_header, m_sectionSize));

static_assert(static_cast<int>(ours::kBitstream) == BITSTREAM);
static_assert(static_cast<int>(ours::kEmbeddedMetadata) == EMBEDDED_METADATA);
static_assert(static_cast<int>(ours::kMemTopology) == MEM_TOPOLOGY);
static_assert(static_cast<int>(ours::kConnectivity) == CONNECTIVITY);
static_assert(static_cast<int>(ours::kIpLayout) == IP_LAYOUT);
static_assert(static_cast<int>(ours::kPartitionMetadata) == PARTITION_METADATA);
static_assert(static_cast<int>(ours::kFlat) == XCLBIN_FLAT);
static_assert(static_cast<int>(ours::kPr) == XCLBIN_PR);
static_assert(static_cast<int>(ours::kHwEmu) == XCLBIN_HW_EMU);
static_assert(static_cast<int>(ours::kHwEmuPr) == XCLBIN_HW_EMU_PR);

static_assert(ours::kMemories == offsetof(mem_topology, m_mem_data));
static_assert(ours::kMemoryBytes == sizeof(mem_data));
static_assert(ours::kMemoryUsed == offsetof(mem_data, m_used));
static_assert(ours::kMemorySizeKb == offsetof(mem_data, m_size));
static_assert(ours::kMemoryBase == offsetof(mem_data, m_base_address));
static_assert(ours::kMemoryTag == offsetof(mem_data, m_tag));
static_assert(ours::kMemoryTagBytes == sizeof(mem_data::m_tag));
static_assert(ours::kIps == offsetof(ip_layout, m_ip_data));
static_assert(ours::kIpBytes == sizeof(ip_data));
static_assert(ours::kIpProperties == offsetof(ip_data, properties));
static_assert(ours::kIpBase == offsetof(ip_data, m_base_address));
static_assert(ours::kIpName == offsetof(ip_data, m_name));
static_assert(ours::kIpNameBytes == sizeof(ip_data::m_name));
static_assert(ours::kIpControlShift == IP_CONTROL_SHIFT);
static_assert(ours::kControlNone == AP_CTRL_NONE);
static_assert(ours::kConnections == offsetof(connectivity, m_connection));
static_assert(ours::kConnectionBytes == sizeof(connection));
static_assert(ours::kConnectionIp == offsetof(connection, m_ip_layout_index));
static_assert(ours::kConnectionMemory == offsetof(connection, mem_data_index));
