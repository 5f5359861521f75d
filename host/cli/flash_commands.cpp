#include "flash_commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/flash_report.hpp"
#include "flash/f2_programmer.hpp"
#include "flash/xrt_links.hpp"
#include "flash/xrt_programmer.hpp"
#include "output.hpp"

namespace sluice::cli {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr const char* kCards = "xrt:CARD (index or PCI address) or f2:SLOT (AWS F2)";

struct Options {
  std::string card;
  std::string image;
  flash::FlashRequest request;
  bool no_link = false;
  bool no_fec = false;
  double wait_s = 5;
  bool up = false;
};

// What stands behind `prefix`; nothing if the card is of another kind.
std::optional<std::string> behind(const std::string& card, const std::string& prefix) {
  if (!card.starts_with(prefix) || card.size() == prefix.size()) return std::nullopt;
  return card.substr(prefix.size());
}

Result<std::unique_ptr<flash::Programmer>> make_programmer(const std::string& card) {
  if (const auto slot = behind(card, "f2:")) {
    flash::F2Options options;
    const char* end = slot->data() + slot->size();
    const auto number = std::from_chars(slot->data(), end, options.slot);
    if (number.ec == std::errc() && number.ptr == end) {
      return flash::make_f2_programmer(std::move(options));
    }
  }
  const auto address = behind(card, "xrt:");
  if (!address || address->find(',') != std::string::npos) {
    return Error{Errc::invalid,
                 fmt::format("'{}' names no card that this program can flash; write {}. Cards of "
                             "OpenNIC and Corundum get their image from Vivado or their own tools",
                             card, kCards),
                 ""};
  }
  auto layer = flash::open_xrt_layer(*address);
  if (!layer) return layer.error();
  return flash::make_xrt_programmer(std::move(*layer));
}

int run_flash(Options& options, const std::string& output) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads the progress may stop; the flash does not
  auto image = image::read_image(options.image);
  if (!image) return fail(output, image.error());
  auto programmer = make_programmer(options.card);
  if (!programmer) return fail(output, programmer.error());
  flash::FlashRequest& request = options.request;
  request.image = std::move(*image);
  request.need_link = !options.no_link;
  request.rs_fec = !options.no_fec;
  request.lock_wait = std::chrono::milliseconds(static_cast<long>(options.wait_s * 1000));
  request.on_start = [](flash::Step step) { std::fprintf(stderr, "%s ...\n", flash::name(step)); };
  request.on_end = [](const flash::StepReport& step) {
    std::fputs(render_step(step).c_str(), stderr);
  };
  request.on_hung = [&output](const Error& error) { fail(output, error); };
  int status = 1;
  request.on_report = [&output, &status](const flash::FlashReport& report) {
    if (output == "json") print(flash_report(report).dump(2) + "\n");
    if (!report.ok()) {
      status = fail("sluice: " + render_flash(report));
      return;
    }
    if (output != "json") print(render_flash(report));
    status = 0;
  };
  flash::flash(**programmer, request);
  return status;
}

// ---- board link

Result<std::vector<flash::MacLink>> links_of(const Options& options) {
  const auto address = behind(options.card, "xrt:");
  if (address && address->find(',') != std::string::npos) {
    return Error{Errc::invalid,
                 "a card is named without its image here; write xrt:CARD and --image FILE",
                 options.card};
  }
  if (!address) {
    for (const char* kind : {"f2:", "pci:", "sim:", "fake"}) {
      if (!options.card.starts_with(kind)) continue;
      return Error{
          Errc::not_found,
          "no MAC that Sluice can ask: only those of an xrt: card have registers of their "
          "own. A shell's MACs are its own tools' to ask; what was lost towards them is in "
          "`sluice board info`",
          options.card};
    }
    return Error{Errc::invalid, "'" + options.card + "' names no board; write xrt:CARD", ""};
  }
  const auto layer = flash::open_xrt_layer(*address);
  if (!layer) return layer.error();
  flash::LinksRequest request;
  request.image = options.image;
  request.state_folder = options.request.state_folder;
  request.lock_folder = options.request.lock_folder;
  request.up = options.up;
  request.rs_fec = !options.no_fec;
  return flash::xrt_links(**layer, request);
}

