#include "driver/xrt_board.hpp"

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_uuid.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>
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

// The image that XRT shall load. XRT believes what an xclbin says of itself, so a wrong one must
// not reach it; whether its platform is the card's is XRT's to say.
base::Result<image::Image> check_image(const std::string& path) {
  auto image = image::read_image(path);
  if (!image) return image;
  if (!image::has_xclbin(image->manifest.board)) {
    return Error{Errc::bad_image,
                 std::string("this image is for ") + image::name(image->manifest.board) +
                     ": name an xclbin of an Alveo card",
                 path};
  }
  image::Card card;
  card.accept_missed_timing = true;  // that depends on what the card runs: check_timing
  if (auto fits = image::check_for_card(*image, card); !fits) return fits.error();
  return image;
}

// The bank of memory that the card reads lists of writes from.
std::optional<std::uint32_t> bank_of_tables(const image::Xclbin& xclbin) {
  const image::Ip* kernel = xclbin.find_kernel(image::kKernelName);
  for (const image::Connection& connection : xclbin.connections) {
    if (&xclbin.ips[connection.ip] != kernel) continue;
    if (connection.argument == image::kTablesArgument) return connection.memory;
  }
  return std::nullopt;
}

bool runs(const xrt::device& device, const image::Uuid& uuid) {
  try {
    return std::equal(uuid.bytes.begin(), uuid.bytes.end(), device.get_xclbin_uuid().get());
  } catch (const std::exception&) {
    return false;  // no image is loaded
  }
}

// An image that did not meet timing goes on where it runs, and is not given to a card.
base::Result<void> check_timing(const xrt::device& device, const image::Image& image) {
  if (image.manifest.timing_met || runs(device, image.manifest.image_uuid)) return {};
  return image::check_for_card(image, {});
}

// What was checked, whatever has become of the file since.
base::Result<xrt::xclbin> checked_xclbin(const image::Image& image) {
  const auto bytes = image::read_checked_bytes(image);
  if (!bytes) return bytes.error();
  return xrt::xclbin(std::vector<char>(bytes->begin(), bytes->end()));
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
    return write_block(offset, {&value, 1});
  }

  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override {
    auto done = access(Access::read, offset, words.size(), [&] {
      for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = ip_.read_register(offset + static_cast<std::uint32_t>(4 * i));
      }
    });
    if (!done || std::find(words.begin(), words.end(), kAllOnes) == words.end()) return done;
    const auto count = count_refused();
    return count ? base::Result<void>{} : count.error();
  }

  // Writes are posted and no answer comes back: register `refused`, read behind them, says whether
  // the card took them, and is all ones if it is gone.
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override {
    if (!refused_) {
      const auto count = count_refused();
      if (!count) return count.error();
      refused_ = *count;
    }
    auto done = access(Access::write, offset, words.size(), [&] {
      for (std::size_t i = 0; i < words.size(); ++i) {
        ip_.write_register(offset + static_cast<std::uint32_t>(4 * i), words[i]);
      }
    });
    if (!done) return done;
    const auto count = count_refused();
    if (!count) return count.error();
    if (std::exchange(*refused_, *count) == *count) return {};
    return refused_by_card(offset, name_);
  }

  // By a list in a buffer of the card's memory, which the card makes itself: two transfers instead
  // of an access a word.
  base::Result<void> write_table(std::uint32_t page,
                                 std::span<const std::uint32_t> words) override {
    if (words.size() < kLeastListWords) return Board::write_table(page, words);
    const auto longest = list_writes();
    if (!longest) return longest.error();
    if (*longest == 0) return Board::write_table(page, words);
    const auto memory = list_memory();
    if (!memory) return memory.error();
    return write_table_by_list(*this, *memory, *longest, page, words, kListTimeout);
  }

  base::Result<void> write_each(std::span<const RegisterWrite> writes) override {
    if (writes.size() < kLeastListWords) return Board::write_each(writes);
    const auto longest = list_writes();
    if (!longest) return longest.error();
    if (*longest == 0) return Board::write_each(writes);
    const auto memory = list_memory();
    if (!memory) return memory.error();
    return write_each_by_list(*this, *memory, *longest, writes, kListTimeout);
  }

  base::Result<std::uint32_t> list_writes() override {
    if (!bank_) return std::uint32_t{0};
    if (!longest_list_) {
      const auto longest = longest_list(*this);
      if (!longest) return longest.error();
      longest_list_ = *longest < kLeastListWords ? 0 : *longest;
    }
    return *longest_list_;
  }

  base::Result<std::uint32_t> read_shell(std::uint32_t offset) override {
    try {
      return ip_.read_register(offset);
    } catch (const std::exception& thrown) {
      return explain_xrt(XrtStep::access, thrown, name_);
    }
  }

  std::string name() const override { return name_; }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{8} * layout::kListWrites;
  static constexpr std::chrono::milliseconds kListTimeout{5000};

  base::Result<ListMemory> list_memory() {
    if (auto done = make_buffer(); !done) return done.error();
    return ListMemory{buffer_.address(), kBufferBytes,
                      [this](std::span<const std::uint32_t> list) { return fill(list); }};
  }

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

  // 0xffffffff may be what a register holds, but not this one: the card is gone.
  base::Result<std::uint32_t> count_refused() {
    std::uint32_t count = 0;
    auto done = access(Access::read, layout::kReg_refused, 1,
                       [&] { count = ip_.read_register(layout::kReg_refused); });
    if (!done) return done.error();
    if (count != kAllOnes) return count;
    return Error{Errc::link_down,
                 "every read answers 0xffffffff: the card is gone from the bus or hangs; reset the "
                 "card, rescan the bus and load its image",
                 name_};
  }

  std::string name_;
  xrt::device device_;
  xrt::ip ip_;  // exclusive: a second program finds the card busy
  std::optional<std::uint32_t> bank_;
  std::optional<std::uint32_t> refused_;  // not known before the first write
  xrt::bo buffer_;                        // empty before the first list
  std::optional<std::uint32_t> longest_list_;
};

// Of a card that tells none what it was called by.
std::string address_of(const xrt::device& device, const std::string& card) {
  try {
    return device.get_info<xrt::info::device::bdf>();
  } catch (const std::exception&) {
    return card;
  }
}

}  // namespace

base::Result<std::unique_ptr<Board>> open_xrt_board(const std::string& spec,
                                                    bool accept_missed_timing,
                                                    const std::string& lock_folder) {
  const auto name = parse_xrt_name(spec);
  if (!name) return name.error();
  const auto image = check_image(name->image);
  if (!image) return image.error();
  const std::string where = "xrt:" + spec;
  XrtStep step = XrtStep::open_card;
  try {
    xrt::device device(name->card);
    CardLock lock;
    if (!lock_folder.empty()) {
      auto shared = CardLock::share(lock_folder, address_of(device, name->card));
      if (!shared) return shared.error();
      lock = std::move(*shared);
    }
    if (!accept_missed_timing) {
      if (auto good = check_timing(device, *image); !good) return good.error();
    }
    step = XrtStep::load_image;
    const auto xclbin = checked_xclbin(*image);
    if (!xclbin) return xclbin.error();
    const xrt::uuid loaded = device.load_xclbin(*xclbin);
    step = XrtStep::open_ip;
    std::unique_ptr<Board> board =
        std::make_unique<XrtBoard>(where, std::move(device), loaded, bank_of_tables(image->xclbin));
    board->hold(std::move(lock));
    return board;
  } catch (const std::exception& thrown) {
    return explain_xrt(step, thrown, where);
  }
}

}  // namespace sluice::driver
