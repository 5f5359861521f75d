#include "flash/flash.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "held_signals.hpp"
#include "watchdog.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using Clock = std::chrono::steady_clock;

std::string shown(const std::string& image_id) {
  return image_id.empty() ? "no image" : "image " + image_id;
}

// One flash; its steps in the order in which they are taken.
class Flash {
 public:
  Flash(Programmer& programmer, const FlashRequest& request)
      : programmer_(programmer), request_(request) {
    report_.card = programmer.card();
    report_.image_id = image_id_of(request.image.manifest);
  }

  FlashReport run() {
    if (request_.dry_run) {
      if (look()) make_plan();
      return tell();
    }
    driver::CardLock lock;
    const bool locked = step(Step::lock, [&](std::string&) -> Result<void> {
      const auto address = programmer_.address();
      if (!address) return address.error();
      auto taken = driver::CardLock::take(request_.lock_folder, *address, request_.lock_wait);
      if (!taken) return taken.error();
      lock = std::move(*taken);
      return {};
    });
    if (!locked || !look()) return tell();
    const HeldSignals held;
    if (change()) {
      report_.outcome = Outcome::flashed;
      report_.runs = report_.image_id;
      remember();
    } else {
      roll_back();
    }
    return tell();
  }

 private:
  FlashReport tell() {
    if (request_.on_report) request_.on_report(report_);
    return std::move(report_);
  }

  // Runs `body`, which may fill in the step's detail. False: it failed, and the report says so.
  template <class Body>
  bool step(Step which, Body body) {
    if (request_.on_start) request_.on_start(which);
    last_ = which;
    const auto start = Clock::now();
    StepReport done;
    done.step = which;
    const Result<void> result = [&] {
      const Watchdog watchdog(request_.step_bound, [this] { give_up(); });
      return body(done.detail);
    }();
    done.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    done.done = result.ok();
    if (!result) {
      done.detail = result.error().message();
      (which == Step::roll_back ? report_.way_back : report_.error) = result.error();
    }
    report_.steps.push_back(done);
    if (request_.on_end) request_.on_end(done);
    return done.done;
  }

  // In the watchdog's thread, while the one of the step hangs.
  [[noreturn]] void give_up() const {
    const auto bound_s = std::chrono::duration_cast<std::chrono::seconds>(request_.step_bound);
    const Error hung{Errc::hung,
                     fmt::format("step {} has not ended for {} s: XRT or the card does not answer; "
                                 "power-cycle the machine, then flash again: that records what the "
                                 "card runs",
                                 name(last_), bound_s.count()),
                     report_.card};
    if (request_.on_hung) request_.on_hung(hung);
    ::_exit(1);
  }

  // ---- before the card is touched

  bool look() {
    const bool recorded = step(Step::record, [&](std::string& detail) -> Result<void> {
      auto state = programmer_.record();
      if (!state) return state.error();
      previous_ = std::move(*state);
      report_.previous_id = previous_.image_id;
      report_.runs = previous_.image_id;
      detail = shown(previous_.image_id);
      return {};
    });
    return recorded && step(Step::preflight, [&](std::string&) { return preflight(); });
  }

  Result<void> preflight() {
    image::Card card = previous_.card;
    card.accept_missed_timing = request_.accept_missed_timing;
    if (auto fits = image::check_for_card(request_.image, card); !fits) return fits;
    if (auto found = find_way_back(); !found) return found;
    return programmer_.preflight(request_.image, request_.reset, report_.notes);
  }

  Result<void> find_way_back() {
    if (!programmer_.needs_file_to_restore() && !request_.previous.empty()) {
      return Error{Errc::invalid,
                   "--previous: this card's image is given back by its id; leave the option out",
                   report_.card};
    }
    if (previous_.image_id.empty() || !programmer_.needs_file_to_restore()) return {};
    std::string why = "it was not flashed from here, so where its file is is not known";
    const auto good = load_last_good(request_.state_folder, report_.card);
    for (const std::string& path : {request_.previous, good ? good->path : std::string(),
                                    good ? good->source : std::string()}) {
      if (path.empty()) continue;
      auto image = image::read_image(path);
      if (image && image_id_of(image->manifest) == previous_.image_id) {
        way_back_ = std::move(*image);
        return {};
      }
      why = image ? path + " is another image" : image.error().message();
      if (path == request_.previous) break;  // what a person named is not silently replaced
    }
    const std::string what = "the card runs image " + previous_.image_id +
                             ", and it could not be given back if this flash fails: " + why;
    if (request_.accept_no_way_back) {
      report_.notes.push_back(what);
      return {};
    }
    return Error{Errc::not_found,
                 what + "; name its file with --previous FILE, or do without with --no-way-back",
                 report_.card};
  }

