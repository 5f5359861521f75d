#include "driver/pci_board.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <utility>

#include "bus_guard.hpp"
#include "driver/aperture.hpp"
#include "layout/registers.hpp"
#include "layout/shell_registers.hpp"

namespace sluice::driver {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

static_assert(std::endian::native == std::endian::little, "registers are little-endian");

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr unsigned kMaxBar = 5;

// Decimal, or hexadecimal behind 0x; false unless all of `text` is one number.
bool parse_number(const std::string& text, std::uint64_t& value) {
  const bool hex = text.starts_with("0x");
  const char* end = text.c_str() + text.size();
  const auto result = std::from_chars(text.c_str() + (hex ? 2 : 0), end, value, hex ? 16 : 10);
  return result.ec == std::errc() && result.ptr == end;
}

std::string bar_name(const PciBarSpec& spec) {
  std::string name = "pci:" + spec.card;
  if (spec.bar != 0) name += ",bar=" + std::to_string(spec.bar);
  if (spec.offset_bytes != 0) name += ",offset=" + std::to_string(spec.offset_bytes);
  return name;
}

std::string memory_bars(const fs::path& folder) {
  std::string bars;
  for (unsigned bar = 0; bar <= kMaxBar; ++bar) {
    std::error_code none;
    if (!fs::exists(folder / ("resource" + std::to_string(bar)), none)) continue;
    bars += (bars.empty() ? "" : ", ") + std::to_string(bar);
  }
  return bars.empty() ? "none" : bars;
}

// What to do when a card does not answer; `device` may be unknown.
std::string next_step(const PciDevice* device) {
  if (device == nullptr) return "see what became of the device behind this file";
  const std::string folder = std::string(kPciDevices) + "/" + device->address;
  const std::string rescan =
      "as root: echo 1 > " + folder + "/remove, then echo 1 > /sys/bus/pci/rescan";
  if (known_card(*device) == "AWS F2") {
    return "the FPGA image may be gone or the shell may have timed out; see "
           "`fpga-describe-local-image -S SLOT -R -H`, load the image again, or " +
           rescan;
  }
  return "load the card's image, then rescan the bus (" + rescan + ")";
}

Error open_error(int reason, const PciBarSpec& spec, const std::string& path,
                 const std::string& name) {
  const std::string text = std::strerror(reason);
  if (reason == ENOENT && spec.card.find('/') != std::string::npos) {
    return {Errc::not_found, "no such file; name a resourceN of sysfs, or a PCI address", name};
  }
  if (reason == ENOENT) {
    return {Errc::not_found,
            "the device has no BAR " + std::to_string(spec.bar) + " (it has: " +
                memory_bars(fs::path(path).parent_path()) + "); name another with bar=N",
            name};
  }
  if (reason == EISDIR) {
    return {Errc::invalid, path + " is a folder; name a resourceN in it", name};
  }
  if (reason == EACCES) {
    return {Errc::io, "no permission for " + path + "; run as root", name};
  }
  if (reason == EPERM) {
    return {Errc::io,
            "not allowed to map " + path +
                "; a kernel in lockdown (Secure Boot) forbids it, and so do some containers",
            name};
  }
  return {Errc::io, "cannot open " + path + ": " + text, name};
}

// A card that is seen but will not answer.
base::Result<void> check_device(const PciDevice& device, const std::string& folder,
                                const std::string& name) {
  const std::string who = "device " + pci_ids(device);
  if (device.gone) {
    return Error{Errc::link_down,
                 who + " is gone from the bus: its configuration space answers all ones; " +
                     next_step(&device),
                 name};
  }
  if (!device.memory_enabled) {
    return Error{Errc::link_down,
                 who +
                     " does not decode memory addresses (after a reset or a new image); as "
                     "root: echo 1 > " +
                     folder + "/enable",
                 name};
  }
  return {};
}

// One access after the other, of 32 bits each; plain data only (bus_guard.hpp).
struct Run {
  volatile std::uint32_t* registers;
  std::uint32_t* to;
  const std::uint32_t* from;
  std::size_t words;
};

void load_words(void* context) {
  const Run run = *static_cast<const Run*>(context);
  for (std::size_t i = 0; i < run.words; ++i) run.to[i] = run.registers[i];
}

void store_words(void* context) {
  const Run run = *static_cast<const Run*>(context);
  for (std::size_t i = 0; i < run.words; ++i) run.registers[i] = run.from[i];
}

}  // namespace

