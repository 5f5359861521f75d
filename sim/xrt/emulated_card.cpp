#include "emulated_card.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include "hw_emu.pb.h"
#include "layout/registers.hpp"

namespace sluice::sim::xrt {
namespace {

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr std::uint32_t kMaxRegisterBytes = 64u << 10;
constexpr std::uint32_t kMaxTransferBytes = 512u << 10;

std::string answer(std::uint64_t value) {
  Reply reply;
  reply.set_value(value);
  return reply.SerializeAsString();
}

std::string answer(std::uint64_t value, std::string data) {
  Reply reply;
  reply.set_value(value);
  reply.set_data(std::move(data));
  return reply.SerializeAsString();
}

}  // namespace

void EmulatedCard::begin_session() {
  if (sim_ != nullptr && sim_->read(layout::kReg_magic)) return;
  auto board = driver::SimBoard::connect(options_.sim_socket, options_.timeout);
  sim_ = board ? std::move(*board) : nullptr;
  if (!board) options_.report(board.error());
}

std::string EmulatedCard::serve(Call call, const std::string& payload) {
  switch (call) {
    case Call::register_read:
      return serve_register_read(payload);
    case Call::register_write:
      return serve_register_write(payload);
    case Call::host_to_device:
      return serve_host_to_device(payload);
    case Call::device_to_host:
      return serve_device_to_host(payload);
    case Call::debug_messages:
      return {};
    case Call::close:
    case Call::alloc_buffer:
    case Call::free_buffer:
    case Call::set_environment:
      return answer(1);
  }
  return answer(0);
}

std::string EmulatedCard::serve_register_read(const std::string& payload) {
  RegisterRead request;
  if (!request.ParseFromString(payload) || request.size_bytes() > kMaxRegisterBytes) {
    return answer(0);
  }
  std::string data(request.size_bytes(), '\0');
  for (std::size_t at = 0; at + 4 <= data.size(); at += 4) {
    const std::uint32_t word = read_register(request.address() + at);
    std::memcpy(&data[at], &word, sizeof word);
  }
  return answer(1, std::move(data));
}

std::string EmulatedCard::serve_register_write(const std::string& payload) {
  RegisterWrite request;
  if (!request.ParseFromString(payload)) return answer(0);
  const std::string& data = request.data();
  for (std::size_t at = 0; at + 4 <= data.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, &data[at], sizeof word);
    write_register(request.address() + at, word);
  }
  return answer(1);
}

std::string EmulatedCard::serve_host_to_device(const std::string& payload) {
  HostToDevice request;
  if (!request.ParseFromString(payload)) return answer(0);
  const bool taken = write_memory(request.address() + request.offset_bytes(), request.data());
  return answer(taken ? request.data().size() : 0);
}

std::string EmulatedCard::serve_device_to_host(const std::string& payload) {
  DeviceToHost request;
  if (!request.ParseFromString(payload) || request.size_bytes() > kMaxTransferBytes) {
    return answer(0, {});
  }
  return answer(request.size_bytes(),
                read_memory(request.address() + request.offset_bytes(), request.size_bytes()));
}

bool EmulatedCard::write_memory(std::uint64_t address, const std::string& bytes) {
  if (sim_ == nullptr) return true;  // as a write to a card that is gone
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  if (words.empty()) return true;
  if (bytes.size() % 4 != 0) {
    // The simulator's memory is written in words: what is behind the last byte stays.
    const std::uint64_t last = address + 4 * (words.size() - 1);
    if (!sim_->read_memory(last, {&words.back(), 1})) return false;
  }
  std::memcpy(words.data(), bytes.data(), bytes.size());
  auto done = sim_->write_memory(address, words);
  if (!done) give_up_when_gone(done.error());
  return done.ok();
}

std::string EmulatedCard::read_memory(std::uint64_t address, std::uint32_t size_bytes) {
  std::vector<std::uint32_t> words((size_bytes + 3) / 4, kAllOnes);
  if (sim_ != nullptr && !words.empty()) {
    if (auto done = sim_->read_memory(address, words); !done) give_up_when_gone(done.error());
  }
  return std::string(reinterpret_cast<const char*>(words.data()), size_bytes);
}

MacRegisters* EmulatedCard::mac_at(std::uint64_t address) {
  if (address < kMacBase || address >= kMacBase + kMacs * kMacStrideBytes) return nullptr;
  return &macs_[(address - kMacBase) / kMacStrideBytes];
}

std::uint32_t EmulatedCard::read_register(std::uint64_t address) {
  if (MacRegisters* mac = mac_at(address)) {
    return mac->read(static_cast<std::uint32_t>((address - kMacBase) % kMacStrideBytes));
  }
  const std::uint64_t offset = address - kCardBase;
  if (sim_ == nullptr || offset >= layout::kApertureBytes) return kAllOnes;
  auto value = sim_->read(static_cast<std::uint32_t>(offset));
  if (value) return *value;
  give_up_when_gone(value.error());
  return kAllOnes;
}

void EmulatedCard::write_register(std::uint64_t address, std::uint32_t value) {
  if (MacRegisters* mac = mac_at(address)) {
    return mac->write(static_cast<std::uint32_t>((address - kMacBase) % kMacStrideBytes), value);
  }
  const std::uint64_t offset = address - kCardBase;
  if (sim_ == nullptr || offset >= layout::kApertureBytes) return;
  auto done = sim_->write(static_cast<std::uint32_t>(offset), value);
  if (!done) give_up_when_gone(done.error());
}

void EmulatedCard::give_up_when_gone(const base::Error& error) {
  if (error.code == base::Errc::io) return;  // refused; the card lives
  options_.report(error);
  sim_.reset();
}

}  // namespace sluice::sim::xrt
