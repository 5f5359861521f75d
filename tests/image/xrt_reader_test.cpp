// XRT's own reader takes what we pack. Needs no card.
#include <experimental/xrt_xclbin.h>
#include <gmock/gmock.h>

#include <map>

#include "support.hpp"

namespace sluice::image {
namespace {

using testing::UnorderedElementsAre;

class XrtReader : public ImageTest {
 protected:
  xrt::xclbin load(const PackRequest& request) {
    const auto written =
        write_image(path("card.xclbin"), *make_xclbin(request), manifest_for(request));
    EXPECT_TRUE(written) << written.error().message();
    ours_ = *read_image(path("card.xclbin"));
    return xrt::xclbin(path("card.xclbin"));
  }

  Image ours_;
};

TEST_F(XrtReader, FindsTheSameIdentity) {
  const xrt::xclbin emulation = load(emulated());
  EXPECT_EQ(emulation.get_uuid().to_string(), ours_.manifest.image_uuid.to_string());
  EXPECT_EQ(emulation.get_xsa_name(), "xilinx_u250_sluice_emu_1");
  EXPECT_EQ(emulation.get_target_type(), xrt::xclbin::target_type::hw_emu);
  const xrt::xclbin card = load(for_u55c());
  EXPECT_EQ(card.get_uuid().to_string(), ours_.manifest.image_uuid.to_string());
  EXPECT_EQ(card.get_xsa_name(), "xilinx_u55c_gen3x16_xdma_3_202210_1");
  EXPECT_EQ(card.get_fpga_device_name(), "virtexuplusHBM:xcu55c:fsvh2892:-2L:e");
  EXPECT_EQ(card.get_target_type(), xrt::xclbin::target_type::hw);
}

TEST_F(XrtReader, FindsTheCardTheMacsAndTheMemory) {
  const xrt::xclbin xclbin = load(for_u55c());
  std::vector<std::string> ips;
  for (const auto& ip : xclbin.get_ips()) ips.push_back(ip.get_name());
  EXPECT_THAT(
      ips, UnorderedElementsAre("sluice_card:sluice_card_1", "cmac_0:cmac_0_1", "cmac_1:cmac_1_1"));
  const auto ip = xclbin.get_ip("sluice_card:sluice_card_1");
  EXPECT_EQ(ip.get_base_address(), kKernelBase);
  EXPECT_EQ(ip.get_size(), register_bytes(Board::u55c));
  EXPECT_EQ(ip.get_control_type(), xrt::xclbin::ip::control_type::none);
  ASSERT_EQ(xclbin.get_mems().size(), 1u);
  EXPECT_EQ(xclbin.get_mems()[0].get_tag(), "HBM[0]");
  EXPECT_EQ(xclbin.get_mems()[0].get_size_kb(), 512u * 1024);
  EXPECT_TRUE(xclbin.get_mems()[0].get_used());
}

TEST_F(XrtReader, FindsTheRegistersAndTheBankOfTheTables) {
  const xrt::xclbin xclbin = load(emulated());
  std::map<std::string, std::size_t> offsets;
  for (const auto& argument : xclbin.get_kernel("sluice_card").get_args()) {
    offsets[argument.get_name()] = argument.get_offset();
  }
  EXPECT_EQ(offsets["scratch"], layout::kReg_scratch);
  EXPECT_EQ(offsets["table_window"], layout::kWindow_table);
  const auto tables = xclbin.get_kernel("sluice_card").get_arg(kTablesArgument);
  EXPECT_EQ(tables.get_name(), "list_addr");
  EXPECT_EQ(tables.get_offset(), layout::kReg_list_addr_lo);
  ASSERT_EQ(tables.get_mems().size(), 1u);
  EXPECT_EQ(tables.get_mems()[0].get_tag(), "bank0");
}

}  // namespace
}  // namespace sluice::image
