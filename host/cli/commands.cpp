#include "cli/commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "api/client.hpp"
#include "api/report.hpp"
#include "api/version.hpp"
#include "base/printable.hpp"
#include "board_commands.hpp"
#include "cli/completion.hpp"
#include "cli/render.hpp"
#include "conn_commands.hpp"
#include "flash_commands.hpp"
#include "image_commands.hpp"
#include "output.hpp"
#include "values.hpp"

namespace sluice::cli {
namespace {

constexpr int kWrongUsage = 2;
constexpr int kNotSaved = 3;  // done, but a restart would not know it

struct Settings {
  std::string socket = api::kDefaultSocket;
  std::string output = "table";
  std::string file;
  std::string service;
  std::string shell;  // bash is the only one
  std::vector<std::string> words;
  bool watch = false;
  bool all = false;
  double interval_s = 1;
};

int fail(const Settings& settings, const base::Error& error) {
  return cli::fail(settings.output, error);
}

int fail(const Settings& settings, const Json& reply) {
  if (settings.output == "json") print(reply.dump(2) + "\n");
  return cli::fail(render_error(reply));
}

// A JSON object or array, or an error that blames the other side.
base::Result<Json> parse(const api::Reply& reply) {
  Json json = Json::parse(reply.body, nullptr, false);
  if (json.is_discarded()) {
    return base::Error{base::Errc::incompatible,
                       "the answer is not JSON: are sluice and sluiced of one version?", ""};
  }
  return json;
}

// The answer of a successful GET; otherwise prints why not and sets `status`.
std::optional<Json> get(const Settings& settings, const std::string& path, int& status) {
  const auto reply = api::Client(settings.socket).get(path);
  if (!reply) {
    status = fail(settings, reply.error());
    return std::nullopt;
  }
  auto json = parse(*reply);
  if (!json) {
    status = fail(settings, json.error());
    return std::nullopt;
  }
  if (reply->http_status != 200) {
    status = fail(settings, *json);
    return std::nullopt;
  }
  return std::move(*json);
}

base::Result<std::string> read_config_file(const std::string& file) {
  auto text = daemon::read_file(file, daemon::kMaxConfigBytes);
  if (text || text.error().code != base::Errc::not_found) return text;
  return base::Error{base::Errc::not_found, "no such file", file};
}

int check(const Settings& settings) {
  const auto text = read_config_file(settings.file);
  if (!text) return fail(settings, text.error());
  const auto read = model::read_config(*text, settings.file);
  const Json report =
      read.config ? api::check_report(*read.config) : api::problems_report(read.problems);
  if (!read.config) return fail(settings, report);
  if (settings.output == "json") {
    print(report.dump(2) + "\n");
  } else {
    print(fmt::format("{}: valid ({} ports, {} services, {} backends)\n", settings.file,
                      report.at("ports").get<int>(), report.at("services").get<int>(),
                      report.at("backends").get<int>()));
  }
  return 0;
}

// What is said behind the reason. No answer says nothing: the daemon may have begun.
int not_applied(int status, base::Errc code) {
  if (code == base::Errc::hung) return not_known();
  cli::fail("sluice: the running configuration is unchanged\n");
  return status;
}

int apply(const Settings& settings) {
  const auto text = read_config_file(settings.file);
  if (!text) return fail(settings, text.error());
  const std::string full = std::filesystem::absolute(settings.file).lexically_normal().string();
  const auto reply = api::Client(settings.socket)
                         .post("/v1/config/apply?file=" + api::percent_encode(full), *text);
  if (!reply) return not_applied(fail(settings, reply.error()), reply.error().code);
  const auto json = parse(*reply);
  if (!json) return fail(settings, json.error());
  if (reply->http_status != 200) {
    const bool hung = json->at("error").at("code") == base::name(base::Errc::hung);
    return not_applied(fail(settings, *json), hung ? base::Errc::hung : base::Errc::invalid);
  }
  print(settings.output == "json" ? json->dump(2) + "\n" : render_apply(*json));
  if (json->value("warning", Json()).is_null()) return 0;
  const auto warning = json->at("warning").get<std::string>();
  cli::fail("sluice: applied, but " + base::printable(warning) + "\n");
  return kNotSaved;
}

// What `status` and `show` end with; a warning goes to stderr as well.
int end_of_status(const Json& status) {
  const Json& config = status.at("config");
  if (config.is_null() || config.value("saved", true)) return 0;
  const auto trouble = config.at("save_trouble").get<std::string>();
  cli::fail("sluice: what runs is not saved, a restart would run an older configuration: " +
            base::printable(trouble) + "\n");
  return kNotSaved;
}

int show(const Settings& settings) {
  int status = 0;
  const auto daemon = get(settings, "/v1/status", status);
  if (!daemon) return status;
  const auto services = get(settings, "/v1/services", status);
  if (!services) return status;
  const auto backends = get(settings, "/v1/backends", status);
  if (!backends) return status;
  if (settings.output == "json") {
    Json all = *daemon;
    all["services"] = services->at("services");
    all["backends"] = backends->at("backends");
    print(all.dump(2) + "\n");
  } else {
    print(render_show(*daemon, *services, *backends));
  }
  return end_of_status(*daemon);
}

int show_config(const Settings& settings) {
  int status = 0;
  const auto config = get(settings, "/v1/config", status);
  if (!config) return status;
  const auto text = config->at("text").get<std::string>();
  print(settings.output == "json" ? config->dump(2) + "\n"
        : output_is_terminal()    ? base::printable(text, base::Lines::many)
                                  : text);
  return 0;
}

int status(const Settings& settings) {
  int result = 0;
  const auto json = get(settings, "/v1/status", result);
  if (!json) return result;
  print(settings.output == "json" ? json->dump(2) + "\n" : render_status(*json));
  return end_of_status(*json);
}

int print_list(const Settings& settings, const Json& list, const char* key,
               std::string (*render)(const Json&)) {
  if (settings.output == "json") {
    print(list.dump(2) + "\n");
  } else if (settings.output == "names") {
    for (const Json& row : list.at(key)) {
      print(base::printable(row.at("name").get<std::string>()) + "\n");
    }
  } else {
    print(render(list));
  }
  return 0;
}

int service_list(const Settings& settings) {
  int status = 0;
  const auto json = get(settings, "/v1/services", status);
  return json ? print_list(settings, *json, "services", render_services) : status;
}

int backend_list(const Settings& settings) {
  int status = 0;
  auto json = get(settings, "/v1/backends", status);
  if (!json) return status;
  if (!settings.service.empty()) {
    const auto services = get(settings, "/v1/services", status);
    if (!services) return status;
    bool known = false;
    for (const Json& row : services->at("services")) {
      known = known || row.at("name") == settings.service;
    }
    if (!known) {
      return fail(settings, base::Error{base::Errc::not_found,
                                        "no service '" + settings.service +
                                            "'; `sluice service list` lists them",
                                        ""});
    }
    Json rows = Json::array();
    for (const Json& row : json->at("backends")) {
      if (row.at("service") == settings.service) rows.push_back(row);
    }
    (*json)["backends"] = std::move(rows);
  }
  return print_list(settings, *json, "backends", render_backends);
}

int stats(const Settings& settings) {
  int status = 0;
  std::optional<Json> previous;
  while (true) {
    auto json = get(settings, "/v1/stats", status);
    if (!json) return status;
    if (settings.output == "json") {
      print(json->dump(settings.watch ? -1 : 2) + "\n");
    } else {
      if (settings.watch && output_is_terminal()) print("\033[H\033[J");
      print(render_stats(*json, previous ? &*previous : nullptr, settings.all));
    }
    if (!settings.watch) return 0;
    previous = std::move(json);
    std::this_thread::sleep_for(std::chrono::duration<double>(settings.interval_s));
    if (settings.output != "json" && !output_is_terminal()) print("\n");
  }
}

int version(const Settings& settings) {
  if (settings.output == "json") {
    print(Json{{"version", api::kVersion}}.dump(2) + "\n");
  } else {
    print(fmt::format("sluice {}\n", api::kVersion));
  }
  return 0;
}

// Of the command that the words name.
int help(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  std::string path = app.get_name();
  for (const std::string& word : words) {
    const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
    const auto named = std::find_if(commands.begin(), commands.end(),
                                    [&](const CLI::App* one) { return one->get_name() == word; });
    if (named == commands.end()) {
      cli::fail("sluice help: no command '" + path + " " + base::printable(word) + "'\nSee " +
                path + " --help.\n");
      return kWrongUsage;
    }
    at = *named;
    path += " " + word;
  }
  print(app.get_formatter()->make_help(at, path, CLI::AppFormatMode::Normal));
  return 0;
}

int completion(const CLI::App& app) {
  print(bash_completion(app));
  return 0;
}

CLI::App* add_file_command(CLI::App& app, const char* name, const char* what, Settings& settings) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("FILE", settings.file, "configuration (YAML)")->required();
  return command;
}

// Declares every command; the chosen one sets `action`.
void add_commands(CLI::App& app, Settings& settings, std::function<int()>& action) {
  const auto on = [&action](CLI::App* command, std::function<int()> work) {
    command->callback([&action, work = std::move(work)] { action = work; });
  };
  on(add_file_command(app, "check", "say whether a configuration is valid; needs no daemon",
                      settings),
     [&] { return check(settings); });
  on(add_file_command(app, "apply", "make a configuration the running one", settings),
     [&] { return apply(settings); });
  on(app.add_subcommand("show", "the card, the services and their backends at a glance"),
     [&] { return show(settings); });
  CLI::App* stats_command =
      app.add_subcommand("stats", "counters of ports, services, drop reasons; conservation");
  stats_command->add_flag("-w,--watch", settings.watch, "again and again, with rates");
  stats_command->add_flag("-a,--all", settings.all, "also reasons that met no packet");
  stats_command->add_option("--interval", settings.interval_s, "seconds between two, with --watch")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  on(stats_command, [&] { return stats(settings); });
  CLI::App* service = app.add_subcommand("service", "services")->require_subcommand(1);
  on(service->add_subcommand("list", "services with state and traffic"),
     [&] { return service_list(settings); });
  CLI::App* backend = app.add_subcommand("backend", "backends")->require_subcommand(1);
  CLI::App* backends = backend->add_subcommand("list", "backends with state, share and traffic");
  backends->add_option("SERVICE", settings.service, "only this service's")->check(not_empty());
  on(backends, [&] { return backend_list(settings); });
  CLI::App* config = app.add_subcommand("config", "configuration")->require_subcommand(1);
  on(config->add_subcommand("show", "the running configuration as it was applied"),
     [&] { return show_config(settings); });
  on(app.add_subcommand("status", "daemon, card and host's stack"),
     [&] { return status(settings); });
  on(app.add_subcommand("version", "version of this program"), [&] { return version(settings); });
  CLI::App* help_command = app.add_subcommand("help", "what a command does and takes");
  help_command->add_option("COMMAND", settings.words, "its words; none: all commands");
  on(help_command, [&] { return help(app, settings.words); });
  CLI::App* complete = app.add_subcommand("completion", "completion script for a shell");
  complete->add_option("SHELL", settings.shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  on(complete, [&] { return completion(app); });
}

bool lists_names(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    for (const CLI::App* verb : command->get_subcommands()) {
      if (verb->get_name() == "list") return true;
    }
  }
  return false;
}

}  // namespace

