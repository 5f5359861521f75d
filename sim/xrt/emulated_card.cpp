#include "emulated_card.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include "driver/sim_board.hpp"
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
  if (registers_ != nullptr && registers_->read(layout::kReg_magic)) return;
  auto board = driver::SimBoard::connect(options_.sim_socket, options_.timeout);
  registers_ = board ? std::move(*board) : nullptr;
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
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(request.data().data());
  const bool taken =
      memory_.write(request.address() + request.offset_bytes(), {bytes, request.data().size()});
  return answer(taken ? request.data().size() : 0);
}

std::string EmulatedCard::serve_device_to_host(const std::string& payload) {
  DeviceToHost request;
  if (!request.ParseFromString(payload) || request.size_bytes() > kMaxTransferBytes) {
    return answer(0, {});
  }
  std::vector<std::uint8_t> bytes(request.size_bytes());
  memory_.read(request.address() + request.offset_bytes(), bytes);
  return answer(bytes.size(), std::string(bytes.begin(), bytes.end()));
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
  if (registers_ == nullptr || offset >= layout::kApertureBytes) return kAllOnes;
  auto value = registers_->read(static_cast<std::uint32_t>(offset));
  if (value) return *value;
  give_up_when_gone(value.error());
  return kAllOnes;
}

void EmulatedCard::write_register(std::uint64_t address, std::uint32_t value) {
  if (MacRegisters* mac = mac_at(address)) {
    return mac->write(static_cast<std::uint32_t>((address - kMacBase) % kMacStrideBytes), value);
  }
  const std::uint64_t offset = address - kCardBase;
  if (registers_ == nullptr || offset >= layout::kApertureBytes) return;
  auto done = registers_->write(static_cast<std::uint32_t>(offset), value);
  if (!done) give_up_when_gone(done.error());
}

void EmulatedCard::give_up_when_gone(const base::Error& error) {
  if (error.code == base::Errc::io) return;  // refused; the card lives
  options_.report(error);
  registers_.reset();
}

}  // namespace sluice::sim::xrt
