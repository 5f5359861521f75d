// The connection table's part of sluice_layout_pkg: constants, and the life of a connection as two
// functions that are tables.
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "generate.hpp"
#include "layout/connections.hpp"

namespace sluice::layout {
namespace {

struct Name {
  std::uint32_t code;
  std::string name;
  std::string doc;
};

std::vector<Name> events() {
  return {
#define SLUICE_EVENT_NAME(code, name, from, doc) {code, #name, "from the " #from ": " doc},
      SLUICE_CONNECTION_EVENTS(SLUICE_EVENT_NAME)
#undef SLUICE_EVENT_NAME
  };
}

std::vector<Name> states() {
  return {
#define SLUICE_STATE_NAME(code, name, doc) {code, #name, doc},
      SLUICE_CONNECTION_STATES(SLUICE_STATE_NAME)
#undef SLUICE_STATE_NAME
  };
}

constexpr std::uint32_t kStepBits = 7;
constexpr std::uint32_t kCheckBits = 4;
constexpr std::uint32_t kGoneBits = 2;
constexpr std::uint32_t kRowSteps = 2 * kConnectionStates;

std::string bits(std::uint32_t value, std::uint32_t count) {
  std::string out;
  for (std::uint32_t i = count; i-- > 0;) out += (value >> i & 1) != 0 ? '1' : '0';
  return out;
}

// Steps from the highest index down.
std::string step_row(std::uint8_t event, std::uint8_t sees_return) {
  std::string row;
  for (std::uint32_t i = kRowSteps; i-- > 0;) {
    const ConnectionStep step = connection_step(static_cast<std::uint8_t>(i % kConnectionStates),
                                                event, i >= kConnectionStates, sees_return != 0);
    row += fmt::format("{}{:d}{:d}{:d}{:d}{}", row.empty() ? "" : "_", step.takes_out,
                       step.takes_in, step.sets, step.takes, bits(step.state, 3));
  }
  return row;
}

std::string check_row(std::uint8_t event, std::uint8_t sees_return) {
  const ConnectionCheck check = connection_check(event, sees_return != 0);
  return fmt::format("{:d}{:d}{:d}{:d}", check.later, check.strict, check.out, check.in);
}

std::string gone_row(std::uint8_t event, std::uint8_t policy) {
  std::string row;
  for (std::uint32_t state = kConnectionStates; state-- > 0;) {
    const ConnectionGone gone = connection_gone(static_cast<std::uint8_t>(state), event, policy);
    row += fmt::format("{:d}{:d}", gone == ConnectionGone::resets, gone == ConnectionGone::takes);
  }
  return row;
}

// A function of an event and `bits` more.
template <typename Row>
std::string table(const std::string& function, const std::string& other, std::uint32_t bits,
                  std::uint32_t width, Row row_of) {
  std::string out = fmt::format(
      "  function automatic logic [{}:0] {}(\n      input logic [3:0] connection_event,\n"
      "      input logic [{}:0] {});\n    case ({{connection_event, {}}})\n",
      width - 1, function, bits - 1, other, other);
  for (std::uint32_t event = 0; event < kConnectionEvents; ++event) {
    for (std::uint32_t value = 0; value < 1U << bits; ++value) {
      out += fmt::format(
          "      {}'d{}: {} =\n          {}'b{};\n", 4 + bits, (event << bits) + value, function,
          width, row_of(static_cast<std::uint8_t>(event), static_cast<std::uint8_t>(value)));
    }
  }
  return out +
         fmt::format("      default: {} = {}'d0;\n    endcase\n  endfunction\n", function, width);
}

}  // namespace

std::string connection_view() {
  std::string out = "\n  // Connections\n";
  const std::vector<std::pair<std::string, std::uint32_t>> numbers = {
      {"key_bits", kConnectionKeyBits},
      {"bucket_bits", kConnectionBucketBits},
      {"client_bucket_bits", kClientBucketBits},
      {"read_block", kConnectionReadBlock},
      {"service_bits", kConnectionServiceBits},
      {"backend_bits", kConnectionBackendBits},
      {"state_bits", kConnectionStateBits},
      {"epoch_bits", kConnectionEpochBits},
      {"timeout_bits", kConnectionTimeoutBits},
      {"reference_bits", kConnectionReferenceBits},
      {"rounds", kConnectionRounds},
      {"stash", kConnectionStash},
      {"pick_cycles", kConnectionPickCycles},
      {"least_timeout", kConnectionLeastTimeout},
      {"step_bits", kStepBits},
  };
  for (const auto& [name, value] : numbers) {
    out += fmt::format("  localparam int unsigned CONNECTION_{} = {};\n", upper(name), value);
  }
  for (const Name& state : states()) {
    out += fmt::format("  localparam logic [2:0] CONNECTION_{} = 3'd{};  // {}\n",
                       upper(state.name), state.code, state.doc);
  }
  for (const Name& event : events()) {
    out += fmt::format("  localparam logic [3:0] CONNECTION_EVENT_{} = 4'd{};  // {}\n",
                       upper(event.name), event.code, event.doc);
  }
  out += fmt::format(
      "  localparam logic [1:0] CONNECTION_RESETS = {}, CONNECTION_MOVES = {}, CONNECTION_KEEPS = "
      "{};\n",
      +kConnectionResets, +kConnectionMoves, +kConnectionKeeps);
  out +=
      "  // Steps {takes_out, takes_in, sets, takes, state} of an event at place\n"
      "  // {believed, state}, the lowest first.\n";
  out += table("connection_row", "sees_return", 1, kStepBits * kRowSteps, step_row);
  out += "  // {later, strict, out, in} of an event: what it must show to be believed.\n";
  out += table("connection_check", "sees_return", 1, kCheckBits, check_row);
  out += "  // {resets, takes} of each state if the backend is gone, the lowest first.\n";
  return out + table("connection_gone_row", "policy", 2, kGoneBits * kConnectionStates, gone_row);
}

}  // namespace sluice::layout
