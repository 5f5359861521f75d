#include "flash/last_good.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "driver/card_lock.hpp"

namespace sluice::flash {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr const char* kStateFile = "state.json";

Result<std::string> read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Errc::not_found, "no such file", path};
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return Error{Errc::io, "cannot be read", path};
  return text;
}

// Everything but the state file, the image and its manifest.
void remove_older(const fs::path& folder, const fs::path& image) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name == kStateFile || name == image.filename() ||
        name == image::manifest_path(image.filename().string())) {
      continue;
    }
    fs::remove(entry.path(), none);
  }
}

}  // namespace

std::string image_id_of(const image::Manifest& manifest) {
  return manifest.board == image::Board::f2 ? manifest.agfi : manifest.image_uuid.to_string();
}

Result<LastGood> load_last_good(const std::string& folder, const std::string& card) {
  const std::string path = folder + "/" + driver::file_name_of(card) + "/" + kStateFile;
  const auto text = read_whole(path);
  if (!text) return text.error();
  try {
    const Json json = Json::parse(*text);
    if (json.at("format").get<int>() != kFormat || json.at("card").get<std::string>() != card) {
      return Error{Errc::bad_image, "of another format or card; remove it", path};
    }
    LastGood good;
    good.image_id = json.at("image_id").get<std::string>();
    good.path = json.at("path").get<std::string>();
    good.source = json.at("source").get<std::string>();
    good.build_id = json.at("build_id").get<std::uint32_t>();
    good.flashed_unix_s = json.at("flashed_unix_s").get<std::int64_t>();
    return good;
  } catch (const std::exception& exception) {
    return Error{Errc::bad_image, std::string(exception.what()) + "; remove it", path};
  }
}

Result<void> save_last_good(const std::string& folder, const std::string& card,
                            const image::Image& image) {
  const fs::path own = fs::path(folder) / driver::file_name_of(card);
  std::error_code error;
  fs::create_directories(own, error);
  if (error) return Error{Errc::io, error.message(), own.string()};
  if (auto good = base::private_folder(own.string()); !good) return good.error();
  const std::string id = image_id_of(image.manifest);
  const std::string copy = (own / (id + (image.has_file() ? ".xclbin" : ".f2"))).string();
  // A card that is flashed with its own copy needs none.
  if (fs::path(image.path).lexically_normal() != fs::path(copy).lexically_normal()) {
    std::error_code none;
    if (image.has_file() && fs::exists(image.path, none)) {
      const auto bytes = read_whole(image.path);
      if (!bytes) return bytes.error();
      if (auto done = base::replace_file(copy, *bytes, base::Durable::yes); !done) return done;
    }
    const auto done = base::replace_file(image::manifest_path(copy), image::to_json(image.manifest),
                                         base::Durable::yes);
    if (!done) return done;
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Json json{
      {"format", kFormat},
      {"card", card},
      {"image_id", id},
      {"path", copy},
      {"source", fs::absolute(image.path).lexically_normal().string()},
      {"build_id", image.manifest.build_id},
      {"flashed_unix_s", std::chrono::duration_cast<std::chrono::seconds>(now).count()}};
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  auto done = base::replace_file((own / kStateFile).string(), text, base::Durable::yes);
  if (done) remove_older(own, copy);
  return done;
}

}  // namespace sluice::flash