  void make_plan() {
    report_.outcome = Outcome::planned;
    report_.plan.push_back("lock " + report_.card);
    report_.plan.push_back("remember that it runs " + shown(previous_.image_id));
    if (request_.reset) report_.plan.push_back("reset the card: it has no image then");
    for (std::string& line : programmer_.plan(request_.image)) {
      report_.plan.push_back(std::move(line));
    }
    const image::Manifest& manifest = request_.image.manifest;
    report_.plan.push_back(fmt::format(
        "verify: magic, ABI {}.{}, build {:08x}, layouts {:08x}, scratch written and read",
        manifest.abi_version >> 16, manifest.abi_version & 0xffff, manifest.build_id,
        manifest.layout_hash));
    const auto& ips = request_.image.xclbin.ips;
    const bool macs = std::any_of(ips.begin(), ips.end(),
                                  [](const image::Ip& ip) { return ip.name.starts_with("cmac_"); });
    report_.plan.push_back(!macs ? "no link to bring up: the image has no MAC"
                           : request_.need_link
                               ? "bring the link of each MAC up; a link that stays down fails"
                               : "bring the link of each MAC up; one that stays down is told");
    report_.plan.push_back("if a step fails: " + planned_way_back());
  }

  std::string planned_way_back() const {
    const bool by_id = !programmer_.needs_file_to_restore();
    if (!previous_.image_id.empty()) {
      return way_back_ || by_id ? "back to image " + previous_.image_id + ", verified"
                                : "image " + previous_.image_id + " can not be given back";
    }
    return by_id || request_.reset
               ? "back to a card without image"
               : "the card keeps what it runs then, unverified: only --reset takes an image away";
  }

  // ---- from here on the card is between two images

  bool change() {
    if (request_.reset && !step(Step::reset, [&](std::string&) { return programmer_.reset(); })) {
      return false;
    }
    return step(Step::program,
                [&](std::string& detail) {
                  detail = shown(report_.image_id);
                  return programmer_.program(request_.image);
                }) &&
           step(Step::verify, [&](std::string& detail) { return verify(detail); }) &&
           step(Step::link, [&](std::string& detail) { return link(detail); });
  }

  Result<void> verify(std::string& detail) {
    const image::Manifest& manifest = request_.image.manifest;
    const auto board = programmer_.registers();
    if (!board) return board.error();
    detail = fmt::format("build {:08x}", manifest.build_id);
    return verify_card(**board, manifest);
  }

  Result<void> link(std::string& detail) {
    report_.links.clear();
    auto macs = programmer_.macs();
    if (!macs) return macs.error();
    if (macs->empty()) detail = "the card has no MAC";
    std::optional<Error> down;
    for (const auto& mac : *macs) {
      const auto link = bring_up(*mac, request_.link_wait, request_.rs_fec);
      if (!link) return link.error();
      report_.links.push_back(*link);
      detail += (detail.empty() ? "" : "; ") + link->mac + " " + link->text();
      if (link->up) continue;
      const std::string what = "no link: " + link->text() + "; " + link->advice();
      if (request_.need_link && !down) {
        down = Error{Errc::link_down, what + "; an image may stay without link with --no-link",
                     link->mac};
      } else if (!request_.need_link) {
        report_.notes.push_back(link->mac + ": " + what);
      }
    }
    if (down) return *down;
    return {};
  }

  void remember() {
    const auto saved = save_last_good(request_.state_folder, report_.card, request_.image);
    if (saved) return;
    report_.notes.push_back("the image could not be kept as the way back of the next flash: " +
                            saved.error().message());
  }

  // ---- the way back

