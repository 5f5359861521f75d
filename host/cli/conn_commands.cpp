#include "conn_commands.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "api/client.hpp"
#include "api/report.hpp"
#include "cli/conn_report.hpp"
#include "cli/render.hpp"
#include "cli/units.hpp"
#include "daemon/connection_file.hpp"
#include "output.hpp"
#include "values.hpp"

namespace sluice::cli {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kConnectionsOfRequest = 10'000;

struct ConnOptions {
  std::string service;
  std::string backend;
  std::string client;
  std::string state;
  std::uint64_t limit = 0;
  bool yes = false;
  bool no_ages = false;
  std::string file;
};

// Where the daemon is and how results are written.
struct Ways {
  const std::string& socket;
  const std::string& output;
};

std::string query_of(const ConnOptions& options) {
  std::string query;
  const auto add = [&query](const char* key, const std::string& value) {
    if (value.empty()) return;
    query += (query.empty() ? "?" : "&") + std::string(key) + "=" + api::percent_encode(value);
  };
  add("service", options.service);
  add("backend", options.backend);
  add("client", options.client);
  add("state", options.state);
  if (options.limit != 0) add("limit", std::to_string(options.limit));
  return query;
}

// One line on stderr that is written over, for people only.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  void show(const std::string& text) {
    if (!terminal_) return;
    std::fputs(("\r\033[K" + text).c_str(), stderr);
    shown_ = true;
  }
  void show_progress(const Json& progress) {
    if (progress.contains("flushing")) return show("flushing the table");
    show(fmt::format("reading the table: {:.0f} %, {} connections",
                     100 * progress.at("read").get<double>() / progress.at("of").get<double>(),
                     count_text(progress.at("connections").get<double>())));
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
};

int refused(const Ways& ways, const Json& reply) {
  if (ways.output == "json") print(reply.dump(2) + "\n");
  return fail(render_error(reply));
}

// The lines of an answer: `row` gets every one that is neither progress nor the end. Returns what
// the end says, or nothing, and then what went wrong is printed and `status` set.
using TakeRow = std::function<void(std::string_view line, const Json& row)>;
std::optional<Json> read_lines(const Ways& ways, bool post, const std::string& path,
                               const TakeRow& row, int& status) {
  const api::Client client(ways.socket);
  ProgressLine progress;
  std::optional<Json> done, error;
  const auto take = [&](std::string_view line) {
    Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) return false;
    if (json.is_object() && json.contains("progress")) {
      progress.show_progress(json.at("progress"));
    } else if (json.is_object() && json.contains("done")) {
      done = std::move(json.at("done"));
    } else if (json.is_object() && json.contains("error")) {
      error = std::move(json);
    } else {
      row(line, json);
    }
    return true;
  };
  const auto result = post ? client.post_lines(path, take) : client.get_lines(path, take);
  if (done) return done;
  if (error) {
    status = refused(ways, *error);
  } else {
    const Error cut{Errc::link_down, "the answer was cut short; see the log of sluiced",
                    ways.socket};
    status = fail(ways.output, result ? cut : result.error());
    if (post && (result || result.error().code == Errc::hung)) status = not_known();
  }
  return std::nullopt;
}

// A listed connection as it will be printed, in the order of services and clients.
struct Listed {
  std::tuple<unsigned, std::uint32_t, unsigned> order;
  std::string text;
};

int list(const Ways& ways, const ConnOptions& options) {
  std::vector<Listed> rows;
  int status = 0;
  const auto take = [&](std::string_view line, const Json& row) {
    const auto client = base::Ipv4::parse(row.at("client").get<std::string>());
    rows.push_back({{row.at("service_index"), client ? client->value : 0, row.at("client_port")},
                    ways.output == "json"    ? std::string(line)
                    : ways.output == "names" ? conn_name(row) + "\n"
                                             : render_conn(row)});
  };
  const auto done = read_lines(ways, false, "/v1/connections" + query_of(options), take, status);
  if (!done) return status;
  std::sort(rows.begin(), rows.end(),
            [](const Listed& a, const Listed& b) { return a.order < b.order; });
  if (ways.output == "json") {
    print("{\n  \"connections\": [");
    for (const Listed& row : rows) {
      print((&row == rows.data() ? "\n    " : ",\n    ") + row.text);
    }
    print(fmt::format("{}],\n  \"limited\": {}\n}}\n", rows.empty() ? "" : "\n  ",
                      done->at("limited").dump()));
    return 0;
  }
  if (ways.output == "table") print(conn_list_title());
  for (const Listed& row : rows) print(row.text);
  if (ways.output == "table" && done->at("limited").get<bool>()) {
    print(fmt::format("(the first {}; there are more)\n", rows.size()));
  }
  return 0;
}

