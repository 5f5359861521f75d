// Gives a card another image, or leaves it with the one it had; docs/flash.md is the manual.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "driver/card_lock.hpp"
#include "flash/last_good.hpp"
#include "flash/mac_link.hpp"
#include "flash/programmer.hpp"
#include "image/image.hpp"

namespace sluice::flash {

enum class Step { lock, record, preflight, reset, program, verify, link, roll_back };
const char* name(Step step);

struct StepReport {
  Step step = Step::lock;
  bool done = false;  // else it failed
  std::chrono::milliseconds took{0};
  std::string detail;
};

struct FlashReport;

struct FlashRequest {
  image::Image image;
  std::string previous;  // image file of what the card runs now, if it was not flashed from here
  bool dry_run = false;  // report the plan, touch nothing
  bool reset = false;    // reset the card before, and to get back to a card without image
  bool accept_missed_timing = false;
  bool accept_no_way_back = false;  // flash even if the image the card runs could not be restored
  bool need_link = true;            // a link that stays down is a failure
  bool rs_fec = true;               // of the links
  std::chrono::milliseconds lock_wait{5'000};
  std::chrono::milliseconds link_wait{5'000};
  std::string lock_folder = driver::lock_folder();
  std::string state_folder = kStateFolder;
  // Longer than any step that ends; XRT's driver may keep a call for ever.
  std::chrono::milliseconds step_bound{900'000};
  std::function<void(Step)> on_start;  // told before each step
  std::function<void(const StepReport&)> on_end;
  std::function<void(const base::Error&)> on_hung;  // told before the program ends
  // The outcome, while signals are still held back: what is said here is said in any case.
  std::function<void(const FlashReport&)> on_report;
};

enum class Outcome {
  planned,      // --dry-run
  flashed,      // the card runs the new image, every check passed
  unchanged,    // failed before the card was touched, or it still runs what it ran
  rolled_back,  // failed; the card runs the old image again, which was checked
  unverified,   // failed, and so did the way back; `runs` is what the card itself names
};
const char* name(Outcome outcome);

struct FlashReport {
  Outcome outcome = Outcome::unchanged;
  std::string card;
  std::string image_id;                 // the new one
  std::string previous_id;              // empty: none
  std::optional<std::string> runs;      // what the card runs now; empty: nothing; none: not known
  std::vector<std::string> plan;        // of a dry run
  std::vector<StepReport> steps;        // in the order they were taken
  std::vector<MacLink> links;           // a port
  std::vector<std::string> notes;       // what is good to know, and no failure
  std::optional<base::Error> error;     // why it failed
  std::optional<base::Error> way_back;  // why the roll-back failed
  std::string next_step;                // empty: nothing to do

  bool ok() const { return outcome == Outcome::planned || outcome == Outcome::flashed; }
};

// While the card is between two images, signals that would end or stop the program are held back
// and SIGPIPE is ignored. A step that does not end within its bound ends the program, status 1: no
// thread can be taken out of a driver.
FlashReport flash(Programmer& programmer, const FlashRequest& request);

}  // namespace sluice::flash
