#include "front_end.hpp"

#include <cstdio>

#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace hlsc {

namespace {

// Unoptimized IR with names and full debug information: our own pass list follows. Built-in
// functions stay known, so that memcpy and memset of structs are intrinsics.
const char* const kFlags[] = {"-x",
                              "c++",
                              "-std=c++14",
                              "-O1",
                              "-Xclang",
                              "-disable-llvm-passes",
                              "-g",
                              "-fno-exceptions",
                              "-fno-rtti",
                              "-fno-discard-value-names",
                              "-fno-threadsafe-statics",
                              "-DNDEBUG",
                              "-DHLSC=1",
                              "-Wno-unknown-pragmas",
                              "-c",
                              "-emit-llvm",
                              "--target=x86_64-pc-linux-gnu",
                              "-march=x86-64"};

}  // namespace

std::unique_ptr<llvm::Module> run_front_end(const Options& options, const std::string& dep_target,
                                            llvm::LLVMContext* context) {
  const auto clang = llvm::sys::findProgramByName(options.clang);
  if (!clang) {
    std::fprintf(stderr, "hlsc: cannot find '%s'; install clang-19 or give --clang PATH\n",
                 options.clang.c_str());
    return nullptr;
  }
  llvm::SmallString<128> bitcode;
  if (llvm::sys::fs::createTemporaryFile("hlsc", "bc", bitcode)) {
    std::fprintf(stderr, "hlsc: cannot create a temporary file\n");
    return nullptr;
  }
  std::vector<std::string> command = {*clang};
  auto append = [&](const auto& more) {
    for (const auto& a : more) command.push_back(a);
  };
  append(kFlags);
  if (!options.depfile.empty()) {
    append(std::vector<std::string>{"-MD", "-MF", options.depfile, "-MT", dep_target});
  }
  append(options.clang_args);
  append(std::vector<std::string>{"-o", std::string(bitcode), options.source});
  const std::vector<llvm::StringRef> args(command.begin(), command.end());
  std::string error;
  const int status = llvm::sys::ExecuteAndWait(*clang, args, std::nullopt, {}, 0, 0, &error);
  std::unique_ptr<llvm::Module> module;
  if (status == 0) {
    llvm::SMDiagnostic diagnostic;
    module = llvm::parseIRFile(bitcode, diagnostic, *context);
    if (!module) diagnostic.print("hlsc", llvm::errs());
  } else if (!error.empty()) {
    std::fprintf(stderr, "hlsc: %s\n", error.c_str());
  }
  static_cast<void>(llvm::sys::fs::remove(bitcode));  // a temporary file; nothing depends on it
  return module;
}

}  // namespace hlsc
