// layout_generate: writes the views of the layouts that are not C++.
#include "generate.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

constexpr const char* kUsage =
    "usage: layout_generate --package FILE   write the SystemVerilog package\n"
    "       layout_generate --pages FOLDER   write the reference pages\n"
    "       layout_generate --kernel-xml FILE write the kernel.xml of the Alveo kernel\n"
    "       layout_generate --check FOLDER   compare the pages there with the layouts\n";

bool write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  std::fprintf(stderr, "layout_generate: cannot write %s\n", path.c_str());
  return false;
}

bool check_page(const std::filesystem::path& path, const std::string& expected) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream found;
  found << file.rdbuf();
  if (file && found.str() == expected) return true;
  std::fprintf(stderr, "layout_generate: %s is edited or stale; write it anew with --pages\n",
               path.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string action = argc == 3 ? argv[1] : "";
  if (action == "--package") return write_file(argv[2], sluice::layout::layout_package()) ? 0 : 1;
  if (action == "--kernel-xml") return write_file(argv[2], sluice::layout::kernel_xml()) ? 0 : 1;
  if (action != "--pages" && action != "--check") {
    std::fputs(kUsage, stderr);
    return 2;
  }
  bool good = true;
  for (const auto& [name, text] : sluice::layout::reference_pages()) {
    const std::filesystem::path path = std::filesystem::path(argv[2]) / name;
    good &= action == "--pages" ? write_file(path, text) : check_page(path, text);
  }
  return good ? 0 : 1;
}