base::Result<PciBarSpec> parse_pci_bar(const std::string& text) {
  const auto wrong = [&](const std::string& what) {
    return Error{Errc::invalid, what + "; write pci:CARD[,bar=N][,offset=BYTES]", "pci:" + text};
  };
  PciBarSpec spec;
  std::size_t comma = text.find(',');
  spec.card = text.substr(0, comma);
  if (spec.card.empty()) return wrong("no card is named");
  const bool is_path = spec.card.find('/') != std::string::npos;
  if (!is_path) {
    auto address = pci_address(spec.card);
    if (!address) return wrong(address.error().what + ", or a path with a '/' in it");
    spec.card = *address;
  }
  bool bar_given = false, offset_given = false;
  while (comma != std::string::npos) {
    const std::size_t start = comma + 1;
    comma = text.find(',', start);
    const std::string option = text.substr(start, comma - start);
    std::uint64_t value = 0;
    const std::size_t equals = option.find('=');
    const bool number =
        equals != std::string::npos && parse_number(option.substr(equals + 1), value);
    if (option.starts_with("bar=") ? std::exchange(bar_given, true)
                                   : std::exchange(offset_given, true)) {
      return wrong("'" + option + "' comes second of its kind");
    }
    if (option.starts_with("bar=") && number && value <= kMaxBar) {
      if (is_path) return wrong("a path names its BAR itself, so bar= does not belong there");
      spec.bar = static_cast<unsigned>(value);
    } else if (option.starts_with("offset=") && number && value % 4 == 0) {
      spec.offset_bytes = value;
    } else {
      return wrong("'" + option + "' is neither bar=0 to bar=5 nor offset= with a multiple of 4");
    }
  }
  return spec;
}

base::Result<std::unique_ptr<Board>> PciBoard::open(const PciBarSpec& spec,
                                                    const std::string& sysfs_devices) {
  const bool is_path = spec.card.find('/') != std::string::npos;
  const std::string folder =
      is_path ? fs::path(spec.card).parent_path().string() : sysfs_devices + "/" + spec.card;
  std::unique_ptr<PciBoard> board(new PciBoard(bar_name(spec)));
  board->path_ = is_path ? spec.card : folder + "/resource" + std::to_string(spec.bar);
  // A file that is no resource of sysfs stands for a BAR just as well.
  const auto device = read_pci_device(folder);
  if (!device && !is_path) {
    return Error{Errc::not_found,
                 "no PCI device has this address; `sluice board list` shows the cards, and after "
                 "an image was loaded the bus may need: echo 1 > /sys/bus/pci/rescan",
                 board->name_};
  }
  if (device) {
    if (auto good = check_device(*device, folder, board->name_); !good) return good.error();
  }
  board->advice_ = next_step(device.ok() ? &*device : nullptr);
  board->fd_ = base::Fd(::open(board->path_.c_str(), O_RDWR | O_SYNC | O_CLOEXEC));
  if (!board->fd_) return open_error(errno, spec, board->path_, board->name_);
  if (::flock(board->fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error{Errc::busy, "another program holds this card (sluiced?); stop it first",
                   board->name_};
    }
    return Error{Errc::io, "cannot lock " + board->path_ + ": " + std::strerror(errno),
                 board->name_};
  }
  if (auto mapped = board->map(spec.offset_bytes); !mapped) return mapped.error();
  return std::unique_ptr<Board>(std::move(board));
}