int board_link(Options& options, const std::string& output) {
  const auto links = links_of(options);
  if (!links) return fail(output, links.error());
  const Json report = link_report(options.card, *links);
  print(output == "json" ? report.dump(2) + "\n" : render_links(options.card, *links));
  return report.at("up").get<bool>() ? 0 : 1;
}

// ---- board reset

int board_reset(Options& options, const std::string& output) {
  auto programmer = make_programmer(options.card);
  if (!programmer) return fail(output, programmer.error());
  const std::string card = (*programmer)->card();
  const auto address = (*programmer)->address();
  if (!address) return fail(output, address.error());
  const auto lock =
      driver::CardLock::take(options.request.lock_folder, *address,
                             std::chrono::milliseconds(static_cast<long>(options.wait_s * 1000)));
  if (!lock) return fail(output, lock.error());
  // A card that cannot say what it runs may need the reset most.
  const auto before = (*programmer)->record();
  if (!before && before.error().code == Errc::not_found) return fail(output, before.error());
  const std::string had = !before                    ? "what it ran could not be read"
                          : before->image_id.empty() ? "it had no image"
                                                     : "it ran image " + before->image_id;
  std::fprintf(stderr, "reset of %s; %s ...\n", card.c_str(), had.c_str());
  if (const auto done = (*programmer)->reset(); !done) return fail(output, done.error());
  if (output == "json") {
    const Json previous = before ? Json(before->image_id) : Json();
    print(Json{{"ok", true}, {"card", card}, {"previous", previous}, {"runs", ""}}.dump(2) + "\n");
  } else {
    print(fmt::format("{0}: was reset and has no image now ({1}); next: sluice flash {0} IMAGE\n",
                      card, had));
  }
  return 0;
}

// ---- the commands

void add_folders(CLI::App& command, Options& options) {
  command.add_option("--lock-dir", options.request.lock_folder, "where cards are locked")
      ->capture_default_str();
  command.add_option("--wait", options.wait_s, "seconds to wait for a card that is locked")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
}

void add_state_dir(CLI::App& command, Options& options) {
  command
      .add_option("--state-dir", options.request.state_folder, "where last good images are kept")
      ->capture_default_str();
}

void add_flash(CLI::App& flash, Options& options) {
  flash.add_option("CARD", options.card, kCards)->required();
  flash.add_option("FILE", options.image, "image or manifest")->required();
  flash::FlashRequest& request = options.request;
  flash.add_flag("--dry-run", request.dry_run, "tell the plan, touch nothing");
  flash.add_flag("--reset", request.reset, "reset the card before");
  flash.add_option("--previous", request.previous, "image that the card runs now");
  flash.add_flag("--no-way-back", request.accept_no_way_back,
                 "also if the image the card runs could not be given back");
  flash.add_flag("--no-link", options.no_link, "a link that stays down is no failure");
  flash.add_flag("--no-fec", options.no_fec, "links without RS-FEC");
  flash.add_flag("--accept-missed-timing", request.accept_missed_timing,
                 "take an image that did not meet timing");
  add_folders(flash, options);
  add_state_dir(flash, options);
}

}  // namespace

void add_flash_commands(CLI::App& app, const std::string& output, std::function<int()>& action) {
  const auto options = std::make_shared<Options>();
  const auto on = [&](CLI::App* command, int (*work)(Options&, const std::string&)) {
    command->callback([&action, &output, options, work] {
      action = [&output, options, work] { return work(*options, output); };
    });
  };
  CLI::App* flash = app.add_subcommand("flash", "give a card an image, or leave it as it was");
  add_flash(*flash, *options);
  on(flash, run_flash);
  CLI::App* board = app.get_subcommand("board");
  CLI::App* link = board->add_subcommand("link", "the link of each MAC, and what to do");
  link->add_option("BOARD", options->card, "xrt:CARD; other boards have no MAC to ask")->required();
  link->add_option("--image", options->image, "image that the card runs");
  CLI::Option* up =
      link->add_flag("--up", options->up, "set RS-FEC and bring links up that are down");
  link->add_flag("--no-fec", options->no_fec, "with --up: bring them up without RS-FEC")->needs(up);
  add_state_dir(*link, *options);
  on(link, board_link);
  CLI::App* reset = board->add_subcommand("reset", "reset a card: it has no image afterwards");
  reset->add_option("CARD", options->card, kCards)->required();
  add_folders(*reset, *options);
  on(reset, board_reset);
}

}  // namespace sluice::cli
