#include "daemon/check_way.hpp"

#include <algorithm>

namespace sluice::daemon {

void Backlog::turn(TimePoint at, bool took) {
  if (!took) {
    clear_until_ = at;
    taken_ = 0;
    return;
  }
  if (taken_ == 0) mark_ = at;
  if (++taken_ <= frames_) return;
  clear_until_ = mark_;
  taken_ = 0;
}

void CheckWay::kept_up(TimePoint until, const Losses& losses) {
  const std::lock_guard lock(mutex_);
  losses_ = losses;
  if (!kept_up_) {
    kept_up_ = until;
    trouble_.clear();
    return;
  }
  const auto gap = until - *kept_up_;
  if (gap <= gap.zero()) return;
  if (gap > kLongestGap) ++breaks_;
  time_ += std::min<TimePoint::duration>(gap, kCredit);
  kept_up_ = until;
}

void CheckWay::broke(const std::string& why) {
  const std::lock_guard lock(mutex_);
  trouble_ = why;
  if (!kept_up_) return;
  kept_up_.reset();
  ++breaks_;
}

CheckWay::View CheckWay::view(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  View view{{time_, time_}, breaks_, losses_, trouble_};
  if (!kept_up_) return view;
  const auto since = now - *kept_up_;
  view.moment.now += std::clamp<TimePoint::duration>(since, since.zero(), kCredit);
  if (since > kLongestGap) view.trouble = "the host and the card have not kept up for long";
  return view;
}

}  // namespace sluice::daemon