  void roll_back() {
    const Step failed = last_;
    const bool done = step(Step::roll_back, [&](std::string& detail) -> Result<void> {
      if (failed == Step::program && still_runs_previous()) {
        report_.outcome = Outcome::unchanged;
        detail = "the card still runs " + shown(previous_.image_id);
        return {};
      }
      report_.outcome = Outcome::unverified;
      if (auto restored = restore(); !restored) return restored;
      report_.outcome = Outcome::rolled_back;
      detail = shown(previous_.image_id) + ", verified";
      return {};
    });
    report_.runs = previous_.image_id;
    if (done) return;
    const Watchdog watchdog(request_.step_bound, [this] { give_up(); });
    const auto now = programmer_.record();
    report_.runs = now ? std::optional(now->image_id) : std::nullopt;
    report_.next_step = advice();
  }

  // The new image has another id, so the id tells the two apart.
  bool still_runs_previous() {
    if (report_.image_id == previous_.image_id || request_.reset) return false;
    const auto now = programmer_.record();
    return now && now->runs_the_same_as(previous_);
  }

  Result<void> restore() {
    if (previous_.image_id.empty() && programmer_.needs_file_to_restore()) {
      if (!request_.reset) {
        return Error{Errc::program_failed,
                     "the card had no image before, and only a reset takes one away, which was "
                     "not asked for",
                     report_.card};
      }
      return programmer_.reset();
    }
    if (programmer_.needs_file_to_restore() && !way_back_) {
      return Error{Errc::not_found, "the old image's file is not known", report_.card};
    }
    const image::Image* file = way_back_ ? &*way_back_ : nullptr;
    if (auto restored = programmer_.restore(previous_, file); !restored) return restored;
    if (file != nullptr) {
      const auto board = programmer_.registers();
      if (!board) return board.error();
      if (auto good = verify_card(**board, file->manifest); !good) return good;
      bring_links_back();
    }
    const auto now = programmer_.record();
    if (!now) return now.error();
    if (now->runs_the_same_as(previous_)) return {};
    return Error{Errc::verify_failed,
                 "after the roll-back the card runs " + shown(now->image_id) +
                     (now->image_id == previous_.image_id ? ", but its registers differ" : ""),
                 report_.card};
  }

  // The old image is back; whether its link is up is told, and changes nothing.
  void bring_links_back() {
    auto macs = programmer_.macs();
    if (!macs) {
      report_.notes.push_back("links of the old image: " + macs.error().message());
      return;
    }
    for (const auto& mac : *macs) {
      const auto link = bring_up(*mac, request_.link_wait, request_.rs_fec);
      if (link && link->up) continue;
      report_.notes.push_back("link of the old image: " + mac->name() + ": " +
                              (link ? link->text() : link.error().message()));
    }
  }

  std::string advice() const {
    const std::string reset =
        "`sluice board reset " + report_.card + "`, then `sluice flash " + report_.card + " IMAGE`";
    return "do not send the card traffic: " + reset +
           (previous_.image_id.empty() ? "" : " with image " + previous_.image_id + " or another");
  }

  Programmer& programmer_;
  const FlashRequest& request_;
  FlashReport report_;
  CardState previous_;
  std::optional<image::Image> way_back_;
  Step last_ = Step::lock;
};

}  // namespace

const char* name(Step step) {
  switch (step) {
    case Step::lock:
      return "lock";
    case Step::record:
      return "record";
    case Step::preflight:
      return "preflight";
    case Step::reset:
      return "reset";
    case Step::program:
      return "program";
    case Step::verify:
      return "verify";
    case Step::link:
      return "link";
    case Step::roll_back:
      return "roll_back";
  }
  std::abort();
}

const char* name(Outcome outcome) {
  switch (outcome) {
    case Outcome::planned:
      return "planned";
    case Outcome::flashed:
      return "flashed";
    case Outcome::unchanged:
      return "unchanged";
    case Outcome::rolled_back:
      return "rolled_back";
    case Outcome::unverified:
      return "unverified";
  }
  std::abort();
}

FlashReport flash(Programmer& programmer, const FlashRequest& request) {
  return Flash(programmer, request).run();
}

}  // namespace sluice::flash
