// hlsc: one C++ function in, one pipelined SystemVerilog module out.
#include <cstdio>
#include <fstream>

#include "emit.hpp"
#include "front_end.hpp"
#include "interface.hpp"
#include "ir_passes.hpp"
#include "llvm/Support/FileSystem.h"
#include "lower.hpp"
#include "names.hpp"
#include "optimize.hpp"
#include "options.hpp"
#include "schedule.hpp"
#include "subset_check.hpp"

namespace {

constexpr int kExitRejected = 1;
constexpr int kExitUsage = 2;

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) std::fprintf(stderr, "hlsc: cannot write '%s'\n", path.c_str());
  return static_cast<bool>(out);
}

int compile(const hlsc::Options& options) {
  hlsc::Design design;
  design.module = options.module;
  llvm::LLVMContext context;
  if (llvm::sys::fs::create_directories(options.output_dir)) {
    std::fprintf(stderr, "hlsc: cannot create '%s'\n", options.output_dir.c_str());
    return kExitUsage;
  }
  // The dependency file names the module's file; without --module it is the source's stem.
  std::string stem = options.module;
  if (stem.empty()) {
    const size_t slash = options.source.rfind('/');
    stem = options.source.substr(slash == std::string::npos ? 0 : slash + 1);
    stem = stem.substr(0, stem.rfind('.'));
  }
  const auto module =
      hlsc::run_front_end(options, options.output_dir + "/" + stem + ".sv", &context);
  if (!module) return kExitRejected;
  llvm::Function* top = hlsc::read_interface(module.get(), &design);
  hlsc::check_subset(top);
  hlsc::prepare_ir(module.get(), top, design, options);
  hlsc::Lower(top, options, &design).run();
  hlsc::check_port_names(design);
  hlsc::optimize(&design, options.target_levels);
  const hlsc::Schedule schedule = hlsc::schedule(&design, options.target_levels);
  const std::string base = options.output_dir + "/" + design.module;
  const int target = options.target_levels;
  const bool written =
      write_file(base + ".sv", hlsc::emit_module(design, schedule)) &&
      write_file(base + "_pkg.sv", hlsc::emit_package(design, schedule)) &&
      write_file(base + "_report.txt", hlsc::report_text(design, schedule, target)) &&
      write_file(base + "_report.json", hlsc::report_json(design, schedule, target));
  if (!written) return kExitUsage;
  std::printf("%s: %d stages, %ld register bits\n", design.module.c_str(), schedule.stages,
              schedule.register_bits);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  hlsc::Options options;
  switch (hlsc::parse_options(argc, argv, &options)) {
    case hlsc::ParseResult::kExitOk:
      return 0;
    case hlsc::ParseResult::kUsageError:
      return kExitUsage;
    case hlsc::ParseResult::kRun:
      break;
  }
  try {
    return compile(options);
  } catch (const hlsc::Rejected& rejected) {
    std::fputs(hlsc::format(rejected).c_str(), stderr);
    return kExitRejected;
  }
}
