#include "card/connections.hpp"

#include <cstdio>
#include <cstdlib>

#include "layout/connections.hpp"
#include "layout/registers.hpp"

namespace sluice::card_test {
namespace {

void must(const base::Result<void>& done) {
  if (done) return;
  std::fprintf(stderr, "connections: %s\n", done.error().message().c_str());
  std::abort();
}

void wait_while_flushing(sim::SimCard& card) {
  for (int tries = 0; tries < 10'000; ++tries) {
    const auto status = card.read(layout::kReg_conn_status);
    if (!status) must(status.error());
    if ((*status & layout::kConnStatusFlushing) == 0) return;
    card.run(100);
  }
  must(base::Error{base::Errc::hung, "the flush does not end", "sim"});
}

}  // namespace

std::uint32_t connection_round_key(std::uint32_t round) {
  return (0x2f3a5b7u * (round + 1)) & 0x3fffffff;
}

void put_connections_to_use(sim::SimCard& card) {
  for (std::uint32_t i = 0; i < layout::kConnectionRounds; ++i) {
    must(card.write(layout::kReg_conn_round_key0 + 4 * i, connection_round_key(i)));
  }
  wait_while_flushing(card);
  must(card.write(layout::kReg_conn_control, layout::kConnControlFlush));
  wait_while_flushing(card);
  must(card.write(layout::kReg_conn_epoch_ticks, layout::kTickHz));
  must(card.write(layout::kReg_conn_control, layout::kConnControlUse));
}

}  // namespace sluice::card_test
