#include "driver/xrt_board.hpp"

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_uuid.h>

#include <algorithm>
#include <optional>
#include <utility>
#if __has_include(<xrt/xrt_ip.h>)
#include <xrt/xrt_ip.h>
#else
#include <experimental/xrt_ip.h>
#endif

#include "driver/aperture.hpp"
#include "driver/xrt_errors.hpp"
#include "image/image.hpp"
#include "image/pack.hpp"
#include "layout/registers.hpp"
#include "write_list.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint32_t kAllOnes = 0xffffffff;

struct CheckedImage {
  std::string path;
  std::optional<std::uint32_t> bank;  // of memory that the card reads lists of writes from
};

// The file that XRT shall load. XRT believes what an xclbin says of itself, so a wrong one must not
// reach it; whether its platform is the card's is XRT's to say.
base::Result<CheckedImage> check_image(const std::string& path) {
  const auto image = image::read_image(path);
  if (!image) return image.error();
  if (!image->has_file()) {
    return Error{Errc::bad_image, "this image is for AWS F2: name an xclbin of an Alveo card",
                 path};
  }
  image::Card card;
  card.accept_missed_timing = true;  // whoever flashed it has decided
  if (auto fits = image::check_for_card(*image, card); !fits) return fits.error();
  CheckedImage checked{image->path, std::nullopt};
  const image::Xclbin& xclbin = image->xclbin;
  const image::Ip* kernel = xclbin.find_kernel(image::kKernelName);
  for (const image::Connection& connection : xclbin.connections) {
    if (&xclbin.ips[connection.ip] != kernel) continue;
    if (connection.argument == image::kTablesArgument) checked.bank = connection.memory;
  }
  return checked;
}

class XrtBoard : public Board {
 public:
  XrtBoard(std::string name, xrt::device device, const xrt::uuid& image,
           std::optional<std::uint32_t> bank)
      : name_(std::move(name)),
        device_(std::move(device)),
        ip_(device_, image, image::kKernelName),
        bank_(bank) {}

  base::Result<std::uint32_t> read(std::uint32_t offset) override {
    std::uint32_t word = 0;
    if (auto done = read_block(offset, {&word, 1}); !done) return done.error();
    return word;
  }

  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    return access(Access::write, offset, 1, [&] { ip_.write_register(offset, value); });
  }

  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override {
    auto done = access(Access::read, offset, words.size(), [&] {
      for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = ip_.read_register(offset + static_cast<std::uint32_t>(4 * i));
      }
    });
    if (!done || std::find(words.begin(), words.end(), kAllOnes) == words.end()) return done;
    return check_link();
  }

  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override {
    auto done = access(Access::write, offset, words.size(), [&] {
      for (std::size_t i = 0; i < words.size(); ++i) {
        ip_.write_register(offset + static_cast<std::uint32_t>(4 * i), words[i]);
      }
    });
    // Writes are posted: without a read a card that is gone would seem to take them.
    return done ? check_link() : done;
  }

  // By a list in a buffer of the card's memory, which the card makes itself: two transfers instead
  // of an access a word.
  base::Result<void> write_table(std::uint32_t page,
                                 std::span<const std::uint32_t> words) override {
    if (words.size() < kLeastListWords || !bank_) return Board::write_table(page, words);
    if (!longest_list_) {
      const auto longest = longest_list(*this);
      if (!longest) return longest.error();
      longest_list_ = *longest;
    }
    if (*longest_list_ < kLeastListWords) return Board::write_table(page, words);
    if (auto done = make_buffer(); !done) return done;
    const ListMemory memory{buffer_.address(), kBufferBytes,
                            [this](std::span<const std::uint32_t> list) { return fill(list); }};
    return write_table_by_list(*this, memory, *longest_list_, page, words, kListTimeout);
  }

  std::string name() const override { return name_; }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{8} * layout::kListWrites;
  static constexpr std::chrono::milliseconds kListTimeout{5000};

  base::Result<void> make_buffer() {
    if (buffer_) return {};
    try {
      buffer_ = xrt::bo(device_, kBufferBytes, *bank_);
    } catch (const std::exception& thrown) {
      return explain_xrt(XrtStep::access, thrown, name_);
    }
    if (buffer_.address() % 1024 == 0 &&
        buffer_.address() >> 32 == (buffer_.address() + kBufferBytes - 1) >> 32) {
      return {};
    }
    buffer_ = {};
    return Error{Errc::exhausted, "XRT gave a buffer that the card's lists cannot begin in", name_};
  }

  base::Result<void> fill(std::span<const std::uint32_t> list) {
    try {
      buffer_.write(list.data(), list.size_bytes(), 0);
      buffer_.sync(XCL_BO_SYNC_BO_TO_DEVICE, list.size_bytes(), 0);
    } catch (const std::exception& thrown) {
      return explain_xrt(XrtStep::access, thrown, name_);
    }
    count_access(1, list.size_bytes());
    return {};
  }

  // Runs `body`, which makes `words` accesses from `offset` on.
  template <class Body>
  base::Result<void> access(Access kind, std::uint32_t offset, std::size_t words, Body body) {
    if (auto good = check_access(kind, offset, words, name_); !good) return good;
    try {
      body();
    } catch (const std::exception& thrown) {
      return explain_xrt(XrtStep::access, thrown, name_);
    }
    count_access(words, 4 * words);
    return {};
  }

  // 0xffffffff may be what a register holds; that magic holds it means that the card is gone.
  base::Result<void> check_link() {
    std::uint32_t magic = 0;
    auto done = access(Access::read, layout::kReg_magic, 1,
                       [&] { magic = ip_.read_register(layout::kReg_magic); });
    if (!done || magic != kAllOnes) return done;
    return Error{Errc::link_down,
                 "every read answers 0xffffffff: the card is gone from the bus or hangs; reset the "
                 "card, rescan the bus and load its image",
                 name_};
  }

  std::string name_;
  xrt::device device_;
  xrt::ip ip_;  // exclusive: a second program finds the card busy
  std::optional<std::uint32_t> bank_;
  xrt::bo buffer_;  // empty before the first list
  std::optional<std::uint32_t> longest_list_;
};

}  // namespace

base::Result<std::unique_ptr<Board>> open_xrt_board(const std::string& spec) {
  const auto name = parse_xrt_name(spec);
  if (!name) return name.error();
  const auto checked = check_image(name->image);
  if (!checked) return checked.error();
  const std::string where = "xrt:" + spec;
  XrtStep step = XrtStep::open_card;
  try {
    xrt::device device(name->card);
    step = XrtStep::load_image;
    const xrt::uuid image = device.load_xclbin(checked->path);
    step = XrtStep::open_ip;
    return std::unique_ptr<Board>(
        std::make_unique<XrtBoard>(where, std::move(device), image, checked->bank));
  } catch (const std::exception& thrown) {
    return explain_xrt(step, thrown, where);
  }
}

}  // namespace sluice::driver