// CLI11 only says that a subcommand is missing; the word that is none helps more.
int explain_misuse(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &app;
  std::string path = "sluice";
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  std::string commands;
  for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
    commands += (commands.empty() ? "" : ", ") + command->get_name();
  }
  const std::vector<std::string> rest = app.remaining(true);
  std::string what = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !commands.empty()) {
    what = rest.empty() ? "a command is missing" : "no command '" + rest.front() + "'";
    what += "; write one of: " + commands;
  }
  std::fprintf(stderr, "%s: %s\nSee %s --help.\n", path.c_str(), what.c_str(), path.c_str());
  return kWrongUsage;
}

int run(int argc, char** argv) {
  CLI::App app("Controls sluiced, the daemon of a Sluice load balancer card.", "sluice");
  Settings settings;
  std::function<int()> action;
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", settings.socket, "Unix socket of the API")
      ->envname("SLUICE_SOCKET")
      ->capture_default_str();
  app.add_option("-o,--output", settings.output, "table, json, or names (lists only)")
      ->check(CLI::IsMember({"table", "json", "names"}))
      ->capture_default_str();
  app.set_version_flag("--version", std::string("sluice ") + api::kVersion);
  add_commands(app, settings, action);
  add_conn_commands(app, settings.socket, settings.output, action);
  add_board_commands(app, settings.socket, settings.output, action);
  add_flash_commands(app, settings.output, action);
  add_image_commands(app, settings.output, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    std::ostringstream text;
    const int status = app.exit(asked, text, text);
    print(text.str());
    return status;
  } catch (const CLI::ParseError& error) {
    return explain_misuse(app, error);
  }
  if (settings.output == "names" && !lists_names(app)) {
    std::fputs("sluice: only lists have names; use -o table or -o json (see --help)\n", stderr);
    return kWrongUsage;
  }
  const int status = action();
  if (output_written()) return status;
  return cli::fail("sluice: the output could not be written\n");
}

}  // namespace sluice::cli