base::Result<void> PciBoard::map(std::uint64_t offset_bytes) {
  struct stat status{};
  if (::fstat(fd_.get(), &status) != 0) return Error{Errc::io, std::strerror(errno), name_};
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, path_ + " is no file that can be mapped; name a resourceN", name_};
  }
  const auto bar_bytes = static_cast<std::uint64_t>(status.st_size);
  if (offset_bytes > bar_bytes || bar_bytes - offset_bytes < layout::kApertureBytes) {
    return Error{Errc::incompatible,
                 "too small a BAR: " + std::to_string(bar_bytes) +
                     " bytes, but the registers take " + std::to_string(layout::kApertureBytes) +
                     " from byte " + std::to_string(offset_bytes) +
                     " on; name the right bar= and offset=, or load a Sluice image",
                 name_};
  }
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t skip = offset_bytes % page_bytes;
  register_bytes_ = std::min<std::uint64_t>(layout::kApertureBytes + layout::kShellApertureBytes,
                                            bar_bytes - offset_bytes);
  mapping_bytes_ = static_cast<std::size_t>(skip + register_bytes_);
  void* mapping = ::mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(),
                         static_cast<off_t>(offset_bytes - skip));
  if (mapping == MAP_FAILED) {
    return Error{Errc::io,
                 "cannot map " + path_ + ": " + std::strerror(errno) +
                     "; a BAR of I/O ports or one that a kernel driver claims cannot be mapped",
                 name_};
  }
  mapping_ = mapping;
  registers_ = reinterpret_cast<volatile std::uint32_t*>(static_cast<char*>(mapping) + skip);
  return {};
}

PciBoard::~PciBoard() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_bytes_);
}

Error PciBoard::lost(const std::string& what) {
  lost_ = true;
  return Error{Errc::link_down, what + "; " + advice_, name_};
}

// Without looking at what comes back.
base::Result<void> PciBoard::load(std::uint32_t offset, std::span<std::uint32_t> words) {
  // Stores before are on their way to the card before the load: for CPUs and mappings that reorder.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  Run run{registers_ + offset / 4, words.data(), nullptr, words.size()};
  if (!survive_bus_error(mapping_, mapping_bytes_, load_words, &run)) {
    return lost("the BAR vanished (SIGBUS): the device was removed or the file was cut");
  }
  count_access(words.size(), 4 * words.size());
  return {};
}

base::Result<std::uint32_t> PciBoard::count_refused() {
  std::uint32_t count = 0;
  if (auto done = load(layout::kReg_refused, {&count, 1}); !done) return done.error();
  if (count != kAllOnes) return count;
  return lost(
      "every read answers 0xffffffff: the card is gone from the bus, lost its image, or "
      "its shell gave up on an access");
}

base::Result<void> PciBoard::read_block(std::uint32_t offset, std::span<std::uint32_t> words) {
  if (lost_) return Error{Errc::link_down, "the link to the card was lost before", name_};
  if (auto good = check_access(Access::read, offset, words.size(), name_); !good) return good;
  if (auto done = load(offset, words); !done) return done;
  // All ones may be data, or a card that is gone.
  if (std::find(words.begin(), words.end(), kAllOnes) == words.end()) return {};
  const auto count = count_refused();
  return count ? base::Result<void>{} : count.error();
}

base::Result<void> PciBoard::write_block(std::uint32_t offset,
                                         std::span<const std::uint32_t> words) {
  if (lost_) return Error{Errc::link_down, "the link to the card was lost before", name_};
  if (auto good = check_access(Access::write, offset, words.size(), name_); !good) return good;
  if (!refused_) {
    const auto count = count_refused();
    if (!count) return count.error();
    refused_ = *count;
  }
  Run run{registers_ + offset / 4, nullptr, words.data(), words.size()};
  if (!survive_bus_error(mapping_, mapping_bytes_, store_words, &run)) {
    return lost("the BAR vanished (SIGBUS): the device was removed or the file was cut");
  }
  count_access(words.size(), 4 * words.size());
  const auto count = count_refused();
  if (!count) return count.error();
  if (std::exchange(*refused_, *count) == *count) return {};
  return refused_by_card(offset, name_);
}

base::Result<std::uint32_t> PciBoard::read_shell(std::uint32_t offset) {
  if (lost_) return Error{Errc::link_down, "the link to the card was lost before", name_};
  if (offset % 4 != 0 || offset < layout::kApertureBytes || offset + 4 > register_bytes_) {
    return Error{Errc::io, "no register of a shell there", name_};
  }
  std::uint32_t value = 0;
  if (auto done = load(offset, {&value, 1}); !done) return done.error();
  return value;
}

base::Result<std::uint32_t> PciBoard::read(std::uint32_t offset) {
  std::uint32_t value = 0;
  if (auto done = read_block(offset, {&value, 1}); !done) return done.error();
  return value;
}

base::Result<void> PciBoard::write(std::uint32_t offset, std::uint32_t value) {
  return write_block(offset, {&value, 1});
}

}  // namespace sluice::driver
