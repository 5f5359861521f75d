// What XRT throws becomes one of the typed errors.
#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

#include "driver/xrt_errors.hpp"

namespace sluice::driver {
namespace {

using base::Errc;

base::Error explained(XrtStep step, int number) {
  return explain_xrt(step, std::system_error(number, std::system_category(), "as thrown"),
                     "xrt:0,a.xclbin");
}

TEST(XrtErrors, NameTheCauseThatTheDriversNumberTells) {
  const struct {
    XrtStep step;
    int number;
    Errc code;
    const char* words;
  } rows[] = {
      {XrtStep::open_card, ENODEV, Errc::not_found, "xocl"},
      {XrtStep::open_card, ENOENT, Errc::not_found, "XILINX_XRT"},
      {XrtStep::open_card, EACCES, Errc::io, "permission"},
      {XrtStep::load_image, EINVAL, Errc::bad_image, "most likely"},
      {XrtStep::load_image, EOPNOTSUPP, Errc::bad_image, "TimeStamp of ROM did not match"},
      {XrtStep::load_image, EBUSY, Errc::busy, "another program"},
      {XrtStep::load_image, ENODEV, Errc::not_found, "no such card"},
      {XrtStep::load_image, ETIMEDOUT, Errc::hung, "reset"},
      {XrtStep::load_image, EIO, Errc::program_failed, "kernel log"},
      {XrtStep::open_ip, EBUSY, Errc::busy, "another program"},
      {XrtStep::open_ip, EINVAL, Errc::bad_image, "sluice_card"},
      {XrtStep::open_ip, EIO, Errc::program_failed, "does not open"},
      {XrtStep::access, ENODEV, Errc::link_down, "rescan"},
      {XrtStep::access, EIO, Errc::io, "refused"},
  };
  for (const auto& row : rows) {
    for (const int number : {row.number, -row.number}) {  // XRT throws both signs
      const base::Error error = explained(row.step, number);
      EXPECT_EQ(error.code, row.code) << error.message();
      EXPECT_NE(error.what.find(row.words), std::string::npos) << error.message();
      EXPECT_NE(error.what.find("as thrown"), std::string::npos) << error.message();
      EXPECT_EQ(error.where, "xrt:0,a.xclbin");
    }
  }
}

TEST(XrtErrors, AnExceptionWithoutNumberIsJudgedByItsStep) {
  const std::runtime_error thrown("No IP matching");
  EXPECT_EQ(explain_xrt(XrtStep::open_card, thrown, "").code, Errc::not_found);
  EXPECT_EQ(explain_xrt(XrtStep::load_image, thrown, "").code, Errc::program_failed);
  EXPECT_EQ(explain_xrt(XrtStep::open_ip, thrown, "").code, Errc::bad_image);
  EXPECT_EQ(explain_xrt(XrtStep::access, thrown, "").code, Errc::io);
}

}  // namespace
}  // namespace sluice::driver
