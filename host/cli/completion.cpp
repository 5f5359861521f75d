#include "cli/completion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

namespace sluice::cli {
namespace {

// A command with its path: "", "check", "service", "service list".
struct Node {
  std::string path;
  const CLI::App* app;
};

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& out) {
  out.push_back({path, &app});
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), out);
  }
}

std::vector<Node> nodes_of(const CLI::App& app) {
  std::vector<Node> result;
  collect(app, "", result);
  return result;
}

std::vector<const CLI::App*> children(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string words_of(const CLI::App& app, const CLI::App& root) {
  std::string words;
  for (const CLI::App* child : children(app)) words += child->get_name() + " ";
  const auto add_options = [&](const CLI::App& owner) {
    for (const CLI::Option* option : owner.get_options()) {
      for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
      for (const std::string& name : option->get_snames()) words += "-" + name + " ";
    }
  };
  add_options(app);
  if (&app != &root) {
    for (const CLI::Option* option : root.get_options()) {
      if (option->check_lname("help") || option->check_lname("version")) continue;
      for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
      for (const std::string& name : option->get_snames()) words += "-" + name + " ";
    }
  }
  return words;
}

// What a positional argument of this command is: "files", "services", "shells" or "".
std::string argument_kind(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name(true);
    if (name == "FILE") return "files";
    if (name == "SERVICE") return "services";
    if (name == "SHELL") return "shells";
  }
  return "";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string paths, words;
  for (const Node& node : nodes_of(app)) {
    if (!node.path.empty()) {
      const std::size_t space = node.path.rfind(' ');
      const std::string parent = space == std::string::npos ? "" : node.path.substr(0, space);
      paths +=
          fmt::format("      '{}:{}') path='{}' ;;\n", parent, node.app->get_name(), node.path);
    }
    const std::string kind = argument_kind(*node.app);
    words += fmt::format("    '{}') words='{}'{} ;;\n", node.path, words_of(*node.app, app),
                         kind.empty() ? "" : " kind=" + kind);
  }
  // clang-format off
  return fmt::format(R"bash(# bash completion of sluice; eval "$(sluice completion bash)"
_sluice() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  local path='' words='' kind='' i
  COMPREPLY=()
  case $prev in
    -o|--output) mapfile -t COMPREPLY < <(compgen -W 'table json names' -- "$cur"); return ;;
    --socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --interval) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path:${{COMP_WORDS[i]}}" in
{}    esac
  done
  case "$path $prev" in
    'image pack --board'|'image check --for')
      mapfile -t COMPREPLY < <(
        compgen -W 'u55c u280 u250 f2 opennic corundum emu' -- "$cur"); return ;;
    'image pack --mode') mapfile -t COMPREPLY < <(compgen -W 'hw hw_emu' -- "$cur"); return ;;
    'image pack --timing-met') mapfile -t COMPREPLY < <(compgen -W 'yes no' -- "$cur"); return ;;
    'flash --previous'|'flash --lock-dir'|'flash --state-dir'|'board link --image'|\
    'board link --state-dir'|'board reset --lock-dir'|\
    'image pack --out'|'image pack --bitstream'|'image pack --xclbin')
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'image pack --'[!n]*|'image check --interface-uuid') return ;;
    'flash --wait'|'board reset --wait') return ;;
    'conn list --service'|'conn flush --service'|'conn save --service')
      mapfile -t COMPREPLY < <(
        compgen -W "$(sluice service list -o names 2>/dev/null)" -- "$cur"); return ;;
    'conn list --backend'|'conn flush --backend'|'conn save --backend')
      mapfile -t COMPREPLY < <(
        compgen -W "$(sluice backend list -o names 2>/dev/null)" -- "$cur"); return ;;
    'conn list --state'|'conn flush --state'|'conn save --state')
      mapfile -t COMPREPLY < <(
        compgen -W 'opening unconfirmed established client_fin backend_fin closed reset' -- "$cur")
      return ;;
    'conn '*' --client'|'conn list --limit') return ;;
  esac
  case $path in
{}  esac
  if [[ $cur != -* ]]; then
    case $kind in
      files)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return ;;
      services) words=$(sluice service list -o names 2>/dev/null) ;;
      shells) words='bash' ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}}
complete -F _sluice sluice
)bash", paths, words);
  // clang-format on
}

}  // namespace sluice::cli