int flush(const Ways& ways, const ConnOptions& options) {
  if (!options.yes) {
    return fail(ways.output,
                {Errc::invalid,
                 "this makes the card forget connections: what they send next is treated as "
                 "unknown; say so with --yes",
                 ""});
  }
  int status = 0;
  const auto done = read_lines(
      ways, true, "/v1/connections/flush" + query_of(options), [](std::string_view, const Json&) {},
      status);
  if (!done) return status;
  if (ways.output == "json") {
    print(done->dump(2) + "\n");
  } else if (done->contains("removed")) {
    print(fmt::format("forgot {} connections\n", done->at("removed").dump()));
  } else {
    print("forgot all connections" +
          (options.service.empty() ? "" : " of service '" + options.service + "'") + "\n");
  }
  return 0;
}

int stats(const Ways& ways, const ConnOptions& options) {
  Json answer;
  int status = 0;
  if (options.no_ages) {
    const auto reply = api::Client(ways.socket).get("/v1/connections/stats");
    if (!reply) return fail(ways.output, reply.error());
    answer = Json::parse(reply->body, nullptr, false);
    if (answer.is_discarded()) {
      return fail(ways.output,
                  {Errc::incompatible,
                   "the answer is not JSON: are sluice and sluiced of one version?", ""});
    }
    if (answer.contains("error")) return refused(ways, answer);
  } else {
    auto done = read_lines(
        ways, false, "/v1/connections/stats?ages=1", [](std::string_view, const Json&) {}, status);
    if (!done) return status;
    answer = std::move(*done);
  }
  print(ways.output == "json" ? answer.dump(2) + "\n" : render_conn_stats(answer));
  return 0;
}

Error file_error(const std::string& path, const char* what) {
  return {Errc::io, std::string(what) + ": " + std::strerror(errno), path};
}

// Root's alone, and never a part of a file: a name of its own until all is written.
base::Result<void> write_file(const std::string& path, const std::string& text) {
  std::string temporary = path + ".XXXXXX";
  const base::Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!fd) return file_error(path, "open");
  const auto give_up = [&](const char* what) {
    const Error error = file_error(path, what);
    ::unlink(temporary.c_str());
    return error;
  };
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return give_up("write");
    done += static_cast<std::size_t>(count);
  }
  if (::fsync(fd.get()) != 0) return give_up("fsync");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up("rename");
  return {};
}

int save(const Ways& ways, const ConnOptions& options) {
  daemon::ConnectionFileWriter writer;
  int status = 0;
  const auto done = read_lines(
      ways, false, "/v1/connections/snapshot" + query_of(options),
      [&writer](std::string_view line, const Json&) { writer.add_line(line); }, status);
  if (!done) return status;
  if (auto written = write_file(options.file, std::move(writer).finish()); !written) {
    return fail(ways.output, written.error());
  }
  if (ways.output == "json") {
    print(Json{{"ok", true},
               {"file", options.file},
               {"connections", done->at("connections")},
               {"unnamed", done->at("unnamed")}}
              .dump(2) +
          "\n");
    return 0;
  }
  print(fmt::format("{}: {} connections\n", options.file, done->at("connections").dump()));
  if (done->at("unnamed") != 0) {
    print(fmt::format("{} left out: their service or backend is not configured any more\n",
                      done->at("unnamed").dump()));
  }
  return 0;
}

// The file is read and checked wholly before the first connection is sent.
int restore(const Ways& ways, const ConnOptions& options) {
  const auto text = daemon::read_file(options.file, daemon::kMaxConnectionFileBytes);
  if (!text) return fail(ways.output, text.error());
  const auto saved = daemon::read_connections(*text, options.file);
  if (!saved) return fail(ways.output, saved.error());
  Json sum{{"ok", true},      {"file", options.file}, {"connections", saved->size()},
           {"restored", 0},   {"present", 0},         {"no_room", 0},
           {"no_service", 0}, {"no_backend", 0}};
  ProgressLine progress;
  for (std::size_t first = 0; first < saved->size(); first += kConnectionsOfRequest) {
    const std::size_t count = std::min(kConnectionsOfRequest, saved->size() - first);
    daemon::ConnectionFileWriter writer;
    for (std::size_t i = first; i < first + count; ++i) {
      writer.add_line(daemon::connection_line((*saved)[i]));
    }
    const auto reply =
        api::Client(ways.socket).post("/v1/connections/restore", std::move(writer).finish());
    const Json answer = reply ? Json::parse(reply->body, nullptr, false) : Json();
    if (!reply || !answer.is_object() || reply->http_status != 200) {
      const int status =
          !reply ? fail(ways.output, reply.error())
          : answer.contains("error")
              ? refused(ways, answer)
              : fail(ways.output,
                     {Errc::incompatible,
                      "the answer is not JSON: are sluice and sluiced of one version?", ""});
      fail(fmt::format("sluice: {} of {} connections were restored before\n",
                       sum.at("restored").dump(), saved->size()));
      return !reply && reply.error().code == Errc::hung ? not_known() : status;
    }
    for (const char* key : {"restored", "present", "no_room", "no_service", "no_backend"}) {
      sum[key] = sum.at(key).get<std::uint64_t>() + answer.at(key).get<std::uint64_t>();
    }
    progress.show(fmt::format("restoring: {} of {} connections", first + count, saved->size()));
  }
  print(ways.output == "json" ? sum.dump(2) + "\n" : render_conn_restore(sum));
  return 0;
}

void add_filters(CLI::App& command, ConnOptions& options) {
  command.add_option("--service", options.service, "only this service's")->check(not_empty());
  command
      .add_option("--backend", options.backend,
                  "only this backend's: its name, address or address:port")
      ->check(not_empty());
  command.add_option("--client", options.client, "only clients of a.b.c.d or a.b.c.d/n")
      ->check(not_empty());
  command
      .add_option("--state", options.state,
                  "only in this state: opening, unconfirmed, established, client_fin, "
                  "backend_fin, closed or reset")
      ->check(not_empty());
}

}  // namespace

void add_conn_commands(CLI::App& app, const std::string& socket, const std::string& output,
                       std::function<int()>& action) {
  const auto options = std::make_shared<ConnOptions>();
  const auto on = [&](CLI::App* command, int (*work)(const Ways&, const ConnOptions&)) {
    command->callback([&action, &socket, &output, options, work] {
      action = [&socket, &output, options, work] { return work({socket, output}, *options); };
    });
  };
  CLI::App* conn = app.add_subcommand("conn", "connections the card remembers");
  conn->require_subcommand(1);
  CLI::App* list_command = conn->add_subcommand("list", "connections with state and time left");
  add_filters(*list_command, *options);
  list_command->add_option("--limit", options->limit, "no more than so many")
      ->check(whole_from_one());
  on(list_command, list);
  CLI::App* flush_command = conn->add_subcommand("flush", "forget connections");
  add_filters(*flush_command, *options);
  flush_command->add_flag("--yes", options->yes, "do it");
  on(flush_command, flush);
  CLI::App* stats_command =
      conn->add_subcommand("stats", "how full the table is, what it counted, who has how many");
  stats_command->add_flag("--no-ages", options->no_ages,
                          "without the time connections have left, which takes reading them all");
  on(stats_command, stats);
  CLI::App* save_command = conn->add_subcommand("save", "write connections to a file");
  save_command->add_option("FILE", options->file, "is replaced")->required();
  add_filters(*save_command, *options);
  on(save_command, save);
  CLI::App* restore_command =
      conn->add_subcommand("restore", "give the card the connections of a file");
  restore_command->add_option("FILE", options->file, "of `sluice conn save`")->required();
  on(restore_command, restore);
}

}  // namespace sluice::cli
